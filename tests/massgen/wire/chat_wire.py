"""Chat-Completions chunks, written short."""

from __future__ import annotations

from typing import Any

from massgen.backend.call_ids import CallIds
from massgen.backend.chat_dialect import ChatDialect
from massgen.wire.openai_chat import ChatDecoder

from .wires import Json, decode, events

DONE = "[DONE]"


def delta(finish_reason: str | None = None, **fields: Json) -> Json:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}]}


def finish(reason: str = "stop", **beside: Json) -> Json:
    return {**delta(reason), **beside}


def tool(index: float | None = None, call_id: str | None = None, name: str | None = None, text: Json = None) -> Json:
    """One fragment of a tool call; what is None is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", text)) if value is not None}
    fragment = {"index": index, "id": call_id, "function": function}
    return {key: value for key, value in fragment.items() if value is not None}


def run(*values: Json, dialect: ChatDialect | None = None) -> tuple[ChatDecoder, list[Any]]:
    decoder = ChatDecoder("p", CallIds(b"seed"), dialect)
    return decoder, decode(decoder, events(*values))
