"""How the player delivers bytes: in which pieces, when, and what goes wrong.

A `Reply` answers one request, a `Talk` one that asks for a WebSocket. The body of a reply is a tuple of wire events
(bytes); everything else says how they travel. All of it is data, so a failing delivery can be printed and repeated.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from massgen_conformance.trace import Received


class Ending(StrEnum):
    """How the connection ends after the body."""

    COMPLETE = "complete"  # the framing says that the body is over
    RESET = "reset"  # cut inside the body: no final chunk, the socket is closed
    CLEAN_EOF = "clean_eof"  # the body simply stops, framed as if it were complete
    HANG = "hang"  # nothing more is sent and the socket stays open until the client leaves


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    `cuts`: byte offsets into the joined body at which a new HTTP chunk and a new write begin; `None` means one per
    event, `()` means all at once, and `every=n` means one per n bytes. `gates` names offsets at which the player waits
    until the driver releases that gate (`Exchange.release`); with `torn` it waits there inside of an HTTP chunk's size
    line, whose first byte is out (RFC 9112, section 7.1). `stop_at` truncates the body at a byte offset before
    `ending` happens. `delays` are (offset, seconds) pairs, for live pacing only: checks use gates. `sized` frames the
    body by content-length instead of chunks, as providers do with plain JSON answers; a content-length among
    `headers` is sent as it is, true or not.
    """

    events: tuple[bytes, ...] = ()
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/event-stream"),)
    cuts: tuple[int, ...] | None = None
    every: int = 0
    gates: tuple[int, ...] = ()
    torn: bool = False
    delays: tuple[tuple[int, float], ...] = ()
    stop_at: int | None = None
    ending: Ending = Ending.COMPLETE
    sized: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.events)

    def with_(self, **changes: object) -> Reply:
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace cannot be typed by field


@dataclass(frozen=True, slots=True)
class Travel:
    """How an answer travels, as a value: a delivery that can be drawn, compared, written down and read again.

    The fields are those of `Reply`. Offsets beyond the end of a body have no effect.
    """

    cuts: tuple[int, ...] | None = None
    every: int = 0
    delays: tuple[tuple[int, float], ...] = ()
    stop_at: int | None = None
    ending: Ending = Ending.COMPLETE

    def __call__(self, reply: Reply) -> Reply:
        return replace(
            reply, cuts=self.cuts, every=self.every, delays=self.delays, stop_at=self.stop_at, ending=self.ending
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """The connection fails before any HTTP answer: after the request it is reset, or closed without a word."""

    reset: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a server over a WebSocket: a text or bytes, said `after` so many seconds."""

    data: str | bytes
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Close:
    """The server's end of a WebSocket. RFC 6455, section 7.4, has the codes."""

    code: int = 1000
    reason: str = ""
    after: float = 0.0


Said: TypeAlias = Frame | Close


def silence(_number: int, _message: str | bytes) -> Sequence[Said]:
    """No answer to any message."""
    return ()


@dataclass(frozen=True, slots=True)
class Talk:
    """A WebSocket: what the server says of itself, and to each message of the client, whose numbers count from 0.

    `fragment` cuts each message into frames of so many bytes, `every` the written bytes into pieces; the client must
    hear the same. `gates` are numbers of the server's messages before which the player waits until the driver releases
    that gate. At the message of number `stop_at` the connection ends as `ending` says, without a word.
    """

    opening: tuple[Said, ...] = ()
    answer: Callable[[int, str | bytes], Sequence[Said]] = silence
    headers: tuple[tuple[str, str], ...] = ()
    fragment: int = 0
    every: int = 0
    gates: tuple[int, ...] = ()
    stop_at: int | None = None
    ending: Ending = Ending.RESET


Played: TypeAlias = Reply | Refusal | Talk


@dataclass(frozen=True, slots=True)
class Plan:
    """Replies in the order of the requests; one beyond the last is answered 500 and reported as unexpected."""

    replies: tuple[Played, ...]


Respond: TypeAlias = Callable[[int, Received], Played | None]
"""Replies chosen while the requests come: (number of the request, request) -> reply, None for one too many."""


def gzipped(reply: Reply) -> Reply:
    """The same reply with a compressed body, flushed after each event so that the events still arrive one by one."""
    squeeze = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    pieces = [squeeze.compress(event) + squeeze.flush(zlib.Z_SYNC_FLUSH) for event in reply.events]
    return reply.with_(
        events=(*pieces, squeeze.flush()),
        headers=(*reply.headers, ("content-encoding", "gzip")),
    )
