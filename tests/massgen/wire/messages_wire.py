"""Messages events, written short."""

from __future__ import annotations

from typing import Any

from massgen.backend.call_ids import CallIds
from massgen.wire.anthropic_messages import MessagesDecoder

from .wires import Json, decode, events, message

START_USAGE = {"input_tokens": 20, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 1}


def start(usage: Json = START_USAGE) -> Json:
    whole = {"id": "msg", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    return {"type": "message_start", "message": {**whole, "usage": usage}}


def opened(block: Json, index: int = 0) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind: str, index: int = 0, **fields: Json) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": f"{kind}_delta", **fields}}


def closed(index: int = 0) -> Json:
    return {"type": "content_block_stop", "index": index}


def stopped(reason: str | None, usage: Json = None, **beside: Json) -> Json:
    counts = {"output_tokens": 9} if usage is None else usage
    return {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None, **beside}, "usage": counts}


STOP = {"type": "message_stop"}


TEXT = {"type": "text", "text": ""}


THINKING = {"type": "thinking", "thinking": "", "signature": ""}


def tool(call_id: str = "toolu_1", name: str = "f", **beside: Json) -> Json:
    return {"type": "tool_use", "id": call_id, "name": name, "input": {}, **beside}


def prose(*deltas: str, index: int = 0) -> list[Json]:
    return [opened(TEXT, index), *(delta("text", index, text=text) for text in deltas), closed(index)]


def called(*pieces: str, index: int = 0, block: Json = None) -> list[Json]:
    pieces_of = [delta("input_json", index, partial_json=piece) for piece in pieces]
    return [opened(block or tool(), index), *pieces_of, closed(index)]


def run(*values: Json, named: bool = True, ids: CallIds | None = None) -> tuple[MessagesDecoder, list[Any]]:
    decoder = MessagesDecoder("p", ids)
    return decoder, decode(decoder, events(*values, named=named))


def answer(*values: Json, reason: str = "end_turn", ids: CallIds | None = None) -> tuple[MessagesDecoder, list[Any]]:
    return run(start(), *values, stopped(reason), STOP, ids=ids)


def kept(chunks: list[Any]) -> list[Json]:
    held = message(chunks)["anthropic"]
    assert held["model"] == "m"
    content: list[Json] = held["content"]
    return content
