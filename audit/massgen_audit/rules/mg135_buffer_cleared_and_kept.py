"""A backend with a streaming buffer clears and finalises it.

What it does: where the linearisation has `_clear_streaming_buffer`, looks for calls of it and of
`_finalize_streaming_buffer` from the stream.

Why it matters: compression summarises what the buffer holds: text of the last answer, if nobody cleared it, or
nothing, if nobody kept it.

Evidence: both calls.

Not a finding: backends without the buffer.

How to fix: clear it before the request and finalise it when the stream ends.
"""

from __future__ import annotations

from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.tracking import site_evidence
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, searched

CALLS = ("_clear_streaming_buffer", "_finalize_streaming_buffer")


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    if any(model.definition(info, name) is None for name in CALLS):
        return not_applicable(f"{info.name} has no streaming buffer")
    sites = {name: model.reach.calls(info, STREAM, name) for name in CALLS}
    evidence = [site_evidence(found[0]) for found in sites.values() if found]
    lost = [name for name, found in sites.items() if not found]
    if not lost:
        return present(f"{info.name} clears and finalises its buffer", *evidence)
    found_stream = model.definition(info, STREAM)
    owner, method = found_stream if found_stream else (info, info.fact)
    where = searched(owner.path, method.place, f"{' and '.join(lost)} is never called")
    return partial(f"{info.name} never calls {' or '.join(lost)}", where, *evidence)


_ROOT = "    def is_stateful(self):\n"
_BUFFER = Edit(
    "massgen/backend/base.py",
    _ROOT,
    "    def _clear_streaming_buffer(self):\n        self.buffer = []\n\n"
    "    def _finalize_streaming_buffer(self):\n        self.kept = self.buffer\n\n" + _ROOT,
)
_START = '        self.start_api_call_timing(kwargs["model"])\n'
_DONE = '        yield StreamChunk(type="done")\n'

RULE = Rule(
    code="MG135",
    slug="buffer-cleared-and-kept",
    point=0,
    phase="6",
    scope=Scope.CLASS,
    tier=Tier.RECOMMENDED,
    summary="A backend with a streaming buffer clears and finalises it",
    check=check,
    doc=__doc__ or "",
    probes=("_clear_streaming_buffer",),
    valid=(
        MiniRepo(
            "both are called",
            edits=(
                _BUFFER,
                Edit("massgen/backend/acme.py", _START, "        self._clear_streaming_buffer()\n" + _START),
                Edit("massgen/backend/acme.py", _DONE, "        self._finalize_streaming_buffer()\n" + _DONE),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "never finalised",
            edits=(
                _BUFFER,
                Edit("massgen/backend/acme.py", _START, "        self._clear_streaming_buffer()\n" + _START),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:13"),),
        ),
    ),
)
