"""Ollama on both of its wires, from a loopback server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen.backend.http import HTTPBackend
from massgen.backend.ollama import OllamaBackend, OllamaChatBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.cli import create_backend
from massgen.errors import ConfigurationError
from massgen.token_manager import TokenCostCalculator
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player

Json = Any
USER = {"role": "user", "content": "Weather?"}
LINES = "application/x-ndjson"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


def lines(*values: Json, kind: str = LINES) -> Reply:
    return Reply(tuple(json.dumps(value).encode() + b"\n" for value in values), headers=(("content-type", kind),))


def said(content: str = "", **beside: Json) -> Json:
    return {"model": "m", "message": {"role": "assistant", "content": content, **beside}, "done": False}


def last(**counts: Json) -> Json:
    return {**said(), "done": True, "done_reason": "stop", **counts}


async def ask(
    player: Player, reply: Reply, messages: list[Json], cls: type[HTTPBackend] = OllamaBackend, **config: Json
) -> tuple[list[StreamChunk], Json, HTTPBackend]:
    """The chunks, the body that was sent, and the backend."""
    with player.exchange(Plan((reply,))) as exchange:
        backend = cls(base_url=exchange.base_url, model="m", max_retries=0, **config)
        async with backend:
            chunks = [chunk async for chunk in backend.stream_with_tools(messages, [TOOL])]
        (request,) = exchange.log.requests
    return chunks, request.json(), backend


async def test_a_turn_goes_back_as_ollama_wants_it(player: Player) -> None:
    calls = [{"id": "call_1", "function": {"index": 0, "name": "f", "arguments": {"x": 1}}}]
    first = lines(said(thinking="Hm."), said(tool_calls=calls), said(tool_calls=[{"function": {"name": "f"}}]), last())
    chunks, sent, _ = await ask(player, first, [USER])
    assert sent["messages"] == [USER]
    (message,) = [chunk.complete_message for chunk in chunks if chunk.complete_message]
    own, made = (call["id"] for call in message["tool_calls"])
    given = ((made, "b"), (own, "a"))  # not in the order of the calls
    results = [{"role": "tool", "tool_call_id": call_id, "content": content} for call_id, content in given]
    _, sent, _ = await ask(player, lines(said("ok"), last()), [USER, message, *results])
    assert sent["messages"][1:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "call_1", "function": {"name": "f", "arguments": {"x": 1}}},
                {"function": {"name": "f", "arguments": {}}},
            ],
        },
        {"role": "tool", "tool_name": "f", "content": "a", "tool_call_id": "call_1"},
        {"role": "tool", "tool_name": "f", "content": "b"},
    ]


async def test_images_are_bare_base64_in_either_shape(player: Player) -> None:
    png = "iVBORw0KGgo="
    image = {"type": "image_url", "image_url": f"data:image/png;base64,{png}"}
    chat = {"role": "user", "content": [{"type": "text", "text": "See"}, image]}
    own = {"role": "user", "content": "See", "images": [png]}
    for message in (chat, own):
        _, sent, _ = await ask(player, lines(said("ok"), last()), [message])
        assert sent["messages"] == [own]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"type": "image_url", "image_url": "https://example.com/a.png"}, "does not take an image by URL or id"),
        ({"type": "input_audio", "input_audio": {"data": "SUQzBAA=", "format": "mp3"}}, "media of kind audio"),
        ({"type": "search_result", "source": "s"}, "a 'search_result' part"),
    ],
)
async def test_what_the_wire_cannot_carry_is_told_before_anything_is_sent(part: Json, told: str) -> None:
    backend = OllamaBackend(model="m")
    with pytest.raises(ConfigurationError, match=told):
        await anext(backend.stream_with_tools([{"role": "user", "content": [part]}], []))


async def test_a_prompt_without_a_count_is_estimated_and_the_answer_is_not(player: Player) -> None:
    chunks, _, backend = await ask(player, lines(said("ok"), last(eval_count=10)), [USER])
    usage = chunks[-1].usage
    assert usage is not None
    assert usage["completion_tokens"] == 10
    assert usage["prompt_tokens"] > 0
    assert usage["estimated"] is True
    assert backend.token_usage.estimated_cost == 0


async def test_an_answer_that_is_called_json_is_read_all_the_same(player: Player) -> None:
    for kind in ("application/json", "application/json; charset=utf-8"):
        chunks, _, _ = await ask(player, lines(said("ok"), last(), kind=kind), [USER])
        assert (chunks[0].content, chunks[-1].status) == ("ok", "stop")


async def test_an_error_as_the_whole_answer_is_that_error(player: Player) -> None:
    chunks, _, _ = await ask(player, lines({"error": "model requires more system memory"}), [USER])
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    assert "model requires more system memory" in (chunks[0].error or "")


async def test_parallel_calls_of_the_other_wire_are_kept_apart_though_all_have_index_0(player: Player) -> None:
    def call(call_id: str, city: str) -> Json:
        function = {"name": "f", "arguments": json.dumps({"c": city})}
        return {"tool_calls": [{"id": call_id, "index": 0, "type": "function", "function": function}]}

    def chunk(delta: Json, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"

    events = [
        chunk({"reasoning": "Hm."}),
        chunk(call("call_a", "Oslo")),
        chunk(call("call_b", "Lima")),
        chunk({}, "tool_calls"),
        b"data: [DONE]\n\n",
    ]
    chunks, sent, _ = await ask(player, Reply(tuple(events)), [USER], OllamaChatBackend, max_tokens=5)
    (calls,) = [chunk.tool_calls for chunk in chunks if chunk.tool_calls]
    assert [(each["id"], each["function"]["arguments"]) for each in calls] == [
        ("call_a", '{"c": "Oslo"}'),
        ("call_b", '{"c": "Lima"}'),
    ]
    assert sent["max_tokens"] == 5


async def test_what_the_other_wire_ignores_in_silence_is_refused() -> None:
    backend = OllamaChatBackend(model="m")
    with pytest.raises(ConfigurationError) as caught:
        await anext(backend.stream_with_tools([USER], [TOOL], tool_choice="required", num_ctx=9))
    assert sorted(problem.split(":")[0] for problem in caught.value.problems) == ["num_ctx", "tool_choice"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://localhost:11434"),
        ("box", "http://box:11434"),
        (":99", "http://127.0.0.1:99"),
        ("box:99/ollama/", "http://box:99/ollama"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::]:99", "http://[::1]:99"),
        ("http://box", "http://box"),
        ("https://ollama.com", "https://ollama.com"),
    ],
)
def test_the_host_may_be_written_in_ollamas_forms(host: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    made: Any = create_backend("ollama", model="m")
    assert made.endpoint("m") == f"{address}/api/chat"
    made = create_backend("ollama", model="m", base_url="http://here:1")
    assert made.base_url == "http://here:1"


def test_a_host_that_is_no_address_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "ftp://box")
    with pytest.raises(ConfigurationError, match="base_url must be an http or https address"):
        create_backend("ollama", model="m")


def test_the_wire_is_chosen_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    assert type(create_backend("ollama", model="m", api="chat")) is OllamaChatBackend
    assert type(create_backend("ollama", model="m", api="native")) is OllamaBackend
    with pytest.raises(ConfigurationError, match="choose native or chat"):
        create_backend("ollama", model="m", api="grpc")


def test_the_cloud_is_another_provider_whose_prices_are_not_known() -> None:
    home, cloud = OllamaBackend(model="m"), OllamaBackend(model="m", base_url="https://ollama.com")
    assert (home.get_provider_name(), cloud.get_provider_name()) == ("Ollama", "Ollama Cloud")
    assert home.calculate_cost(10, 10, "qwen3:4b") == 0
    assert cloud.calculate_cost(10, 10, "gpt-oss:120b") is None
    for passed_on in ("gpt-oss:120b-cloud", "kimi-k2:cloud"):
        assert TokenCostCalculator().get_model_pricing("Ollama", passed_on) is None


def test_a_cold_start_may_take_its_time_unless_the_caller_says_otherwise() -> None:
    assert OllamaBackend(model="m").transport.timeouts.idle == 600
    assert OllamaBackend(model="m", idle_timeout=5).transport.timeouts.idle == 5
