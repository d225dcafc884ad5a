"""Places beyond the checklist that list backend types: what a new type is easily forgotten in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.facts.shapes import Module
from massgen_audit.facts.shapes import Place as Spot
from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo

_SHARE = 1 / 2  # a list of one group of vendors has fewer of the types
_FEWEST = 4
_JUDGED = (at.BACKEND_INIT, at.CAPABILITIES, at.PRICING, at.ADAPTERS)


@dataclass(frozen=True, slots=True)
class Listing:
    path: str
    line: int
    owner: str  # the function or the assigned name
    names: frozenset[str]  # the types it names, by type, by provider or by the variable of their key


def places(model: RepoModel) -> tuple[Listing, ...]:
    """Functions and tables that name at least half of the types, those that the checklist knows left out."""
    return model.once("places that list types", lambda: tuple(_places(model)))


def _places(model: RepoModel) -> Iterator[Listing]:
    known = sorted(info.name for info in model.types)
    enough = max(_FEWEST, round(len(known) * _SHARE))
    quoted = re.compile(r"[\"'](" + "|".join(map(re.escape, known)) + r")[\"']")
    in_bytes = re.compile(quoted.pattern.encode())
    branches = {(info.branch_path, info.branch.line) for info in model.types if info.branch is not None}
    for path in model.source.tree.paths():
        if not path.startswith("massgen/") or not path.endswith(".py") or "/tests/" in path or path in _JUDGED:
            continue
        if len(set(in_bytes.findall(model.source.bytes(path) or b""))) < enough:
            continue
        module = model.source.module(path)
        for owner, spot in _owners(module) if module else ():
            text = "\n".join(model.source.lines(path)[spot.line - 1 : spot.end_line])
            names = frozenset(quoted.findall(text))
            judged = any(where == path and spot.line <= line <= spot.end_line for where, line in branches)
            if len(names) >= enough and not judged:
                others = {info.name for info in model.types if _otherwise(info, text)}
                yield Listing(path, spot.line, owner, names | others)


def concerns(model: RepoModel, listing: Listing, info: TypeInfo) -> bool:
    """Whether a type belongs in a place: it has every property that all the types named there have."""
    there = [_properties(item) for item in model.types if item.name in listing.names]
    return set.intersection(*there) <= _properties(info)


def _properties(info: TypeInfo) -> set[str]:
    row = info.row
    found = {"registered"} if row else set()
    found |= {"key"} if row and row.get("env_var") else set()
    found |= {"models"} if row and row.models() else set()
    found |= {"address"} if row and row.get("base_url") else set()
    return found if info.adapter else found | {"own class"}


def _otherwise(info: TypeInfo, text: str) -> bool:
    """Whether a place names the type by its provider's name or by the variable of its key."""
    shown = info.row.get("provider_name") if info.row else None
    variable = info.row.get("env_var") if info.row else None
    wanted = [name for name in (shown, variable) if isinstance(name, str) and name]
    return any(f'"{name}"' in text or f"'{name}'" in text for name in wanted)


def _owners(module: Module) -> Iterator[tuple[str, Spot]]:
    for function in module.functions:
        yield function.name, function.place
    yield from module.assigned
    for fact in module.classes:
        yield from ((f"{fact.name}.{method.name}", method.place) for method in fact.methods)
        yield from ((f"{fact.name}.{name}", place) for name, place, _ in fact.attributes)
