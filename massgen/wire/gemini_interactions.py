"""Google's Interactions stream: steps by index, each begun, continued by deltas and ended.

Source: google-genai's `_gaos/types/interactions/` and ai.google.dev's page on the Interactions API. The last event,
`interaction.completed`, holds the verdict and the counts; `[DONE]` follows it. It need not hold the steps: they are
made of their deltas here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import FinishStatus, StreamChunk
from massgen.errors import WireError
from massgen.token_manager.usage import Usage
from massgen.wire.decoder import SSEDecoder, is_filler
from massgen.wire.gemini_interactions_steps import OpenStep, citations
from massgen.wire.numbers import Number, whole

Json = Any

STATUS: dict[str, FinishStatus] = {
    "completed": FinishStatus.STOP,
    "requires_action": FinishStatus.STOP,  # as the calls themselves tell, or nothing was called
    "incomplete": FinishStatus.LENGTH,
    "budget_exceeded": FinishStatus.LENGTH,
    "requires_continuation": FinishStatus.PAUSE,  # the request goes again with the interaction's continuation_token
    "queued": FinishStatus.PAUSE,  # in the background: the answer is fetched by the interaction's id
    "in_progress": FinishStatus.PAUSE,
}
_FAILED = frozenset({"failed", "cancelled"})
_TOLD = frozenset({"completed", "requires_action", "incomplete"})  # statuses of which ours says all


class _Counts(msgspec.Struct):
    total_input_tokens: Number = None
    total_output_tokens: Number = None
    total_thought_tokens: Number = None
    total_tool_use_tokens: Number = None
    total_cached_tokens: Number = None


class _Metadata(msgspec.Struct):
    usage: _Counts | None = None
    total_usage: _Counts | None = None


class _Interaction(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    status: str | None = None
    usage: _Counts | None = None
    error: Json = None
    errors: list[Json] | None = None
    steps: list[dict[str, Json]] | None = None


class _Event(msgspec.Struct):
    event_type: str = ""
    index: int = 0
    step: dict[str, Json] | None = None
    delta: dict[str, Json] | None = None
    interaction: dict[str, Json] | None = None
    error: Json = None
    usage: _Counts | None = None
    metadata: _Metadata | None = None


_decode_event = msgspec.json.Decoder(_Event).decode


class InteractionsDecoder(SSEDecoder):
    """Interactions events to StreamChunks.

    `complete_message["gemini_interactions"]` is `{"model", "id", "steps"}`: the steps verbatim, their text joined,
    ready to go back as input; calls have the id that they were handed over with. `complete_response` is the interaction
    with its steps; its `id` is what `previous_interaction_id` takes.
    """

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        super().__init__(provider, ids)
        self._steps: dict[int, OpenStep] = {}
        self._fields: dict[str, Json] = {}  # of the interaction, as the wire has them
        self._interaction = _Interaction()
        self._counts: _Counts | None = None

    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        if is_filler(payload):
            return
        try:
            decoded = _decode_event(payload)
        except msgspec.DecodeError:
            if event in _HANDLERS or not event:
                raise
            return  # an event type that is not ours may say what it likes
        handler = _HANDLERS.get(decoded.event_type or event)
        if handler is not None:
            handler(self, decoded, out)
        elif decoded.error:
            self.fail_with(msgspec.json.decode(payload))
        metadata = decoded.metadata or _Metadata()
        self._count(metadata.total_usage or metadata.usage)

    def _update(self, event: _Event) -> None:
        if event.interaction:
            fields = {**self._fields, **event.interaction}
            self._interaction, self._fields = msgspec.convert(fields, _Interaction), fields
            self._count(self._interaction.usage)

    def _created(self, event: _Event, out: list[StreamChunk]) -> None:
        self._update(event)

    def _start(self, event: _Event, out: list[StreamChunk]) -> None:
        step = self._steps[event.index] = OpenStep(event.step or {}, event.index)
        step.begin(self.attempt, out)

    def _delta(self, event: _Event, out: list[StreamChunk]) -> None:
        step = self._steps.get(event.index)
        if step is None:
            raise WireError(f"a delta for step {event.index}, which did not begin")
        if event.delta is not None:
            step.add(event.delta, self.attempt, out)

    def _stop(self, event: _Event, out: list[StreamChunk]) -> None:
        self._count(event.usage)
        step = self._steps.get(event.index)
        if step is not None:
            step.end(self.attempt, out)

    def _error(self, event: _Event, out: list[StreamChunk]) -> None:
        self.fail_with({"error": _plain(event.error) or "the interaction failed"})

    def _completed(self, event: _Event, out: list[StreamChunk]) -> None:
        self._update(event)
        if not self._steps:
            self._take(out)
        for index in sorted(self._steps):
            self._steps[index].end(self.attempt, out)
        status = self._interaction.status or "completed"
        if status in _FAILED:
            self.fail_with({"error": self._said() or {"code": status, "message": f"the interaction is {status}"}})
            return
        steps = [self._steps[index] for index in sorted(self._steps)]
        for citation in citations(steps):
            self.attempt.cite(citation)
        self.attempt.response = {**self._fields, "steps": [step.whole() for step in steps]}
        self.finish(STATUS.get(status, FinishStatus.STOP), out, None if status in _TOLD else status)

    def _take(self, out: list[StreamChunk]) -> None:
        """The steps of an interaction that comes whole: none was streamed."""
        for index, raw in enumerate(self._interaction.steps or ()):
            self._steps[index] = OpenStep(raw, index)
            self._steps[index].begin(self.attempt, out)

    def _said(self) -> Json:
        """Why the interaction failed: its own errors, else that of a step."""
        errors = [self._interaction.error, *(self._interaction.errors or ())]
        errors += [step.raw.get("error") for step in self._steps.values()]
        return _plain(next((error for error in errors if error), None))

    def _count(self, counts: _Counts | None) -> None:
        """Counts are of the whole interaction so far: they overwrite."""
        if counts is not None and counts.total_input_tokens is not None:
            self._counts = counts

    @property
    def usage(self) -> Usage | None:
        """Made when it is asked for: the counts come with many deltas."""
        if self._counts is not None:
            self.attempt.usage = _usage(self._counts)
        return super().usage

    def _kept(self) -> dict[str, Json]:
        steps = (self._steps[index] for index in sorted(self._steps))
        kept = [step.whole() for step in steps if step.call is None or step.call in self.attempt.calls]
        about = {"model": self._interaction.model, "id": self._interaction.id}
        return {"gemini_interactions": {**about, "steps": kept}}


def _usage(counts: _Counts) -> Usage:
    """`total_tokens` is input + tool use + output + thoughts; what is cached is part of the input."""
    return Usage(
        prompt=int(counts.total_input_tokens or 0) + int(counts.total_tool_use_tokens or 0),
        completion=int(counts.total_output_tokens or 0) + int(counts.total_thought_tokens or 0),
        cached=whole(counts.total_cached_tokens),
        reasoning=whole(counts.total_thought_tokens),
    )


def _plain(error: Json) -> Json:
    """The error with its code as a word: the wire may write it as an address that ends in it."""
    code = error.get("code") if isinstance(error, dict) else None
    return {**error, "code": code.rpartition("/")[2]} if isinstance(code, str) else error


_Handler = Callable[[InteractionsDecoder, _Event, list[StreamChunk]], None]

_HANDLERS: dict[str, _Handler] = {
    "interaction.created": InteractionsDecoder._created,
    "step.start": InteractionsDecoder._start,
    "step.delta": InteractionsDecoder._delta,
    "step.stop": InteractionsDecoder._stop,
    "interaction.completed": InteractionsDecoder._completed,
    "error": InteractionsDecoder._error,
}
