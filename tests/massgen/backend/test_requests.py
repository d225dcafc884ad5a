"""What a call makes of its arguments before any network: one request, or one ConfigurationError that says why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.claude import ClaudeBackend
from massgen.backend.factory import create
from massgen.backend.http import HTTPBackend
from massgen.backend.response import ResponseBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player

NOWHERE = "http://127.0.0.1:9/v1"
ASK = [{"role": "user", "content": "?"}]
JSON_TYPE = (("content-type", "application/json"),)
SECRET = "token-Qm82nVx0ASecret5531"


def chat(**config: Any) -> ChatCompletionsBackend:
    return ChatCompletionsBackend(**{"base_url": NOWHERE, "model": "m", "max_retries": 0, **config})


async def chunks_of(subject: HTTPBackend, messages: Any = ASK, tools: Any = None, **kwargs: Any) -> list[StreamChunk]:
    chunks = [chunk async for chunk in subject.stream_with_tools(messages, tools, **kwargs)]
    await subject.aclose()
    return chunks


REFUSED: list[Any] = [
    ({"messages": None}, "messages", "list"),
    ({"messages": "hello"}, "messages", "list"),
    ({"messages": {"role": "user", "content": "x"}}, "messages", "list"),
    ({"messages": iter(ASK)}, "messages", "list"),
    ({"messages": [*ASK, {"role": "user", "content": "half \ud83d"}]}, "messages[1]", "surrogates"),
    ({"tools": {"name": "f"}}, "tools", "list"),
    ({"tools": 5}, "tools", "list"),
    ({"metadata": object()}, "metadata", "JSON"),
    ({"model": 5}, "model", "string"),
    ({"n": 2}, "n", "one answer"),
    ({"extra_headers": ["x"]}, "extra_headers", "mapping"),
    ({"extra_headers": {"x-a": 1}}, "x-a", "text"),
    ({"extra_headers": {"x-a": "a\r\nb"}}, "x-a", "line break"),
    ({"extra_headers": {"x-a": "caf\xe9"}}, "x-a", "ASCII"),
    ({"extra_headers": {"x a": "b"}}, "x a", "name"),
]


@pytest.mark.parametrize(("arguments", "what", "why"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
async def test_what_cannot_be_sent_is_refused_by_name_and_with_the_reason(
    arguments: dict[str, Any], what: str, why: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        await chunks_of(chat(), **arguments)
    (problem,) = refused.value.problems
    assert what in problem
    assert why in problem


def test_json_that_is_too_deep_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigurationError, match="metadata"):
        asyncio.run(chunks_of(chat(), metadata=deep))


@pytest.mark.parametrize("key", ["sk-one\nsk-two-long-enough", "sk-caf\xe9-long-enough", 12345])
@pytest.mark.parametrize(
    "make", [lambda key: create("groq", api_key=key), lambda key: chat(api_key=key)], ids=["factory", "class"]
)
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(make: Callable[[Any], Any], key: Any) -> None:
    with pytest.raises(ConfigurationError, match="api_key") as refused:
        make(key)
    assert str(key)[-8:] not in str(refused.value)


def test_blanks_around_a_key_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    assert create("groq", api_key=" sk-from-a-file\n").api_key == "sk-from-a-file"
    with pytest.raises(ConfigurationError, match="GROQ_API_KEY"):
        create("groq", api_key=" ")


MALFORMED: list[Any] = [
    ({"max_retries": "x"}, "max_retries"),
    ({"idle_timeout": "x"}, "idle_timeout"),
    ({"base_url": 5}, "base_url"),
    ({"base_url": "ftp://host"}, "base_url"),
    ({"base_url": "https://host/v1?api-version=1"}, "base_url"),
    ({"base_url": "https://host/v1#top"}, "base_url"),
    ({"extra_body": []}, "extra_body"),
]


@pytest.mark.parametrize(("config", "option"), MALFORMED, ids=[str(number) for number in range(len(MALFORMED))])
def test_a_class_refuses_what_the_factory_refuses(config: dict[str, Any], option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"chatcompletion: {option}"):
        chat(**config)
    with pytest.raises(ConfigurationError, match=f"claude: {option}"):
        create("claude", api_key="k", **config)


def test_none_is_as_good_as_left_out() -> None:
    assert chat(max_retries=None, idle_timeout=None, extra_headers=None).retry.max_retries == 2


async def test_a_header_of_the_callers_replaces_ours_however_it_is_written(player: Player) -> None:
    reply = Reply((b"data: [DONE]\n\n",))
    with player.exchange(Plan((reply,))) as exchange:
        subject = chat(base_url=exchange.base_url, api_key="the-key", extra_headers={"Authorization": "Basic abc"})
        await chunks_of(subject)
        (request,) = exchange.log.requests
    named = [value for name, value in request.headers if name.lower() == "authorization"]
    assert named == ["Basic abc"]


def leaking(base_url: str) -> list[HTTPBackend]:
    common = {"model": "m", "max_retries": 0}
    host = base_url.removeprefix("http://")
    return [
        ClaudeBackend(auth_token=SECRET, base_url=base_url, **common),
        ResponseBackend("other-key-long", base_url=base_url, extra_headers={"X-Gateway-Token": SECRET}, **common),
        chat(base_url=base_url, extra_headers={"Cookie": f"session={SECRET}"}),
        chat(base_url=f"http://user:{SECRET}@{host}"),
    ]


@pytest.mark.parametrize("which", range(4), ids=["auth_token", "extra_headers", "cookie", "user-in-the-address"])
async def test_no_credential_of_the_request_comes_back_to_people(player: Player, which: int) -> None:
    error = {"error": {"message": f"you sent {SECRET}", "code": f"bad_{SECRET}"}}
    reply = Reply((json.dumps(error).encode(),), status=401, headers=JSON_TYPE, sized=True)
    with player.exchange(Plan((reply,))) as exchange:
        subject = leaking(exchange.base_url)[which]
        chunks = await chunks_of(subject)
    assert SECRET[:8] not in repr(chunks)
    assert "you sent ***" in (chunks[0].error or "")


async def test_an_address_with_a_password_is_not_shown_when_nobody_answers() -> None:
    chunks = await chunks_of(chat(base_url=f"http://user:{SECRET}@127.0.0.1:9"))
    assert "127.0.0.1:9" in (chunks[0].error or "")
    assert SECRET[:8] not in repr(chunks)
    with pytest.raises(ConfigurationError) as refused:
        chat(base_url=f"ftp://user:{SECRET}@host")
    assert SECRET not in str(refused.value)


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "ok"}
HISTORIES = [
    [{"role": "assistant", "content": None, "tool_calls": [CALL]}, RESULT],
    [{"role": "assistant", "content": [{"type": "tool_use", "id": "call_1", "name": "f", "input": {}}]}, RESULT],
    [
        {"type": "function_call", "call_id": "call_1", "id": "fc_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "ok"},
    ],
    [
        {"role": "model", "parts": [{"functionCall": {"id": "call_1", "name": "f", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"id": "call_1", "name": "f", "response": {"result": 1}}}]},
    ],
]


@pytest.mark.parametrize("turn", HISTORIES, ids=["chat", "anthropic", "responses", "gemini"])
async def test_an_id_of_the_history_is_not_given_again_whatever_its_shape(
    player: Player, turn: list[dict[str, Any]]
) -> None:
    delta = {"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "f", "arguments": "{}"}}]}
    event = json.dumps({"choices": [{"delta": delta, "finish_reason": "tool_calls"}]}).encode()
    with player.exchange(Plan((Reply((b"data: " + event + b"\n\n", b"data: [DONE]\n\n")),))) as exchange:
        chunks = await chunks_of(chat(base_url=exchange.base_url), [*ASK, *turn])
    (called,) = [chunk.tool_calls for chunk in chunks if chunk.tool_calls]
    assert called[0]["id"] not in ("", "call_1")


ODD: list[Any] = [
    ("openai", {"include": 5}, "include"),
    ("gemini", {"tool_config": 5}, "tool_config"),
    ("gemini", {"generation_config": 5}, "generation_config"),
    ("gemini", {"extra_body": {"toolConfig": 5}}, "toolConfig"),
    ("claude", {"betas": "files-api"}, "betas"),
    ("claude", {"betas": [1]}, "betas"),
    ("groq", {"custom_tools": [{"path": "tools.py"}]}, "custom_tools"),
    ("groq", {"dialect": {"done_sentinel": False}, "provider_name": 5}, "provider_name"),
]


@pytest.mark.parametrize(("kind", "config", "what"), ODD, ids=[str(number) for number in range(len(ODD))])
async def test_a_value_of_the_wrong_kind_is_refused_by_name(kind: str, config: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        await prepared(kind, config)


async def prepared(kind: str, config: dict[str, Any]) -> Any:
    """The body of the request that a backend so configured makes."""
    subject = create(kind, api_key="k", base_url=NOWHERE, **config)
    assert isinstance(subject, HTTPBackend)
    return json.loads((await subject.prepare(ASK, [], {})).request.body)


@pytest.mark.parametrize(
    ("kind", "config", "path", "value"),
    [
        ("openai", {"include": "file_search_call.results"}, ("include",), "file_search_call.results"),
        ("gemini", {"modalities": "text"}, ("generationConfig", "responseModalities"), "TEXT"),
        ("gemini", {"response_modalities": "IMAGE"}, ("generationConfig", "responseModalities"), "IMAGE"),
    ],
    ids=["include", "modalities", "response_modalities"],
)
async def test_one_word_where_a_list_belongs_is_a_list_of_one(
    kind: str, config: dict[str, Any], path: tuple[str, ...], value: str
) -> None:
    body = await prepared(kind, config)
    for key in path:
        body = body[key]
    assert body[0] == value
