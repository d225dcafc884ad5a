"""The class implements every abstract method.

What it does: walks the C3 linearisation and lists abstract methods that nothing earlier implements.

Why it matters: such a class cannot be instantiated; the failure comes when an agent is created, not at import.

Evidence: the definition in effect of each method that some base declares abstract.

Not a finding: abstract bases that no type uses; a mixin that supplies the method earlier in the linearisation.

How to fix: implement the method in the class, or inherit from the base that has it.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    left = model.classes.abstract_methods(info)
    here = seen(info.path, info.fact.place, "defines", info.name)
    if not left:
        return present(f"{info.name} leaves no method abstract", here)
    names = ", ".join(method.name for _, method in left)
    declared = [seen(owner.path, method.place, "defines", f"{method.name} is abstract") for owner, method in left]
    end = searched(info.path, info.fact.place.end_line, f"{names} belongs in this class")
    return partial(f"{info.name} cannot be created: {names} left abstract", here, *declared, end)


RULE = Rule(
    code="MG102",
    slug="no-abstract-method-left",
    point=1,
    phase="1.1",
    scope=Scope.LINK,
    tier=Tier.REQUIRED,
    summary="The class implements every abstract method",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("both abstract methods are implemented"),),
    invalid=(
        MiniRepo(
            "get_provider_name is not implemented",
            edits=(Edit("massgen/backend/acme.py", '    def get_provider_name(self):\n        return "Acme"\n\n', ""),),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:7"),),
        ),
    ),
)
