"""What the provider had said when a run went wrong, for the report of a failure."""

from __future__ import annotations

from massgen_conformance.check import shortened
from massgen_conformance.masking import masked_body
from massgen_conformance.plan import Reply
from massgen_conformance.trace import Run

AROUND = 60
"""Bytes shown before and after the place of a chunk."""

LONGEST = 8000
"""Characters of an answer that are shown at most: enough for any scripted one but the huge."""


def of(run: Run, chunk: int | None = None) -> str:
    """The bytes around the place where a chunk was yielded; without one the answer to the run's first request."""
    if chunk is not None and chunk < len(run.chunks):
        number, offset = _place(run, run.chunks[chunk].wire_bytes)
        body = _body(run, number)
        start, end = max(0, offset - AROUND), min(len(body), offset + AROUND)
        return f"bytes {start} to {end} of {len(body)}: {body[start:end]!r}" if body else ""
    return _answer(run, run.first_request)


def _answer(run: Run, number: int) -> str:
    reply = run.wire.replies[number] if number < len(run.wire.replies) else None
    if reply is None:
        return ""
    if not isinstance(reply, Reply):
        return "the connection was refused"
    body = _body(run, number)
    sent = run.wire.sent[number]
    told = f"status {reply.status}, {sent} of {len(body)} bytes sent" if sent < len(body) else f"status {reply.status}"
    return f"{told}: {shortened(repr(body[:sent]), LONGEST)}"


def _body(run: Run, number: int) -> bytes:
    reply = run.wire.replies[number] if number < len(run.wire.replies) else None
    return masked_body(reply.body) if isinstance(reply, Reply) else b""


def _place(run: Run, total: int) -> tuple[int, int]:
    """The answer and the offset in it at which this many bytes had been written over all answers."""
    number, left = 0, total
    while number + 1 < len(run.wire.sent) and left > run.wire.sent[number]:
        left -= run.wire.sent[number]
        number += 1
    return number, left
