"""Bodies written as Python values, and what a decoder makes of them."""

from __future__ import annotations

import json
from typing import Any

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.decoder import Decoder

Json = Any


def events(*values: Json, named: bool = False) -> bytes:
    """Values as server-sent events; strings are data as they are. `named` adds the `event:` line from `type`."""
    frames = []
    for value in values:
        name = f"event: {value['type']}\n" if named and isinstance(value, dict) else ""
        data = value if isinstance(value, str) else json.dumps(value)
        frames.append(f"{name}data: {data}\n\n")
    return "".join(frames).encode()


def decode(decoder: Decoder, body: bytes) -> list[StreamChunk]:
    return [*decoder.feed(body), *decoder.close()]


def shown(chunks: list[StreamChunk]) -> list[tuple[str, str | None]]:
    """Type and text of each chunk; what ends an attempt is left out."""
    return [
        (str(chunk.type), chunk.content or chunk.reasoning_delta or chunk.reasoning_text or _summary(chunk))
        for chunk in chunks
        if chunk.type not in ("tool_calls", "complete_message", "complete_response", "backend_status")
    ]


def statuses(chunks: list[StreamChunk]) -> list[tuple[str | None, str | None]]:
    return [(chunk.status, chunk.detail) for chunk in chunks if chunk.type == "backend_status"]


def calls(chunks: list[StreamChunk]) -> list[tuple[str, str, str]]:
    """`(id, name, arguments)` of the calls that were handed over."""
    handed = [call for chunk in chunks for call in chunk.tool_calls or ()]
    return [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in handed]


def message(chunks: list[StreamChunk]) -> dict[str, Json]:
    (whole,) = [chunk.complete_message for chunk in chunks if chunk.complete_message is not None]
    return whole


def text(chunks: list[StreamChunk]) -> str:
    return "".join(chunk.content or "" for chunk in chunks if chunk.type == "content")


def ending(decoder: Decoder) -> str:
    """The status of a finished stream, or the kind of its failure."""
    return f"failed: {decoder.failure.info.kind}" if decoder.failure else decoder.status


def _summary(chunk: StreamChunk) -> str | None:
    return chunk.reasoning_summary_delta or chunk.reasoning_summary_text
