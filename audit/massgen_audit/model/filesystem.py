"""`get_filesystem_support` of a type beside what the registry promises."""

from __future__ import annotations

from dataclasses import dataclass

from massgen_audit.facts.shapes import Function
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.interp.values import Member
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit

METHOD = "get_filesystem_support"


@dataclass(frozen=True, slots=True)
class Comparison:
    owner: ClassInfo
    method: Function
    actual: str | None  # lower-case member name; None if it is computed
    expected: str | None  # the registry's value; None if the type has no row


def compare(model: RepoModel, unit: Unit) -> Comparison | None:
    """None if the class has no such method at all."""
    found = model.definition(unit.info, METHOD)
    if found is None:
        return None
    value = model.ask(model.instance_of(unit), METHOD)
    actual = value.name.lower() if isinstance(value, Member) else None
    row = unit.type.row
    expected = row.get("filesystem_support") if row else None
    if isinstance(expected, Member):
        expected = expected.name
    return Comparison(found[0], found[1], actual, str(expected).lower() if isinstance(expected, str) else None)
