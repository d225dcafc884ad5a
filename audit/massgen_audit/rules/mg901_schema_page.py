"""The YAML schema page lists the type.

What it does: looks for the type as a literal, a table cell or the `type:` of a code block; a word of prose is none.

Why it matters: the page is the reference of what may be written after `type:`.

Evidence: the cell, literal or line of code.

Not a finding: a page that names a vendor only as compatible is partial.

How to fix: add a row to the table of backend types.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.pages import absent, listing, table_end, vendor
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton_docs import SCHEMA
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, partial, present, searched, seen

_KINDS = {"cell": "table-row", "code": "literal", "literal": "literal", "heading": "heading"}


def check(model: RepoModel, unit: Unit) -> Verdict:
    gone = absent(model, at.SCHEMA_PAGE)
    if gone is not None:
        return gone
    info = unit.type
    cell = listing(model, at.SCHEMA_PAGE, info)
    if cell is not None:
        evidence = seen(at.SCHEMA_PAGE, cell.line, _KINDS[cell.kind], cell.text[:80])
        return present(f"yaml_schema.rst lists {info.name}", evidence)
    where = searched(at.SCHEMA_PAGE, table_end(model, at.SCHEMA_PAGE), "a row for the type belongs here")
    named = vendor(model, at.SCHEMA_PAGE, info)
    if named is not None:
        line, text = named
        return partial(
            f"yaml_schema.rst names {info.name} only as a vendor",
            where,
            seen(at.SCHEMA_PAGE, line, "literal", text[:80]),
        )
    return missing(f"yaml_schema.rst does not mention {info.name}", where)


_ROW = "   * - ``acme``\n     - Acme\n"

RULE = Rule(
    code="MG901",
    slug="schema-page-lists-type",
    point=13,
    phase="9",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The YAML schema page lists the type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a row of the table"),),
    invalid=(
        MiniRepo(
            "not mentioned",
            edits=(Edit(at.SCHEMA_PAGE, _ROW, "   * - ``other``\n     - Other\n"),),
            expect=(Expected("acme", "missing", "docs/source/reference/yaml_schema.rst:13"),),
            fixed={at.SCHEMA_PAGE: SCHEMA.replace(_ROW, f"   * - ``other``\n     - Other\n{_ROW}")},
            safety=Fixable.SCAFFOLD,
        ),
        MiniRepo(
            "named as a compatible vendor",
            edits=(Edit(at.SCHEMA_PAGE, _ROW, "   * - ``other``\n     - Compatible servers: Acme, Zenith\n"),),
            expect=(Expected("acme", "partial", "docs/source/reference/yaml_schema.rst:13"),),
        ),
        MiniRepo(
            "there is no such page",
            removed=(at.SCHEMA_PAGE,),
            expect=(Expected("acme", "missing", "docs/source/reference/yaml_schema.rst:1"),),
        ),
    ),
)
