"""The provider's side of LM Studio's own chat, `POST /api/v1/chat`.

Protocol facts: lmstudio.ai/docs/developer/rest (chat, streaming events). The name of an event stands beside it and in
it; the last one repeats the whole answer, with the counts. Nothing has an id or an index, and no finish reason is told.
The model's calls are those of tools that the server runs itself. An error inside the stream is followed by the end all
the same, with what there was until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import StreamError, Text, Thinking, Turn
from massgen_conformance.speakers import lmstudio_chat_request as requests
from massgen_conformance.speakers.base import (
    JSON,
    Headers,
    NeutralRequest,
    UnspeakableTurn,
    check_quirks,
    json_reply,
    opaque_id,
    seed_of,
)
from massgen_conformance.speakers.searches import QUERY, TITLE, URL
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, framing_of
from massgen_conformance.trace import Received

QUIRKS = FRAMING_QUIRKS | {"empty_delta", "pings", "unknown_event", "unknown_field", "searched"}
ERRORS: Mapping[str, str] = {
    "bad_request": "invalid_request",
    "not_found": "model_not_found",
    "server": "internal_error",
    "tool": "mcp_connection_error",
}
"""`error_info.kind` -> the type of an error inside a stream."""

_SEARCH: Mapping[str, JSON] = {"tool": "search", "provider_info": {"type": "plugin", "plugin_id": "mcp/search"}}
_SPEED: Mapping[str, JSON] = {"tokens_per_second": 43.73, "time_to_first_token_seconds": 0.781}


@dataclass(frozen=True, slots=True)
class LMStudioSpeaker:
    """A server of LM Studio's `/api/v1/chat`."""

    model: str = "openai/gpt-oss-20b"
    wire: str = field(default="lmstudio_chat", init=False)
    paths: tuple[str, ...] = field(default=("/api/v1/chat",), init=False)
    quirks: frozenset[str] = field(default=QUIRKS, init=False)

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, "LM Studio's chat")
        framing = framing_of(turn.quirks)
        model = str(request.json().get("model", "")) if request is not None else ""
        answer = _Answer(turn, model or self.model, opaque_id("resp_", seed_of(turn, request), length=48))
        said = []
        for event in answer.events():
            said.append(framing.event(event, event["type"]))
            if "pings" in turn.quirks:
                said.append(framing.comment("keep-alive"))
        return framing.whole(said)

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        return Reply(self.say(turn, request=request))

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        word = ERRORS.get(kind, "invalid_request" if status < 500 else "internal_error")
        return json_reply(status, {"error": {"type": word, "message": message}}, headers)

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)


class _Answer:
    """One answer while it is being said."""

    def __init__(self, turn: Turn, model: str, response_id: str) -> None:
        if turn.finish != "stop":
            raise UnspeakableTurn("LM Studio's chat tells no finish reason and hands no calls to the caller")
        self.turn, self.model, self.response_id = turn, model, response_id
        self._output: list[JSON] = []

    def events(self) -> Iterator[JSON]:
        for event in self._plain():
            yield {**event, "x_weather": {"sky": ["blue", None]}} if "unknown_field" in self.turn.quirks else event
            if "unknown_event" in self.turn.quirks:
                yield {"type": "weather.changed", "content": "rain"}

    def _plain(self) -> Iterator[JSON]:
        yield {"type": "chat.start", "model_instance_id": self.model}
        yield {"type": "prompt_processing.start"}
        yield {"type": "prompt_processing.progress", "progress": 0.5}
        yield {"type": "prompt_processing.end"}
        if "searched" in self.turn.quirks:
            yield from self._searched()
        for part in self.turn.parts:
            if isinstance(part, Text):
                yield from self._item("message", part.deltas)
            elif isinstance(part, Thinking) and not (part.summary or part.redacted):
                yield from self._item("reasoning", part.deltas)
            else:
                raise UnspeakableTurn(
                    "LM Studio's chat has no calls for the caller, no summaries and no hidden thoughts"
                )
        if self.turn.error is not None:
            yield self._failure(self.turn.error)
        yield {"type": "chat.end", "result": self._result()}

    def _item(self, kind: str, deltas: tuple[str, ...]) -> Iterator[JSON]:
        yield {"type": f"{kind}.start"}
        for delta in deltas:
            if "empty_delta" in self.turn.quirks:
                yield {"type": f"{kind}.delta", "content": ""}
            yield {"type": f"{kind}.delta", "content": delta}
        yield {"type": f"{kind}.end"}
        self._output.append({"type": kind, "content": "".join(deltas)})

    def _searched(self) -> Iterator[JSON]:
        """A call that the server answers itself, with what came of it."""
        asked = {"tool": _SEARCH["tool"], "arguments": {"query": QUERY}}
        found = f'[{{"type":"text","text":"{TITLE}: {URL}"}}]'
        yield {"type": "tool_call.start", **_SEARCH}
        yield {"type": "tool_call.arguments", **_SEARCH, **asked}
        yield {"type": "tool_call.success", **_SEARCH, **asked, "output": found}
        self._output.append({"type": "tool_call", **_SEARCH, **asked, "output": found})

    def _failure(self, error: StreamError) -> JSON:
        if error.kind not in ERRORS:
            raise UnspeakableTurn(f"an error in LM Studio's stream has no type for {error.kind!r}")
        return {"type": "error", "error": {"type": ERRORS[error.kind], "message": error.message}}

    def _result(self) -> JSON:
        usage, stats = self.turn.usage, dict(_SPEED)
        if usage is not None:
            counted = {"input_tokens": usage.prompt, "total_output_tokens": usage.completion}
            stats = {**counted, "reasoning_output_tokens": usage.reasoning, **stats}
        whole = {"model_instance_id": self.model, "output": self._output, "stats": stats}
        return {**whole, "response_id": self.response_id}
