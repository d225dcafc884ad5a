"""Servers of one's own on the Chat wire, and NVIDIA NIM: what is particular to each, from a loopback server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.inference import InferenceBackend, SGLangBackend, VLLMBackend
from massgen.backend.lmstudio import LMStudioBackend, LMStudioResponsesBackend
from massgen.backend.nvidia_nim import NvidiaNIMBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.backend.uitars import UITARSBackend
from massgen.cli import create_backend
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player

Json = Any
USER = {"role": "user", "content": "go"}
OWN = [VLLMBackend, SGLangBackend, InferenceBackend, LMStudioBackend, UITARSBackend, NvidiaNIMBackend]
servers = pytest.mark.parametrize("cls", OWN, ids=lambda cls: cls.backend_type)


def tool(name: str) -> Json:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}


def delta(reason: str | None = None, usage: Json = None, **fields: Json) -> Json:
    chunk: Json = {"choices": [{"index": 0, "delta": fields, "finish_reason": reason}]}
    return {**chunk, **({} if usage is None else {"usage": usage})}


def events(*values: Json, done: bool = True) -> Reply:
    frames = [v if isinstance(v, bytes) else b"data: " + json.dumps(v).encode() + b"\n\n" for v in values]
    return Reply((*frames, *([b"data: [DONE]\n\n"] if done else [])))


def answer(status: int, body: Json, *headers: tuple[str, str]) -> Reply:
    kind = ("content-type", "application/json")
    return Reply((json.dumps(body).encode(),), status, (kind, *headers), sized=True)


async def ask(
    player: Player,
    reply: Reply,
    cls: type[ChatCompletionsBackend],
    *,
    messages: list[Json] | None = None,
    tools: tuple[Json, ...] = (),
    **config: Json,
) -> tuple[list[StreamChunk], Json]:
    """The chunks, and the body that was sent."""
    with player.exchange(Plan((reply,))) as exchange:
        async with cls(base_url=exchange.base_url + "/v1", model="m", max_retries=0, **config) as backend:
            chunks = [chunk async for chunk in backend.stream_with_tools(messages or [USER], list(tools))]
        (request,) = exchange.log.requests
    assert request.target == "/v1/chat/completions"
    return chunks, request.json()


def kind_of(chunks: list[StreamChunk]) -> str:
    info = chunks[-2].error_info
    assert info is not None
    assert (chunks[-2].type, chunks[-1].status) == ("error", "error")
    return info.kind


@servers
async def test_the_servers_own_parameters_go_out_as_they_are(player: Player, cls: type[ChatCompletionsBackend]) -> None:
    own = {
        "chat_template_kwargs": {"enable_thinking": False},
        "top_k": 20,
        "repetition_penalty": 1.05,
        "separate_reasoning": True,
    }
    messages = [{"role": "developer", "content": "be brief"}, USER]
    _, sent = await ask(player, events(delta("stop")), cls, messages=messages, max_tokens=5, **own)
    assert {name: sent[name] for name in own} == own
    assert sent["max_tokens"] == 5
    assert sent["messages"][0]["role"] == "system"


HISTORY = [("reasoning_content",), ("reasoning",), ("reasoning_content", "reasoning")]


@pytest.mark.parametrize("names", HISTORY, ids="+".join)
async def test_reasoning_is_read_once_under_either_name_and_goes_back_under_it(
    player: Player, names: tuple[str, ...]
) -> None:
    """vLLM up to 0.10, from 0.12 on, and 0.11, which sent both."""
    thoughts = [dict.fromkeys(names, piece) for piece in ("Hm", "m.")]
    stream = events(*(delta(**thought) for thought in thoughts), delta(content="Hi"), delta("stop"))
    chunks, _ = await ask(player, stream, VLLMBackend)
    (message,) = [chunk.complete_message for chunk in chunks if chunk.complete_message]
    assert [chunk.reasoning_text for chunk in chunks if chunk.reasoning_text] == ["Hmm."]
    _, sent = await ask(player, events(delta("stop")), VLLMBackend, messages=[USER, message, USER])
    assert [value for name, value in sent["messages"][1].items() if name.startswith("reasoning")] == ["Hmm."]


async def test_counts_on_every_chunk_are_one_count(player: Player) -> None:
    """`continuous_usage_stats` of vLLM and SGLang, and NIM unasked."""
    counts = [{"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n} for n in (1, 2, 3)]
    stream = events(
        delta(content="a", usage=counts[0]), delta(content="b", usage=counts[1]), delta("stop", usage=counts[2])
    )
    for cls in (VLLMBackend, NvidiaNIMBackend):
        chunks, _ = await ask(player, stream, cls)
        assert chunks[-1].usage == {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


async def test_a_call_that_was_demanded_ends_with_stop_and_is_a_call(player: Player) -> None:
    call = {"index": 0, "id": "chatcmpl-tool-1", "function": {"name": "f", "arguments": "{}"}}
    choice = {"type": "function", "function": {"name": "f"}}
    stream = events(delta(tool_calls=[call]), delta("stop"))
    chunks, sent = await ask(player, stream, VLLMBackend, tools=(tool("f"),), tool_choice=choice)
    assert sent["tool_choice"] == choice
    assert chunks[-1].status == "tool_calls"


STREAMED = [
    ({"error": {"message": "CUDA error", "type": "InternalServerError", "param": None, "code": 500}}, "server"),
    ({"error": {"message": "no", "type": "BadRequestError", "param": None, "code": 400}}, "bad_request"),
    ({"object": "error", "message": "out of memory", "type": "x", "param": None, "code": 500}, "server"),
    ({"detail": "Service unavailable", "status": 503, "title": "Unavailable"}, "overloaded"),
    (b'event: error\ndata: {"error": {"message": "the model crashed"}}\n\n', "server"),
    (b'event: error\ndata: {"error": "the model crashed"}\n\n', "server"),
    (delta("abort"), "server"),
]


@pytest.mark.parametrize(("failure", "kind"), STREAMED)
async def test_a_failure_inside_the_stream_is_one_though_done_follows(player: Player, failure: Json, kind: str) -> None:
    for cls in (VLLMBackend, LMStudioBackend, NvidiaNIMBackend):
        chunks, _ = await ask(player, events(delta(content="half"), failure), cls)
        assert kind_of(chunks) == kind
        assert not any(chunk.complete_message for chunk in chunks)


REFUSED = [
    (400, {"error": {"message": "no", "type": "BadRequestError", "param": None, "code": 400}}, "bad_request"),
    (401, {"error": "Unauthorized"}, "auth"),
    (429, {"error": {"message": "too many", "type": "api_error", "param": None, "code": None}}, "rate_limit"),
    (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}, "not_found"),
    (404, {"status": 404, "title": "Not Found", "detail": "Function 'x': Not found for account"}, "not_found"),
    (422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}, "bad_request"),
    (402, {"detail": "Cloud credits expired"}, "quota"),
    (400, {"object": "error", "message": "The input (9 tokens) is longer than the model's context length (5 tokens)."},
     "context_length"),
    (400, {"error": {"message": "This model's maximum context length is 5 tokens.", "code": 400}}, "context_length"),
    (400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length"},
     "context_length"),
    (503, {"error": {"message": "the engine sleeps", "code": 503}}, "overloaded"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind"), REFUSED)
async def test_an_error_of_any_shape_has_its_class_and_its_words(
    player: Player, status: int, body: Json, kind: str
) -> None:
    chunks, _ = await ask(player, answer(status, body), NvidiaNIMBackend)
    assert kind_of(chunks) == kind
    said = body.get("error", body)
    words = said if isinstance(said, str) else said.get("message") or said["detail"]
    assert (words if isinstance(words, str) else words[0]["msg"]).rstrip(".") in (chunks[0].error or "")


async def test_a_request_in_a_queue_is_an_overload_with_its_id(player: Player) -> None:
    queued = answer(202, {}, ("NVCF-REQID", "req-7"))
    chunks, _ = await ask(player, queued, NvidiaNIMBackend)
    info = chunks[0].error_info
    assert info is not None
    assert (info.kind, info.http_status, info.request_id, info.retryable) == ("overloaded", 202, "req-7", True)
    assert "queue" in (chunks[0].error or "")


async def test_a_flat_error_with_status_200_is_that_error(player: Player) -> None:
    chunks, _ = await ask(player, answer(200, {"detail": "Model is loading"}), NvidiaNIMBackend)
    assert "Model is loading" in (chunks[0].error or "")


SPOKEN = [("get_weather", "getWeather"), ("get_weather", "get-weather"), ("f", "f"), ("other", "other")]


@pytest.mark.parametrize(("called", "name"), SPOKEN)
async def test_lm_studios_name_of_a_tool_is_turned_back_into_the_callers(
    player: Player, called: str, name: str
) -> None:
    call = {"index": 0, "id": "1", "function": {"name": called, "arguments": "{}"}}
    stream = events(delta(tool_calls=[call]), delta("tool_calls"))
    offered = [tool(name)] if name != "other" else []
    chunks, _ = await ask(player, stream, LMStudioBackend, tools=(*offered, tool("f"), tool("g_1"), tool("g1")))
    (calls,) = [chunk.tool_calls for chunk in chunks if chunk.tool_calls]
    (message,) = [chunk.complete_message for chunk in chunks if chunk.complete_message]
    assert calls[0]["function"]["name"] == name
    assert message["tool_calls"] == calls


async def test_the_callers_name_comes_back_on_the_other_wire_as_well(player: Player) -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "get_weather", "arguments": "{}"}
    done = {"type": "response.output_item.done", "output_index": 0, "item": call}
    whole = {"id": "r", "model": "m", "status": "completed", "output": [call], "usage": None}
    stream = events(done, {"type": "response.completed", "response": whole}, done=False)
    with player.exchange(Plan((stream,))) as exchange:
        async with LMStudioResponsesBackend(base_url=exchange.base_url + "/v1", model="m") as backend:
            chunks = [chunk async for chunk in backend.stream_with_tools([USER], [tool("getWeather")])]
        (request,) = exchange.log.requests
    (calls,) = [chunk.tool_calls for chunk in chunks if chunk.tool_calls]
    assert calls[0]["function"]["name"] == "getWeather"
    assert (request.target, "include" in request.json()) == ("/v1/responses", False)


async def test_lm_studio_cannot_be_told_which_tool_to_call() -> None:
    choice = {"type": "function", "function": {"name": "f"}}
    backend = LMStudioBackend(model="m")
    with pytest.raises(ConfigurationError, match="tool_choice: this provider knows auto, none, required only"):
        await anext(backend.stream_with_tools([USER], [tool("f")], tool_choice=choice))


def test_lm_studio_speaks_two_wires() -> None:
    chosen: Any = create_backend("lmstudio", model="m", api="responses")
    assert type(chosen) is LMStudioResponsesBackend
    assert chosen.endpoint("m") == "http://localhost:1234/v1/responses"


@pytest.mark.parametrize(
    ("kind", "address"), [("vllm", "http://localhost:8000/v1"), ("sglang", "http://localhost:30000/v1")]
)
def test_one_class_is_any_of_the_servers(kind: str, address: str) -> None:
    made = InferenceBackend(backend_type=kind, model="m")
    assert (made.base_url, made.get_provider_name()) == (address, create_backend(kind, model="m").get_provider_name())


def test_the_class_of_servers_knows_no_other() -> None:
    with pytest.raises(ConfigurationError, match="one of inference, vllm, sglang, not 'tgi'"):
        InferenceBackend(backend_type="tgi", model="m")
    with pytest.raises(ConfigurationError, match="base_url is required"):
        InferenceBackend(model="m")


def test_addresses_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UI_TARS_ENDPOINT", "https://tars.example.org/v1/")
    monkeypatch.setenv("NVIDIA_NIM_API_BASE", "http://nim:8000/v1")
    tars: Any = create_backend("uitars", model="ui-tars-1.5")
    nim: Any = create_backend("nvidia_nim", model="m", api_key="k")
    assert tars.endpoint("m") == "https://tars.example.org/v1/chat/completions"
    assert nim.endpoint("m") == "http://nim:8000/v1/chat/completions"


def test_no_server_on_this_machine_lends_its_key_or_its_price_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_API_KEY", "LM_API_TOKEN", "VLLM_API_KEY"):
        monkeypatch.setenv(name, "secret")
    made = create_backend("chatcompletion", base_url="http://localhost:8000/v1", model="m")
    assert made.api_key is None
    assert made.calculate_cost(1, 1, "m") is None
