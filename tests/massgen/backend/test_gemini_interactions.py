"""Gemini through the Interactions API: where it is asked, what is kept, and how a conversation goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from massgen.backend.factory import create
from massgen.backend.gemini import GeminiBackend
from massgen.backend.gemini_interactions import GeminiInteractionsBackend
from massgen.backend.http import HTTPBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player

Json = Any
ASK = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "go"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


def made(**config: Any) -> Any:
    return create("gemini", api_key="a-key", **{"api": "interactions", **config})


def sent_by(backend: HTTPBackend, messages: Json = ASK, tools: Json = (), **params: Any) -> Json:
    return json.loads(asyncio.run(backend.prepare(messages, list(tools), params)).request.body)


def test_the_option_api_chooses_the_wire() -> None:
    assert type(made()) is GeminiInteractionsBackend
    assert type(made(api=None)) is type(made(api="generate")) is GeminiBackend
    assert made().endpoint("m") == "https://generativelanguage.googleapis.com/v1beta/interactions"
    assert made(base_url="http://127.0.0.1/v1").endpoint("m") == "http://127.0.0.1/v1/interactions"
    with pytest.raises(ConfigurationError, match="api names the wire to speak"):
        made(api="live")


def test_on_vertex_it_is_asked_in_the_project() -> None:
    backend = made(vertexai=True, project="p", location="eu", access_token="t")
    address = "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu/interactions"
    assert backend.endpoint("m") == address


def test_nothing_is_stored_unless_it_is_asked_for() -> None:
    assert sent_by(made()) == {
        "model": "gemini-3.8-flash",
        "stream": True,
        "system_instruction": "be brief",
        "input": [{"type": "user_input", "content": [{"type": "text", "text": "go"}]}],
        "store": False,
    }
    assert sent_by(made(store=True))["store"] is True
    result = {"role": "tool", "tool_call_id": "fc", "content": "sunny", "name": "f"}
    for option in ("previous_interaction_id", "previous_response_id"):
        body = sent_by(made(), [result], **{option: "v1"})
        assert (body["previous_interaction_id"], "store" in body) == ("v1", False)
        assert body["input"] == [{"type": "function_result", "call_id": "fc", "result": "sunny", "name": "f"}]


def test_a_call_is_demanded_only_where_there_are_tools() -> None:
    choice = {"generation_config": {"tool_choice": "any"}}
    assert sent_by(made(tool_choice="required"), tools=[TOOL])["generation_config"] == choice["generation_config"]
    assert "generation_config" not in sent_by(made(tool_choice="auto"))
    with pytest.raises(ConfigurationError, match="tool_choice: it demands a tool call"):
        sent_by(made(tool_choice="required"))


def events(*values: Json) -> Reply:
    frames = [f"event: {value['event_type']}\ndata: {json.dumps(value)}\n\n" for value in values]
    return Reply(tuple(frame.encode() for frame in [*frames, "event: done\ndata: [DONE]\n\n"]))


def delta(index: int, kind: str, **fields: Json) -> Json:
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **fields}}


def begun(index: int, kind: str, **step: Json) -> Json:
    return {"event_type": "step.start", "index": index, "step": {"type": kind, **step}}


def completed(status: str) -> Json:
    counts = {"total_input_tokens": 5, "total_output_tokens": 3, "total_thought_tokens": 2}
    about = {"id": "v1", "model": "gemini-3.8-flash", "status": status, "usage": counts}
    return {"event_type": "interaction.completed", "interaction": about}


CALLS = events(
    *[begun(0, "thought"), delta(0, "thought_signature", signature="c2ln")],
    *[begun(1, "function_call", id="fc", name="f", arguments={}), delta(1, "arguments_delta", arguments='{"x": 1}')],
    completed("requires_action"),
)
SAYS = events(begun(0, "model_output"), delta(0, "text", text="sunny"), completed("completed"))


async def asked(backend: HTTPBackend, messages: Json) -> list[StreamChunk]:
    return [chunk async for chunk in backend.stream_with_tools(messages, [TOOL])]


async def test_a_conversation_goes_on_with_the_steps_as_they_came(player: Player) -> None:
    with player.exchange(Plan((CALLS, SAYS))) as exchange:
        async with made(base_url=exchange.base_url) as backend:
            first = await asked(backend, ASK)
            (turn,) = [chunk.complete_message for chunk in first if chunk.complete_message]
            result = backend.create_tool_result_message(turn["tool_calls"][0], "warm")
            second = await asked(backend, [*ASK, turn, result])
            assert (backend.token_usage.input_tokens, backend.token_usage.output_tokens) == (10, 10)
    assert (first[-1].status, second[-1].status) == ("tool_calls", "stop")
    assert [chunk.content for chunk in second if chunk.type == "content"] == ["sunny"]
    sent = exchange.log.requests[1]
    assert sent.json()["input"][1:] == [
        {"type": "thought", "signature": "c2ln"},
        {"type": "function_call", "id": "fc", "name": "f", "arguments": {"x": 1}},
        {"type": "function_result", "call_id": "fc", "result": "warm", "name": "f"},
    ]
    assert (sent.header("x-goog-api-key"), sent.header("api-revision")) == ("a-key", "2026-05-20")


@pytest.mark.parametrize("kept", [{"previous_interaction_id": "v1"}, {"previous_response_id": "v1"}])
async def test_a_conversation_that_google_holds_is_not_made_shorter_here(player: Player, kept: Json) -> None:
    said = "The input token count (9) exceeds the maximum number of tokens allowed (5)."
    body = json.dumps({"error": {"code": "invalid_request", "message": said}}).encode()
    refused = Reply((body,), status=400, headers=(("content-type", "application/json"),), sized=True)
    turns = [{"role": role, "content": "word " * 500} for role in ("user", "assistant") * 4]
    with player.exchange(Plan((refused, SAYS))) as exchange:
        async with made(base_url=exchange.base_url, **kept) as backend:
            chunks = await asked(backend, [*turns, ASK[1]])
    assert len(exchange.log.requests) == 1
    assert [chunk.type for chunk in chunks] == ["error", "done"]


async def test_a_refusal_with_a_word_for_its_code_is_classified(player: Player) -> None:
    body = b'{"error": {"code": "model_not_found", "message": "no such model"}}'
    refused = Reply((body,), status=404, headers=(("content-type", "application/json"),), sized=True)
    with player.exchange(Plan((refused,))) as exchange:
        async with made(base_url=exchange.base_url) as backend:
            chunks = await asked(backend, ASK)
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    assert chunks[0].error_info is not None
    assert (chunks[0].error_info.kind, chunks[0].error_info.code) == ("not_found", "model_not_found")
