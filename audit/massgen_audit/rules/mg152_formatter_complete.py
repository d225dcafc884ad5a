"""The formatter implements what the base formatter asks for.

What it does: lists the abstract methods that the formatter's linearisation leaves open.

Why it matters: such a formatter cannot be created; the backend fails in its constructor.

Evidence: the formatter's class.

Not a finding: methods inherited from a concrete formatter.

How to fix: implement `format_messages`, `format_tools` and `format_mcp_tools`.
"""

from __future__ import annotations

from massgen_audit.model.params import formatters
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    found = formatters(model, model.instance_of(unit))
    if not found:
        return not_applicable(f"{unit.info.name} has no formatter")
    for item in found:
        left = [method.name for _, method in model.classes.abstract_methods(item.info)]
        if left:
            here = seen(item.info.path, item.info.fact.place.line, "defines", item.info.name)
            return partial(f"{item.info.name} does not implement {', '.join(left)}", here)
    evidence = [seen(item.info.path, item.info.fact.place, "defines", item.info.name) for item in found]
    return present(f"{found[0].info.name} is complete", *evidence)


RULE = Rule(
    code="MG152",
    slug="formatter-complete",
    point=0,
    phase="1.2",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="The formatter implements what the base formatter asks for",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("all three methods"),),
    invalid=(
        MiniRepo(
            "format_mcp_tools is not implemented",
            edits=(
                Edit(
                    "massgen/formatter/_acme_formatter.py",
                    "\n    def format_mcp_tools(self, tools):\n        return tools\n",
                    "",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/formatter/_acme_formatter.py:4"),),
        ),
    ),
)
