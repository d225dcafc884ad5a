"""The hosted providers on the Chat wire: what each is sent, what each sends, and how each says that it failed.

Facts are from the providers' references and SDKs as their backend files name them.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from massgen.backend.factory import create
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player

from .chat_family_streams import DONE, HEARD, HELLO, Heard, Json, counts, delta, event

ASK: list[Json] = [{"role": "user", "content": "?"}]
SCHEMA: Json = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOL: Json = {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": True}}
CALL: Json = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
FAMILY = ("together", "fireworks", "cerebras", "moonshot", "qwen", "zai", "poe", "nebius")


async def ask(
    player: Player, kind: str, reply: Reply, messages: list[Json] = ASK, tools: list[Json] | None = None, **params: Json
) -> tuple[Json, list[StreamChunk]]:
    """The body that the provider got, and what the caller got."""
    with player.exchange(Plan((reply,))) as exchange:
        backend: Any = create(kind, api_key="k", base_url=exchange.base_url, max_retries=0, **{"model": "m", **params})
        async with backend:
            chunks = [chunk async for chunk in backend.stream_with_tools(messages, tools or [])]
        (request,) = exchange.log.requests
    return request.json(), chunks


class Sent(NamedTuple):
    """Parameters and tools, and what the body must and must not hold then."""

    kind: str
    params: dict[str, Json]
    holds: dict[str, Json]
    lacks: tuple[str, ...] = ()
    tools: tuple[Json, ...] = ()


ASKED = {"include_usage": True}
PRESERVED = {"type": "enabled", "clear_thinking": False}

SENT: dict[str, Sent] = {
    **{
        f"{kind}: the limit is max_tokens": Sent(
            kind,
            {"max_completion_tokens": 5},
            {"max_tokens": 5, "stream": True, "stream_options": ASKED},
            ("max_completion_tokens",),
        )
        for kind in FAMILY
        if kind != "cerebras"
    },
    "cerebras: the limit is max_completion_tokens": Sent(
        "cerebras", {"max_tokens": 5}, {"max_completion_tokens": 5}, ("max_tokens",)
    ),
    "zai: earlier thinking counts": Sent("zai", {}, {"thinking": PRESERVED}, ("tool_stream",)),
    "zai: the caller decides about thinking": Sent(
        "zai", {"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled", "clear_thinking": False}}
    ),
    "zai: tool calls are streamed, and no function is strict": Sent(
        "zai",
        {},
        {"tool_stream": True, "tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}]},
        (),
        (TOOL,),
    ),
    "zai: the caller decides about streamed calls": Sent(
        "zai", {"tool_stream": False}, {"tool_stream": False}, (), (TOOL,)
    ),
    "cerebras: a function may be strict": Sent("cerebras", {}, {"tools": [TOOL]}, (), (TOOL,)),
    "qwen: thinking is switched as Qwen wants it": Sent(
        "qwen", {"enable_thinking": True, "thinking_budget": 9}, {"enable_thinking": True, "thinking_budget": 9}
    ),
    "together: the provider's own parameters pass": Sent(
        "together", {"repetition_penalty": 1.1, "min_p": 0}, {"repetition_penalty": 1.1, "min_p": 0}
    ),
    "nebius: vLLM's sampling goes in by extra_body": Sent(
        "nebius", {"extra_body": {"guided_json": SCHEMA}}, {"guided_json": SCHEMA}
    ),
}


@pytest.mark.parametrize("case", SENT.values(), ids=SENT.keys())
async def test_a_body_is_what_its_provider_takes(player: Player, case: Sent) -> None:
    body, chunks = await ask(player, case.kind, Reply(HELLO), ASK, list(case.tools), **case.params)
    assert {name: body.get(name) for name in case.holds} == case.holds
    assert not body.keys() & set(case.lacks)
    assert chunks[-1].status == "stop"


REFUSED: list[tuple[str, dict[str, Json], str]] = [
    ("fireworks", {"thinking": {"type": "disabled"}, "reasoning_effort": "low"}, "thinking and reasoning_effort"),
    ("groq", {"reasoning_format": "raw", "include_reasoning": True}, "reasoning_format and include_reasoning"),
    ("moonshot", {"functions": []}, "functions: Moonshot AI does not take"),
    ("zai", {"presence_penalty": 1}, "presence_penalty: Z.AI does not take"),
    ("poe", {"seed": 1}, "seed: Poe does not take"),
]


@pytest.mark.parametrize(("kind", "params", "why"), REFUSED, ids=[f"{kind}: {why}" for kind, _, why in REFUSED])
async def test_what_the_provider_refuses_or_ignores_is_refused_before_it_is_sent(
    kind: str, params: dict[str, Json], why: str
) -> None:
    backend: Any = create(kind, api_key="k", model="m", **params)
    with pytest.raises(ConfigurationError, match=why):
        await backend.prepare(ASK, [], {})


def turn(**kept: Json) -> list[Json]:
    """A conversation in which the model called a tool, with what its message carried beside."""
    return [
        {"role": "developer", "content": "Be brief.", "name": "boss"},
        *ASK,
        {"role": "assistant", "content": None, "tool_calls": [CALL], **kept},
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
    ]


ECHOES: list[tuple[str, dict[str, Json], dict[str, Json]]] = [
    ("together", {"reasoning": "h"}, {"reasoning": "h"}),
    ("together", {"reasoning_content": "h"}, {"reasoning_content": "h"}),
    ("fireworks", {"reasoning_content": "h"}, {"reasoning_content": "h"}),
    ("cerebras", {"reasoning": "h"}, {"reasoning": "h"}),
    ("moonshot", {"reasoning_content": "h"}, {"reasoning_content": "h"}),
    ("moonshot", {}, {"reasoning_content": " "}),
    ("qwen", {"reasoning_content": "h"}, {"reasoning_content": "h"}),
    ("zai", {"reasoning_content": "h\n"}, {"reasoning_content": "h\n"}),
    ("poe", {"reasoning_content": "h"}, {}),
    ("nebius", {"reasoning": "h"}, {"reasoning": "h"}),
]


@pytest.mark.parametrize(("kind", "kept", "echoed"), ECHOES)
async def test_reasoning_goes_back_as_the_provider_must_see_it(
    player: Player, kind: str, kept: dict[str, Json], echoed: dict[str, Json]
) -> None:
    body, _ = await ask(player, kind, Reply(HELLO), turn(**kept))
    system, _, assistant, _ = body["messages"]
    assert system["role"] == "system", "none of them knows the role developer for every model"
    assert ("name" in system) is (kind not in ("fireworks", "zai"))
    thoughts = {key: value for key, value in assistant.items() if key.startswith("reasoning")}
    assert thoughts == echoed


@pytest.mark.parametrize("case", HEARD.values(), ids=HEARD.keys())
async def test_a_stream_is_read_as_its_provider_means_it(player: Player, case: Heard) -> None:
    _, chunks = await ask(player, case.kind, Reply(case.events))
    done = chunks[-1]
    assert done.status == case.status
    assert "".join(chunk.content or "" for chunk in chunks if chunk.type == "content") == case.text
    calls = [call for chunk in chunks for call in chunk.tool_calls or ()]
    told = [(call["function"]["name"], call["function"]["arguments"]) for call in calls]
    assert told == [(name, arguments) for _, name, arguments in case.calls]
    assert all(given in (None, call["id"]) for (given, _, _), call in zip(case.calls, calls, strict=True))
    kinds = [chunk.error_info.kind for chunk in chunks if chunk.error_info]
    assert kinds == ([case.error] if case.error else [])
    if case.usage is not None:
        assert done.usage == case.usage


class Failed(NamedTuple):
    kind: str
    status: int
    body: Json
    means: str
    retryable: bool = False


def openai(message: str = "m", **fields: Json) -> Json:
    return {"error": {"message": message, **fields}}


def bare(code: str, kind: str = "invalid_request_error") -> Json:
    return {"message": "m", "type": kind, "param": None, "code": code}


OVERFLOW = "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000"

FAILED: list[Failed] = [
    Failed("together", 403, openai(OVERFLOW, type="invalid_request_error"), "context_length"),
    Failed("together", 422, openai(OVERFLOW, type="invalid_request_error"), "context_length"),
    Failed("together", 403, openai("forbidden", type="invalid_request_error"), "permission"),
    Failed("together", 402, openai("pay"), "quota"),
    Failed("together", 503, openai("engine overloaded"), "overloaded", True),
    Failed("fireworks", 412, openai("suspended", type="invalid_request_error"), "quota"),
    Failed("fireworks", 404, openai("not deployed", code="NOT_FOUND"), "not_found"),
    Failed("fireworks", 520, openai("?"), "server", True),
    Failed("cerebras", 429, bare("queue_exceeded", "too_many_requests_error"), "overloaded", True),
    Failed("cerebras", 429, bare("token_quota_exceeded", "too_many_requests_error"), "rate_limit", True),
    Failed("cerebras", 400, bare("context_length_exceeded"), "context_length"),
    Failed("cerebras", 400, bare("wrong_api_format"), "bad_request"),
    Failed("cerebras", 404, bare("model_not_found", "not_found_error"), "not_found"),
    Failed("moonshot", 429, openai(type="exceeded_current_quota_error"), "quota"),
    Failed("moonshot", 429, openai(type="engine_overloaded_error"), "overloaded", True),
    Failed("moonshot", 429, openai(type="rate_limit_reached_error"), "rate_limit", True),
    Failed("moonshot", 401, openai(type="invalid_authentication_error"), "auth"),
    Failed("moonshot", 400, openai(type="content_filter"), "content_filter"),
    Failed("moonshot", 400, openai("Input token length too long", type="invalid_request_error"), "context_length"),
    Failed(
        "moonshot",
        400,
        openai("Your request exceeded model token limit: 8192", type="invalid_request_error"),
        "context_length",
    ),
    Failed("qwen", 400, openai("m", code="Arrearage", type="Arrearage"), "quota"),
    Failed("qwen", 400, {"code": "DataInspectionFailed", "message": "m", "request_id": "r"}, "content_filter"),
    Failed("qwen", 401, openai(code="InvalidApiKey"), "auth"),
    Failed("qwen", 429, openai(code="Throttling.RateQuota"), "rate_limit", True),
    Failed("qwen", 429, openai(code="limit_requests"), "rate_limit", True),
    Failed("qwen", 400, openai("Range of input length should be [1, 30720]"), "context_length"),
    Failed("qwen", 500, openai(code="InternalError.Algo"), "server", True),
    Failed("zai", 401, openai(code="1001"), "auth"),
    Failed("zai", 429, openai(code="1113"), "quota"),
    Failed("zai", 400, openai(code="1214"), "bad_request"),
    Failed("zai", 400, openai(code="1261"), "context_length"),
    Failed("zai", 400, {**openai(code="1301"), "contentFilter": [{"role": "user", "level": 1}]}, "content_filter"),
    Failed("zai", 429, openai(code="1302"), "rate_limit", True),
    Failed("zai", 429, openai(code="1305"), "overloaded", True),
    Failed("zai", 429, openai(code="1308"), "quota"),
    Failed("poe", 402, openai("points"), "quota"),
    Failed("poe", 404, openai(code="model_not_found"), "not_found"),
    Failed("poe", 529, openai(), "overloaded", True),
    Failed("nebius", 404, {"detail": "The model `x` does not exist."}, "not_found"),
    Failed("nebius", 422, {"detail": [{"loc": ["body", "n"], "msg": "wrong"}]}, "bad_request"),
    Failed("nebius", 429, {"detail": "dynamic limit"}, "rate_limit", True),
]


@pytest.mark.parametrize("case", FAILED, ids=[f"{n}-{case.kind}-{case.means}" for n, case in enumerate(FAILED)])
async def test_a_refusal_is_classified_as_its_provider_means_it(player: Player, case: Failed) -> None:
    kind = (("content-type", "application/json"),)
    reply = Reply((json.dumps(case.body).encode(),), status=case.status, headers=kind, sized=True)
    _, chunks = await ask(player, case.kind, reply)
    (error, done) = chunks
    assert error.error_info is not None
    assert (error.error_info.kind, error.error_info.retryable) == (case.means, case.retryable), error.error
    assert error.error_info.http_status == case.status
    assert done.status == "error"


async def test_the_cost_of_poe_is_not_known(player: Player) -> None:
    with player.exchange(Plan((Reply((event({**delta("stop", content="Hi"), "usage": counts()}), DONE)),))) as exchange:
        backend: Any = create("poe", api_key="k", base_url=exchange.base_url, model="GPT-5.4")
        async with backend:
            assert [chunk async for chunk in backend.stream_with_tools(ASK, [])]
    assert backend.token_usage.input_tokens == 9
    assert backend.token_usage.estimated_cost is None


async def test_what_zai_found_in_the_web_is_cited(player: Player) -> None:
    found = [{"title": "Half a dozen", "link": "https://example.org/6", "content": "six", "refer": "ref_1"}]
    last = {**delta("stop"), "web_search": found}
    _, chunks = await ask(player, "zai", Reply((event(delta(content="Six.")), event(last), DONE)))
    (message,) = [chunk.complete_message for chunk in chunks if chunk.complete_message]
    cited = {"url": "https://example.org/6", "title": "Half a dozen"}
    assert message["annotations"] == [{"type": "url_citation", "url_citation": cited}]


async def test_what_together_warns_of_is_told(player: Player) -> None:
    warned = {"choices": [], "warnings": [{"message": "max_tokens was lowered"}], "usage": counts()}
    _, chunks = await ask(player, "together", Reply((*HELLO[:2], event(warned), DONE)))
    told = [(chunk.status, chunk.detail) for chunk in chunks if chunk.type == "backend_status"]
    assert told == [("warning", "max_tokens was lowered")]
    assert chunks[-1].status == "stop"
