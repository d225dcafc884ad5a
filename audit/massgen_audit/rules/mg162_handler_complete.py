"""The params handler implements what the base handler asks for.

What it does: lists the abstract methods that the handler's linearisation leaves open.

Why it matters: such a handler cannot be created; the backend fails in its constructor.

Evidence: the handler's class.

Not a finding: methods inherited from a concrete handler.

How to fix: implement `build_api_params`, `get_excluded_params` and `get_provider_tools`.
"""

from __future__ import annotations

from massgen_audit.model.params import handlers
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = handlers(model, model.instance_of(unit))
    if not found:
        return not_applicable(f"{unit.info.name} has no params handler")
    for item in found:
        left = [method.name for _, method in model.classes.abstract_methods(item.info)]
        if left:
            here = seen(item.info.path, item.info.fact.place, "defines", item.info.name)
            where = searched(item.info.path, item.info.fact.place.end_line, f"{', '.join(left)} belongs in this class")
            return partial(f"{item.info.name} does not implement {', '.join(left)}", here, where)
    evidence = [seen(item.info.path, item.info.fact.place, "defines", item.info.name) for item in found]
    return present(f"{found[0].info.name} is complete", *evidence)


RULE = Rule(
    code="MG162",
    slug="params-handler-complete",
    point=3,
    phase="1.3",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="The params handler implements what the base handler asks for",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("all three methods"),),
    invalid=(
        MiniRepo(
            "get_provider_tools is not implemented",
            edits=(
                Edit(
                    "massgen/api_params_handler/_acme_api_params_handler.py",
                    "    def get_provider_tools(self, all_params):\n        return []\n",
                    "",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/api_params_handler/_acme_api_params_handler.py:4"),),
        ),
    ),
)
