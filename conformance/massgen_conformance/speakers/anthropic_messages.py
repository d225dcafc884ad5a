"""The provider's side of the Messages API.

Protocol facts: Anthropic's streaming documentation and SDK types. A stream is `message_start`, blocks one after the
other, `message_delta` with the stop reason and cumulative counts, `message_stop`; there is no other terminator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Part, StreamError, Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.speakers import anthropic_request as requests
from massgen_conformance.speakers.base import (
    JSON,
    Headers,
    NeutralRequest,
    UnspeakableTurn,
    check_quirks,
    growing,
    json_reply,
    opaque_id,
    pieces_of,
    seed_of,
)
from massgen_conformance.speakers.searches import QUERY, TITLE, URL, WHY
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, framing_of
from massgen_conformance.trace import Received

STOP_REASONS: Mapping[str, str] = {
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "length": "max_tokens",
    "refusal": "refusal",
    "pause": "pause_turn",
}
ERRORS: Mapping[str, str] = {
    "auth": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "bad_request": "invalid_request_error",
    "context_length": "invalid_request_error",
    "rate_limit": "rate_limit_error",
    "quota": "billing_error",
    "overloaded": "overloaded_error",
    "server": "api_error",
    "timeout": "timeout_error",
}
"""`error_info.kind` -> `error.type`; a context that is too long is told by the message alone."""

QUIRKS = FRAMING_QUIRKS | {
    "usage_cumulative",
    "no_done",
    "empty_delta",
    "pings",
    "unknown_event",
    "unknown_field",
    "signature_pieces",
    "unsigned",
    "searched",
    "cited",
    "bare_error",
    "compacted",
    "whole_items",
    "no_block_ends",
}
_EMPTY_DELTAS: Mapping[str, JSON] = {
    "text": {"type": "text_delta", "text": ""},
    "thinking": {"type": "thinking_delta", "thinking": ""},
    "tool_use": {"type": "input_json_delta", "partial_json": ""},
}


@dataclass(frozen=True, slots=True)
class AnthropicSpeaker:
    """Anthropic, or a server that speaks as it does.

    A turn without `usage` is said with counts of zero, because the wire has no message without counts.
    `signature_pieces` sends several `signature_delta` events that belong together, as some servers do; Anthropic
    itself sends one.
    """

    model: str = "claude-sonnet-4-6"
    wire: str = field(default="anthropic_messages", init=False)
    paths: tuple[str, ...] = field(default=("/v1/messages",), init=False)
    quirks: frozenset[str] = field(default=frozenset(QUIRKS), init=False)

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, "Messages")
        model = request.json().get("model", self.model) if request is not None else self.model
        answer = _Answer(turn, seed_of(turn, request), model)
        return answer.framing.whole(answer.events())

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        headers = (("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_011CZkTfmdQovVWg8SG5f6Lq"))
        return Reply(self.say(turn, request=request), headers=headers)

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        return json_reply(status, _error(kind, message), (("request-id", "req_011CZkTfmdQovVWg8SG5f6Lq"), *headers))

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)


def _error(kind: str, message: str) -> JSON:
    error = {"type": ERRORS.get(kind, "api_error"), "message": message}
    return {"type": "error", "error": error, "request_id": "req_011CZkTfmdQovVWg8SG5f6Lq"}


class _Answer:
    """One answer while it is being said."""

    def __init__(self, turn: Turn, seed: str, model: str) -> None:
        self.turn, self.seed, self.model = turn, seed, model
        self.framing = framing_of(turn.quirks)
        self.usage = turn.usage or Usage(0, 0)
        self._index = 0

    def events(self) -> Iterator[bytes]:
        for number, body in enumerate(self._bodies()):
            if "unknown_field" in self.turn.quirks:
                body = {**body, "x_weather": {"sky": ["blue", None]}}
            yield self.framing.event(body, body.get("type", ""))
            if number == 1 or "pings" in self.turn.quirks:
                yield self.framing.event({"type": "ping"}, "ping")
            if "unknown_event" in self.turn.quirks:
                mood = {"type": "content_block_mood", "mood": "calm", "index": "first", "delta": [1]}
                yield self.framing.event(mood, "content_block_mood")

    def _bodies(self) -> Iterator[JSON]:
        yield self._start()
        if "searched" in self.turn.quirks:
            yield from self._search()
        for part in self.turn.parts:
            yield from self._block(part)
        if self.turn.error is not None:
            yield self._failure(self.turn.error)
            return
        yield from self._end()
        if "no_done" not in self.turn.quirks:
            yield {"type": "message_stop"}

    def _start(self) -> JSON:
        message: JSON = {
            "model": self.model,
            "id": opaque_id("msg_01", self.seed, length=22),
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": {
                **self._prompt_counts(),
                "cache_creation": {
                    "ephemeral_5m_input_tokens": self.usage.cache_creation,
                    "ephemeral_1h_input_tokens": 0,
                },
                "output_tokens": min(1, self.usage.completion),
                "service_tier": "standard",
                "inference_geo": "global",
            },
        }
        return {"type": "message_start", "message": message}

    def _prompt_counts(self) -> dict[str, JSON]:
        """The three counts of the prompt are disjoint here."""
        usage = self.usage
        return {
            "input_tokens": usage.prompt - usage.cached - usage.cache_creation,
            "cache_creation_input_tokens": usage.cache_creation,
            "cache_read_input_tokens": usage.cached,
        }

    def _block(self, part: Part) -> Iterator[JSON]:
        index, self._index = self._index, self._index + 1
        opening, deltas = self._opened(part, index)
        if "whole_items" in self.turn.quirks:
            opening, deltas = _filled(opening, deltas, part), []
        yield {"type": "content_block_start", "index": index, "content_block": opening}
        for delta in deltas:
            if "empty_delta" in self.turn.quirks:
                yield {"type": "content_block_delta", "index": index, "delta": _EMPTY_DELTAS[opening["type"]]}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        if "no_block_ends" not in self.turn.quirks or isinstance(part, ToolCall):
            yield {"type": "content_block_stop", "index": index}

    def _search(self) -> Iterator[JSON]:
        """A tool of Anthropic's own: its call and its result are blocks like others."""
        call_id = opaque_id("srvtoolu_01", self.seed, length=22)
        page = {"type": "web_search_result", "url": URL, "title": TITLE, "encrypted_content": "Rg==", "page_age": None}
        call = {"type": "server_tool_use", "id": call_id, "name": "web_search", "input": {}}
        query = {"type": "input_json_delta", "partial_json": json.dumps({"query": QUERY})}
        yield from self._whole(call, [query])
        yield from self._whole({"type": "web_search_tool_result", "tool_use_id": call_id, "content": [page]}, [])

    def _whole(self, opening: JSON, deltas: list[JSON]) -> Iterator[JSON]:
        index, self._index = self._index, self._index + 1
        yield {"type": "content_block_start", "index": index, "content_block": opening}
        yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
        yield {"type": "content_block_stop", "index": index}

    def _opened(self, part: Part, index: int) -> tuple[JSON, list[JSON]]:
        """The block as it starts, and its deltas."""
        if isinstance(part, Text):
            said: list[JSON] = [{"type": "text_delta", "text": delta} for delta in part.deltas]
            if "cited" not in self.turn.quirks:
                return {"type": "text", "text": ""}, said
            place = {"url": URL, "title": TITLE, "encrypted_index": "Rg==", "cited_text": "330 m"}
            cited = {"type": "citations_delta", "citation": {"type": "web_search_result_location", **place}}
            return {"type": "text", "text": "", "citations": []}, [cited, *said]
        if isinstance(part, ToolCall):
            call_id = part.id or opaque_id("toolu_01", self.seed, index, 22)
            opening = {"type": "tool_use", "id": call_id, "name": part.name, "input": {}, "caller": {"type": "direct"}}
            return opening, [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *part.arguments)]
        return self._thought(part, index)

    def _thought(self, part: Thinking, index: int) -> tuple[JSON, list[JSON]]:
        if part.summary:
            raise UnspeakableTurn("Messages does not tell a summary from other thinking")
        if part.redacted and "compacted" in self.turn.quirks:
            made = {"content": "They asked for the weather.", "encrypted_content": part.redacted}
            return {"type": "compaction", "content": None}, [{"type": "compaction_delta", **made}]
        if part.redacted:
            return {"type": "redacted_thinking", "data": part.redacted}, []
        signature = part.signature or opaque_id("EqQBCkYIBxgCKkA", self.seed, index, 40)
        cut = pieces_of(signature) if "signature_pieces" in self.turn.quirks else [signature]
        deltas: list[JSON] = [{"type": "thinking_delta", "thinking": delta} for delta in part.deltas]
        deltas += [
            {"type": "signature_delta", "signature": piece} for piece in cut if "unsigned" not in self.turn.quirks
        ]
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas

    def _end(self) -> Iterator[JSON]:
        reason = self._reason()
        details = {"type": "refusal", "category": None, "explanation": WHY} if reason == "refusal" else None
        if "usage_cumulative" in self.turn.quirks:
            for sofar in growing(self.usage.completion, 3)[:-1]:
                yield self._delta(None, None, sofar)
        yield self._delta(reason, details, self.usage.completion)

    def _delta(self, reason: str | None, details: JSON, completion: int) -> JSON:
        counts = {**self._prompt_counts(), "output_tokens": completion}
        if self.usage.reasoning:
            counts["output_tokens_details"] = {"thinking_tokens": min(self.usage.reasoning, completion)}
        stop = {"stop_reason": reason, "stop_sequence": None, "stop_details": details}
        return {"type": "message_delta", "delta": stop, "usage": counts}

    def _reason(self) -> str:
        if self.turn.finish.startswith("="):
            return self.turn.finish[1:]
        if self.turn.finish not in STOP_REASONS:
            raise UnspeakableTurn(f"Messages has no stop reason for {self.turn.finish!r}")
        return STOP_REASONS[self.turn.finish]

    def _failure(self, error: StreamError) -> JSON:
        body = _error(error.kind, error.message)
        return {"error": body["error"]} if "bare_error" in self.turn.quirks else body


def _filled(opening: JSON, deltas: list[JSON], part: Part) -> JSON:
    """A block that comes whole where it begins."""
    if isinstance(part, Text):
        return {**opening, "text": part.whole}
    if isinstance(part, ToolCall):
        return {**opening, "input": json.loads(part.whole or "{}")}
    signature = "".join(delta.get("signature", "") for delta in deltas)
    return opening if part.redacted else {**opening, "thinking": part.whole, "signature": signature}
