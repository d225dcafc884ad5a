"""Names of the audited checkout as values, and what happened while a function was followed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from massgen_audit.facts.shapes import Module
from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassInfo, ClassTable
from massgen_audit.model.interp.memory import Memory
from massgen_audit.model.interp.values import UNKNOWN, ClassRef, Foreign, Func, ModuleRef


@dataclass(frozen=True, slots=True)
class Event:
    """Something observable on the way: an environment variable read, or an exception raised."""

    kind: str  # "getenv" | "raise"
    name: str  # the variable, or the exception
    path: str
    line: int


class Exhausted(Exception):
    """The function is too large to be followed."""


class Raised(Exception):
    """The audited code certainly raises here."""


@dataclass(slots=True)
class Run:
    """One question put to the interpreter. `environ` maps variables to values; a missing one reads as `unset`."""

    environ: Mapping[str, Any] = field(default_factory=dict)
    unset: Any = UNKNOWN
    steps: int = 40_000
    depth: int = 0
    events: list[Event] = field(default_factory=list)

    def tick(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Exhausted


@dataclass(slots=True)
class Frame:
    """One function being followed, or a module body."""

    module: Module
    names: dict[str, Any] = field(default_factory=dict)
    owner: ClassInfo | None = None
    receiver: Any = None
    outer: Frame | None = None
    returns: list[tuple[Any, int]] = field(default_factory=list)


class World:
    """Looks names up in modules; a global is evaluated once, when first asked for."""

    def __init__(self, source: Source, classes: ClassTable) -> None:
        self.source = source
        self.classes = classes
        self.globals: dict[tuple[str, str], Any] = {}
        self.memory = Memory()

    def lookup(self, module: Module, name: str) -> Any:
        """What a module-level name means by definition or import; a variable comes back as `Assigned`."""
        key = self.classes.resolve(module, name)
        if key is not None:
            return self.definition(key)
        for item in module.imports:
            if item.bound != name:
                continue
            dotted = ".".join(filter(None, (item.module, item.name)))
            target = self.classes.module_path(module.path, dotted, item.level)
            if target is not None and (item.name or item.asname or "." not in item.module):
                return ModuleRef(target)
            return Foreign(dotted if item.name or item.asname else name)
        return None

    def definition(self, key: tuple[str, str]) -> Any:
        """A class or function as a value, or the statements that assign the name."""
        module = self.source.module(key[0])
        info = self.classes.get(key)
        if info is not None:
            return ClassRef(info)
        function = module.function(key[1]) if module else None
        if function is not None:
            return Func(key[0], function)
        return Assigned(key)


@dataclass(frozen=True, slots=True)
class Assigned:
    """A module-level variable that has yet to be evaluated."""

    key: tuple[str, str]


def assignments(source: Source, key: tuple[str, str]) -> list[ast.stmt]:
    """The module-level statements that give a variable its value, in order."""
    module = source.module(key[0])
    if module is None:
        return []
    places = [place for name, place in module.assigned if name == key[1]]
    table = module.table(key[1])
    entries = [place for _, place, _ in table.entries] if table and not table.owner else []
    inside = {line for place in places for line in range(place.line, place.end_line + 1)}
    places.extend(place for place in entries if place.line not in inside)
    statements = (source.statement(key[0], place) for place in sorted(set(places)))
    return [statement for statement in statements if statement is not None]
