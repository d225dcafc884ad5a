"""The provider's side of Chat Completions, in the dialects of those who speak it.

Protocol facts: OpenAI's API reference and SDK types (chat.completion.chunk), Groq's, DeepSeek's and OpenRouter's
documentation of their additions. What differs between them is data (`Variant`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Part, StreamError, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers import openai_chat_request as requests
from massgen_conformance.speakers.base import (
    JSON,
    Headers,
    NeutralRequest,
    UnspeakableTurn,
    check_quirks,
    growing,
    json_reply,
    opaque_id,
    seed_of,
)
from massgen_conformance.speakers.openai_chat_variant import OPENAI, Variant
from massgen_conformance.speakers.openai_errors import error_body
from massgen_conformance.speakers.searches import LOGPROB, TITLE, URL
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, Framing, framing_of
from massgen_conformance.trace import Received

FINISHES: Mapping[str, str] = {
    "stop": "stop",
    "tool_calls": "tool_calls",
    "length": "length",
    "content_filter": "content_filter",
}
USAGE_QUIRKS = frozenset({"usage_after_finish", "usage_on_finish", "usage_cumulative"})
QUIRKS = (
    FRAMING_QUIRKS
    | USAGE_QUIRKS
    | {
        "no_done",
        "null_first_arguments",
        "shared_index",
        "interleaved",
        "late_id",
        "missing_id",
        "id_only",
        "late_name",
        "empty_choices",
        "role_only",
        "null_delta",
        "null_content",
        "empty_delta",
        "pings",
        "unknown_event",
        "unknown_field",
        "cited",
        "empty_finish",
        "end_twice",
    }
)
_FRAGMENTS = frozenset({"null_first_arguments", "interleaved", "late_id", "id_only", "late_name"})
"""Quirks of calls that come in pieces."""

_NAMES = ("reasoning", "reasoning_content")
_FILLERS: Mapping[str, JSON] = {"null_delta": None, "null_content": {"content": None}}


@dataclass(frozen=True, slots=True)
class ChatSpeaker:
    """A provider of Chat Completions."""

    variant: Variant = OPENAI
    model: str = "gpt-4.1-mini"
    wire: str = field(default="openai_chat", init=False)
    paths: tuple[str, ...] = field(default=("/chat/completions",), init=False)

    @property
    def quirks(self) -> frozenset[str]:
        variant = self.variant
        known = QUIRKS if variant.fragments else QUIRKS - _FRAGMENTS
        known |= {"function_call"} if variant.older_calls else set()
        known |= {"logprobs"} if "logprobs" in variant.choice else set()
        if variant.chunks:
            return known | {"text_parts"}
        return known | ({"bare_details"} if variant.details else {"both_reasonings"} if variant.reasoning else set())

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, f"Chat Completions ({self.variant.name})")
        answer = _Answer(self.variant, turn, seed_of(turn, request), _model_of(request) or self.model)
        answer.whole = self.variant.whole_calls and not requests.asks_for(request, self.variant.pieces_on)
        answer.asked = request is None or requests.wants_usage(request) or bool(turn.quirks & USAGE_QUIRKS)
        answer.counts = answer.counts and (answer.asked or self.variant.usage_unasked)
        return answer.framing.whole(answer.events())

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        return Reply(self.say(turn, request=request), headers=self._headers(self.variant.content_type))

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        return json_reply(status, error_body(self.variant.name, status, kind, message), headers)

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths, self.variant)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)

    def _headers(self, content_type: str) -> Headers:
        return (("content-type", content_type), ("x-request-id", "req_a1b2c3d4"))


def _model_of(request: Received | None) -> str:
    return str(request.json().get("model", "")) if request is not None else ""


def _parts(text: str) -> list[JSON]:
    """A piece of text as Mistral's chunks."""
    reference = {"type": "reference", "reference_ids": [0]}
    return [{"type": "text", "text": ""}, {"type": "text", "text": text}, reference]


class _Answer:
    """One answer while it is being said."""

    def __init__(self, variant: Variant, turn: Turn, seed: str, model: str) -> None:
        self.variant, self.turn, self.seed, self.model = variant, turn, seed, model
        self.framing: Framing = framing_of(turn.quirks)
        self.counts = turn.usage is not None and turn.error is None
        self.asked = True  # whether the client asked for counts
        self.whole = variant.whole_calls
        self._events = 0
        self._counted = 0  # tokens that were told of so far, where each chunk tells
        self._spoken = 0
        self._blocks = 0
        self._last: JSON = None  # a delta that goes out with the finish reason

    def events(self) -> Iterator[bytes]:
        for said in self._framed():
            yield said
            if "pings" in self.turn.quirks:
                yield self.framing.comment(self.variant.comment)

    def _framed(self) -> Iterator[bytes]:
        if self.variant.comments_first or "pings" in self.turn.quirks:
            yield self.framing.comment(self.variant.comment)
        if self.variant.first is not None:
            yield self.framing.event(self.variant.first)
        yield from self._opening()
        for delta in self._deltas():
            yield from self._fillers()
            yield self._event(self._chunk(delta))
        if "cited" in self.turn.quirks:
            place = {"url": URL, "title": TITLE, "start_index": 0, "end_index": len(self.turn.text)}
            cited = self._chunk({"annotations": [{"type": "url_citation", "url_citation": place}]})
            yield self._event({**self._envelope([]), **self.variant.sources} if self.variant.sources else cited)
        if self.turn.error is not None:
            yield from self._failure(self.turn.error)
            return
        yield from self._finish()
        if "no_done" not in self.turn.quirks:
            yield self.framing.event("[DONE]")
        if "end_twice" in self.turn.quirks:
            yield self.framing.event("[DONE]")

    def _opening(self) -> Iterator[bytes]:
        quirks, variant = self.turn.quirks, self.variant
        if "empty_choices" in quirks:
            yield self._event(self._envelope([]))
        if "role_only" in quirks:
            yield self._event(self._chunk({"role": "assistant"}, bare=True))
        elif variant.opening is not None:
            first = self._chunk(variant.opening, bare=True)
            yield self._event({**first, **variant.opening_fields})

    def _fillers(self) -> Iterator[bytes]:
        quirks = self.turn.quirks
        for quirk, delta in _FILLERS.items():
            if quirk in quirks:
                yield self._event(self._chunk(delta, bare=True))
        if "empty_delta" in quirks:
            yield self._event(self._chunk({}, bare=True))
            yield self._event(self._chunk({"content": ""}, bare=True))
        if "empty_choices" in quirks:
            yield self._event(self._envelope([]))
        if "unknown_event" in quirks:
            yield self.framing.event({"object": "chat.completion.heartbeat", "choices": []}, "heartbeat")

    def _deltas(self) -> Iterator[JSON]:
        """The deltas of every part, in the order in which the turn says them."""
        calls: list[ToolCall] = []
        for part in self.turn.parts:
            if isinstance(part, ToolCall):
                calls.append(part)
            else:
                yield from self._call_deltas(calls)
                calls = []
                yield from self._part_deltas(part)
        together = self.variant.calls_on_finish and not self.turn.quirks & _FRAGMENTS and self.turn.error is None
        if calls and together:
            deltas = list(self._call_deltas(calls))
            self._last = {"tool_calls": [call for delta in deltas for call in delta["tool_calls"]]}
        else:
            yield from self._call_deltas(calls)

    def _part_deltas(self, part: Part) -> Iterator[JSON]:
        if isinstance(part, Text):
            name = "refusal" if self.turn.finish == "refusal" else "content"
            if name == "refusal" and not self.variant.refuses:
                raise UnspeakableTurn(f"{self.variant.name} has no refusal in its stream")
            beside = {**self.variant.said_delta, **(self.variant.text_delta if self.turn.thinking else {})}
            for delta in part.deltas:
                yield {**beside, name: _parts(delta) if "text_parts" in self.turn.quirks else delta}
        elif isinstance(part, Thinking):
            yield from self._thinking(part)

    def _thinking(self, part: Thinking) -> Iterator[JSON]:
        variant = self.variant
        if variant.reasoning is None:
            raise UnspeakableTurn(f"{variant.name} never shows reasoning in Chat Completions")
        if variant.details:
            yield from self._details(part)
            return
        if part.summary or part.redacted:
            raise UnspeakableTurn(f"{variant.name} has neither summaries nor withheld reasoning")
        for delta in part.deltas:
            inner = _parts(delta) if "text_parts" in self.turn.quirks else [{"type": "text", "text": delta}]
            said = [{"type": "thinking", "thinking": inner}] if variant.chunks else delta
            both = dict.fromkeys(_NAMES, said) if "both_reasonings" in self.turn.quirks else {}
            yield {**variant.reasoning_delta, variant.reasoning: said, **both}
        if variant.chunks and part.signature:
            yield {variant.reasoning: [{"type": "thinking", "thinking": [], "signature": part.signature}]}

    def _details(self, part: Thinking) -> Iterator[JSON]:
        """OpenRouter says reasoning twice: as text, and as a list of typed details that the caller must give back."""
        number, self._blocks = self._blocks, self._blocks + 1
        if part.redacted:
            yield self._detail({"type": "reasoning.encrypted", "data": part.redacted}, number, "")
        kind, key = ("reasoning.summary", "summary") if part.summary else ("reasoning.text", "text")
        for delta in part.deltas:
            yield self._detail({"type": kind, key: delta}, number, delta)
        if part.signature:
            yield self._detail({"type": kind, key: "", "signature": part.signature}, number, "")

    def _detail(self, detail: JSON, number: int, said: str) -> JSON:
        style = "anthropic-claude-v1" if any(t.signature or t.redacted for t in self.turn.thinking) else "unknown"
        whole = {**detail, "format": style, "index": number}
        beside = {} if "bare_details" in self.turn.quirks else {"reasoning": said or None}
        return {**self.variant.reasoning_delta, **beside, "reasoning_details": [whole]}

    def _call_deltas(self, calls: list[ToolCall]) -> Iterator[JSON]:
        if "function_call" in self.turn.quirks:
            for call in calls:
                pieces = [{"name": call.name, "arguments": ""}, *({"arguments": piece} for piece in call.arguments)]
                yield from ({"function_call": piece} for piece in pieces)
            return
        fragments = [list(self._fragments(self._spoken + number, call)) for number, call in enumerate(calls)]
        self._spoken += len(calls)
        if "interleaved" in self.turn.quirks:
            longest = max((len(each) for each in fragments), default=0)
            turns = [each[step] for step in range(longest) for each in fragments if step < len(each)]
        else:
            turns = [fragment for each in fragments for fragment in each]
        for fragment in turns:
            yield {**self.variant.call_delta, "tool_calls": [fragment]}

    def _fragments(self, number: int, call: ToolCall) -> Iterator[JSON]:
        """One call as the provider sends it: whole, or a head with id and name and then its arguments."""
        quirks = self.turn.quirks
        index = 0 if "shared_index" in quirks else number
        made = opaque_id("", self.seed, number, 9) if self.variant.call_id else opaque_id("call_", self.seed, number)
        identity = {"id": call.id or made}
        late, unnamed = "late_id" in quirks, "late_name" in quirks
        place: JSON = identity if "id_only" in quirks else {"index": index}
        kind = {"type": "function"} if self.variant.typed_calls else {}
        head: JSON = {**place, **({} if late or "missing_id" in quirks else identity), **kind}
        if self.whole and not quirks & _FRAGMENTS:
            yield {**head, "function": {"name": self._called(call.name), "arguments": call.whole or "{}"}}
            return
        first = None if "null_first_arguments" in quirks else ""
        name = {"name": self._called(call.name)}
        yield {**head, "function": {**({} if unnamed else name), "arguments": first}}
        for step, piece in enumerate(call.arguments or self.variant.no_arguments):
            again = identity if late and step == 0 else {}
            named = name if unnamed and step == 0 else {}
            yield {**self.variant.tail, **place, **again, "function": {**named, "arguments": piece}}

    def _called(self, name: str) -> str:
        """A tool's name as the model calls it."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() if self.variant.snake_names else name

    def _finish(self) -> Iterator[bytes]:
        usage = self._usage() if self.counts else None
        reason = self.turn.finish.removeprefix("=") if self.turn.finish.startswith("=") else self._reason()
        quirks, variant = self.turn.quirks, self.variant
        chunk = {**self._chunk(variant.closing if self._last is None else self._last, reason), **variant.closing_fields}
        usual = "usage_after_finish" not in quirks and variant.usage_on_finish and (self.asked or not variant.x_groq)
        on_finish = "usage_on_finish" in quirks or usual
        if usage is not None and variant.x_groq and "usage_after_finish" not in quirks:
            chunk["x_groq"] = {"id": "req_01hz0000000000000000000000", "usage": usage}
        if usage is not None and (on_finish or "usage_cumulative" in quirks):
            elsewhere = "usage_on_finish" in quirks and (variant.x_groq or variant.usage_in_choice)
            chunk |= {} if elsewhere else {"usage": usage}
            if variant.usage_in_choice:
                chunk["choices"][0]["usage"] = usage
        yield from self._cumulative()
        yield self._event(chunk)
        after = "usage_after_finish" in quirks or (
            "usage_on_finish" not in quirks and variant.usage_after and self.asked
        )
        if usage is not None and after:
            yield self._event({**self._envelope([]), **self.variant.counted, "usage": usage})

    def _cumulative(self) -> Iterator[bytes]:
        """Chunks without text that carry the counts so far, as vLLM and NIM send them."""
        if "usage_cumulative" not in self.turn.quirks or not self.counts or self.turn.usage is None:
            return
        for sofar in growing(self.turn.usage.completion, 3)[:-1]:
            yield self._event({**self._chunk({"content": ""}), "usage": self._usage(sofar)})

    def _reason(self) -> str:
        if "empty_finish" in self.turn.quirks:
            return ""
        if "function_call" in self.turn.quirks:
            return "function_call"
        if self.turn.finish == "refusal" and self.variant.refuses:
            return "stop"
        if self.turn.finish not in FINISHES:
            raise UnspeakableTurn(f"Chat Completions has no finish reason for {self.turn.finish!r}")
        return FINISHES[self.turn.finish]

    def _usage(self, completion: int | None = None) -> JSON:
        usage = self.turn.usage
        assert usage is not None
        return self.variant.usage(usage, usage.completion if completion is None else completion)

    def _failure(self, error: StreamError) -> Iterator[bytes]:
        known = self.variant.error_kinds
        if known is not None and error.kind not in known:
            raise UnspeakableTurn(f"an error in the stream of {self.variant.name} cannot say {error.kind!r}")
        body = error_body(self.variant.name, None, error.kind, error.message)
        if self.variant.error_in_chunk:
            chunk = {**self._chunk({"content": ""}, "error"), "error": body["error"]}
            yield self._event(chunk)
            yield self.framing.event("[DONE]")
        else:
            yield self.framing.event(body, self.variant.error_event)
            if self.variant.done_after_error:
                yield self.framing.event("[DONE]")

    def _envelope(self, choices: list[JSON]) -> JSON:
        first = {"id": opaque_id(self.variant.id_prefix, self.seed), "object": "chat.completion.chunk"}
        return {**first, "created": 1777000000, "model": self.model, **self.variant.envelope, "choices": choices}

    def _chunk(self, delta: JSON, reason: str | None = None, *, bare: bool = False) -> JSON:
        if isinstance(delta, dict) and not bare:
            delta = {**self.variant.every_delta, **delta}
        choice = {"index": 0, "delta": delta, **self.variant.choice}
        if "logprobs" in self.turn.quirks and isinstance(delta, dict) and delta.get("content"):
            likely = {"token": delta["content"], "logprob": LOGPROB, "bytes": None, "top_logprobs": []}
            choice["logprobs"] = {"content": [likely], "refusal": None}
        if self.variant.echoes_text:
            choice["text"] = (delta or {}).get("content") or ""
        if reason is not None or self.variant.null_finish:
            choice["finish_reason"] = reason
        if reason is not None:
            choice |= self.variant.closing_choice
        if "native_finish_reason" in choice:
            choice["native_finish_reason"] = reason
        return self._envelope([choice])

    def _event(self, chunk: JSON) -> bytes:
        if self.variant.usage_everywhere and "usage" not in chunk and self.counts and self.turn.usage is not None:
            self._counted = min(self._counted + 1, self.turn.usage.completion)
            chunk = {**chunk, "usage": self._usage(self._counted)}
        if self.variant.null_usage and "usage" not in chunk and self.counts:
            chunk = {**chunk, "usage": None}
        if self.variant.obfuscates:
            self._events += 1
            chunk = {**chunk, self.variant.obfuscates: opaque_id("", self.seed, self._events, 12)}
        if "unknown_field" in self.turn.quirks:
            choices = [{**each, "x_mood": "calm"} for each in chunk["choices"]]
            chunk = {**chunk, "choices": choices, "x_weather": {"sky": ["blue", None]}}
        return self.framing.event(chunk)
