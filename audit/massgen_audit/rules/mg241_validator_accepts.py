"""The validator accepts the type.

What it does: looks for the membership test of `_validate_backend` in the registry, which every registered type passes.

Why it matters: a type that `create_backend` serves and the validator refuses cannot be configured.

Evidence: the membership test, or the type's own literal.

Not a finding: aliases that the registry maps to another type.

How to fix: register the type.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.registry import NAME
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    module = model.source.module(at.VALIDATOR)
    if module is None:
        return not_applicable("this checkout has no config validator")
    tested = model.once("membership test", lambda: _tested(model))
    if not tested:
        return not_applicable("the validator does not look types up in the registry")
    if unit.type.row is not None:
        return present(
            f"the validator accepts {unit.type.name}: it is registered", seen(at.VALIDATOR, tested, "literal")
        )
    where = searched(at.VALIDATOR, tested, f"{unit.type.name} is not in the registry that is asked here")
    return missing(f"the validator refuses {unit.type.name}", where)


def _tested(model: RepoModel) -> int:
    """The line that tests membership in the registry, or else the first that names it; 0 if none does."""
    lines = [number for number, line in enumerate(model.source.lines(at.VALIDATOR), 1) if NAME in line]
    tests = [number for number in lines if f"in {NAME}" in model.source.lines(at.VALIDATOR)[number - 1]]
    return next(iter((*tests, *lines)), 0)


RULE = Rule(
    code="MG241",
    slug="validator-accepts-type",
    point=0,
    phase="2.4",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The validator accepts the type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("membership in the registry"),),
    invalid=(
        MiniRepo(
            "create_backend knows a type that the registry does not",
            edits=(Edit("massgen/cli.py", 'if backend_type == "acme":', 'if backend_type in ("acme", "acme_lite"):'),),
            expect=(Expected("acme_lite", "missing", "massgen/config_validator.py:7"),),
        ),
    ),
)
