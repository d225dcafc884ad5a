"""Every type of an example configuration exists.

What it does: compares the `type` of every `backend` mapping under `massgen/configs/` with the known types.

Why it matters: such an example fails at the first line it configures.

Evidence: the line.

Not a finding: templates with a placeholder for the type.

How to fix: correct the type, or delete the example.
"""

from __future__ import annotations

from massgen_audit.model.examples import examples
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = examples(model)
    if not found:
        return not_applicable("there is no example configuration")
    known = {info.name for info in model.types}
    strange = [item for item in found if item.backend.type not in known and item.backend.type.isidentifier()]
    if not strange:
        first = found[0]
        return present(
            f"{len(found)} examples name known types", seen(first.path, first.place, "yaml-key", first.backend.type)
        )
    names = ", ".join(dict.fromkeys(item.backend.type for item in strange))
    evidence = (seen(item.path, item.place, "yaml-key", item.backend.type) for item in strange[:5])
    return partial(f"examples name types that do not exist: {names}", *evidence)


RULE = Rule(
    code="MG805",
    slug="example-types-known",
    point=0,
    phase="7.2",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="Every type of an example configuration exists",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("known types"),),
    invalid=(
        MiniRepo(
            "a type that is gone",
            edits=(Edit("massgen/configs/old.yaml", "", "agents:\n  - backend:\n      type: amce\n      model: a\n"),),
            expect=(Expected("", "partial", "massgen/configs/old.yaml:3"),),
        ),
    ),
)
