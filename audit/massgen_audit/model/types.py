"""Backend types: every name that `create_backend`, the registry or the adapter registry knows, and what serves it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from massgen_audit.facts.nodes import walk
from massgen_audit.facts.shapes import Function, Module, Place
from massgen_audit.facts.source import Source
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo, ClassTable
from massgen_audit.model.interp.machine import Machine
from massgen_audit.model.interp.values import UNKNOWN, Instance, options
from massgen_audit.model.interp.world import Event, Exhausted, Raised, Run, World

ENTRY = "create_backend"


@dataclass(frozen=True, slots=True)
class Creation:
    """What `create_backend(type, ...)` does in one environment."""

    instances: tuple[Instance, ...]
    raises: bool  # certainly, whatever else happens
    events: tuple[Event, ...]

    def reads(self, variable: str) -> Event | None:
        return next((event for event in self.events if event.kind == "getenv" and event.name == variable), None)


@dataclass(frozen=True, slots=True)
class Row:
    """The registry entry of a type: its fields as far as they are known, and where each is written."""

    fields: Mapping[str, Any]
    path: str
    place: Place
    places: Mapping[str, Place] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """A field's value; None if the entry has no such field."""
        return self.fields.get(name)

    def where(self, name: str) -> Place:
        return self.places.get(name, self.place)

    def models(self) -> tuple[str, ...]:
        """Concrete model names: neither placeholders nor unknown."""
        found = self.get("models")
        names = found if isinstance(found, (list, tuple)) else ()
        return tuple(name for name in names if isinstance(name, str) and name.lower() not in PLACEHOLDERS)


PLACEHOLDERS = frozenset({"custom", "auto", "default", "local", "local-model", ""})


@dataclass(frozen=True, slots=True)
class TypeInfo:
    name: str
    cls: ClassInfo | None
    instance: Instance | None
    row: Row | None
    adapter: bool  # served through the adapter registry
    branch: Place | None  # where create_backend (or a table it uses) names the type
    branch_path: str
    creation: Creation

    @property
    def handled(self) -> bool:
        """Whether `create_backend` can return something for it."""
        return bool(self.creation.instances)

    @property
    def lost(self) -> bool:
        """Whether `create_backend` names the type and the class that it would make is nowhere."""
        return self.cls is None and self.branch is not None

    @property
    def label(self) -> str:
        """How the unit of this type and its class is called."""
        return f"{self.name} -> {self.cls.name}" if self.cls else self.name


class TypeFinder:
    def __init__(self, source: Source, classes: ClassTable, world: World) -> None:
        self._source = source
        self._classes = classes
        self._world = world
        self._cli = source.module(at.CLI)

    def create(
        self, name: str, unset: Any = UNKNOWN, environ: Mapping[str, Any] | None = None, **config: Any
    ) -> Creation:
        """Follows `create_backend(name, **config)`; variables not in `environ` read as `unset`."""
        run = Run(environ=environ or {}, unset=unset)
        machine = Machine(self._world, run)
        if self._cli is None:
            return Creation((), False, ())
        entry = machine.global_name(self._cli, ENTRY)
        try:
            value = machine.calls.apply(entry, [name], dict(config), (at.CLI, 0))
        except Raised:
            return Creation((), True, tuple(run.events))
        except Exhausted:
            return Creation((), False, tuple(run.events))
        instances = tuple(option for option in options(value) if isinstance(option, Instance))
        return Creation(instances, False, tuple(run.events))

    def adapters(self) -> dict[str, Place]:
        module = self._source.module(at.ADAPTERS)
        tables = module.tables if module else ()
        return {
            key: place for table in tables if "registry" in table.name.lower() for key, place, _ in table.entries if key
        }

    def branches(self) -> dict[str, tuple[str, Place]]:
        """Type literals that the entry point, or a function it hands the type to, tells apart."""
        found: dict[str, tuple[str, Place]] = {}
        function = self._cli.function(ENTRY) if self._cli else None
        if self._cli is not None and function is not None and function.params:
            for name, path, place in self._literals(self._cli, function, function.params[0], 3):
                found.setdefault(name, (path, place))
        return found

    def _literals(self, module: Module, function: Function, name: str, depth: int) -> Iterator[tuple[str, str, Place]]:
        node = self._source.statement(module.path, function.place)
        for item in walk(node) if node is not None else ():
            if isinstance(item, ast.Compare) and _is_name(item.left, name):
                for other in item.comparators:
                    yield from self._named(module, other)
            elif isinstance(item, ast.MatchValue) or (isinstance(item, ast.Subscript) and _is_name(item.slice, name)):
                yield from self._named(module, item.value)
            elif isinstance(item, ast.Call):
                yield from self._handed_on(module, item, name, depth)

    def _named(self, module: Module, node: ast.expr) -> Iterator[tuple[str, str, Place]]:
        """The strings of a literal, a display, or the keys of a table bound to a name."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, module.path, _place(node)
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            for item in node.elts:
                yield from self._named(module, item)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            key = self._classes.resolve(module, ast.unparse(node))
            target = self._source.module(key[0]) if key else None
            table = target.table(key[1]) if target and key else None
            if target is not None and table is not None and target.path not in (at.ADAPTERS, at.CAPABILITIES):
                yield from ((name, target.path, place) for name, place, _ in table.entries)

    def _handed_on(self, module: Module, call: ast.Call, name: str, depth: int) -> Iterator[tuple[str, str, Place]]:
        positions = [index for index, item in enumerate(call.args) if _is_name(item, name)]
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("get", "pop") and positions == [0]:
            yield from self._named(module, call.func.value)
            return
        if not positions or depth == 0:
            return
        found = self._callee(module, call.func)
        if found is not None:
            target, function, offset = found
            index = positions[0] + offset
            if index < len(function.params):
                yield from self._literals(target, function, function.params[index], depth - 1)

    def _callee(self, module: Module, node: ast.expr) -> tuple[Module, Function, int] | None:
        key = self._classes.resolve(module, ast.unparse(node)) if isinstance(node, (ast.Name, ast.Attribute)) else None
        target = self._source.module(key[0]) if key else None
        function = target.function(key[1]) if target and key else None
        if target is not None and function is not None:
            return target, function, 0
        return self._method(module, node) if isinstance(node, ast.Attribute) else None

    def _method(self, module: Module, node: ast.Attribute) -> tuple[Module, Function, int] | None:
        owner = self._classes.resolve_class(module, ast.unparse(node.value))
        info = self._classes.get(owner) if owner else None
        found = self._classes.method(info, node.attr) if info else None
        target = self._source.module(found[0].path) if found else None
        if found is None or target is None:
            return None
        return target, found[1], 0 if "staticmethod" in found[1].decorators else 1


def _is_name(node: ast.expr, name: str) -> bool:
    """The name itself, a method of it such as `.lower()`, or the field of that name in the type's registry entry."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    if isinstance(node, ast.Name):
        return node.id == name
    return isinstance(node, ast.Attribute) and node.attr == name


def _place(node: ast.expr) -> Place:
    return Place(node.lineno, node.col_offset + 1, node.end_lineno or node.lineno, (node.end_col_offset or 0) + 1)
