"""Event streams shaped like the recorded ones: `body(wire, n)` gives n text deltas in their wire's envelope."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache

_WORDS = ("a", "stream", "of", "tokens", "arrives", "word", "by", "word", "and", "is", "counted", "é", "東京", "→")


def deltas(count: int) -> list[str]:
    """Four-word pieces of text, always the same ones."""
    choose = random.Random(20).choice
    return [" " + " ".join(choose(_WORDS) for _ in range(4)) for _ in range(count)]


def _frame(data: object, event: str = "", end: str = "\n") -> bytes:
    named = f"event: {event}{end}" if event else ""
    return f"{named}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}{end}{end}".encode()


def _openai_chat(count: int) -> list[bytes]:
    base = {
        "id": "chatcmpl-Cq8bench0000000000000000",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "gpt-5.4",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }

    def chunk(delta: dict[str, object], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _frame({**base, "choices": [choice], "usage": None, "obfuscation": "k3Jd9xQ2"})

    usage = {"prompt_tokens": 20, "completion_tokens": 4 * count, "total_tokens": 20 + 4 * count}
    return [
        chunk({"role": "assistant", "content": "", "refusal": None}),
        *(chunk({"content": text}) for text in deltas(count)),
        chunk({}, "stop"),
        _frame({**base, "choices": [], "usage": usage}),
        b"data: [DONE]\n\n",
    ]


def _openai_responses(count: int) -> list[bytes]:
    numbers = iter(range(count + 100))
    text, item_id = deltas(count), "msg_0bench00000000000000000000000000"

    def event(kind: str, **fields: object) -> bytes:
        return _frame({"type": kind, "sequence_number": next(numbers), **fields}, kind)

    place = {"item_id": item_id, "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": "".join(text)}
    item = {"id": item_id, "type": "message", "status": "completed", "content": [part], "role": "assistant"}
    response: dict[str, object] = {
        "id": "resp_0bench0000000000000000000000000",
        "object": "response",
        "created_at": 1790000000,
        "status": "in_progress",
        "model": "gpt-5.4",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 4 * count,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 20 + 4 * count,
    }
    return [
        event("response.created", response=response),
        event("response.output_item.added", output_index=0, item={**item, "status": "in_progress", "content": []}),
        event("response.content_part.added", **place, part={**part, "text": ""}),
        *(event("response.output_text.delta", **place, delta=t, logprobs=[], obfuscation="k3Jd9xQ2") for t in text),
        event("response.output_text.done", **place, text="".join(text), logprobs=[]),
        event("response.output_item.done", output_index=0, item=item),
        event("response.completed", response={**response, "status": "completed", "output": [item], "usage": usage}),
    ]


def _anthropic_messages(count: int) -> list[bytes]:
    def event(kind: str, **fields: object) -> bytes:
        return _frame({"type": kind, **fields}, kind)

    message = {
        "id": "msg_01bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 20, "output_tokens": 1},
    }
    text = (
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece}) for piece in deltas(count)
    )
    return [
        event("message_start", message=message),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *text,
        event("content_block_stop", index=0),
        event(
            "message_delta",
            delta={"stop_reason": "end_turn", "stop_sequence": None},
            usage={"output_tokens": 4 * count},
        ),
        event("message_stop"),
    ]


def _gemini_generate(count: int) -> list[bytes]:
    def chunk(number: int, text: str) -> bytes:
        candidate: dict[str, object] = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
        if number == count:
            candidate["finishReason"] = "STOP"
        usage = {"promptTokenCount": 20, "candidatesTokenCount": 4 * number, "totalTokenCount": 20 + 4 * number}
        body = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3.8-flash"}
        return _frame({**body, "responseId": "bench0000000000000000"}, end="\r\n")

    return [chunk(number, text) for number, text in enumerate(deltas(count), start=1)]


def _ollama_chat(count: int) -> list[bytes]:
    def line(text: str, **last: object) -> bytes:
        message = {"role": "assistant", "content": text}
        said = {"model": "m", "created_at": "2026-08-05T08:10:56.372032Z", "message": message, "done": bool(last)}
        return json.dumps({**said, **last}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    counts = {"prompt_eval_count": 20, "prompt_eval_duration": 1, "eval_count": 4 * count, "eval_duration": 1}
    end = line("", done_reason="stop", total_duration=1, load_duration=1, **counts)
    return [*(line(text) for text in deltas(count)), end]


WIRES: dict[str, Callable[[int], list[bytes]]] = {
    "openai_chat": _openai_chat,
    "openai_responses": _openai_responses,
    "anthropic_messages": _anthropic_messages,
    "gemini_generate": _gemini_generate,
    "ollama_chat": _ollama_chat,
}


@cache
def body(wire: str, count: int) -> tuple[bytes, ...]:
    return tuple(WIRES[wire](count))


def text_length(count: int) -> int:
    """Characters that a client must have seen after `count` deltas: every run is checked against it."""
    return sum(map(len, deltas(count)))
