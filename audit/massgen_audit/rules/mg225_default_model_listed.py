"""The registry's `default_model` is one of its `models`.

What it does: evaluates both fields of the entry.

Why it matters: the default is what people get who configure nothing.

Evidence: the entry's fields.

Not a finding: a placeholder such as "custom" for types without models of their own.

How to fix: list the default first.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import PLACEHOLDERS
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    if row is None or not row.fields:
        return not_applicable(f"{unit.type.name} has no registry entry")
    models, default = row.get("models"), row.get("default_model")
    field = seen(row.path, row.where("default_model"), "entry", f"default_model={default!r}")
    if not isinstance(models, list | tuple | set | frozenset) or not isinstance(default, str | None):
        return unverifiable(f"the models of {unit.type.name} are computed", field)
    listed = seen(row.path, row.where("models"), "entry", f"{len(models)} models")
    if default in models or (not models and (default or "").lower() in PLACEHOLDERS):
        return present(f"{default} is listed", field, listed)
    return partial(f"default model {default!r} is not among the {len(models)} models", field, listed)


RULE = Rule(
    code="MG225",
    slug="default-model-listed",
    point=6,
    phase="2.3",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The registry's default_model is one of its models",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("the first of the list"),),
    invalid=(
        MiniRepo(
            "a default that is not listed",
            edits=(Edit("massgen/backend/capabilities.py", 'default_model="acme-2"', 'default_model="acme-3"'),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:27"),),
        ),
    ),
)
