"""A chunk carries what its type promises.

What it does: looks at each chunk construction with a literal type for one of the fields that give the type its
meaning, by keyword or as the second argument.

Why it matters: an `error` without a message or a `content` without text reaches the user as an empty line.

Evidence: the constructions.

Not a finding: a construction with `**fields`; types that need no field, such as `done`; a text of an error given as
`content`, which MassGen's display also reads.

How to fix: hand over the field.
"""

from __future__ import annotations

import re

from massgen_audit.model.chunks import FIELDS, Emission, stream_of
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present

_SPREAD = re.compile(r"\*\*\w")


def check(model: RepoModel, unit: Unit) -> Verdict:
    made = [item for item in stream_of(model, unit).emissions if item.type in FIELDS]
    if not made:
        return not_applicable(f"{unit.info.name} makes no chunk that must carry a field")
    empty = [item for item in made if not _carries(model, item)]
    if not empty:
        return present(f"{len(made)} chunks carry their field", *(item.evidence() for item in made[:3]))
    names = ", ".join(dict.fromkeys(f"{item.type} without {FIELDS[item.type][0]}" for item in empty))
    return partial(f"{unit.info.name} makes chunks that say nothing: {names}", *(item.evidence() for item in empty[:5]))


def _carries(model: RepoModel, item: Emission) -> bool:
    call = item.call
    if len(call.args) > 1 or any(name in FIELDS[item.type] for name, _ in call.keywords):
        return True
    lines = model.source.lines(item.reached.path)[call.place.line - 1 : call.place.end_line]
    return _SPREAD.search("".join(lines)) is not None


RULE = Rule(
    code="MG125",
    slug="chunks-carry-their-field",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="A chunk carries what its type promises",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("content with text, error with a message"),),
    invalid=(
        MiniRepo(
            "an error without a message",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    'StreamChunk(type="error", error=str(error))',
                    'StreamChunk(type="error")',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:22"),),
        ),
    ),
)
