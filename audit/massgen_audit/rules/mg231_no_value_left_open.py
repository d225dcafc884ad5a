"""No value of the registry entry waits for a person.

What it does: looks for values that start with `fill in`, which `massgen-audit fix` writes where it could not read a
value.

Why it matters: an entry that a fix began passes for complete in a table, and sends users to a model called "fill in".

Evidence: the entry, or the fields that are still open.

Not a finding: a note that uses the words further on.

How to fix: replace each marked value with what the provider's documentation says.
"""

from __future__ import annotations

from typing import Any

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import FILL_IN, Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    if row is None:
        return not_applicable(f"{unit.type.name} has no registry entry")
    left = [name for name, value in row.fields.items() if _is_open(value)]
    if not left:
        return present(
            f"the entry for {unit.type.name} is filled in", seen(row.path, row.place, "entry", unit.type.name)
        )
    places = [seen(row.path, row.where(name), "entry", f"{name} is marked") for name in left]
    return partial(f"{', '.join(left)} of {unit.type.name} still say what to fill in", *places)


def _is_open(value: Any) -> bool:
    if isinstance(value, str):
        return value.startswith(FILL_IN)
    return isinstance(value, list | tuple | set | frozenset) and any(_is_open(item) for item in value)


RULE = Rule(
    code="MG231",
    slug="no-value-left-open",
    point=6,
    phase="2.3",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="No value of the registry entry waits for a person",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("every value is written"),),
    invalid=(
        MiniRepo(
            "a list and a value that a fix has marked",
            edits=(
                Edit("massgen/backend/capabilities.py", '["search"]', f'["{FILL_IN}: the tools it has"]'),
                Edit("massgen/backend/capabilities.py", 'provider_name="Acme"', f'provider_name="{FILL_IN}: its name"'),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:22"),),
        ),
    ),
)
