"""A type that the registry says reasons yields reasoning.

What it does: where `supported_capabilities` has `reasoning`, looks for a reachable chunk of a reasoning type.

Why it matters: the thinking is paid for and nobody sees it.

Evidence: the entry, and the construction.

Not a finding: chunks that are made elsewhere and passed on; summaries only, which count.

How to fix: yield a `reasoning` chunk with `reasoning_delta`, or take the capability out of the entry.
"""

from __future__ import annotations

from massgen_audit.model.chunks import stream_of
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen, unverifiable


def check(model: RepoModel, unit: Unit) -> Verdict:
    row = unit.type.row
    claimed = row.get("supported_capabilities") if row else None
    if row is None or not isinstance(claimed, set | list | tuple | frozenset) or "reasoning" not in claimed:
        return not_applicable(f"the registry does not say that {unit.type.name} reasons")
    entry = seen(row.path, row.where("supported_capabilities"), "entry", "reasoning")
    stream = stream_of(model, unit)
    made = [item for item in stream.emissions if item.type.startswith("reasoning")]
    if made:
        return present(f"{unit.info.name} yields {made[0].type}", made[0].evidence(), entry)
    if stream.hidden or not stream.emissions:
        return unverifiable(f"whether {unit.info.name} yields reasoning is hidden", entry, *stream.hidden[:2])
    return partial(f"the registry says that {unit.type.name} reasons, {unit.info.name} never yields reasoning", entry)


_CLAIM = Edit("massgen/backend/capabilities.py", '{"mcp"}', '{"mcp", "reasoning"}')

RULE = Rule(
    code="MG127",
    slug="reasoning-is-shown",
    point=0,
    phase="1.1",
    scope=Scope.LINK,
    tier=Tier.RECOMMENDED,
    summary="A type that the registry says reasons yields reasoning",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("the registry claims no reasoning"),
        MiniRepo(
            "claimed and yielded",
            edits=(
                _CLAIM,
                Edit(
                    "massgen/backend/acme.py",
                    '        yield StreamChunk(type="done")\n',
                    '        yield StreamChunk(type="reasoning")\n        yield StreamChunk(type="done")\n',
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "claimed and never yielded",
            edits=(_CLAIM,),
            expect=(Expected("acme", "partial", "massgen/backend/capabilities.py:23"),),
        ),
    ),
)
