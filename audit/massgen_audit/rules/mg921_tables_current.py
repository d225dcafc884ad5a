"""The generated backend tables are current for the type.

What it does: reads which pages the generator names, and compares the type's row there with the registry: display name
and default model.

Why it matters: a table that is generated and stale is believed.

Evidence: the generator, and the row.

Not a finding: columns that a table does not have.

How to fix: run `docs/scripts/generate_backend_tables.py`; where there is none, write one that makes the tables from the
registry.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.generated import outputs, rows
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton_docs import GENERATED
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if not model.source.exists(at.GENERATOR):
        return missing(
            "there is no generator of backend tables", searched(at.GENERATOR, 1, "the generator belongs here")
        )
    generator = seen(at.GENERATOR, 1, "defines", "the generator")
    if info.row is None:
        return not_applicable(f"{info.name} is not in the registry that the tables are made from", generator)
    pages = outputs(model)
    if not pages:
        where = searched(at.GENERATOR, 1, "no page of the documentation is named here")
        return partial("the generator has written no page", generator, where)
    found = [row for page in pages for row in rows(model, page, info.name)]
    if not found:
        where = searched(pages[0], model.insertion(pages[0]), f"a row for {info.name} belongs here")
        return partial(f"the generated tables have no row for {info.name}", generator, where)
    stale = [row for row in found if row.lacks(info.row)]
    if stale:
        told = ", ".join(stale[0].lacks(info.row))
        return partial(
            f"the generated row of {info.name} does not say {told}", seen(stale[0].path, stale[0].line, "table-row")
        )
    return present(
        f"the generated tables are current for {info.name}", seen(found[0].path, found[0].line, "table-row"), generator
    )


RULE = Rule(
    code="MG921",
    slug="generated-tables-current",
    point=15,
    phase="9",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The generated backend tables are current for the type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("name and default model as in the registry"),),
    invalid=(
        MiniRepo(
            "the default model has changed",
            edits=(Edit("massgen/backend/capabilities.py", 'default_model="acme-2"', 'default_model="acme-1"'),),
            expect=(Expected("acme", "partial", "docs/source/reference/supported_models.rst:10"),),
        ),
        MiniRepo(
            "the page has the row of another type",
            edits=(
                Edit(
                    "docs/source/reference/supported_models.rst",
                    "   * - ``acme``\n     - Acme\n     - ``acme-2``\n",
                    "   * - ``other``\n     - Other\n     - ``other-1``\n",
                ),
            ),
            expect=(Expected("acme", "partial", "docs/scripts/generate_backend_tables.py:1"),),
            fixed={
                "docs/source/reference/supported_models.rst": GENERATED.replace(
                    "   * - ``acme``", "   * - ``other``\n     - Other\n     - ``other-1``\n   * - ``acme``"
                )
            },
            safety=Fixable.SCAFFOLD,
        ),
        MiniRepo(
            "the page has no row",
            edits=(
                Edit(
                    "docs/source/reference/supported_models.rst",
                    "   * - ``acme``\n     - Acme\n     - ``acme-2``\n",
                    "",
                ),
            ),
            expect=(Expected("acme", "partial", "docs/scripts/generate_backend_tables.py:1"),),
        ),
    ),
)
