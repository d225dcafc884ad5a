"""A run as moments in order: what the provider wrote, and what the backend made of it. Bounded, without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from massgen_conformance.check import shortened
from massgen_conformance.contract import kind_of
from massgen_conformance.masking import masked_body, masked_text
from massgen_conformance.plan import Ending, Refusal, Reply
from massgen_conformance.report.values import Moment
from massgen_conformance.trace import Run, TimedChunk

MOMENTS = 48
"""Moments that are kept: the first, the last and those around the fault."""

TEXT = 160
"""Characters of a moment's text."""

WRITES = 12
"""Writes in a row that are told one by one; more become one moment."""

UNTOLD = ("type", "source", "display")
"""Fields of a chunk that say nothing about the stream."""

CUTS = {
    Ending.RESET: "the connection is cut",
    Ending.CLEAN_EOF: "the body simply stops",
    Ending.HANG: "the provider falls silent",
}

_ORDER = {"request": 0, "wire": 1, "cut": 2, "chunk": 3, "end": 4}


def of(run: Run, fault: int | None = None) -> tuple[Moment, ...]:
    """The moments of a run. `fault` is the index of the chunk at fault."""
    moments = [*_requests(run), *_writes(run), *_cuts(run), *_chunks(run, fault), *_ends(run)]
    moments.sort(key=lambda moment: (moment.at, _ORDER[moment.kind]))
    return tuple(_thinned(list(_joined(run, moments))))


def _until(run: Run) -> float:
    """When the run was over: what comes later belongs to the next call of the same conversation."""
    finished = run.chunks and kind_of(run.chunks[-1].chunk) == "done"
    return run.chunks[-1].at if finished else float("inf")


def _requests(run: Run) -> Iterator[Moment]:
    for request in run.wire.requests[run.first_request :]:
        if request.at <= _until(run):
            yield Moment(request.at, "request", f"{request.method} {masked_text(request.target)}", _size(request.body))


def _size(body: bytes) -> str:
    return f"{len(body)} bytes"


def _writes(run: Run) -> Iterator[Moment]:
    """One per write: its title is the number of the request that it answers, its text is found when it is joined."""
    total = 0
    for at, request, count in list(run.wire.writes):
        total += count
        if request >= run.first_request and at <= _until(run):
            yield Moment(at, "wire", str(request), str(count), total)


def _cuts(run: Run) -> Iterator[Moment]:
    """How the provider ended an answer that it did not complete."""
    last = {request: at for at, request, _ in list(run.wire.writes)}
    for number, reply in enumerate(run.wire.replies[run.first_request :], run.first_request):
        at = last.get(number, run.wire.requests[number].at)
        if at > _until(run):
            continue
        if isinstance(reply, Refusal):
            yield Moment(at, "cut", "the connection is refused")
        elif isinstance(reply, Reply) and reply.ending in CUTS:
            yield Moment(at, "cut", CUTS[reply.ending], f"{run.wire.sent[number]} of {len(reply.body)} bytes sent")


def _chunks(run: Run, fault: int | None) -> Iterator[Moment]:
    for timed in run.chunks:
        kind = kind_of(timed.chunk)
        yield Moment(timed.at, "chunk", kind, _payload(timed), timed.wire_bytes, timed.index == fault)


def _payload(timed: TimedChunk) -> str:
    chunk: Any = timed.chunk
    values = chunk if isinstance(chunk, Mapping) else _values(chunk)
    told = {name: value for name, value in values.items() if name not in UNTOLD and value not in (None, "", [], {})}
    only = next(iter(told.values()), "")
    return shortened(masked_text(repr(only if len(told) == 1 else told) if told else ""), TEXT)


def _values(chunk: Any) -> Mapping[str, Any]:
    if is_dataclass(chunk) and not isinstance(chunk, type):
        return asdict(chunk)
    return getattr(chunk, "__dict__", {})


def _ends(run: Run) -> Iterator[Moment]:
    last = run.chunks[-1].at if run.chunks else 0.0
    for request, left in enumerate(run.wire.client_closed_at[run.first_request :], run.first_request):
        if left is not None and left <= _until(run):
            yield Moment(left, "end", "the client left", f"in the middle of answer {request}")
    if run.raised is not None:
        told = f"{type(run.raised).__name__}: {run.raised}"
        yield Moment(last, "end", "an exception escaped", shortened(masked_text(told), TEXT))
    if run.timed_out:
        yield Moment(last, "end", "nothing more came", "the guard stopped the run")


def _joined(run: Run, moments: Sequence[Moment]) -> Iterator[Moment]:
    """The moments with writes that follow each other made one, with their bytes."""
    sent: dict[int, int] = {}  # by answer, how far its body has been told
    group: list[Moment] = []
    for moment in moments:
        if group and (moment.kind != "wire" or moment.title != group[0].title):
            yield from _written(run, group, sent)
            group = []
        if moment.kind == "wire":
            group.append(moment)
        else:
            yield moment
    if group:
        yield from _written(run, group, sent)


def _written(run: Run, group: Sequence[Moment], sent: dict[int, int]) -> Iterator[Moment]:
    if len(group) <= WRITES:
        yield from (_one(run, [write], sent) for write in group)
    else:
        yield _one(run, group, sent)


def _one(run: Run, group: Sequence[Moment], sent: dict[int, int]) -> Moment:
    number = int(group[0].title)
    start = sent.get(number, 0)
    end = sent[number] = start + sum(int(moment.text) for moment in group)
    reply = run.wire.replies[number]
    body = masked_body(reply.body)[start:end] if isinstance(reply, Reply) else b""
    times = f" in {len(group)} writes" if len(group) > 1 else ""
    text = shortened(body.decode("utf-8", "backslashreplace"), TEXT)
    return Moment(group[0].at, "wire", f"bytes {start} to {end}{times}", text, group[-1].wire)


def _thinned(moments: Sequence[Moment]) -> Iterator[Moment]:
    """At most `MOMENTS` and the gaps between them."""
    third = MOMENTS // 3
    at_fault = next((number for number, moment in enumerate(moments) if moment.fault), 0)
    kept = {*range(third), *range(len(moments) - third, len(moments))}
    kept.update(range(at_fault - third // 2, at_fault + third // 2))
    skipped = 0
    for number, moment in enumerate(moments):
        if len(moments) > MOMENTS and number not in kept:
            skipped += 1
            continue
        if skipped:
            yield Moment(moment.at, "gap", f"{skipped} more")
            skipped = 0
        yield moment
