"""Release dates, where given, cover the models.

What it does: compares the keys of `model_release_dates` with `models`, and reads each date as a year and month.

Why it matters: model pickers sort by date; a model without one sinks to the end.

Evidence: the entry's field.

Not a finding: an entry without dates; placeholders.

How to fix: add the missing dates as "YYYY-MM".
"""

from __future__ import annotations

import re

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_DATE = re.compile(r"^20\d\d-(0[1-9]|1[0-2])(-\d\d)?$")


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    dates = row.get("model_release_dates") if row else None
    if row is None or not isinstance(dates, dict) or not dates:
        return not_applicable(f"{unit.type.name} gives no release dates")
    field = seen(row.path, row.where("model_release_dates"), "entry", f"{len(dates)} dates")
    lacking = [name for name in row.models() if name not in dates]
    strange = [name for name in dates if name not in row.models()]
    bad = [name for name, date in dates.items() if isinstance(date, str) and not _DATE.match(date)]
    parts = [
        f"{text} {', '.join(names)}"
        for text, names in (("no date for", lacking), ("a date for unlisted", strange), ("no month for", bad))
        if names
    ]
    if parts:
        return partial(f"release dates of {unit.type.name}: {'; '.join(parts)}", field)
    return present(f"every model of {unit.type.name} has a release date", field)


RULE = Rule(
    code="MG227",
    slug="release-dates-cover-models",
    point=6,
    phase="2.3",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="Release dates, where given, cover the models",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a date for each"),
        MiniRepo(
            "no dates at all",
            edits=(
                Edit(
                    "massgen/backend/capabilities.py",
                    '        model_release_dates={"acme-2": "2025-06", "acme-1": "2024-06"},\n',
                    "",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "a model without a date",
            edits=(Edit("massgen/backend/capabilities.py", '"acme-2": "2025-06", ', ""),),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:29"),),
        ),
    ),
)
