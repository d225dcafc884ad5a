"""Responses events, written short."""

from __future__ import annotations

from typing import Any

from massgen.backend.call_ids import CallIds
from massgen.wire.openai_responses import ResponsesDecoder

from .wires import Json, decode, events


def event(kind: str, **fields: Json) -> Json:
    return {"type": f"response.{kind}", "sequence_number": 0, **fields}


def completed(kind: str = "completed", **response: Json) -> Json:
    return event(kind, response={"id": "resp", "model": "m", "status": kind, "output": [], "usage": None, **response})


def said(delta: str, output_index: int = 0, content_index: int = 0, **fields: Json) -> Json:
    at = {"output_index": output_index, "content_index": content_index}
    return event("output_text.delta", delta=delta, **at, **fields)


def thought(delta: str, output_index: int = 0, content_index: int = 0) -> Json:
    return event("reasoning_text.delta", delta=delta, output_index=output_index, content_index=content_index)


def summary(delta: str, output_index: int = 0, summary_index: int = 0) -> Json:
    return event("reasoning_summary_text.delta", delta=delta, output_index=output_index, summary_index=summary_index)


def added(item: Json, output_index: int | None = 0) -> Json:
    return event("output_item.added", item=item, **({} if output_index is None else {"output_index": output_index}))


def done(item: Json, output_index: int | None = 0) -> Json:
    return {**added(item, output_index), "type": "response.output_item.done"}


def prose(*texts: str, item_id: str = "msg") -> Json:
    return {"type": "message", "id": item_id, "content": [{"type": "output_text", "text": text} for text in texts]}


def call(name: str = "f", arguments: str = "{}", call_id: str = "call", item_id: str = "fc") -> Json:
    return {"type": "function_call", "id": item_id, "call_id": call_id, "name": name, "arguments": arguments}


def written(delta: str, output_index: int = 0) -> Json:
    return event("function_call_arguments.delta", delta=delta, output_index=output_index)


def run(*values: Json, named: bool = True, ids: CallIds | None = None) -> tuple[ResponsesDecoder, list[Any]]:
    decoder = ResponsesDecoder("p", ids)
    return decoder, decode(decoder, events(*values, named=named))


REASONING = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "gAAA=="}
