"""`BACKEND_CAPABILITIES` as rows, however the dict is built."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Any

from massgen_audit.facts.nodes import walk
from massgen_audit.facts.shapes import Place
from massgen_audit.facts.source import Source
from massgen_audit.model import layout as at
from massgen_audit.model.interp.machine import Machine
from massgen_audit.model.interp.values import UNKNOWN, Instance
from massgen_audit.model.interp.world import Run, World, assignments
from massgen_audit.model.types import Row
from massgen_audit.values import FILL_IN

NAME = "BACKEND_CAPABILITIES"
UNSAID = f"{FILL_IN}: what no entry says"


def read_rows(source: Source, world: World) -> dict[str, Row]:
    """Type to row. An entry whose value is not a known object has a row without fields."""
    module = source.module(at.CAPABILITIES)
    if module is None:
        return {}
    machine = Machine(world, Run(steps=400_000))
    table = machine.global_name(module, NAME)
    key = world.classes.resolve(module, NAME)
    written = _entries(source, key) if key else {}
    rows: dict[str, Row] = {}
    for name, value in table.items() if isinstance(table, dict) else ():
        if isinstance(name, str):
            rows[name] = _row(machine, value, key[0] if key else at.CAPABILITIES, written.get(name))
    return rows


def add_bare_rows(source: Source, world: World, names: Collection[str]) -> None:
    """Lets what follows find an entry for types that have none, one that says nothing but the type: code that needs the
    entry can be followed, and the entry is all that is found missing.
    """
    module = source.module(at.CAPABILITIES)
    machine = Machine(world, Run(steps=400_000))
    table = machine.global_name(module, NAME) if module is not None and names else None
    rows = [row for row in table.values() if isinstance(row, Instance)] if isinstance(table, dict) else []
    if not rows or "backend_type" not in rows[0].attrs or not isinstance(table, dict):
        return
    for name in sorted(names):
        fields = {field: _unsaid(value) for field, value in rows[0].attrs.items()}
        table[name] = Instance(rows[0].info, {**fields, "backend_type": name, "provider_name": UNSAID})


def _unsaid(value: Any) -> Any:
    """What a field holds of which nothing is said: no items, or something that is not known."""
    return type(value)() if isinstance(value, (list, tuple, set, frozenset, dict, bool)) else UNKNOWN


def _row(machine: Machine, value: Any, path: str, entry: tuple[Place, dict[str, Place]] | None) -> Row:
    fields: dict[str, Any] = {}
    made: tuple[str, int] = (path, 1)
    if isinstance(value, Instance):
        machine.calls.construct_now(value)
        fields, made = value.attrs, value.made_at
    elif isinstance(value, dict):
        fields = value
    if entry is not None:
        return Row(fields, path, *entry)
    return Row(fields, made[0], Place(made[1], 1, made[1], 1), _call_places(machine, made))


def _call_places(machine: Machine, made: tuple[str, int]) -> dict[str, Place]:
    """Places of the keywords of a row that is written outside the dict, e.g. in a tuple of rows."""
    module = machine.world.source.module(made[0])
    for _, place in module.assigned if module else ():
        if place.line <= made[1] <= place.end_line:
            statement = machine.world.source.statement(made[0], place)
            for node in walk(statement) if statement else ():
                if isinstance(node, ast.Call) and node.lineno == made[1] and node.keywords:
                    return {item.arg: _place(item.value) for item in node.keywords if item.arg}
    return {}


def _entries(source: Source, key: tuple[str, str]) -> dict[str, tuple[Place, dict[str, Place]]]:
    found: dict[str, tuple[Place, dict[str, Place]]] = {}
    for statement in assignments(source, key):
        value = getattr(statement, "value", None)
        if not isinstance(value, ast.Dict):
            continue
        for name, entry in zip(value.keys, value.values, strict=True):
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                keywords = entry.keywords if isinstance(entry, ast.Call) else []
                places = {item.arg: _place(item.value) for item in keywords if item.arg}
                found[name.value] = (_place(name), places)
    return found


def _place(node: ast.expr) -> Place:
    return Place(node.lineno, node.col_offset + 1, node.end_lineno or node.lineno, (node.end_col_offset or 0) + 1)


def entry_call(source: Source, row: Row, name: str) -> ast.Call | None:
    """The call that an entry of the dict literal is; None if it is written in another way."""
    module = source.module(row.path)
    for _, place in module.assigned if module else ():
        if place.line <= row.place.line <= place.end_line:
            statement = source.statement(row.path, place)
            value = getattr(statement, "value", None)
            for key, entry in zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ():
                if isinstance(key, ast.Constant) and key.value == name:
                    return entry if isinstance(entry, ast.Call) else None
    return None
