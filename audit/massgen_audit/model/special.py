"""Configuration rules that the code of a backend enforces, and those that the validator knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from massgen_audit.facts.shapes import Function, Place
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.interp.values import Instance
from massgen_audit.model.repo import ROOT_CLASS, STREAM, RepoModel
from massgen_audit.model.types import TypeInfo

_ERRORS = ("ValueError", "ConfigurationError", "ConfigError")
_CONFIG = re.compile(r"kwargs|config|params|options", re.IGNORECASE)
_NAME = re.compile(r"^[a-z][a-z0-9_]{2,}$")
_QUOTED = re.compile(r"['\"`]([a-z][a-z0-9_]{2,})['\"`]")
# Every backend may demand these, and they are checked elsewhere (point 5) or for all types alike.
_COMMON = frozenset({"model", "api_key", "type"})
_SHARED = (ROOT_CLASS, "CustomToolAndMCPBackend", "StreamingBufferMixin", "HTTPBackend")
_VALIDATORS = ("_validate_backend", "validate_backend_config")


@dataclass(frozen=True, slots=True)
class Enforced:
    """A `raise` that a combination of settings leads to."""

    settings: frozenset[str]
    path: str
    line: int


def enforced(model: RepoModel, info: TypeInfo) -> tuple[Enforced, ...]:
    """Rules of the class itself and of the adapter it holds; those of the shared bases concern every type alike."""
    found: dict[tuple[str, int], Enforced] = {}
    classes = [info.cls] if info.cls else []
    adapter = model.attribute(info.instance, "adapter") if info.adapter and info.instance else None
    if isinstance(adapter, Instance):
        classes.append(adapter.info)
    for cls in classes:
        for rule in model.once(f"rules of {cls.path}:{cls.name}", partial(_of_class, model, cls)):
            found.setdefault((rule.path, rule.line), rule)
    return tuple(found.values())


def _of_class(model: RepoModel, cls: ClassInfo) -> tuple[Enforced, ...]:
    return tuple(rule for path, function in _functions(model, cls) for rule in _rules(model, path, function))


def _functions(model: RepoModel, cls: ClassInfo) -> Iterator[tuple[str, Function]]:
    for entry in ("__init__", STREAM):
        for reached in model.reach.from_method(cls, entry):
            if reached.owner is not None and reached.receiver is cls and reached.owner.name not in _SHARED:
                yield reached.path, reached.function
    for reached in model.reach.from_method(cls, "__init__"):
        if reached.owner is None and reached.function.raises:
            yield reached.path, reached.function


def _rules(model: RepoModel, path: str, function: Function) -> Iterator[Enforced]:
    if not any(name.rpartition(".")[2] in _ERRORS for name, _ in function.raises):
        return
    node = model.source.statement(path, function.place)
    if node is None:
        return
    origins = _origins(node)
    for guard in ast.walk(node):
        for raised in _raised(guard.body) if isinstance(guard, ast.If) else ():
            names = _settings(guard.test, raised, origins) - _COMMON  # type: ignore[attr-defined]  # an If
            if names:
                yield Enforced(frozenset(names), path, raised.lineno)


def _raised(body: list[ast.stmt]) -> Iterator[ast.Raise]:
    for statement in body:
        made = statement.exc if isinstance(statement, ast.Raise) else None
        if isinstance(made, ast.Call) and ast.unparse(made.func).rpartition(".")[2] in _ERRORS:
            yield statement  # type: ignore[misc]  # a Raise: only that has `made`


def _origins(node: ast.AST) -> dict[str, set[str]]:
    """Per variable: the settings that it is read from."""
    found: dict[str, set[str]] = {}
    for item in ast.walk(node):
        if isinstance(item, ast.Assign) and len(item.targets) == 1:
            found.setdefault(ast.unparse(item.targets[0]), set()).update(_read(item.value))
    return found


def _read(node: ast.expr) -> set[str]:
    """String keys of lookups in something that is called like a configuration."""
    found: set[str] = set()
    for item in ast.walk(node):
        key: ast.expr | None = None
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in ("get", "pop"):
            key = item.args[0] if item.args and _CONFIG.search(ast.unparse(item.func.value)) else None
        elif isinstance(item, ast.Subscript) and _CONFIG.search(ast.unparse(item.value)):
            key = item.slice
        elif isinstance(item, ast.Compare) and isinstance(item.ops[0], ast.In | ast.NotIn):
            key = item.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and _NAME.match(key.value):
            found.add(key.value)
    return found


def _settings(test: ast.expr, raised: ast.Raise, origins: dict[str, set[str]]) -> set[str]:
    found = _read(test)
    for item in ast.walk(test):
        if isinstance(item, ast.Name | ast.Attribute):
            found |= origins.get(ast.unparse(item), set())
    if not found and "self." in ast.unparse(test):
        found |= set(_QUOTED.findall(ast.unparse(raised)))
    return found


@dataclass(frozen=True, slots=True)
class Validated:
    """What the validator says about one type."""

    branches: tuple[tuple[str, Place], ...]  # places that single the type out
    settings: frozenset[str]  # settings that those branches name


@dataclass(frozen=True, slots=True)
class _Branch:
    names: frozenset[str]  # the types that the condition singles out
    path: str
    place: Place
    settings: frozenset[str]


def validated(model: RepoModel, name: str) -> Validated:
    branches = [item for item in model.once("validator branches", lambda: _branches(model)) if name in item.names]
    settings = frozenset(setting for item in branches for setting in item.settings)
    return Validated(tuple((item.path, item.place) for item in branches), settings)


def _branches(model: RepoModel) -> list[_Branch]:
    found: list[_Branch] = []
    for path, function in _validators(model):
        node = model.source.statement(path, function.place)
        for item in ast.walk(node) if node else ():
            names = _singled_out(item.test) if isinstance(item, ast.If) else frozenset()
            if names and isinstance(item, ast.If):
                place = Place(item.lineno, item.col_offset + 1, item.lineno, item.col_offset + 1)
                found.append(_Branch(names, path, place, _named_in(item)))
    return found


def _named_in(branch: ast.If) -> frozenset[str]:
    parts = [part for child in (branch.test, *branch.body) for part in ast.walk(child)]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    words = {text for text in texts if _NAME.match(text)}
    return frozenset(words | {word for text in texts for word in _QUOTED.findall(text)})


def _validators(model: RepoModel) -> Iterator[tuple[str, Function]]:
    for path in (at.VALIDATOR, at.CAPABILITIES):
        module = model.source.module(path)
        methods = [method for fact in module.classes for method in fact.methods] if module else []
        for function in (*methods, *(module.functions if module else ())):
            if function.name in _VALIDATORS or (path == at.VALIDATOR and "backend" in function.name):
                yield path, function


def _singled_out(test: ast.expr) -> frozenset[str]:
    """Strings of `x == "name"` and `x in ("name", ...)`; a test that excludes a type says nothing about it."""
    found: set[str] = set()
    for item in ast.walk(test):
        if isinstance(item, ast.Compare) and isinstance(item.ops[0], ast.Eq | ast.In):
            parts = [part for other in item.comparators for part in ast.walk(other)]
            found |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return frozenset(found)
