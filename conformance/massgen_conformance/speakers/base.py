"""What every speaker is, and the neutral form in which it reads a request.

A speaker plays one provider: it turns a `Turn` into the bytes that this provider would send, and judges the request
that came in. Speakers are written from the protocols, never from a backend's decoders, so that a misunderstanding
cannot be on both sides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Turn
from massgen_conformance.trace import Received

JSON = Any  # the JSON edge
Headers = tuple[tuple[str, str], ...]


class UnspeakableTurn(Exception):
    """The wire has no way to say this turn; says what it lacks."""


@dataclass(frozen=True, slots=True)
class SentCall:
    """A tool call in the history that was sent. `arguments` is JSON text, as sent or made from the object sent."""

    id: str
    name: str
    arguments: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class SentResult:
    """A tool result that was sent. `name` is "" on wires that identify it by the id alone."""

    id: str
    name: str
    text: str
    is_error: bool | None = None  # None where the wire cannot say


@dataclass(frozen=True, slots=True)
class SentThinking:
    """Reasoning shown to the provider again."""

    text: str
    signature: str = ""
    redacted: str = ""
    summary: bool = False


@dataclass(frozen=True, slots=True)
class SentMedia:
    """An image, document or sound in the request: base64 `data` of `media_type`, or a `url`."""

    media_type: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of the history; every tool result is a message of role `tool` of its own."""

    role: str  # user, assistant, tool, system, developer
    text: str = ""
    calls: tuple[SentCall, ...] = ()
    result: SentResult | None = None
    thinking: tuple[SentThinking, ...] = ()
    media: tuple[SentMedia, ...] = ()


@dataclass(frozen=True, slots=True)
class SentTool:
    """A tool that was offered; `parameters` is its JSON Schema."""

    name: str
    description: str
    parameters: JSON


@dataclass(frozen=True, slots=True)
class NeutralRequest:
    """What left the building, in no provider's language. `params` are the remaining fields, by their wire names."""

    model: str
    system: str
    messages: tuple[SentMessage, ...]
    tools: tuple[SentTool, ...] = ()
    params: Mapping[str, JSON] = field(default_factory=dict)
    stream: bool = True

    @property
    def calls(self) -> tuple[SentCall, ...]:
        return tuple(call for message in self.messages for call in message.calls)

    @property
    def results(self) -> tuple[SentResult, ...]:
        return tuple(message.result for message in self.messages if message.result is not None)

    @property
    def thinking(self) -> tuple[SentThinking, ...]:
        return tuple(thought for message in self.messages for thought in message.thinking)


class Speaker(Protocol):
    """One provider's side of a wire."""

    @property
    def wire(self) -> str:
        """The name of the protocol."""

    @property
    def paths(self) -> tuple[str, ...]:
        """What the path of a request may end in."""

    @property
    def quirks(self) -> frozenset[str]:
        """The quirks it can produce."""

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        """The turn as wire events, as an answer to `request` if one is given. `UnspeakableTurn`."""

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        """The turn as an HTTP answer with the provider's headers. `UnspeakableTurn`."""

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        """An HTTP error in the provider's form; `kind` is an `error_info.kind` of the contract."""

    def problems(self, received: Received) -> list[str]:
        """What the provider would object to in this request; empty for a right one."""

    def read(self, received: Received) -> NeutralRequest:
        """The request in neutral form. `ValueError` when `problems` would name its shape."""


def check_quirks(turn: Turn, known: Iterable[str], speaker: str) -> None:
    """`UnspeakableTurn` when the turn asks for a quirk that the speaker does not know."""
    unknown = sorted(turn.quirks - frozenset(known))
    if unknown:
        raise UnspeakableTurn(f"{speaker} has no {', '.join(unknown)}")


def seed_of(turn: Turn, request: Received | None) -> str:
    """What makes the ids of one answer its own: the request if there is one, else the turn."""
    return hashlib.sha256(request.body if request is not None else repr(turn).encode()).hexdigest()


def opaque_id(prefix: str, seed: str, number: int = 0, length: int = 24) -> str:
    """An id in the manner of the providers, always the same for the same seed and number."""
    digest = hashlib.sha256(f"{seed}/{prefix}/{number}".encode()).hexdigest()
    return f"{prefix}{digest[:length]}"


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def compact(value: JSON) -> str:
    """JSON without spaces and without escapes for what UTF-8 can say, as most providers send it."""
    return _COMPACT.encode(value)


def pieces_of(text: str, count: int = 3) -> list[str]:
    """`text` cut into at most `count` non-empty pieces."""
    size = -(-len(text) // count) or 1
    return [text[start : start + size] for start in range(0, len(text), size)]


def json_reply(status: int, body: JSON, headers: Headers = ()) -> Reply:
    """A whole JSON answer, framed by its length."""
    return Reply(
        (compact(body).encode(),), status, (("content-type", "application/json"), *headers), cuts=(), sized=True
    )


def growing(total: int, steps: int) -> list[int]:
    """`steps` counts that grow to `total`: what a provider reports while it is still speaking."""
    return [total * (step + 1) // steps for step in range(steps)]
