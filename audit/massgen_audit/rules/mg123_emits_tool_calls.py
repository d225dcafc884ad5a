"""The backend can yield tool calls.

What it does: follows `stream_with_tools` to a chunk of the type `tool_calls`, or to any chunk that carries
`tool_calls`.

Why it matters: votes and answers are tool calls: a backend without them takes no part in the coordination.

Evidence: the construction.

Not a finding: chunks that are made elsewhere and passed on, which is unverifiable.

How to fix: yield a `tool_calls` chunk with the calls that the caller is to execute.
"""

from __future__ import annotations

from massgen_audit.model.chunks import judge, stream_of
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Status, Tier, Verdict
from massgen_audit.verdicts import partial, present


def check(model: RepoModel, unit: Unit) -> Verdict:
    for item in stream_of(model, unit).emissions:
        if item.call.keyword("tool_calls") is not None:
            return present('chunks carry "tool_calls"', item.evidence())
    verdict = judge(model, unit, "tool_calls")
    if verdict.status is Status.MISSING:
        return partial(verdict.message, *verdict.evidence)
    return verdict


RULE = Rule(
    code="MG123",
    slug="emits-tool-calls",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="The backend can yield tool calls",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a tool_calls chunk"),),
    invalid=(
        MiniRepo(
            "no such chunk",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    '        self.calls = StreamChunk(type="tool_calls", tool_calls=[])\n',
                    "",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:13"),),
        ),
    ),
)
