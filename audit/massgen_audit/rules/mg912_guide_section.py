"""The backends guide has a section or an example for the type.

What it does: looks for a code block with that type, or a heading that names the type, its display name or its provider
over text that names the type.

Why it matters: a row in a table does not tell how to configure a backend.

Evidence: the line of code, or the heading.

Not a finding: a section that several types share.

How to fix: add a section with an example block.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.pages import example, listing, section
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton_docs import GUIDE
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    listed = listing(model, at.GUIDE_PAGE, info)
    if listed is None:
        return not_applicable(f"backends.rst does not list {info.name}")
    code = example(model, at.GUIDE_PAGE, info)
    if code is not None:
        return present(f"backends.rst shows {info.name}", seen(at.GUIDE_PAGE, code.line, "literal", code.text.strip()))
    heading = section(model, at.GUIDE_PAGE, info)
    if heading is not None and listed.section == heading.text:
        return present(f'section "{heading.text}"', seen(at.GUIDE_PAGE, heading.line, "heading", heading.text))
    where = searched(at.GUIDE_PAGE, model.insertion(at.GUIDE_PAGE), f"a section on {info.name} belongs in this page")
    row = seen(at.GUIDE_PAGE, listed.line, "table-row" if listed.kind == "cell" else "literal", listed.text[:80])
    return partial(f"backends.rst lists {info.name} and does not show how to configure it", row, where)


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

RULE = Rule(
    code="MG912",
    slug="guide-shows-type",
    point=14,
    phase="9",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="The backends guide has a section or an example for the type",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("an example block"),),
    invalid=(
        MiniRepo(
            "only a row",
            edits=(
                Edit(
                    at.GUIDE_PAGE,
                    _SECTION,
                    "",
                ),
            ),
            expect=(Expected("acme", "partial", "docs/source/user_guide/backends.rst:9"),),
            fixed={at.GUIDE_PAGE: GUIDE.replace(_SECTION, "").rstrip("\n") + f"\n\n{_WRITTEN}"},
            safety=Fixable.SCAFFOLD,
        ),
    ),
)
