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

_ANSWERS = frozenset({"choices", "content", "output", "candidates", "promptFeedback", "message"})


def read_body(decoder: Decoder, body: Body) -> list[StreamChunk]:
    """The chunks of a whole body; the outcome is the decoder's, as after a stream."""
    if body.get("error") and _ANSWERS.isdisjoint(body):
        decoder.fail_with(dict(body))
        return []
    try:
        data = _bytes(decoder, body)
    except WireError as error:
        decoder.fail(ErrorKind.MALFORMED, f"the answer is not what the protocol says: {error}")
        return []
    return [*decoder.feed(data), *decoder.close()]


def _bytes(decoder: Decoder, body: Body) -> bytes:
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
    if body.get("type") == "error":
        yield body
        return
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
