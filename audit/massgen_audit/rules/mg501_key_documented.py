"""The variable of the key is documented.

What it does: looks for the registry's `env_var` on any page under `docs/`, in the README and in the environment
template.

Why it matters: a user who cannot find the name of the variable cannot start.

Evidence: the line.

Not a finding: types without a key.

How to fix: name the variable in the backend's section of the guide.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.documented import line_of, mentions
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    variable = row.get("env_var") if row else None
    if row is None or not isinstance(variable, str) or not variable:
        return not_applicable(f"{unit.type.name} needs no key")
    entry = seen(row.path, row.where("env_var"), "entry", variable)
    page = mentions(model, variable)
    if page:
        return present(
            f"{variable} is documented", seen(page, line_of(model, page, variable), "literal", variable), entry
        )
    where = searched(at.GUIDE_PAGE, model.insertion(at.GUIDE_PAGE), f"no page names {variable}")
    return partial(f"no page names {variable}", where, entry)


_UNNAMED = Edit("docs/source/user_guide/backends.rst", "The key is read from ``ACME_API_KEY``.\n", "It has a key.\n")

RULE = Rule(
    code="MG501",
    slug="key-documented",
    point=0,
    phase="5",
    scope=Scope.TYPE,
    tier=Tier.CONDITIONAL,
    summary="The variable of the key is documented",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo(
            "needs no key",
            edits=(
                Edit("massgen/backend/capabilities.py", '        env_var="ACME_API_KEY",\n', "        env_var=None,\n"),
            ),
        ),
        MiniRepo("named"),
    ),
    invalid=(
        MiniRepo(
            "no page names it",
            edits=(_UNNAMED,),
            expect=(Expected("acme", "partial", "docs/source/user_guide/backends.rst:21"),),
        ),
    ),
)
