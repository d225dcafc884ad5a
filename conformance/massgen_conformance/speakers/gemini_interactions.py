"""The provider's side of Google's Interactions API.

Protocol facts: ai.google.dev's pages on the API and its errors, the types of google-genai 3.4
(`_gaos/types/interactions`), and live recordings. Events are named; an answer is steps by index; what the model thinks
is told as summaries only; the last event holds status and counts. Google sends a `[DONE]` behind it, when the answer is
over: it is not played, so that the end of the bytes is the end of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Part, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers import gemini_interactions_request as requests
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
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, framing_of
from massgen_conformance.trace import Received

STATUSES: Mapping[str, str] = {
    "stop": "completed",
    "tool_calls": "requires_action",
    "length": "incomplete",
    "pause": "requires_continuation",
}
ERRORS: Mapping[str, tuple[int, str]] = {
    "auth": (401, "authentication"),
    "permission": (403, "permission_denied"),
    "not_found": (404, "model_not_found"),
    "bad_request": (400, "invalid_request"),
    "context_length": (400, "invalid_request"),
    "rate_limit": (429, "rate_limit_exceeded"),
    "quota": (429, "quota_exceeded"),
    "overloaded": (503, "unavailable"),
    "server": (500, "internal"),
    "timeout": (504, "deadline_exceeded"),
}
_MOMENT = "2026-11-21T10:00:00Z"
QUIRKS = FRAMING_QUIRKS | {"usage_cumulative", "no_done", "empty_delta", "pings", "unknown_event", "unknown_field"}


@dataclass(frozen=True, slots=True)
class InteractionsSpeaker:
    """Google's Interactions API. Every turn begins with a thought, which may hold a signature alone."""

    model: str = "gemini-3.5-flash"
    wire: str = field(default="gemini_interactions", init=False)
    paths: tuple[str, ...] = field(default=("/interactions",), init=False)
    quirks: frozenset[str] = field(default=frozenset(QUIRKS), init=False)

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, "the Interactions API")
        model = request.json().get("model", self.model) if request is not None else self.model
        return _Answer(turn, seed_of(turn, request), model).events()

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        return Reply(self.say(turn, request=request), headers=(("content-type", "text/event-stream"),))

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        return json_reply(status, {"error": _error(kind, message)}, headers)

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)


def _error(kind: str, message: str) -> JSON:
    return {"code": ERRORS.get(kind, (500, "internal"))[1], "message": message}


class _Answer:
    """One answer while it is being said."""

    def __init__(self, turn: Turn, seed: str, model: str) -> None:
        self.turn, self.seed, self.model = turn, seed, model
        self._calls = 0

    def events(self) -> tuple[bytes, ...]:
        framing = framing_of(self.turn.quirks)
        written: list[bytes] = []
        for body in self._bodies():
            if "unknown_field" in self.turn.quirks:
                body = {**body, "x_weather": {"sky": ["blue", None]}}
            written.append(framing.event(body, body["event_type"]))
            if "pings" in self.turn.quirks:
                written.append(framing.comment("keep-alive"))
            if "unknown_event" in self.turn.quirks:
                written.append(framing.event({"event_type": "interaction.mood"}, "interaction.mood"))
        return framing.whole(written)

    def _bodies(self) -> Iterator[JSON]:
        yield {"event_type": "interaction.created", "interaction": self._interaction("in_progress")}
        about = {"interaction_id": self._interaction("in_progress")["id"], "status": "in_progress"}
        yield {"event_type": "interaction.status_update", **about}
        thoughts = [] if any(isinstance(part, Thinking) for part in self.turn.parts) else [Thinking((), "c2lnbmVk")]
        for index, part in enumerate([*thoughts, *self.turn.parts]):
            yield from self._step(index, part)
        if self.turn.error is not None:
            yield {"event_type": "error", "error": _error(self.turn.error.kind, self.turn.error.message)}
        elif "no_done" not in self.turn.quirks:
            times = {"created": _MOMENT, "updated": _MOMENT, "service_tier": "standard"}
            interaction = {**self._interaction(self._status()), **times, **self._counted(1, 1)}
            yield {"event_type": "interaction.completed", "interaction": interaction}

    def _interaction(self, status: str) -> JSON:
        return {
            "id": opaque_id("v1_", self.seed, length=40),
            "status": status,
            "object": "interaction",
            "model": self.model,
        }

    def _step(self, index: int, part: Part) -> Iterator[JSON]:
        step, deltas = self._told(part)
        yield {"index": index, "step": step, "event_type": "step.start"}
        for number, delta in enumerate(deltas):
            body: JSON = {"index": index, "delta": delta, "event_type": "step.delta"}
            if "empty_delta" in self.turn.quirks and delta["type"] == "text":
                yield {**body, "delta": {"text": "", "type": "text"}}
            counts = self._counted(number + 1, len(deltas)) if "usage_cumulative" in self.turn.quirks else {}
            yield {**body, **({"metadata": {"total_usage": counts["usage"]}} if counts else {})}
        yield {"index": index, "event_type": "step.stop"}

    def _told(self, part: Part) -> tuple[JSON, list[JSON]]:
        """A step as it begins, and its deltas."""
        if isinstance(part, Text):
            return {"type": "model_output"}, [{"text": delta, "type": "text"} for delta in part.deltas]
        if isinstance(part, Thinking):
            return {"type": "thought"}, self._thought(part)
        return self._call(part)

    def _thought(self, part: Thinking) -> list[JSON]:
        if part.redacted or (part.deltas and not part.summary):
            raise UnspeakableTurn("the Interactions API tells thoughts as summaries, or not at all")
        told: list[JSON] = [
            {"content": {"text": delta, "type": "text"}, "type": "thought_summary"} for delta in part.deltas
        ]
        return [*told, {"signature": part.signature, "type": "thought_signature"}]

    def _call(self, call: ToolCall) -> tuple[JSON, list[JSON]]:
        self._calls += 1
        call_id = call.id or opaque_id("", self.seed, self._calls, 8)
        step = {"type": "function_call", "id": call_id, "name": call.name, "arguments": {}}
        return step, [{"arguments": piece, "type": "arguments_delta"} for piece in call.arguments]

    def _counted(self, number: int, total: int) -> JSON:
        """Counts that grow to the right ones; empty where this stream has none."""
        usage = self.turn.usage
        if usage is None:
            return {}
        output = (usage.completion - usage.reasoning) * number // total
        counts = {
            "total_tokens": usage.prompt + output + usage.reasoning,
            "total_input_tokens": usage.prompt,
            "input_tokens_by_modality": [{"modality": "text", "tokens": usage.prompt}],
            "total_cached_tokens": usage.cached,
            "total_output_tokens": output,
            "total_tool_use_tokens": 0,
            "total_thought_tokens": usage.reasoning,
        }
        return {"usage": counts}

    def _status(self) -> str:
        if self.turn.finish.startswith("="):
            return self.turn.finish[1:]
        if self.turn.finish not in STATUSES:
            raise UnspeakableTurn(f"the Interactions API has no status for {self.turn.finish!r}")
        return STATUSES[self.turn.finish]
