"""Bodies against the request types of the vendors' own SDKs: nothing that they do not know, nothing of another type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.massgen.formatter.histories import Conversation, conversations

from .bodies import MODELS, TOOL, as_vendor, body_of

Json = Any
IMAGE = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
PDF = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="}}
CALLS = [
    {"id": f"toolu_{n}", "type": "function", "function": {"name": "f", "arguments": f'{{"x": {n}}}'}} for n in range(2)
]
HISTORY = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": ["see", IMAGE, PDF]},
    {"role": "assistant", "content": "I look", "tool_calls": CALLS, "refusal": None},
    {"role": "tool", "tool_call_id": "toolu_1", "content": "boom", "is_error": True},
    {"role": "tool", "tool_call_id": "toolu_0", "content": ["see", IMAGE]},
    {"role": "developer", "content": "be brief"},
    {"role": "assistant", "content": "done"},
    {"role": "user", "content": "thanks"},
]
PARAMS = {
    "chat": {"stop": ["x"], "seed": 1, "logit_bias": {}, "user": "u", "reasoning_effort": "low"},
    "responses": {"reasoning_effort": "low", "verbosity": "low", "metadata": {"k": "v"}, "enable_web_search": True},
    "anthropic": {"stop": "x", "user": "u", "reasoning_effort": "low", "parallel_tool_calls": False},
    "gemini": {"stop": "x", "seed": 1, "reasoning_effort": "low", "enable_web_search": True},
    "interactions": {"stop": "x", "seed": 1, "reasoning_effort": "low", "enable_web_search": True},
    "ollama": {"stop": "x", "reasoning_effort": "low", "num_ctx": 9, "keep_alive": "5m", "tool_choice": "auto"},
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True}}


def _without(part: Json) -> list[Json]:
    history: list[Json] = json.loads(json.dumps(HISTORY))
    history[1]["content"].remove(part)
    return history


@pytest.mark.parametrize("wire", MODELS)
async def test_a_body_with_everything_in_it_is_what_the_vendor_declares(wire: str) -> None:
    common = {"max_tokens": 5, "tool_choice": "required", "response_format": FORMAT}
    if wire != "anthropic":  # whose SDK knows the current version of the API only
        common["temperature"] = 0.5
    history = HISTORY if wire != "ollama" else _without(PDF)
    body = await body_of(wire, common | PARAMS[wire], messages=history, tools=[TOOL])
    assert json.loads(json.dumps(as_vendor(wire, body))) == body


@pytest.mark.parametrize("wire", MODELS)
@settings(max_examples=25)
@given(conversations())
async def test_any_conversation_is_what_the_vendor_declares(wire: str, conversation: Conversation) -> None:
    body = await body_of(wire, messages=conversation.messages)
    assert as_vendor(wire, body) == body


KEPT = {
    "anthropic": {
        "anthropic": {
            "model": MODELS["anthropic"],
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "tool_use", "id": "toolu_0", "name": "f", "input": {"x": 0}},
                {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
            ],
        }
    },
    "responses": {
        "openai_responses": {
            "model": MODELS["responses"],
            "items": [
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
                *(
                    {
                        "type": "function_call",
                        "id": f"fc_{n}",
                        "call_id": f"toolu_{n}",
                        "name": "f",
                        "arguments": f'{{"x": {n}}}',
                    }
                    for n in range(2)
                ),
            ],
        }
    },
    "gemini": {
        "gemini": {
            "model": MODELS["gemini"],
            "parts": [
                {"text": "hm", "thought": True},
                {"functionCall": {"id": "toolu_0", "name": "f", "args": {"x": 0}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "toolu_1", "name": "f", "args": {"x": 1}}},
            ],
        }
    },
}


@pytest.mark.parametrize("wire", KEPT)
async def test_what_is_echoed_is_what_the_vendor_declares(wire: str) -> None:
    turn = {"role": "assistant", "content": None, "tool_calls": CALLS, **KEPT[wire]}
    body = await body_of(wire, messages=[HISTORY[1], turn, *HISTORY[3:5]], tools=[TOOL])
    assert as_vendor(wire, body) == body
    kept = next(iter(KEPT[wire].values()))
    blocks = next(value for key, value in kept.items() if key != "model")
    assert json.dumps(blocks)[1:-1] in json.dumps(body)
