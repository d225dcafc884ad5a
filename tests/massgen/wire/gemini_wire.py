"""generateContent responses, written short, as events and as an array."""

from __future__ import annotations

import json
from typing import Any

from massgen.backend.call_ids import CallIds
from massgen.wire.gemini_generate import GeminiDecoder

from .wires import Json, decode, message


def parts(*given_parts: Json, reason: Json = None, **beside: Json) -> Json:
    """One response of the stream."""
    candidate: Json = {"content": {"role": "model", "parts": list(given_parts)}, "index": 0}
    if reason is not None:
        candidate["finishReason"] = reason
    return {"candidates": [candidate], "modelVersion": "m", **beside}


def say(said: str, **beside: Json) -> Json:
    return {"text": said, **beside}


def function(name: str | None = "f", args: Json = None, part: Json = None, **beside: Json) -> Json:
    given = {"name": name, "args": args, **beside}
    return {"functionCall": {key: value for key, value in given.items() if value is not None}, **(part or {})}


STOP = parts(reason="STOP")


def sse(*values: Json) -> bytes:
    return b"".join(f"data: {json.dumps(value)}\r\n\r\n".encode() for value in values)


def array(*values: Json) -> bytes:
    """As the server without `alt=sse` writes it: pretty-printed, one element after another."""
    return ("[" + "\n,\n".join(json.dumps(value, indent=2) for value in values) + "\n]\n").encode()


BODIES = {"events": sse, "array": array}


def run(*values: Json, body: Any = sse, ids: CallIds | None = None) -> tuple[GeminiDecoder, list[Any]]:
    decoder = GeminiDecoder("p", ids)
    return decoder, decode(decoder, body(*values))


def kept(chunks: list[Any]) -> list[Json]:
    held = message(chunks)["gemini"]
    assert held["model"] == "m"
    back: list[Json] = held["parts"]
    return back
