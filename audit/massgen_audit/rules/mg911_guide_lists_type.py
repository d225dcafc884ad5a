"""The backends guide lists the type.

What it does: looks for the type as a literal, a table cell or the `type:` of a code block of the page.

Why it matters: people choose a backend from that page.

Evidence: the cell, literal or line of code.

Not a finding: a type that is described under another name is partial, see MG912.

How to fix: add a row to the table of backends.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.pages import absent, listing, section, table_end, vendor
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton_docs import GUIDE
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, partial, present, searched, seen

_KINDS = {"cell": "table-row", "code": "literal", "literal": "literal", "heading": "heading"}


def check(model: RepoModel, unit: Unit) -> Verdict:
    gone = absent(model, at.GUIDE_PAGE)
    if gone is not None:
        return gone
    info = unit.type
    cell = listing(model, at.GUIDE_PAGE, info)
    if cell is not None:
        evidence = seen(at.GUIDE_PAGE, cell.line, _KINDS[cell.kind], cell.text[:80])
        return present(f"backends.rst lists {info.name}", evidence)
    where = searched(at.GUIDE_PAGE, table_end(model, at.GUIDE_PAGE), "a row for the type belongs here")
    heading = section(model, at.GUIDE_PAGE, info)
    if heading is not None:
        about = seen(at.GUIDE_PAGE, heading.line, "heading", heading.text)
        return partial(f"backends.rst describes {info.name} without its type", where, about)
    named = vendor(model, at.GUIDE_PAGE, info)
    if named is not None:
        told = seen(at.GUIDE_PAGE, named[0], "literal", named[1][:80])
        return partial(f"backends.rst names {info.name} only as a vendor", where, told)
    return missing(f"backends.rst does not mention {info.name}", where)


_ROW = "   * - ``acme``\n     - Acme\n"
_SECTION = "Acme\n----\n\n.. code-block:: yaml\n\n   backend:\n     type: acme\n     model: acme-2\n"
_WRITTEN = """\
Acme
----

The key is in ``ACME_API_KEY``.

.. code-block:: yaml

   backend:
     type: "acme"
     model: "acme-2"
"""
_ROWS = f"   * - ``other``\n     - Other\n{_ROW}"
_FIXED = GUIDE.replace(_ROW, _ROWS).replace(_SECTION, "").rstrip("\n") + f"\n\n{_WRITTEN}"

RULE = Rule(
    code="MG911",
    slug="guide-lists-type",
    point=14,
    phase="9",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The backends guide lists the type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a row and a section"),),
    invalid=(
        MiniRepo(
            "not mentioned",
            edits=(
                Edit(at.GUIDE_PAGE, _ROW, "   * - ``other``\n     - Other\n"),
                Edit(at.GUIDE_PAGE, _SECTION, ""),
            ),
            expect=(Expected("acme", "missing", "docs/source/user_guide/backends.rst:13"),),
            fixed={at.GUIDE_PAGE: _FIXED},
            safety=Fixable.SCAFFOLD,
        ),
        MiniRepo(
            "a section under another type",
            edits=(
                Edit(at.GUIDE_PAGE, _ROW, "   * - ``other``\n     - Other\n"),
                Edit(at.GUIDE_PAGE, "     type: acme\n", "     type: other\n"),
            ),
            expect=(Expected("acme", "partial", "docs/source/user_guide/backends.rst:21"),),
        ),
        MiniRepo(
            "there is no such page",
            removed=(at.GUIDE_PAGE,),
            expect=(Expected("acme", "missing", "docs/source/user_guide/backends.rst:1"),),
        ),
    ),
)
