"""Configuration rules that the code of a backend enforces: settings whose combination makes it raise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from massgen_audit.facts.nodes import walk
from massgen_audit.facts.shapes import Function
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.interp.values import Instance
from massgen_audit.model.reach import Reached
from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.roles import is_shared
from massgen_audit.model.types import TypeInfo

_ERRORS = ("ValueError", "ConfigurationError", "ConfigError")
_CONFIG = re.compile(r"kwargs|config|params|options", re.IGNORECASE)
SETTING = re.compile(r"^[a-z][a-z0-9_]{2,}$")
QUOTED = re.compile(r"['\"`]([a-z][a-z0-9_]{2,})['\"`]")
# Every backend may demand these, and they are checked elsewhere (point 5) or for all types alike.
_COMMON = frozenset({"model", "api_key", "type"})
_CONSTRUCTOR = "__init__"
EXECUTION_MODE = "command_line_execution_mode"
NETWORK_MODE = "command_line_docker_network_mode"

Origins = dict[str, set[str]]  # variable -> the settings that it is made from


@dataclass(frozen=True, slots=True)
class Enforced:
    """A `raise` that a combination of settings leads to."""

    settings: frozenset[str]
    path: str
    line: int
    constructing: bool  # raised while the object is made, not only on the request path
    shared: bool  # in a base class that the framework's backends have in common


def enforced(model: RepoModel, info: TypeInfo) -> tuple[Enforced, ...]:
    """The rules that concern this type: those of its own classes and of the adapter it holds, and those of a shared
    base about a field of the registry that this type's entry leaves empty.
    """
    found: dict[tuple[str, int], Enforced] = {}
    classes = [info.cls] if info.cls else []
    adapter = model.attribute(info.instance, "adapter") if info.adapter and info.instance else None
    if isinstance(adapter, Instance):
        classes.append(adapter.info)
    for cls in classes:
        for rule in model.once(f"rules of {cls.path}:{cls.name}", partial(_of_class, model, cls)):
            if not rule.shared or _left_empty(info, rule.settings):
                found.setdefault((rule.path, rule.line), rule)
    return tuple(found.values())


def _left_empty(info: TypeInfo, settings: frozenset[str]) -> bool:
    fields = info.row.fields if info.row else {}
    return all(name in fields and fields[name] in (None, "") for name in settings)


def _of_class(model: RepoModel, cls: ClassInfo) -> tuple[Enforced, ...]:
    """Rules of every method that the constructor and the stream reach, and of the helpers of the constructor."""
    found: dict[tuple[str, int], Enforced] = {}
    for entry in (_CONSTRUCTOR, STREAM):
        constructing = entry == _CONSTRUCTOR
        reached = model.reach.from_method(cls, entry)
        for item in reached:
            method = item.owner is not None and item.receiver is cls
            helper = item.owner is None and constructing
            if not _raises(item.function) or not (method or helper):
                continue
            shared = item.owner is not None and item.owner.key != cls.key and is_shared(model, item.owner)
            if helper:
                rules = tuple(_rules(model, item, _given(model, item.function, reached)))
            else:  # a method of a base reads the same in every class
                question = f"raises of {item.path}:{item.function.place.line}"
                rules = model.once(question, lambda item=item: tuple(_rules(model, item, {})))  # type: ignore[misc]
            for names, line in rules:
                rule = Enforced(names, item.path, line, constructing, shared)
                found.setdefault((item.path, line), rule)
    return (*found.values(), *_in_a_container(model, cls))


def _in_a_container(model: RepoModel, cls: ClassInfo) -> Iterator[Enforced]:
    """A class that runs itself in a container when it is told to needs to be told that container's network."""
    method = cls.fact.method(_CONSTRUCTOR)
    if method is None or EXECUTION_MODE.encode() not in (model.source.bytes(cls.path) or b""):
        return
    node = model.source.statement(cls.path, method.place)
    for item in walk(node) if node is not None else ():
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]).startswith("self."):
            compared = [ast.unparse(part) for part in walk(item.value) if isinstance(part, ast.Compare)]
            if EXECUTION_MODE in read_settings(item.value) and any("'docker'" in text for text in compared):
                yield Enforced(frozenset({NETWORK_MODE}), cls.path, item.lineno, constructing=False, shared=False)


def _raises(function: Function) -> bool:
    return any(name.rpartition(".")[2] in _ERRORS for name, _ in function.raises)


def _given(model: RepoModel, helper: Function, reached: Iterable[Reached]) -> Origins:
    """Per parameter of a helper: the settings that its callers read for it."""
    found: Origins = {}
    callers = [item for item in reached if any(call.chain == helper.name for call in item.function.calls)]
    for caller in callers:
        node = model.source.statement(caller.path, caller.function.place)
        for call in walk(node) if node is not None else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == helper.name:
                for name, value in zip(helper.params, call.args, strict=False):
                    found.setdefault(name, set()).update(read_settings(value))
    return found


def _rules(model: RepoModel, reached: Reached, given: Origins) -> Iterator[tuple[frozenset[str], int]]:
    node = model.source.statement(reached.path, reached.function.place)
    if node is None:
        return
    guards = [item for item in walk(node) if isinstance(item, ast.If)]
    raising = [(guard, raised) for guard in guards for raised in _raised(guard.body)]
    origins = _origins(node, given) if raising else {}
    for guard, raised in raising:
        names = _settings(guard.test, raised, origins) - _COMMON
        if names:
            yield frozenset(names), raised.lineno


def _raised(body: list[ast.stmt]) -> Iterator[ast.Raise]:
    for statement in body:
        made = statement.exc if isinstance(statement, ast.Raise) else None
        if isinstance(made, ast.Call) and ast.unparse(made.func).rpartition(".")[2] in _ERRORS:
            yield statement  # type: ignore[misc]  # a Raise: only that has `made`


def _origins(node: ast.AST, given: Origins) -> Origins:
    """Per variable: the settings that it is read from, or that the parameters it is computed from were read from."""
    found: Origins = {name: set(settings) for name, settings in given.items()}
    for item in walk(node):
        if isinstance(item, (ast.Assign, ast.AnnAssign)) and item.value is not None:
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            used = {part.id for part in walk(item.value) if isinstance(part, ast.Name)}
            settings = read_settings(item.value).union(*(given.get(name, ()) for name in used))
            if len(targets) == 1:
                found.setdefault(ast.unparse(targets[0]), set()).update(settings)
    return found


def read_settings(node: ast.AST) -> set[str]:
    """String keys of lookups in something that is called like a configuration."""
    found: set[str] = set()
    for item in walk(node):
        key: ast.expr | None = None
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in ("get", "pop"):
            key = item.args[0] if item.args and _CONFIG.search(ast.unparse(item.func.value)) else None
        elif isinstance(item, ast.Subscript) and _CONFIG.search(ast.unparse(item.value)):
            key = item.slice
        elif isinstance(item, ast.Compare) and isinstance(item.ops[0], (ast.In, ast.NotIn)):
            key = item.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and SETTING.match(key.value):
            found.add(key.value)
    return found


def _settings(test: ast.expr, raised: ast.Raise, origins: Origins) -> set[str]:
    found = read_settings(test)
    for item in walk(test):
        if isinstance(item, (ast.Name, ast.Attribute)):
            found |= origins.get(ast.unparse(item), set())
    if not found and "self." in ast.unparse(test):
        found |= set(QUOTED.findall(ast.unparse(raised)))
    return found
