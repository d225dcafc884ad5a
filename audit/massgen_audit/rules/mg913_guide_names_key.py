"""The backends guide names the variable of the key.

What it does: looks for the registry's `env_var` on the guide, and for an example block with the type.

Why it matters: the example on that page fails without the key.

Evidence: the line.

Not a finding: types without a key; a type that the guide does not list, which MG911 reports.

How to fix: name the variable beside the example.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.documented import line_of
from massgen_audit.model.pages import example, listing, section
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    variable = info.row.get("env_var") if info.row else None
    if not isinstance(variable, str) or not variable:
        return not_applicable(f"{info.name} needs no key")
    shown = (
        example(model, at.GUIDE_PAGE, info)
        or section(model, at.GUIDE_PAGE, info)
        or listing(model, at.GUIDE_PAGE, info)
    )
    if shown is None:
        return not_applicable(f"the guide does not show {info.name}")
    here = seen(at.GUIDE_PAGE, shown.line, "heading" if shown.kind == "heading" else "literal", shown.text.strip())
    if variable in model.source.text(at.GUIDE_PAGE):
        line = line_of(model, at.GUIDE_PAGE, variable)
        return present(f"the guide names {variable}", seen(at.GUIDE_PAGE, line, "literal", variable), here)
    return partial(f"the guide shows {info.name} and does not name {variable}", here)


_UNNAMED = Edit("docs/source/user_guide/backends.rst", "The key is read from ``ACME_API_KEY``.\n", "It has a key.\n")

RULE = Rule(
    code="MG913",
    slug="guide-names-key",
    point=0,
    phase="8",
    scope=Scope.TYPE,
    tier=Tier.RECOMMENDED,
    summary="The backends guide names the variable of the key",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("named"),),
    invalid=(
        MiniRepo(
            "an example without its key",
            edits=(_UNNAMED,),
            expect=(Expected("acme", "partial", "docs/source/user_guide/backends.rst:18"),),
        ),
    ),
)
