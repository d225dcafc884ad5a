"""xAI's Grok: what it does differently on either wire. Facts: docs.x.ai, and streams recorded from it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from massgen.backend.call_ids import CallIds
from massgen.backend.factory import create
from massgen.backend.grok import GrokBackend, GrokChatBackend
from massgen.backend.http import HTTPBackend
from massgen.errors import ConfigurationError
from massgen.wire.failure import from_response
from tests.massgen.wire.chat_wire import DONE, delta, tool
from tests.massgen.wire.wires import calls, decode, events

Json = Any
ASK = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "?"}]


def made(api: str | None = None, **config: Any) -> Any:
    return create("grok", api_key="k", api=api, **config)


def body_of(backend: HTTPBackend, messages: Json = ASK, **params: Any) -> Json:
    return json.loads(asyncio.run(backend.prepare(messages, [], params)).request.body)


def test_the_option_api_chooses_the_wire() -> None:
    assert type(made()) is GrokBackend
    assert type(made("chat")) is GrokChatBackend
    assert made("chat").endpoint("grok-4.7") == "https://api.x.ai/v1/chat/completions"
    assert made().endpoint("grok-4.7") == "https://api.x.ai/v1/responses"


@pytest.mark.parametrize("api", [None, "chat"])
def test_thinking_may_be_silent_for_a_quarter_of_an_hour(api: str | None) -> None:
    assert made(api).transport.timeouts.idle == 900
    assert made(api, idle_timeout=5).transport.timeouts.idle == 5


def test_another_address_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_BASE", "https://eu.example/v1")
    assert made().base_url == "https://eu.example/v1"
    assert made(base_url="https://given.example/v1").base_url == "https://given.example/v1"


def test_the_system_message_stays_in_the_input() -> None:
    body = body_of(made())
    assert "instructions" not in body
    assert [item["role"] for item in body["input"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("model", "include"),
    [("grok-4.7", ["reasoning.encrypted_content"]), ("grok-4.20-0309-non-reasoning", None)],
)
def test_reasoning_comes_encrypted_from_models_that_reason(model: str, include: Json) -> None:
    body = body_of(made(model=model))
    assert body["store"] is False
    assert body.get("include") == include


def test_the_providers_tools_are_switched_on_by_their_flags() -> None:
    body = body_of(made(), enable_web_search=True, enable_x_search=True, enable_code_execution=True)
    assert [each["type"] for each in body["tools"]] == ["web_search", "x_search", "code_interpreter"]
    assert body["tools"][2] == {"type": "code_interpreter"}  # without OpenAI's container


REFUSED = [
    pytest.param(None, {"search_parameters": {"mode": "auto"}}, "search_parameters", id="live search"),
    pytest.param(None, {"stop": ["x"]}, "stop", id="stop on Responses"),
    pytest.param("chat", {"search_parameters": {"mode": "auto"}}, "search_parameters", id="live search on Chat"),
    pytest.param("chat", {"enable_web_search": True}, "enable_web_search", id="a tool on Chat"),
    pytest.param("chat", {"model": "grok-4.7", "stop": ["x"]}, "stop", id="stop"),
    pytest.param("chat", {"model": "grok-code-fast-1", "presence_penalty": 1}, "presence_penalty", id="code"),
    pytest.param("chat", {"model": "x-ai/grok-4.20-0309-reasoning", "frequency_penalty": 1}, "frequency", id="routed"),
]


@pytest.mark.parametrize(("api", "params", "what"), REFUSED)
def test_what_xai_answers_with_an_error_is_refused_before(api: str | None, params: Json, what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        body_of(made(api), **params)


@pytest.mark.parametrize("model", ["grok-4.20-0309-non-reasoning", "grok-3"])
def test_a_model_that_does_not_reason_takes_a_stop_word(model: str) -> None:
    assert body_of(made("chat", model=model), stop=["x"])["stop"] == ["x"]


@pytest.mark.parametrize("api", [None, "chat"])
def test_live_search_in_the_extra_body_is_refused_when_the_backend_is_made(api: str | None) -> None:
    with pytest.raises(ConfigurationError, match="search_parameters"):
        made(api, extra_body={"search_parameters": {"mode": "on"}})


def test_a_message_has_no_name_on_chat_and_the_limit_its_old_one() -> None:
    messages = [{"role": "developer", "content": "d"}, {"role": "user", "content": "?", "name": "ann"}]
    body = body_of(made("chat"), messages, max_tokens=9)
    assert body["messages"] == [{"role": "system", "content": "d"}, {"role": "user", "content": "?"}]
    assert body["max_tokens"] == 9


def test_calls_with_an_empty_finish_reason_are_calls() -> None:
    backend = made("chat")
    decoder = backend.new_decoder(CallIds(b"seed"))
    chunks = decode(decoder, events(delta(tool_calls=[tool(0, "call_1", "f", "{}")]), delta(""), DONE))
    assert calls(chunks) == [("call_1", "f", "{}")]
    assert decoder.status == "tool_calls"


def test_reasoning_beside_the_completion_and_the_cost_in_ticks_are_understood() -> None:
    backend = made("chat")
    decoder = backend.new_decoder(CallIds(b"seed"))
    usage = {
        "prompt_tokens": 432,
        "completion_tokens": 68,
        "total_tokens": 636,
        "completion_tokens_details": {"reasoning_tokens": 136},
        "cost_in_usd_ticks": 1654500,
    }
    decode(decoder, events(delta("stop", content="x"), {"choices": [], "usage": usage}, DONE))
    assert (decoder.usage.completion, decoder.usage.reasoning, decoder.usage.cost) == (204, 136, 0.00016545)


ERRORS = [
    (400, {"code": "invalid-argument", "error": "Model not found: grok-x"}, "bad_request", "invalid-argument"),
    (401, {"code": "unauthenticated", "error": "no key"}, "auth", "unauthenticated"),
    (403, {"error": "Your team has used all available credits"}, "quota", None),
    (403, {"error": "Content violates usage guidelines."}, "content_filter", None),
    (400, {"code": "x", "error": "This model's maximum prompt length is 8 but the request contains 9 tokens."},
     "context_length", "x"),
    (429, {"code": "Some resource has been exhausted", "error": "Too many requests"}, "rate_limit", None),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "code"), ERRORS)
def test_an_error_that_is_a_sentence_beside_a_code_is_classified(
    status: int, body: Json, kind: str, code: str | None
) -> None:
    found = from_response("Grok", status, {}, json.dumps(body).encode())
    assert found.info.kind == kind
    assert str(body["error"])[:20] in found.message
    assert code is None or found.info.code == code
