"""What the configuration validator knows about a backend type."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from massgen_audit.facts.nodes import walk
from massgen_audit.facts.shapes import Function, Module, Place
from massgen_audit.model import layout as at
from massgen_audit.model.enforced import QUOTED, SETTING, Enforced, read_settings
from massgen_audit.model.interp.values import ClassRef, Func, Instance, options
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo

_VALIDATORS = ("_validate_backend", "validate_backend_config")
_MAX_HOPS = 4
_REPORTS = ("add_error", "append", "extend")

Site = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the validator that is about certain types, and the settings that it names."""

    types: frozenset[str]
    site: Site
    settings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Validated:
    """What the validator says about one type."""

    branches: tuple[Branch, ...]  # parts that single the type out
    general: frozenset[str]  # settings that it checks whatever the type
    trial: Site | None  # where it makes a backend of the type, and so hears what its constructor refuses

    @property
    def sites(self) -> tuple[Site, ...]:
        return tuple(branch.site for branch in self.branches)

    def knows(self, rule: Enforced) -> bool:
        if self.trial is not None and rule.constructing:
            return True
        named = {setting for branch in self.branches for setting in branch.settings}
        return bool(rule.settings & named) or rule.settings <= self.general


def validated(model: RepoModel, info: TypeInfo) -> Validated:
    branches = model.once("validator branches", lambda: tuple(_branches(model)))
    spared = info.name if any(info.name in part.spares for part in _parts(model)) else ""
    general = model.once(f"validator settings {spared}", lambda: _general(model, spared))
    mine = tuple(branch for branch in branches if info.name in branch.types)
    return Validated(mine, general, _trial(model, info))


@dataclass(frozen=True, slots=True)
class Part:
    """A function that takes part in judging a configuration, and the types that conditions above keep from it."""

    module: Module
    function: Function
    spares: frozenset[str]


def _parts(model: RepoModel) -> tuple[Part, ...]:
    """The functions that judge a backend's configuration, and those of the checkout that they call."""
    return model.once("validator functions", lambda: _reached(model))


def _functions(model: RepoModel) -> Iterator[tuple[Module, Function]]:
    return ((part.module, part.function) for part in _parts(model))


def _entries(model: RepoModel) -> Iterator[Part]:
    for path in (at.VALIDATOR, at.CAPABILITIES):
        module = model.source.module(path)
        methods = [method for fact in module.classes for method in fact.methods] if module else []
        for function in (*methods, *(module.functions if module else ())):
            if module and (function.name in _VALIDATORS or (path == at.VALIDATOR and "backend" in function.name)):
                yield Part(module, function, frozenset())


def _reached(model: RepoModel) -> tuple[Part, ...]:
    here, found = list(_entries(model)), dict[tuple[str, Place], Part]()
    for _ in range(_MAX_HOPS):
        following = []
        for part in here:
            key = (part.module.path, part.function.place)
            known = found.get(key)
            if known is not None and known.spares <= part.spares:
                continue
            found[key] = replace(part, spares=part.spares & known.spares) if known else part
            following += _called(model, found[key])
        here = following
    return tuple(found.values())


def _called(model: RepoModel, part: Part) -> list[Part]:
    found = []
    for call in part.function.calls:
        key = model.classes.resolve(part.module, call.chain) if "." not in call.chain else None
        target = model.source.module(key[0]) if key else None
        helper = target.function(key[1]) if target and key else None
        if target is not None and helper is not None:
            found.append(Part(target, helper, part.spares | _spared(model, part, call.place)))
    return found


def _spared(model: RepoModel, part: Part, place: Place) -> frozenset[str]:
    """The types for which a call is not made: those that a condition around it excludes by name."""
    node = model.source.statement(part.module.path, part.function.place)
    guards = [item for item in walk(node) if isinstance(item, ast.If)] if node else []
    found: frozenset[str] = frozenset()
    for guard in guards:
        if guard.body[0].lineno <= place.line <= (guard.body[-1].end_lineno or 0):
            found |= _named(guard.test, (ast.NotEq, ast.NotIn))
        elif guard.orelse and guard.orelse[0].lineno <= place.line <= (guard.orelse[-1].end_lineno or 0):
            found |= _singled_out(guard.test)
    return found


def _branches(model: RepoModel) -> Iterator[Branch]:
    """Conditions that compare the type with names, and tables from types to the functions that check them."""
    for module, function in _functions(model):
        node = model.source.statement(module.path, function.place)
        for item in walk(node) if node else ():
            names = _singled_out(item.test) if isinstance(item, ast.If) else frozenset()
            if names and isinstance(item, ast.If):
                place = Place(item.lineno, item.col_offset + 1, item.lineno, item.col_offset + 1)
                yield Branch(names, (module.path, place), _named_in((item.test, *item.body)))
    module_of_rules = model.source.module(at.VALIDATOR)
    for table in module_of_rules.tables if module_of_rules else ():
        if module_of_rules is not None and not table.owner:
            yield from _of_table(model, module_of_rules, table.place)


def _of_table(model: RepoModel, module: Module, place: Place) -> Iterator[Branch]:
    node = model.source.statement(module.path, place)
    value = getattr(node, "value", None)
    if not isinstance(value, ast.Dict):
        return
    for key, item in zip(value.keys, value.values, strict=True):
        named = [part.id for part in walk(item) if isinstance(part, ast.Name)]
        checks = [function for function in map(module.function, named) if function is not None]
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and checks:
            bodies = [model.source.statement(module.path, function.place) for function in checks]
            where = Place(key.lineno, key.col_offset + 1, key.end_lineno or key.lineno, (key.end_col_offset or 0) + 1)
            yield Branch(frozenset({key.value}), (module.path, where), _named_in([body for body in bodies if body]))


def _named_in(nodes: object) -> frozenset[str]:
    parts = [part for node in nodes for part in walk(node)]  # type: ignore[attr-defined]  # nodes of a branch
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    words = {text for text in texts if SETTING.match(text)}
    return frozenset(words | {word for text in texts for word in QUOTED.findall(text)})


def _general(model: RepoModel, spared: str) -> frozenset[str]:
    """Settings whose value decides, for every type but a spared one alike, whether a problem is reported."""
    found: set[str] = set()
    for part in _parts(model):
        node = model.source.statement(part.module.path, part.function.place)
        if node is None or spared in part.spares:
            continue
        read = {
            ast.unparse(item.targets[0]): read_settings(item.value)
            for item in walk(node)
            if isinstance(item, ast.Assign) and len(item.targets) == 1
        }
        special = _inside(node, {info.name for info in model.types})
        for item in walk(node):
            if isinstance(item, ast.If) and id(item) not in special and not _singled_out(item.test) and _reports(item):
                found |= read_settings(item.test)
                for inner in walk(item.test):
                    found |= read.get(inner.id, set()) if isinstance(inner, ast.Name) else set()
    return frozenset(found)


def _inside(node: ast.AST, types: set[str]) -> set[int]:
    """The nodes of the bodies of conditions that single a type out."""
    branches = [item for item in walk(node) if isinstance(item, ast.If) and _singled_out(item.test) & types]
    return {id(part) for branch in branches for child in branch.body for part in walk(child)}


def _reports(branch: ast.If) -> bool:
    for part in (item for child in branch.body for item in walk(child)):
        if isinstance(part, (ast.Yield, ast.Raise)):
            return True
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _REPORTS:
            return True
    return False


def _trial(model: RepoModel, info: TypeInfo) -> Site | None:
    """Where the validator asks a function of the checkout for the class, or an object of it, by the type's name."""
    makers = model.once("validator trials", lambda: tuple(_makers(model))) if info.cls is not None else ()
    for maker, site, spares in makers:
        if info.name in spares:
            continue
        made = options(model.apply(maker, info.name))
        if any(isinstance(item, (ClassRef, Instance)) and item.info is info.cls for item in made):
            return site
    return None


def _makers(model: RepoModel) -> Iterator[tuple[Func, Site, frozenset[str]]]:
    """Functions that the validator calls and that could give a backend, with the types for which it does not: its own
    and the registry's only judge one.
    """
    for part in _parts(model):
        for call in part.function.calls:
            callee = model.world.lookup(part.module, call.chain) if call.args and "." not in call.chain else None
            if isinstance(callee, Func) and callee.path not in (at.VALIDATOR, at.CAPABILITIES):
                yield callee, (part.module.path, call.place), part.spares | _spared(model, part, call.place)


def _singled_out(test: ast.expr) -> frozenset[str]:
    """Strings of `x == "name"` and `x in ("name", ...)`; a test that excludes a type says nothing about it."""
    return _named(test, (ast.Eq, ast.In))


def _named(test: ast.expr, operators: tuple[type[ast.cmpop], ...]) -> frozenset[str]:
    found: set[str] = set()
    for item in walk(test):
        if isinstance(item, ast.Compare) and isinstance(item.ops[0], operators):
            parts = [part for other in item.comparators for part in walk(other)]
            found |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return frozenset(found)
