"""OpenAI's Chat-Completions stream, and what "compatible" servers make of it.

Source: openai-python's `types/chat/chat_completion_chunk.py` and the providers' own references.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.chat_dialect import ChatDialect
from massgen.backend.stream_chunk import ErrorKind, FinishStatus, StreamChunk
from massgen.token_manager.usage import Usage, tier_of
from massgen.wire.call_router import CalledFunction, CallRouter, Fragment
from massgen.wire.content_chunks import ContentChunks
from massgen.wire.decoder import SSEDecoder
from massgen.wire.numbers import TICKS_PER_USD, Number, whole
from massgen.wire.openai_chat_beside import Beside
from massgen.wire.think_tags import TaggedText
from massgen.wire.timings import timings_of

Json = Any

FINISH: dict[str, FinishStatus] = {
    "stop": FinishStatus.STOP,
    "eos": FinishStatus.STOP,  # Together
    "length": FinishStatus.LENGTH,
    "max_tokens": FinishStatus.LENGTH,
    "model_context_window_exceeded": FinishStatus.LENGTH,  # Z.AI
    "model_length": FinishStatus.LENGTH,  # Mistral
    "tool_calls": FinishStatus.STOP,  # as the calls themselves tell, or nothing was called
    "function_call": FinishStatus.STOP,
    "content_filter": FinishStatus.CONTENT_FILTER,
    "sensitive": FinishStatus.CONTENT_FILTER,  # Z.AI
    "refusal": FinishStatus.REFUSAL,
}

# Finish reasons by which a server says that it failed: OpenRouter, Mistral, Z.AI, DeepSeek, vLLM.
FAILED: dict[str, ErrorKind] = {
    "error": ErrorKind.SERVER,
    "network_error": ErrorKind.SERVER,
    "insufficient_system_resource": ErrorKind.OVERLOADED,
    "abort": ErrorKind.SERVER,
}


class _Delta(msgspec.Struct):
    content: str | list[dict[str, Json]] | None = None  # a list at Mistral
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[dict[str, Json]] | None = None
    refusal: str | None = None
    tool_calls: list[Fragment] | None = None
    function_call: CalledFunction | None = None
    annotations: Json = None
    images: Json = None
    audio: Json = None
    executed_tools: Json = None  # Groq


class _PromptDetails(msgspec.Struct):
    cached_tokens: Number = None
    cache_write_tokens: Number = None
    audio_tokens: Number = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: Number = None
    audio_tokens: Number = None


class _Usage(msgspec.Struct):
    prompt_tokens: Number = None
    completion_tokens: Number = None
    total_tokens: Number = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None
    prompt_cache_hit_tokens: Number = None  # DeepSeek
    num_cached_tokens: Number = None  # Mistral
    cached_tokens: Number = None  # Moonshot, Together
    reasoning_tokens: Number = None  # SGLang
    service_tier: str | None = None  # Mistral; others say it beside the counts
    cost: Number | dict[str, Json] = None  # USD; OpenRouter a number, Perplexity an object with `total_cost`
    cost_in_usd_ticks: Number = None  # xAI


class _Choice(msgspec.Struct):
    index: Number = 0
    delta: _Delta | None = None
    finish_reason: str | None = None
    logprobs: Json = None
    usage: _Usage | None = None  # Moonshot's older streams


class _Groq(msgspec.Struct):
    usage: _Usage | None = None
    error: Json = None


class _Warning(msgspec.Struct):
    """What a server says of a request that it answers all the same. Source: together 3.1, ChatCompletionWarning."""

    message: str = ""


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Json = None
    object: str | None = None
    x_groq: _Groq | None = None
    code: Json = None  # with `message`, a bare error object: DashScope, Cerebras
    message: Json = None
    detail: Json = None  # FastAPI's error: Nebius
    search_results: Json = None  # Perplexity: objects with `url` and `title`
    citations: Json = None  # addresses; Perplexity and xAI
    web_search: Json = None  # objects with `link` and `title`; Z.AI
    warnings: list[_Warning] | None = None


_decode = msgspec.json.Decoder(_Chunk).decode

_REASONING = ("reasoning_content", "reasoning")  # the fields of a delta that hold its text


class _Served(msgspec.Struct):
    service_tier: Json = None
    model: Json = None


_decode_served = msgspec.json.Decoder(_Served).decode


class ChatDecoder(SSEDecoder):
    """Chat-Completions chunks to StreamChunks.

    `complete_message["mistral"]` is `{"content"}`, the list of an answer that came as one with more than text in it.
    """

    def __init__(self, provider: str, ids: CallIds | None = None, dialect: ChatDialect | None = None) -> None:
        super().__init__(provider, ids)
        self._dialect = dialect or ChatDialect()
        self._finish: str | None = None
        self._calls = CallRouter(self.attempt)
        self._summary: int | None = None  # the index of the summary that is open
        self._reasoning_field: str | None = None  # under which name this server sends reasoning
        self._details = _Details()
        self._refusal: list[str] = []
        self._beside = Beside()
        self._chunks = ContentChunks(self.attempt)
        self._tagged = TaggedText(self.attempt) if self._dialect.think_tags else None
        self._counted = b"{}"  # the last chunk with counts, which says the tier and the model too

    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        if payload.startswith(b"[DONE]") or event == "message_stop":  # Fireworks' SDK takes either for the end
            self._conclude(out)
            return
        if not payload or payload.isspace():
            return
        chunk = _decode(payload)
        if chunk.usage is not None:
            self._counted = payload
            self._count(chunk.usage)
        bare = chunk.choices is None and (chunk.detail or (chunk.code and chunk.message))
        if chunk.error or chunk.object == "error" or event == "error" or bare:
            self.fail_with(msgspec.json.decode(payload))
            return
        for choice in chunk.choices or ():
            if not choice.index:
                self._choice(choice, out)
        if chunk.x_groq is not None:
            self._counted = payload
            self._groq(chunk.x_groq)
        if sources := chunk.search_results or chunk.citations or chunk.web_search:
            self._beside.sources = sources  # of the whole answer so far
        for warning in chunk.warnings or ():
            out.append(StreamChunk("backend_status", status="warning", detail=warning.message))

    def _groq(self, extra: _Groq) -> None:
        if extra.error:
            self.fail_with(extra.error)
        elif extra.usage is not None:
            self._count(extra.usage)

    def _choice(self, choice: _Choice, out: list[StreamChunk]) -> None:
        delta = choice.delta
        if delta is not None:
            # The shape that nearly every event has is decided first.
            content = delta.content
            if delta.reasoning_content or delta.reasoning or delta.reasoning_details:
                self._reason(delta, out)
            if self._summary is not None and (content or delta.tool_calls):
                self._end_summary(out)
            if self._tagged is not None and content and isinstance(content, str):
                self._tagged.add(content, out)
            elif content and isinstance(content, str):
                self.attempt.end_thought(out)
                out.append(self.attempt.say(content))
            elif content:
                self._chunks.add(content, out)
            if delta.tool_calls or delta.function_call or delta.refusal:
                self._act(delta, out)
            if delta.annotations or delta.images or delta.audio or delta.executed_tools:
                self._beside.add(delta, self.attempt, out)
        if choice.logprobs is not None:
            self._beside.logprobs.add(choice.logprobs)
        reason = choice.finish_reason
        if reason is not None and reason != "null":  # DashScope's native word for none yet
            self._finish = reason or self._finish or ""
            if reason in FAILED:
                self.fail(FAILED[reason], "the provider gave up on this answer", code=reason)
        if choice.usage is not None:
            self._count(choice.usage)

    def _reason(self, delta: _Delta, out: list[StreamChunk]) -> None:
        """Reasoning comes under one of three names, sometimes under two at once with the same text."""
        if delta.reasoning_details:
            self._details.add(delta.reasoning_details)
            if self._summarise(delta.reasoning_details, out):
                return  # `reasoning` beside it says the same again
            self._end_summary(out)
        for field in _REASONING:
            text = getattr(delta, field)
            if text:
                self._reasoning_field = self._reasoning_field or field
                out.append(self.attempt.think(text))
                return
        text = _told_by(delta.reasoning_details or ())
        if text:
            out.append(self.attempt.think(text))

    def _summarise(self, details: Iterable[dict[str, Json]], out: list[StreamChunk]) -> bool:
        """Yield what is a provider's summary in reasoning details; whether there was any."""
        found = False
        for detail in details:
            text = detail.get("summary")
            if detail.get("type") != "reasoning.summary" or not text or not isinstance(text, str):
                continue
            index = detail.get("index")
            number = index if isinstance(index, int) else 0
            if number != self._summary:
                self.attempt.end_thought(out)
                self._end_summary(out)
            self._summary, found = number, True
            out.append(self.attempt.summarise(text, number))
        return found

    def _end_summary(self, out: list[StreamChunk]) -> None:
        if self._summary is not None:
            self.attempt.end_summary(self._summary, out)
            self._summary = None

    def _act(self, delta: _Delta, out: list[StreamChunk]) -> None:
        self.release(out)
        self.attempt.end_thought(out)
        for fragment in delta.tool_calls or ():
            self._calls.add(fragment)
        if delta.function_call is not None:
            self._calls.add(Fragment(index=0, function=delta.function_call))
        if delta.refusal:
            self.attempt.started = True
            self._refusal.append(delta.refusal)
            out.append(StreamChunk("backend_status", status="refusal", detail=delta.refusal))

    @property
    def answering_model(self) -> str | None:
        model = _decode_served(self._counted).model
        return model if isinstance(model, str) else None

    def _count(self, usage: _Usage) -> None:
        if (usage.prompt_tokens, usage.completion_tokens) != (None, None):
            self.attempt.usage = normalise(usage, self.attempt.usage)

    def _end(self, out: list[StreamChunk]) -> None:
        if self._finish and not self._dialect.done_sentinel:
            self._conclude(out)

    def _conclude(self, out: list[StreamChunk]) -> None:
        attempt = self.attempt
        if self._finish is None and self._dialect.finish_reason:
            # A gateway that lost its upstream still says `[DONE]`. An empty reason counts: xAI sends it with calls.
            self.fail(ErrorKind.INCOMPLETE, "the stream was closed without a finish reason")
            return
        self.release(out)
        if attempt.usage is not None and (tier := tier_of(_decode_served(self._counted).service_tier)):
            attempt.usage = msgspec.structs.replace(attempt.usage, service_tier=tier)
        if self._refusal:
            attempt.extras["refusal"] = "".join(self._refusal)
        self._beside.conclude(attempt)
        if timings := timings_of(self._counted):
            attempt.extras["timings"] = timings
        raw = self._finish or "stop"
        status = FinishStatus.REFUSAL if self._refusal and raw == "stop" else FINISH.get(raw, FinishStatus.STOP)
        self.finish(status, out, detail=None if raw in FINISH else raw)

    def release(self, out: list[StreamChunk]) -> None:
        if self._tagged is not None:
            self._tagged.release(out)
            if self._tagged.thought:
                shown = (name for name in self._dialect.echo if name in _REASONING)  # how it is shown again
                self._reasoning_field = self._reasoning_field or next(shown, _REASONING[0])

    def _kept(self) -> dict[str, Json]:
        kept: dict[str, Json] = {}
        if self._reasoning_field:
            kept[self._reasoning_field] = "".join(self.attempt.thoughts)
        if details := self._details.whole():
            kept["reasoning_details"] = details
        if chunks := self._chunks.whole():
            kept["mistral"] = {"content": chunks}
        return kept


def _told_by(details: Iterable[dict[str, Json]]) -> str:
    """The readable text of reasoning details."""
    texts = (detail.get("text") or detail.get("summary") for detail in details)
    return "".join(text for text in texts if isinstance(text, str))


class _Details:
    """OpenRouter's `reasoning_details`: fragments of one index and type are one entry, whose text grows."""

    __slots__ = ("_entries",)

    _GROWING = ("text", "summary", "data")

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], tuple[dict[str, Json], dict[str, list[str]]]] = {}

    def add(self, fragments: list[dict[str, Json]]) -> None:
        for fragment in fragments:
            place = fragment.get("index")
            key = str(fragment.get("type")), str(fragment.get("id") if place is None else place)
            entry, growing = self._entries.setdefault(key, ({}, {}))
            for name, value in fragment.items():
                if name in self._GROWING and isinstance(value, str):
                    growing.setdefault(name, []).append(value)
                    entry.setdefault(name, "")
                elif value or name not in entry:
                    entry[name] = value

    def whole(self) -> list[dict[str, Json]]:
        return [
            {**entry, **{name: "".join(pieces) for name, pieces in growing.items()}}
            for entry, growing in self._entries.values()
        ]


def normalise(usage: _Usage, before: Usage | None) -> Usage:
    """The wire's counts in the contract's terms. Snapshots overwrite; a field that is absent keeps its last value."""
    known = before or Usage()
    given = usage.prompt_tokens_details or _PromptDetails()
    made = usage.completion_tokens_details or _CompletionDetails()
    prompt = _prompt(usage, given, known.prompt)
    reasoning = _first(made.reasoning_tokens, usage.reasoning_tokens)
    elsewhere = (usage.prompt_cache_hit_tokens, usage.cached_tokens, usage.num_cached_tokens)
    return Usage(
        prompt=prompt,
        completion=_completion(usage, prompt, reasoning, known.completion),
        cached=whole(_first(given.cached_tokens, *elsewhere, known.cached)),
        cache_creation=whole(_first(given.cache_write_tokens, known.cache_creation)),
        reasoning=whole(_first(reasoning, known.reasoning)),
        cost=_cost(usage, known.cost),
        audio_prompt=whole(given.audio_tokens) or known.audio_prompt,
        audio_completion=whole(made.audio_tokens) or known.audio_completion,
        service_tier=tier_of(usage.service_tier),
    )


def _first(*counts: Number) -> Number:
    """The first that is told; a zero is."""
    return next((count for count in counts if count is not None), None)


def _prompt(usage: _Usage, details: _PromptDetails, before: int) -> int:
    """Prompt tokens with the sound in them, which Mistral counts beside: the total shows it."""
    prompt, heard = int(_first(usage.prompt_tokens, before) or 0), int(details.audio_tokens or 0)
    return prompt + heard if usage.total_tokens == prompt + heard + int(usage.completion_tokens or 0) else prompt


def _completion(usage: _Usage, prompt: int, reasoning: Number, before: int) -> int:
    """Completion tokens with the reasoning in them, as the contract has it.

    The total shows that xAI counts reasoning outside. Counts in which reasoning is merely the larger one (OpenRouter is
    off by one at times, Vercel's gateway leaves Gemini's out) prove nothing about the sum: the larger one holds.
    """
    completion, thought = int(_first(usage.completion_tokens, before) or 0), int(reasoning or 0)
    if thought and usage.total_tokens == prompt + completion + thought:
        return completion + thought
    return max(completion, thought)


def _cost(usage: _Usage, before: float | None) -> float | None:
    if usage.cost_in_usd_ticks is not None:
        return usage.cost_in_usd_ticks / TICKS_PER_USD
    cost = usage.cost.get("total_cost") if isinstance(usage.cost, dict) else usage.cost
    return float(cost) if isinstance(cost, int | float) else before
