"""How a class is exported from `massgen/backend/__init__.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from massgen_audit.facts.shapes import Module, Place
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.repo import RepoModel


@dataclass(frozen=True, slots=True)
class Exported:
    imported: Place | None
    listed: Place | None  # in __all__
    planned: int  # line of a commented-out import or element, 0 if none


def export_of(model: RepoModel, info: ClassInfo) -> Exported:
    module = model.source.module(at.BACKEND_INIT)
    if module is None:
        return Exported(None, None, 0)
    listed = next((item.place for item in module.exports if item.name == info.name), None)
    return Exported(_imported(module, info.name), listed, _commented(model, info.name))


def _imported(module: Module, name: str) -> Place | None:
    """An import or a definition, or an entry of a table that a module-level `__getattr__` serves."""
    for item in module.imports:
        if item.bound == name:
            return item.place
    for fact in module.classes:
        if fact.name == name:
            return fact.place
    if module.function("__getattr__") is None:
        return None
    entries = (entry for table in module.tables for entry in table.entries)
    return next((place for key, place, _ in entries if key == name), None)


def _commented(model: RepoModel, name: str) -> int:
    pattern = re.compile(rf"^\s*#\s*(?:from\s.*\bimport\b.*\b{name}\b|[\"']{name}[\"'])")
    for number, line in enumerate(model.source.lines(at.BACKEND_INIT), 1):
        if pattern.match(line):
            return number
    return 0


def import_line(model: RepoModel) -> int:
    """The line after the last import: where another one goes."""
    module = model.source.module(at.BACKEND_INIT)
    lines = [item.place.end_line for item in module.imports if not item.guarded] if module else []
    return max(lines, default=0) + 1


def all_place(model: RepoModel) -> Place | int:
    module = model.source.module(at.BACKEND_INIT)
    return module.exports_place if module and module.exports_place else model.insertion(at.BACKEND_INIT)
