"""The methods that the checklist names exist in this checkout.

What it does: looks for each method that rules of the checklist ask backends to call. Where one is defined nowhere, the
rules about it do not apply, and say so once.

Why it matters: a checklist that is newer than the code would otherwise report every backend.

Evidence: the definitions.

Not a finding: this rule never fails a run.

How to fix: nothing needs fixing; update the checkout to have these methods.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tracking import END, FIRST, START, USAGE
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Evidence, Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen

APIS = (START, FIRST, END, USAGE[0], "is_stateful", "get_base_excluded_config_params")


def check(model: RepoModel, unit: Unit) -> Verdict:
    absent = [name for name in APIS if not model.defines(name)]
    found = [item for name in APIS for item in _definition(model, name)]
    if not absent:
        return present("this checkout has every method that the checklist names", *found)
    root = next((item for item in model.classes.all() if item.name == "LLMBackend"), None)
    path, place = (root.path, root.fact.place) if root else ("massgen/backend/base.py", 1)
    return partial(
        f"this checkout is older than the checklist: no {', '.join(absent)}", searched(path, place, "searched"), *found
    )


def _definition(model: RepoModel, name: str) -> list[Evidence]:
    for info in model.classes.all():
        method = info.fact.method(name)
        if method is not None:
            return [seen(info.path, method.place, "defines", name)]
    return []


RULE = Rule(
    code="MG007",
    slug="checklist-apis",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="The methods that the checklist names exist in this checkout",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("all of them"),),
    invalid=(
        MiniRepo(
            "no timing",
            edits=(
                Edit("massgen/backend/base.py", "    def record_first_token(self):\n        self.first = True\n\n", ""),
            ),
            expect=(Expected("", "partial", "massgen/backend/base.py:20"),),
        ),
    ),
)
