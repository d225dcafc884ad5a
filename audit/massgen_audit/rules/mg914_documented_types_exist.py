"""Every type that the two pages configure exists.

What it does: reads `type:` right under `backend:` in the code blocks of the schema page and the guide.

Why it matters: a reader copies it.

Evidence: the line.

Not a finding: placeholders; a `type` of anything but a backend.

How to fix: correct the type, or take the example out.
"""

from __future__ import annotations

import re
from itertools import pairwise

from massgen_audit.facts.shapes import Cell
from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_TYPE = re.compile(r"""^\s*["']?type["']?\s*:\s*["']?([a-z][a-z0-9_-]*)["']?\s*(?:#.*)?$""")


def check(model: RepoModel, unit: Unit) -> Verdict:
    known = {info.name for info in model.types}
    found = [(page, cell, name) for page in (at.SCHEMA_PAGE, at.GUIDE_PAGE) for cell, name in _configured(model, page)]
    if not found:
        return not_applicable("no page configures a backend")
    strange = [item for item in found if item[2] not in known and "your" not in item[2]]
    if strange:
        names = ", ".join(dict.fromkeys(name for _, _, name in strange))
        evidence = (seen(page, cell.line, "literal", name) for page, cell, name in strange[:5])
        return partial(f"the pages configure types that do not exist: {names}", *evidence)
    page, cell, name = found[0]
    return present(f"{len(found)} examples configure known types", seen(page, cell.line, "literal", name))


def _configured(model: RepoModel, page: str) -> list[tuple[Cell, str]]:
    cells = [cell for cell in model.source.page(page) if cell.kind == "code"]
    found: list[tuple[Cell, str]] = []
    for above, cell in pairwise(cells):
        match = _TYPE.match(cell.text)
        if match and above.line == cell.line - 1 and above.text.strip().lstrip("- ") == "backend:":
            found.append((cell, match[1]))
    return found


RULE = Rule(
    code="MG914",
    slug="documented-types-exist",
    point=0,
    phase="8",
    scope=Scope.REPO,
    tier=Tier.RECOMMENDED,
    summary="Every type that the two pages configure exists",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a known type"),),
    invalid=(
        MiniRepo(
            "a type that is gone",
            edits=(
                Edit(
                    "docs/source/reference/yaml_schema.rst",
                    "Backend types\n-------------\n",
                    "Backend types\n-------------\n\n.. code-block:: yaml\n\n   backend:\n     type: amce\n",
                ),
            ),
            expect=(Expected("", "partial", "docs/source/reference/yaml_schema.rst:10"),),
        ),
    ),
)
