"""Events of the Responses wire, as far as they are read. Source: openai-python's `types/responses/`."""

from __future__ import annotations

from typing import Any

import msgspec

from massgen.wire.numbers import Number

Json = Any
Item = dict[str, Json]
"""An output item as the provider wrote it: it goes back so."""


class Event(msgspec.Struct):
    """What all events share, and all that a delta has."""

    type: str = ""
    delta: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    item_id: str | None = None


class Whole(msgspec.Struct):
    """What an event carries beside a delta: the text that one of the form `*.done` repeats, a citation."""

    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    annotation: Json = None


class ItemEvent(msgspec.Struct):
    """An item that begins or ends."""

    item: Item | None = None


class About(msgspec.Struct):
    """What any item says of itself."""

    type: str = ""
    id: str | None = None
    call_id: str | None = None


class Call(msgspec.Struct):
    """What a function call says beside its ids."""

    name: str | None = None
    arguments: str | dict[str, Json] | None = None


class Part(msgspec.Struct):
    """One part of a message, of reasoning or of its summary."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None


class Said(msgspec.Struct):
    """What a message or an item of reasoning holds."""

    content: list[Part] | None = None
    summary: list[Part] | None = None


class InputDetails(msgspec.Struct):
    """Parts of the input tokens."""

    cached_tokens: Number = None
    cache_write_tokens: Number = None


class OutputDetails(msgspec.Struct):
    """Parts of the output tokens."""

    reasoning_tokens: Number = None


class Counts(msgspec.Struct):
    """`usage` of the final response: cached is part of input, reasoning of output."""

    input_tokens: Number = None
    output_tokens: Number = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None
    cost: Number = None  # OpenRouter, USD
    cost_in_usd_ticks: Number = None  # xAI


class Incomplete(msgspec.Struct):
    """Why a response stops short."""

    reason: str | None = None


class Response(msgspec.Struct):
    """What is read of the final response."""

    model: str | None = None
    status: str | None = None
    output: list[Item] | None = None
    usage: Counts | None = None
    service_tier: str | None = None
    error: Json = None
    incomplete_details: Incomplete | None = None


class Terminal(msgspec.Struct):
    """The event that ends the stream, with the response as the provider wrote it."""

    response: Item


decode_event = msgspec.json.Decoder(Event).decode
decode_whole = msgspec.json.Decoder(Whole).decode
decode_item = msgspec.json.Decoder(ItemEvent).decode
decode_terminal = msgspec.json.Decoder(Terminal).decode
