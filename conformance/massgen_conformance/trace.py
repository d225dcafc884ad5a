"""What one run showed on both sides: chunks with their times, and the wire as the player saw it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from massgen_conformance.contract import field_of, kind_of

if TYPE_CHECKING:
    from massgen_conformance.plan import Played

JSON = Any  # the JSON edge


@dataclass(frozen=True, slots=True)
class TimedChunk:
    """A chunk as the backend yielded it, with its position, its time and how much of the wire had been sent by then."""

    index: int
    chunk: Any  # the subject's own chunk object: read through `massgen_conformance.contract.field_of`
    at: float  # seconds on the run's clock
    wire_bytes: int  # body bytes that the player had written when the chunk arrived


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it reached the player."""

    method: str
    target: str  # path and query, without the exchange's own prefix
    headers: tuple[tuple[str, str], ...]  # names in lower case, in order
    body: bytes
    at: float = 0.0

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self) -> JSON:
        return json.loads(self.body)


@dataclass(slots=True)
class WireLog:
    """Everything the player saw and did in one exchange."""

    requests: list[Received] = field(default_factory=list)
    replies: list[Played | None] = field(default_factory=list)  # what was played, None for one too many
    sent: list[int] = field(default_factory=list)  # body bytes written, by request
    writes: list[tuple[float, int, int]] = field(default_factory=list)  # when, to which request, how many body bytes
    client_closed_at: list[float | None] = field(default_factory=list)  # when the client left, by request
    messages: list[tuple[float, int, str | bytes]] = field(default_factory=list)  # WebSocket: when, where, what
    unexpected: int = 0  # requests beyond the plan

    def forget(self) -> None:
        """Let go of what the requests hold; how many there were is kept."""
        self.requests[:] = self.requests[:1] * len(self.requests)


@dataclass(slots=True)
class Run:
    """One call of `stream_with_tools`, observed."""

    chunks: list[TimedChunk] = field(default_factory=list)
    wire: WireLog = field(default_factory=WireLog)
    raised: BaseException | None = None  # what escaped from the generator
    timed_out: bool = False  # the driver's guard had to stop it
    logs: list[str] = field(default_factory=list)  # log records written during the run, formatted
    first_request: int = 0  # the number of this call's first request in `wire.requests`

    def of(self, *types: str) -> list[Any]:
        """The chunks of these types, in order."""
        return [timed.chunk for timed in self.chunks if kind_of(timed.chunk) in types]

    @property
    def text(self) -> str:
        return "".join(field_of(chunk, "content") or "" for chunk in self.of("content"))
