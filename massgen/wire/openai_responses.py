"""OpenAI's Responses stream, and what servers that speak parts of it make of it.

Source: openai-python's `types/responses/` and `lib/streaming/responses/`. Everything is keyed by `output_index` (items
interleave, and gateways send another `item_id` with every event); servers that leave it out are followed by item id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import FinishStatus, StreamChunk
from massgen.token_manager.usage import Usage, tier_of
from massgen.wire.attempt import CallDraft
from massgen.wire.citations import from_responses
from massgen.wire.decoder import SSEDecoder, is_filler, type_of
from massgen.wire.numbers import TICKS_PER_USD, whole
from massgen.wire.openai_responses_events import (
    About,
    Call,
    Counts,
    Event,
    InputDetails,
    Item,
    OutputDetails,
    Response,
    Said,
    decode_event,
    decode_item,
    decode_terminal,
    decode_whole,
)
from massgen.wire.openai_responses_tools import HostedTool, citations, of_event

Json = Any

# `incomplete_details.reason`. One that is not here is also an answer that stops short, and is kept in `detail`.
INCOMPLETE: dict[str, FinishStatus] = {
    "max_output_tokens": FinishStatus.LENGTH,
    "content_filter": FinishStatus.CONTENT_FILTER,
}


_OWN = frozenset({"message", "reasoning", "function_call"})  # items that are not the work of a tool of the provider


class _Slot:
    """One output item while it streams. `parts` and `summaries` are the indices of which something was yielded."""

    __slots__ = ("call", "id", "item", "parts", "summaries", "tool")

    def __init__(self, item_id: str | None) -> None:
        self.id = item_id
        self.call: CallDraft | None = None
        self.item: Item | None = None  # as `output_item.done` has it
        self.parts: set[int] = set()
        self.summaries: set[int] = set()
        self.tool: HostedTool | None = None  # what the provider runs itself


class ResponsesDecoder(SSEDecoder):
    """Responses events to StreamChunks.

    `complete_message["openai_responses"]` is `{"model", "items"}`: the output items verbatim, ready to go back as input
    (their `call_id` is the id that the call was handed over with, and only items that the API takes back are in it).
    """

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        super().__init__(provider, ids)
        self._slots: dict[int | str | None, _Slot] = {}
        self._order: list[_Slot] = []
        self._refusal: list[str] = []
        self._cited: list[Json] = []
        self._final = Response()

    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        if is_filler(payload):
            return
        try:
            decoded = decode_event(payload)
        except msgspec.ValidationError:
            if type_of(payload, event) in _HANDLERS:
                raise
            return  # an event type that is not ours may shape its fields as it likes
        handler = _HANDLERS.get(decoded.type or event)
        if handler is not None:
            handler(self, decoded, payload, out)
        else:
            self._other(decoded, payload, out)

    def _slot(self, event: Event, about: About | None = None) -> _Slot:
        """The slot of the item that the event is about, under its index, else under any id that names the item."""
        about = about or About()
        key = event.output_index if event.output_index is not None else event.item_id or about.id or about.call_id
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = _Slot(about.id or event.item_id)
            self._order.append(slot)
            if event.output_index is None:
                self._slots.update(dict.fromkeys((event.item_id, about.id, about.call_id), slot))
        return slot

    def _text(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        if event.delta:
            self._slot(event).parts.add(event.content_index or 0)
            self.attempt.end_open_blocks(out)
            out.append(self.attempt.say(event.delta))

    def _reasoning(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        if event.delta:
            slot, index = self._slot(event), event.content_index or 0
            slot.parts.add(index)
            out.append(self.attempt.think(event.delta, slot.id, index))

    def _summary(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        if event.delta:
            slot, index = self._slot(event), event.summary_index or 0
            slot.summaries.add(index)
            out.append(self.attempt.summarise(event.delta, index, slot.id))

    def _refuse(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        if event.delta:
            self._slot(event).parts.add(event.content_index or 0)
            self.attempt.started = True
            self._refusal.append(event.delta)
            out.append(StreamChunk("backend_status", status="refusal", detail=event.delta))

    def _arguments(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        if event.delta:
            self._call(self._slot(event), out).pieces.append(event.delta)

    def _text_done(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        self._unseen(event, decode_whole(payload).text, out, ResponsesDecoder._text)

    def _refusal_done(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        self._unseen(event, decode_whole(payload).refusal, out, ResponsesDecoder._refuse)

    def _reasoning_done(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        self._unseen(event, decode_whole(payload).text, out, ResponsesDecoder._reasoning)
        self.attempt.end_thought(out, self._slot(event).id, event.content_index or 0)

    def _summary_done(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        slot, index = self._slot(event), event.summary_index or 0
        if index not in slot.summaries:
            event.delta = decode_whole(payload).text
            self._summary(event, payload, out)
        self.attempt.end_summary(index, out, slot.id)

    def _arguments_done(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        self._settle_arguments(self._call(self._slot(event), out), decode_whole(payload).arguments)

    def _unseen(self, event: Event, text: str | None, out: list[StreamChunk], tell: _Handler) -> None:
        """Yield a part that ends without having had a delta."""
        if text and (event.content_index or 0) not in self._slot(event).parts:
            event.delta = text
            tell(self, event, b"", out)

    def _item_added(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        item = decode_item(payload).item
        if item is None:
            return
        about = msgspec.convert(item, About)
        slot = self._slot(event, about)
        if about.type == "function_call":
            self._name(self._call(slot, out), about, msgspec.convert(item, Call))
        elif about.type not in _OWN:
            self._tool(slot, about.type, about.call_id).begin(out)

    def _item_done(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        item = decode_item(payload).item
        if item is not None:
            self._take(event, item, out)

    def _take(self, event: Event, item: Item, out: list[StreamChunk]) -> None:
        """A whole item: keep it, and yield what of it was not streamed."""
        about = msgspec.convert(item, About)
        slot = self._slot(event, about)
        slot.item = item
        if about.type == "function_call":
            given, call = msgspec.convert(item, Call), self._call(slot, out)
            self._name(call, about, given)
            self._settle_arguments(call, given.arguments)
        elif about.type in ("message", "reasoning"):
            at = Event(output_index=event.output_index, item_id=event.item_id or slot.id)
            self._take_parts(at, slot, msgspec.convert(item, Said), out)
        elif about.type not in _OWN:
            self._tool(slot, about.type, about.call_id).end(item, self.attempt, out)

    @staticmethod
    def _tool(slot: _Slot, kind: str, call_id: str | None = None) -> HostedTool:
        if slot.tool is None:
            slot.tool = HostedTool(kind, call_id or slot.id)
        return slot.tool

    def _take_parts(self, at: Event, slot: _Slot, said: Said, out: list[StreamChunk]) -> None:
        for index, part in enumerate(said.content or ()):
            tell = _PARTS.get(part.type)
            if tell is not None:
                at.content_index = index
                self._unseen(at, part.text or part.refusal, out, tell)
                self.attempt.end_thought(out, slot.id, index)
        for index, part in enumerate(said.summary or ()):
            if index not in slot.summaries:
                at.summary_index, at.delta = index, part.text
                self._summary(at, b"", out)
            self.attempt.end_summary(index, out, slot.id)

    def _call(self, slot: _Slot, out: list[StreamChunk]) -> CallDraft:
        """The slot's tool call, opened at its first sight."""
        if slot.call is None:
            self.attempt.end_open_blocks(out)
            slot.call = self.attempt.open_call(None, "")
        return slot.call

    @staticmethod
    def _name(call: CallDraft, about: About, given: Call) -> None:
        call.name = given.name or call.name
        call.provider_id = about.call_id or about.id or call.provider_id

    @staticmethod
    def _settle_arguments(call: CallDraft, arguments: str | dict[str, Json] | None) -> None:
        """The whole arguments count where no deltas came, or where the deltas do not make an object."""
        if isinstance(arguments, dict):
            arguments = msgspec.json.encode(arguments).decode()
        if arguments and (not call.pieces or not call.is_whole()):
            call.pieces = [arguments]

    def _other(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        kind, step = of_event(event.type)
        if kind:
            self._tool(self._slot(event), kind).step(step, payload, self.attempt, out)
        elif not event.type:
            self._untyped(payload)

    def _error(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        self.fail_with(msgspec.json.decode(payload))

    def _terminal(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        response = decode_terminal(payload).response
        self._final = final = msgspec.convert(response, Response)
        self.attempt.response = response
        if final.usage is not None:
            self._count(final.usage)
        if event.type == "response.failed" or final.status in ("failed", "cancelled"):
            self.fail_with(final.error or {"code": final.status or "failed"})
            return
        self._complete(final.output or [], out)
        self._conclude(event, out)

    def _complete(self, output: list[Item], out: list[StreamChunk]) -> None:
        """What only the final response tells: everything where no item was streamed, and calls in any case."""
        streamed = bool(self._order)
        calls = {call.provider_id: call for call in self.attempt.calls}
        for index, item in enumerate(output):
            about = msgspec.convert(item, About)
            known = calls.get(about.call_id or about.id) if about.type == "function_call" else None
            if known is not None:
                self._settle_arguments(known, msgspec.convert(item, Call).arguments)
            elif not streamed or about.type == "function_call":
                self._take(Event(output_index=None if streamed else index), item, out)

    def _conclude(self, event: Event, out: list[StreamChunk]) -> None:
        for slot in self._order:
            if slot.tool is not None:
                slot.tool.conclude(out)
        for annotation in citations(self._items()) or self._cited:
            self.attempt.cite(annotation)
        if self._refusal:
            self.attempt.extras["refusal"] = "".join(self._refusal)
        if event.type != "response.incomplete" and self._final.status != "incomplete":
            self.finish(FinishStatus.REFUSAL if self._refusal else FinishStatus.STOP, out)
            return
        details = self._final.incomplete_details
        reason = (details and details.reason) or "incomplete"
        self.finish(INCOMPLETE.get(reason, FinishStatus.LENGTH), out, None if reason in INCOMPLETE else reason)

    @property
    def answering_model(self) -> str | None:
        return self._final.model

    def _count(self, usage: Counts) -> None:
        given = usage.input_tokens_details or InputDetails()
        made = usage.output_tokens_details or OutputDetails()
        ticks = usage.cost_in_usd_ticks
        self.attempt.usage = Usage(
            prompt=int(usage.input_tokens or 0),
            completion=int(usage.output_tokens or 0),
            cached=whole(given.cached_tokens),
            cache_creation=whole(given.cache_write_tokens),
            reasoning=whole(made.reasoning_tokens),
            cost=usage.cost if ticks is None else ticks / TICKS_PER_USD,
            service_tier=tier_of(self._final.service_tier),
        )

    def _items(self) -> list[Item]:
        """The output: as the final response has it, which some servers leave empty there."""
        return self._final.output or [slot.item for slot in self._order if slot.item is not None]

    def _annotation(self, event: Event, payload: bytes, out: list[StreamChunk]) -> None:
        """A citation of an item that may never come whole."""
        found = from_responses(decode_whole(payload).annotation, 0)
        if found is not None:
            self._cited.append(found)

    def _kept(self) -> dict[str, Json]:
        items = self._items()
        handed = list(self.attempt.calls)
        kept = [item for item in (_returnable(item, handed) for item in items) if item is not None]
        while kept and kept[-1].get("type") == "reasoning":
            kept.pop()  # the API refuses reasoning that nothing follows
        return {"openai_responses": {"model": self._final.model, "items": kept}}


def _returnable(item: Item, handed: list[CallDraft]) -> Item | None:
    """The item as it may go back; None for a call that was not handed over, to which no result will ever come."""
    if item.get("type") != "function_call":
        return item
    provider_id = item.get("call_id") or item.get("id")
    call = next((call for call in handed if call.provider_id == provider_id and call.name == item.get("name")), None)
    if call is None:
        return None
    handed.remove(call)
    text = {} if isinstance(item.get("arguments"), str) else {"arguments": call.arguments}  # the API takes no object
    return {**item, "call_id": call.id, **text}


_Handler = Callable[[ResponsesDecoder, Event, bytes, list[StreamChunk]], None]

_HANDLERS: dict[str, _Handler] = {
    "response.output_text.delta": ResponsesDecoder._text,
    "response.output_text.done": ResponsesDecoder._text_done,
    "response.output_text.annotation.added": ResponsesDecoder._annotation,
    "response.reasoning_text.delta": ResponsesDecoder._reasoning,
    "response.reasoning_text.done": ResponsesDecoder._reasoning_done,
    "response.reasoning_summary_text.delta": ResponsesDecoder._summary,
    "response.reasoning_summary_text.done": ResponsesDecoder._summary_done,
    "response.refusal.delta": ResponsesDecoder._refuse,
    "response.refusal.done": ResponsesDecoder._refusal_done,
    "response.function_call_arguments.delta": ResponsesDecoder._arguments,
    "response.function_call_arguments.done": ResponsesDecoder._arguments_done,
    "response.output_item.added": ResponsesDecoder._item_added,
    "response.output_item.done": ResponsesDecoder._item_done,
    "response.completed": ResponsesDecoder._terminal,
    "response.incomplete": ResponsesDecoder._terminal,
    "response.failed": ResponsesDecoder._terminal,
    "error": ResponsesDecoder._error,
}

_PARTS: dict[str, _Handler] = {
    "output_text": ResponsesDecoder._text,
    "refusal": ResponsesDecoder._refuse,
    "reasoning_text": ResponsesDecoder._reasoning,
}
