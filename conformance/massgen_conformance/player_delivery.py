"""A reply turned into what the player does, step by step. Pure: the same reply always gives the same steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from massgen_conformance.plan import Ending, Reply
from massgen_conformance.player_http import as_chunk, response_head


class Write(NamedTuple):  # there is one for each byte of a bytewise reply: a frozen dataclass costs four times as much
    """One write to the socket; `body` counts the bytes of it that belong to the body."""

    data: bytes
    body: int


@dataclass(frozen=True, slots=True)
class Gate:
    """Wait for the driver; `number` counts the gates of this reply from 0."""

    number: int


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait for this many seconds."""

    seconds: float


Step: TypeAlias = Write | Gate | Delay


def cut_offsets(reply: Reply) -> list[int]:
    """The offsets at which a write begins, in order, the first being 0; and the end of what is sent."""
    size = len(reply.body)
    end = size if reply.stop_at is None else min(max(reply.stop_at, 0), size)
    if reply.every > 0:
        chosen = set(range(0, end, reply.every))
    elif reply.cuts is None:
        chosen = {0, *accumulate(len(event) for event in reply.events)}
    else:
        chosen = {0, *reply.cuts}
    chosen.update(reply.gates, (offset for offset, _ in reply.delays))
    return sorted({offset for offset in chosen if 0 <= offset < end} | {0, end})


def steps(reply: Reply) -> Iterator[Step]:
    """What the player does for this reply, up to and without its ending."""
    declared = {name.lower() for name, _ in reply.headers}
    raw = reply.sized or "content-length" in declared
    yield Write(_head(reply, declared), 0)
    body, offsets = reply.body, cut_offsets(reply)
    pauses = bool(reply.gates or reply.delays)
    for offset, following in zip(offsets, (*offsets[1:], None), strict=True):
        piece = body[offset:following] if following is not None else b""
        framed = piece if raw else as_chunk(piece) if piece else b""
        waits = tuple(_pauses(reply, offset)) if pauses else ()
        if waits and reply.torn and not raw:
            yield Write(framed[:1], 0)
            framed = framed[1:]
        yield from waits
        if piece:
            yield Write(framed, len(piece))
    if not raw and reply.ending in (Ending.COMPLETE, Ending.CLEAN_EOF):
        yield Write(as_chunk(b""), 0)


def _head(reply: Reply, declared: set[str]) -> bytes:
    framing: tuple[tuple[str, str], ...] = ()
    if "content-length" not in declared:
        framing = (("content-length", str(len(reply.body))),) if reply.sized else (("transfer-encoding", "chunked"),)
    return response_head(reply.status, (*reply.headers, *framing))


def _pauses(reply: Reply, offset: int) -> Iterator[Step]:
    for number, gate in enumerate(reply.gates):
        if gate == offset:
            yield Gate(number)
    for place, seconds in reply.delays:
        if place == offset:
            yield Delay(seconds)


def completes(reply: Reply) -> bool:
    """Whether the connection can be used again after this reply."""
    if reply.ending not in (Ending.COMPLETE, Ending.CLEAN_EOF):
        return False
    declared = {name.lower(): value for name, value in reply.headers}
    if reply.sized or "content-length" in declared:
        return reply.stop_at is None and declared.get("content-length", str(len(reply.body))) == str(len(reply.body))
    return True
