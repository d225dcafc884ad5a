"""The provider's side of Google's Interactions API.

Protocol facts: ai.google.dev's pages on the API and its errors, the types of google-genai 3.4
(`_gaos/types/interactions`), and live recordings. Events are named; an answer is steps by index; what the model thinks
is told as summaries only; the last event holds status and counts. Google sends a `[DONE]` behind it, when the answer is
over: it is not played, so that the end of the bytes is the end of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

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
from massgen_conformance.speakers.searches import FILE, PICTURE, QUERY, SKETCH, SUGGESTIONS, TITLE, URL
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
Told: TypeAlias = tuple[JSON, list[JSON]]
"""A step as it begins, and its deltas."""

_MOMENT = "2026-11-21T10:00:00Z"
QUIRKS = FRAMING_QUIRKS | {"usage_cumulative", "no_done", "empty_delta", "pings", "unknown_event", "unknown_field"}
QUIRKS |= {"whole_items", "whole_answer", "searched", "cited", "pictured", "bare_error", "error_at_end"}


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


def _image(kind: str, data: str) -> JSON:
    return {"type": "image", "mime_type": f"image/{kind}", "data": data}


def _sources(part: Text) -> list[JSON]:
    """The page and the file that a text rests on; places are bytes of it."""
    place = {"start_index": 0, "end_index": len(part.whole.encode())}
    page = {"type": "url_citation", "url": URL, "title": TITLE, **place}
    file = {"type": "file_citation", "file_name": FILE, "document_uri": f"gs://towers/{FILE}", **place}
    return [{"type": "text_annotation_delta", "annotations": [each]} for each in (page, file)]


def _whole(step: JSON, deltas: list[JSON]) -> JSON:
    """A step with all that its deltas would have added."""
    texts = [delta["text"] for delta in deltas if delta["type"] == "text"]
    if texts:
        return {**step, "content": [{"type": "text", "text": "".join(texts)}]}
    if step["type"] == "function_call":
        return {**step, "arguments": json.loads("".join(delta["arguments"] for delta in deltas) or "{}")}
    if step["type"] == "thought":
        summary = "".join(delta["content"]["text"] for delta in deltas if delta["type"] == "thought_summary")
        told = {"summary": [{"type": "text", "text": summary}]} if summary else {}
        return {**step, **told, "signature": deltas[-1]["signature"]}
    return step


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
            written.append(framing.event(body, body["event_type"]) if "event_type" in body else framing.event(body))
            if "pings" in self.turn.quirks:
                written.append(framing.comment("keep-alive"))
            if "unknown_event" in self.turn.quirks:
                mood = {"event_type": "interaction.mood", "index": "first", "step": "calm", "delta": [1]}
                written.append(framing.event(mood, "interaction.mood"))
        return framing.whole(written)

    def _bodies(self) -> Iterator[JSON]:
        yield {"event_type": "interaction.created", "interaction": self._interaction("in_progress")}
        about = {"interaction_id": self._interaction("in_progress")["id"], "status": "in_progress"}
        yield {"event_type": "interaction.status_update", **about}
        steps = list(self._steps())
        for index, (step, deltas) in enumerate(() if "whole_answer" in self.turn.quirks else steps):
            yield from self._step(index, step, deltas)
        if self.turn.error is not None and "error_at_end" not in self.turn.quirks:
            body = {"error": _error(self.turn.error.kind, self.turn.error.message)}
            yield body if "bare_error" in self.turn.quirks else {"event_type": "error", **body}
        elif "no_done" not in self.turn.quirks:
            yield {"event_type": "interaction.completed", "interaction": self._completed(steps)}

    def _steps(self) -> Iterator[Told]:
        thoughts = [] if any(isinstance(part, Thinking) for part in self.turn.parts) else [Thinking((), "c2lnbmVk")]
        if "searched" in self.turn.quirks:
            yield from self._search()
        whole = self.turn.quirks & {"whole_items", "whole_answer"}
        for part in (*thoughts, *self.turn.parts):
            yield (_whole(*self._told(part)), []) if whole else self._told(part)

    def _search(self) -> Iterator[Told]:
        """A search of Google's own: its call and its result are steps like others."""
        call_id = opaque_id("", self.seed, 0, 8)
        call = {"type": "google_search_call", "id": call_id, "arguments": {}}
        yield call, [{"type": "google_search_call", "arguments": {"queries": [QUERY]}, "signature": "c2VhcmNo"}]
        found = [{"search_suggestions": SUGGESTIONS}]
        result = {"type": "google_search_result", "call_id": call_id, "result": []}
        yield result, [{"type": "google_search_result", "result": found, "signature": "Zm91bmQ="}]

    def _completed(self, steps: list[Told]) -> JSON:
        """The last word on the interaction."""
        times = {"created": _MOMENT, "updated": _MOMENT, "service_tier": "standard"}
        whole = {"steps": [step for step, _ in steps]} if "whole_answer" in self.turn.quirks else {}
        error = self.turn.error
        errors = {} if error is None else {"errors": [_error(error.kind, error.message)]}
        status = self._status() if error is None else "failed"
        return {**self._interaction(status), **times, **whole, **errors, **self._counted(1, 1)}

    def _interaction(self, status: str) -> JSON:
        return {
            "id": opaque_id("v1_", self.seed, length=40),
            "status": status,
            "object": "interaction",
            "model": self.model,
        }

    def _step(self, index: int, step: JSON, deltas: list[JSON]) -> Iterator[JSON]:
        yield {"index": index, "step": step, "event_type": "step.start"}
        for number, delta in enumerate(deltas):
            body: JSON = {"index": index, "delta": delta, "event_type": "step.delta"}
            if "empty_delta" in self.turn.quirks and delta["type"] == "text":
                yield {**body, "delta": {"text": "", "type": "text"}}
            counts = self._counted(number + 1, len(deltas)) if "usage_cumulative" in self.turn.quirks else {}
            yield {**body, **({"metadata": {"total_usage": counts["usage"]}} if counts else {})}
        yield {"index": index, "event_type": "step.stop"}

    def _told(self, part: Part) -> Told:
        if isinstance(part, Text):
            said: list[JSON] = [{"text": delta, "type": "text"} for delta in part.deltas]
            said += _sources(part) if "cited" in self.turn.quirks else []
            said += [_image("png", PICTURE)] if "pictured" in self.turn.quirks else []
            return {"type": "model_output"}, said
        if isinstance(part, Thinking):
            return {"type": "thought"}, self._thought(part)
        return self._call(part)

    def _thought(self, part: Thinking) -> list[JSON]:
        if part.redacted or (part.deltas and not part.summary):
            raise UnspeakableTurn("the Interactions API tells thoughts as summaries, or not at all")
        told: list[JSON] = [
            {"content": {"text": delta, "type": "text"}, "type": "thought_summary"} for delta in part.deltas
        ]
        if "pictured" in self.turn.quirks:
            told.append({"content": _image("gif", SKETCH), "type": "thought_summary"})
        return [*told, {"signature": part.signature, "type": "thought_signature"}]

    def _call(self, call: ToolCall) -> Told:
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
