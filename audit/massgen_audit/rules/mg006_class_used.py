"""A concrete backend class serves some type.

What it does: lists concrete subclasses of `LLMBackend` that no type of `create_backend` or the registry leads to.

Why it matters: such a class cannot be configured; it is finished and unreachable, or forgotten.

Evidence: the types that the class serves.

Not a finding: abstract classes, and classes that others inherit from.

How to fix: give the class a type, or remove it.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    here = seen(info.path, info.fact.place, "defines", info.name)
    if unit.types:
        return present(f"{info.name} serves {', '.join(item.name for item in unit.types)}", here)
    heirs = [other.name for other in model.backends if info.key in {item.key for item in model.classes.mro(other)[1:]}]
    if heirs:
        return not_applicable(f"{info.name} is a base of {', '.join(heirs)}", here)
    return missing(f"no backend type leads to {info.name}", searched(info.path, info.fact.place, "defined here"))


RULE = Rule(
    code="MG006",
    slug="class-used",
    point=0,
    phase="0",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="A concrete backend class serves some type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a class with a type"),),
    invalid=(
        MiniRepo(
            "a class without a type",
            edits=(
                Edit(
                    "massgen/backend/orphan.py",
                    "",
                    "from .acme import AcmeBackend\n\n\nclass OrphanBackend(AcmeBackend):\n    pass\n",
                ),
            ),
            expect=(Expected("", "missing", "massgen/backend/orphan.py:4"),),
        ),
    ),
)
