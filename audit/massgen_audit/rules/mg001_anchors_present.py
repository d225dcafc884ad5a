"""The files that the checklist names exist.

What it does: looks for the anchors of the fifteen points that belong to the checkout as a whole.

Why it matters: where one is absent every backend lacks that point, and the cause is one file.

Evidence: the files.

Not a finding: an optional file, such as the generator of tables, which has a rule of its own.

How to fix: add the file, or audit the directory that holds it.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import partial, present, searched, seen

ANCHORS = (
    *at.REQUIRED,
    at.VALIDATOR,
    at.PRICING,
    at.HANDLER_BASE,
    at.SCHEMA_PAGE,
    at.GUIDE_PAGE,
)


def check(model: RepoModel, unit: Unit) -> Verdict:
    absent = [path for path in ANCHORS if not model.source.exists(path)]
    found = [seen(path, 1, "defines", path) for path in ANCHORS if path not in absent]
    if not absent:
        return present(f"all {len(ANCHORS)} files are there", *found)
    places = [searched(path, 1, "the file belongs here") for path in absent]
    return partial(f"{', '.join(absent)} not there", *places, *found)


RULE = Rule(
    code="MG001",
    slug="anchors-present",
    point=0,
    phase="0",
    scope=Scope.REPO,
    tier=Tier.REQUIRED,
    summary="The files that the checklist names exist",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("all of them"),),
    invalid=(
        MiniRepo(
            "no guide",
            removed=(at.GUIDE_PAGE,),
            expect=(Expected("", "partial", "docs/source/user_guide/backends.rst:1"),),
        ),
    ),
)
