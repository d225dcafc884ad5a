"""What a provider says of the time that it took is not lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen.wire.openai_chat import ChatDecoder
from massgen.wire.timings import timings_of

SPENT = {"queue_time": 0.2, "total_time": 0.026}

CHUNKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Groq": ({"x_groq": {"usage": {"prompt_tokens": 1, **SPENT}}}, SPENT),
    "Groq, with the counts": ({"usage": {"prompt_tokens": 1, **SPENT}}, SPENT),
    "Cerebras": ({"usage": {}, "time_info": {**SPENT, "created": 1777000000.5}}, {**SPENT, "created": 1777000000.5}),
    "Azure": ({"usage": {"latency_checkpoint": {"total_duration_ms": 100}}}, {"total_duration_ms": 100}),
    "LM Studio v0": ({"usage": {}, "stats": {"generation_time": 0.954}}, {"generation_time": 0.954}),
    "nobody": ({"usage": {"prompt_tokens": 1, "queue_time": None}, "x_groq": None, "time_info": []}, {}),
}


@pytest.mark.parametrize(("chunk", "told"), CHUNKS.values(), ids=CHUNKS)
def test_the_providers_times_are_read_under_its_own_names(chunk: Any, told: dict[str, Any]) -> None:
    assert timings_of(json.dumps(chunk).encode()) == told


def test_they_are_in_the_message() -> None:
    events = [
        {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, **SPENT}},
    ]
    decoder = ChatDecoder("Groq")
    body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events) + b"data: [DONE]\n\n"
    (message,) = [chunk.complete_message for chunk in decoder.feed(body) if chunk.type == "complete_message"]
    assert message is not None
    assert message["timings"] == SPENT
