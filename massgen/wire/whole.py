"""Answers that are not streamed, read by the decoders of their wires: a whole body is a stream that comes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from massgen.backend.stream_chunk import ErrorKind, StreamChunk
from massgen.errors import WireError
from massgen.wire.anthropic_messages import MessagesDecoder
from massgen.wire.decoder import Decoder
from massgen.wire.gemini_generate import GeminiDecoder
from massgen.wire.ollama_chat import OllamaDecoder
from massgen.wire.openai_chat import ChatDecoder
from massgen.wire.openai_responses import ResponsesDecoder

Json = Any
Body = Mapping[str, Json]


def read_body(decoder: Decoder, body: Body) -> tuple[Decoder, list[StreamChunk]]:
    """The chunks of a whole body, and the decoder that has read it, whose outcome is as after a stream.

    It is `decoder`, or one of another wire where the body is plainly of that: some providers speak several.
    """
    kind = next((kind for key, kind in _KEYS.items() if isinstance(body.get(key), list | dict)), None)
    if kind is None and any(body.get(key) for key in _ERROR_KEYS):
        decoder.fail_with(dict(body))
        return decoder, []
    if kind is not None and not isinstance(decoder, kind):
        decoder = kind(decoder.provider)
    try:
        data = _bytes(decoder, body, known=kind is not None)
    except WireError as error:
        decoder.fail(ErrorKind.MALFORMED, f"the answer is not what the protocol says: {error}")
        return decoder, []
    return decoder, [*decoder.feed(data), *decoder.close()]


def _bytes(decoder: Decoder, body: Body, *, known: bool) -> bytes:
    if not known:
        raise WireError(f"it has none of {', '.join(_KEYS)}")
    if isinstance(decoder, OllamaDecoder):
        return msgspec.json.encode(body)  # its last line has the shape of a whole answer
    events = next(events for kind, events in _EVENTS.items() if isinstance(decoder, kind))
    return b"".join(map(frame, events(body)))


def frame(event: Json) -> bytes:
    """One server-sent event; text is its data as it is."""
    data = event.encode() if isinstance(event, str) else msgspec.json.encode(event)
    return b"data: " + data + b"\n\n"


def _chat(body: Body) -> Iterator[Json]:
    yield {**body, "choices": [{**choice, "delta": choice.get("message")} for choice in _objects(body, "choices")]}
    yield "[DONE]"


def _responses(body: Body) -> Iterator[Json]:
    yield {"type": f"response.{body.get('status') or 'completed'}", "response": body}


def _gemini(body: Body) -> Iterator[Json]:
    yield body


def _messages(body: Body) -> Iterator[Json]:
    yield from message_events(body)
    yield {"type": "message_delta", "delta": {"stop_reason": body.get("stop_reason")}}
    yield {"type": "message_stop"}


def _objects(body: Body, key: str) -> list[dict[str, Json]]:
    """A list of objects that a body has under `key`. Raises WireError for anything else."""
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise WireError(f"{key} is no list of objects")
    return found


def message_events(message: Body) -> Iterator[Json]:
    """The events of Anthropic's wire that make `message`, whose last blocks may still be open.

    `partial_json` on a block is input that is not whole yet. Raises WireError for content that is no list of blocks.
    """
    yield {"type": "message_start", "message": {**message, "content": []}}
    for index, given in enumerate(_objects(message, "content")):
        block = {key: value for key, value in given.items() if key != "partial_json"}
        yield {"type": "content_block_start", "index": index, "content_block": block}
        if partial := given.get("partial_json"):
            delta = {"type": "input_json_delta", "partial_json": partial}
            yield {"type": "content_block_delta", "index": index, "delta": delta}


_EVENTS: dict[type[Decoder], Callable[[Body], Iterator[Json]]] = {
    ChatDecoder: _chat,
    ResponsesDecoder: _responses,
    GeminiDecoder: _gemini,
    MessagesDecoder: _messages,
}

_KEYS: dict[str, type[Decoder]] = {
    "choices": ChatDecoder,
    "output": ResponsesDecoder,
    "candidates": GeminiDecoder,
    "promptFeedback": GeminiDecoder,
    "content": MessagesDecoder,
    "message": OllamaDecoder,
}
"""The key by which the body of a wire is known, with an object or a list under it."""

_ERROR_KEYS = ("error", "message", "detail")
