"""The backend can yield a `content` chunk.

What it does: follows `stream_with_tools` through `self`, `super()` and helpers to every chunk construction, and reads
the type of each: a literal, or a member of an enumeration.

Why it matters: without it the model's text never reaches the caller.

Evidence: a reachable construction of such a chunk, with the chain of calls.

Not a finding: chunks that a framework adapter or a decoder makes and the backend passes on; that is unverifiable.

How to fix: yield `StreamChunk(type="content", ...)` on the path concerned.
"""

from __future__ import annotations

from massgen_audit.model.chunks import judge
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict


def check(model: RepoModel, unit: Unit) -> Verdict:
    return judge(model, unit, "content")


RULE = Rule(
    code="MG120",
    slug="emits-content",
    point=0,
    phase="1.1",
    scope=Scope.CLASS,
    tier=Tier.REQUIRED,
    summary="The backend can yield a content chunk",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a literal type"),),
    invalid=(
        MiniRepo(
            "no such chunk is made",
            edits=(Edit("massgen/backend/acme.py", 'type="content", content=event', 'type="agent_status"'),),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:13"),),
        ),
    ),
)
