"""Azure OpenAI: addresses, credentials, what the content filter says, and the model behind a deployment.

Facts: openai-python's `lib/azure.py`, learn.microsoft.com, and streams recorded from Azure.
"""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import httpx2
import openai
import pytest

from massgen.backend.azure_openai import AzureOpenAIBackend, AzureResponsesBackend
from massgen.backend.call_ids import CallIds
from massgen.backend.factory import create
from massgen.backend.http import HTTPBackend
from massgen.errors import ConfigurationError
from massgen.token_manager.usage import Usage
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import Text, Turn
from tests.massgen.wire.chat_wire import DONE, delta, finish
from tests.massgen.wire.wires import Json, decode, ending, events, message, shown, statuses

RESOURCE = "https://res.openai.azure.com"
KEY = "key-Zx81mQ77veryLongSecret9"
ASK = [{"role": "user", "content": "?"}]
VARIABLES = ("API_KEY", "ENDPOINT", "AD_TOKEN", "API_VERSION")


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*(f"AZURE_OPENAI_{each}" for each in VARIABLES), "OPENAI_API_VERSION"):
        monkeypatch.delenv(name, raising=False)


def made(**config: Any) -> Any:
    return create("azure_openai", **{"api_key": KEY, "azure_endpoint": RESOURCE, "model": "prod", **config})


def body_of(backend: HTTPBackend, messages: Json = ASK, **params: Any) -> Json:
    return json.loads(asyncio.run(backend.prepare(messages, [], params)).request.body)


V1 = f"{RESOURCE}/openai/v1"
DATED = f"{RESOURCE}/openai/deployments/prod"
FOUNDRY = "https://res.services.ai.azure.com"
OLD = "2024-10-21"

# configuration -> the address of Chat Completions, and that of the Responses API
ADDRESSES: dict[str, tuple[dict[str, Any], str, str]] = {
    "the resource": ({}, f"{V1}/chat/completions", f"{V1}/responses"),
    "the resource with a slash": (
        {"azure_endpoint": f"{RESOURCE}/"},
        f"{V1}/chat/completions",
        f"{V1}/responses",
    ),
    "base_url wins": (
        {"base_url": f"{FOUNDRY}/openai/v1/"},
        f"{FOUNDRY}/openai/v1/chat/completions",
        f"{FOUNDRY}/openai/v1/responses",
    ),
    "a preview": (
        {"api_version": "preview"},
        f"{V1}/chat/completions?api-version=preview",
        f"{V1}/responses?api-version=preview",
    ),
    "v1 by name": ({"api_version": "v1"}, f"{V1}/chat/completions", f"{V1}/responses"),
    "a date": (
        {"api_version": OLD},
        f"{DATED}/chat/completions?api-version={OLD}",
        f"{RESOURCE}/openai/responses?api-version={OLD}",
    ),
    "a date as YAML reads it": (
        {"api_version": date(2024, 10, 21)},
        f"{DATED}/chat/completions?api-version={OLD}",
        f"{RESOURCE}/openai/responses?api-version={OLD}",
    ),
    "a date and the API's root": (
        {"base_url": f"{RESOURCE}/openai", "api_version": "2025-04-01-preview"},
        f"{DATED}/chat/completions?api-version=2025-04-01-preview",
        f"{RESOURCE}/openai/responses?api-version=2025-04-01-preview",
    ),
    "a date and a gateway's root": (
        {"base_url": "https://gateway.test/team/openai", "api_version": OLD},
        f"https://gateway.test/team/openai/deployments/prod/chat/completions?api-version={OLD}",
        f"https://gateway.test/team/openai/responses?api-version={OLD}",
    ),
    "a whole deployment": (
        {"base_url": f"{RESOURCE}/openai/deployments/other", "api_version": OLD},
        f"{RESOURCE}/openai/deployments/other/chat/completions?api-version={OLD}",
        f"{RESOURCE}/openai/deployments/other/responses?api-version={OLD}",
    ),
    "Foundry's models": (
        {"base_url": f"{FOUNDRY}/models", "api_version": "2024-05-01-preview"},
        f"{FOUNDRY}/models/chat/completions?api-version=2024-05-01-preview",
        f"{FOUNDRY}/models/responses?api-version=2024-05-01-preview",
    ),
}


@pytest.mark.parametrize(("config", "chat", "responses"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_the_request_goes_to_its_address(config: dict[str, Any], chat: str, responses: str) -> None:
    assert type(made(**config)) is AzureOpenAIBackend
    assert made(**config).endpoint("prod") == chat
    assert type(made(**config, api="responses")) is AzureResponsesBackend
    assert made(**config, api="responses").endpoint("prod") == responses


def test_a_deployment_in_a_path_is_quoted() -> None:
    assert "/deployments/my%2Fown%20one/" in made(api_version=OLD).endpoint("my/own one")


@pytest.mark.parametrize("version", [OLD, "2025-04-01-preview"])
def test_openais_own_client_asks_the_same_address(version: str) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(400, json={"error": {"message": "no"}})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        client = openai.AzureOpenAI(
            azure_endpoint=RESOURCE, api_key=KEY, api_version=version, http_client=http, max_retries=0
        )
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(model="prod", messages=[{"role": "user", "content": "?"}])
        with pytest.raises(openai.BadRequestError):
            client.responses.create(model="prod", input="?")
    ours = [made(api_version=version, api=api).endpoint("prod") for api in ("chat", "responses")]
    assert [str(request.url) for request in asked] == ours
    assert asked[0].headers["api-key"] == KEY


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"api_version": "soon"}, "api_version"),
    ({"base_url": V1, "api_version": OLD}, "set api_version: v1"),
    ({"base_url": f"{FOUNDRY}/models"}, "api_version is required"),
    ({"base_url": f"{RESOURCE}/openai/deployments/x"}, "api_version is required"),
    ({"azure_endpoint": None}, "base_url or azure_endpoint is required"),
    ({"azure_endpoint": "res.openai.azure.com"}, "azure_endpoint must be an http or https address"),
    ({"azure_endpoint": f"{RESOURCE}/?api-version=1"}, "azure_endpoint must end with its path"),
    ({"model": None}, "model is required"),
    ({"azure_ad_token": 7}, "azure_ad_token"),
    ({"api": "assistants"}, "api"),
]


@pytest.mark.parametrize(("config", "what"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_what_cannot_work_is_said_before_any_network(config: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        made(**config)


def test_everything_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "from-environment")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    monkeypatch.setenv("OPENAI_API_VERSION", "2025-01-01-preview")
    backend: Any = create("azure_openai", model="prod")
    assert backend.api_key == "from-environment"
    assert backend.endpoint("prod") == f"{DATED}/chat/completions?api-version=2025-01-01-preview"
    monkeypatch.setenv("AZURE_OPENAI_API_VERSION", OLD)
    given: Any = create("azure_openai", model="prod", azure_endpoint="https://other.openai.azure.com")
    assert given.endpoint("prod").startswith("https://other.openai.azure.com/openai/deployments/")
    assert given.endpoint("prod").endswith(OLD)


async def test_a_token_of_the_environment_wins_over_its_key_and_not_over_a_given_one(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "key-of-the-environment")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "token-of-the-environment")
    assert await headers_of(player, api_key=None) == (None, "Bearer token-of-the-environment")
    assert await headers_of(player, api_key=KEY) == (KEY, None)


async def headers_of(player: Player, **config: Any) -> tuple[str | None, str | None]:
    """`api-key` and `authorization` of a request."""
    with player.exchange(Plan((PROVIDERS["azure_openai"].speaker.reply(Turn((Text(("Hi",)),))),))) as exchange:
        async with made(azure_endpoint=None, base_url=f"{exchange.base_url}/openai/v1", **config) as backend:
            chunks = [chunk async for chunk in backend.stream_with_tools(ASK, [])]
        (request,) = exchange.log.requests
    assert chunks[-1].status == "stop"
    return request.header("api-key"), request.header("authorization")


async def waited() -> str:
    return "token-of-a-coroutine"


TOKENS: list[Any] = [
    pytest.param("token-that-stands", "token-that-stands", id="a text"),
    pytest.param(lambda: "token-of-a-function", "token-of-a-function", id="a function"),
    pytest.param(waited, "token-of-a-coroutine", id="a coroutine's"),
]


@pytest.mark.parametrize(("token", "sent"), TOKENS)
async def test_a_token_of_entra_goes_out_as_a_bearer_without_the_key(player: Player, token: Any, sent: str) -> None:
    assert await headers_of(player, azure_ad_token=token) == (None, f"Bearer {sent}")


async def test_the_key_goes_out_in_its_header(player: Player) -> None:
    assert await headers_of(player) == (KEY, None)


OLDER: list[Any] = [
    pytest.param({}, {"max_completion_tokens": 9, "stream_options": {"include_usage": True}}, "developer", id="v1"),
    pytest.param(
        {"api_version": "2024-12-01-preview"},
        {"max_completion_tokens": 9, "stream_options": {"include_usage": True}},
        "developer",
        id="recent",
    ),
    pytest.param(
        {"api_version": OLD},
        {"max_completion_tokens": 9, "stream_options": {"include_usage": True}},
        "system",
        id="no developers",
    ),
    pytest.param({"api_version": "2024-06-01"}, {"max_tokens": 9}, "system", id="no stream options"),
    pytest.param({"model": "Ministral-3B"}, {"max_tokens": 9}, "developer", id="one of Mistral's"),
    pytest.param(
        {"model": "ministral-3b", "dialect": {"stream_options": True}},
        {"max_tokens": 9, "stream_options": {"include_usage": True}},
        "developer",
        id="the caller knows better",
    ),
]


@pytest.mark.parametrize(("config", "fields", "role"), OLDER)
def test_a_body_holds_what_the_version_and_the_deployment_know(config: Json, fields: Json, role: str) -> None:
    body = body_of(made(**config), [{"role": "developer", "content": "d"}, *ASK], max_tokens=9)
    names = ("max_tokens", "max_completion_tokens", "stream_options")
    assert {name: body[name] for name in names if name in body} == fields
    assert body["messages"][0]["role"] == role


def test_an_old_version_does_not_know_parallel_calls() -> None:
    with pytest.raises(ConfigurationError, match="parallel_tool_calls"):
        body_of(made(api_version="2024-06-01"), parallel_tool_calls=True)


def test_the_options_of_the_connection_stay_inside() -> None:
    body = body_of(made(base_model="gpt-5.4", api_version="preview", azure_ad_token="token-of-entra"))
    assert body.keys() == {"model", "messages", "stream", "stream_options"}


def test_a_price_needs_the_model_behind_the_deployment() -> None:
    for config, cost in (({}, None), ({"base_model": "gpt-4.1"}, 2e-3), ({"base_model": "unheard-of"}, None)):
        backend = made(model="gpt-4.1", **config)
        backend._update_token_usage_from_api_response(Usage(prompt=1000), "gpt-4.1")
        assert backend.token_usage.estimated_cost == (None if cost is None else pytest.approx(cost))
        assert backend.calculate_cost(1000, 0, "gpt-4.1") == (None if cost is None else pytest.approx(cost))


async def test_the_model_that_answers_is_paid_for(player: Player) -> None:
    """Azure names the model in its answer, whatever the deployment is called."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 0}
    said = {"choices": [], "model": "gpt-4.1-2025-04-14", "usage": usage}
    with player.exchange(Plan((Reply((events(delta(content="x"), finish(), said, DONE),)),))) as exchange:
        async with made(azure_endpoint=None, base_url=exchange.base_url) as backend:
            assert [chunk async for chunk in backend.stream_with_tools(ASK, [])][-1].status == "stop"
            assert backend.token_usage.estimated_cost == pytest.approx(2e-3)


@pytest.mark.parametrize(("base_model", "asked"), [(None, True), ("gpt-4.1", False), ("gpt-5.4", True)])
def test_reasoning_is_asked_for_unless_the_model_is_known_not_to_reason(base_model: str | None, asked: bool) -> None:
    body = body_of(made(api="responses", base_model=base_model))
    assert ("include" in body) is asked


def run(*values: Json) -> tuple[Any, list[Any]]:
    decoder = made().new_decoder(CallIds(b"seed"))
    return decoder, decode(decoder, events(*values))


SAFE = {"filtered": False, "severity": "safe"}


def filtered(reason: str | None = None, fields: Json = None, **results: Json) -> Json:
    """A chunk with findings, and with a delta only where `fields` are given."""
    choice = {"index": 0, "finish_reason": reason, "content_filter_results": results}
    return {"choices": [choice if fields is None else {**choice, "delta": fields}]}


def prompt(**results: Json) -> Json:
    found = [{"prompt_index": 0, "content_filter_results": {"hate": SAFE, **results}}]
    return {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": found}


def test_findings_without_anything_found_are_passed_over() -> None:
    decoder, chunks = run(prompt(), filtered(), filtered(fields={"content": "Hi"}, hate=SAFE), finish(), DONE)
    assert shown(chunks) == [("content", "Hi")]
    assert statuses(chunks) == []
    assert ending(decoder) == "stop"


def test_what_the_filter_found_is_told_once() -> None:
    detected = {"filtered": False, "detected": True}
    severe = {"filtered": True, "severity": "high"}
    failed = {"code": "content_filter_error", "message": "The contents are not filtered"}
    _, chunks = run(
        prompt(jailbreak=detected),
        filtered(fields={"content": "a"}, hate=severe),
        filtered(fields={"content": "b"}, hate=severe, error=failed),
        finish("content_filter"),
        DONE,
    )
    assert statuses(chunks) == [
        ("content_filter", "prompt: jailbreak detected"),
        ("content_filter", "answer: hate filtered, severity high"),
        ("content_filter", "answer: not filtered: The contents are not filtered"),
    ]


def test_a_filter_that_did_not_run_is_told() -> None:
    failed = {"code": "content_filter_error", "message": "The service is down"}
    _, chunks = run(filtered(fields={"content": "a"}, error=failed), finish(), DONE)
    assert statuses(chunks) == [("content_filter", "answer: not filtered: The service is down")]


def test_annotations_behind_the_finish_reason_change_nothing() -> None:
    decoder, chunks = run(
        delta(content="Hi"),
        finish("stop", usage={"prompt_tokens": 1, "completion_tokens": 2}),
        {**filtered(hate=SAFE), "content_filter_offsets": {"check_offset": 0, "start_offset": 0, "end_offset": 2}},
        DONE,
    )
    assert ending(decoder) == "stop"
    assert message(chunks)["content"] == "Hi"
    assert decoder.usage.prompt == 1


def test_a_late_content_filter_takes_the_answer_back() -> None:
    severe = {"filtered": True, "severity": "high"}
    decoder, chunks = run(delta(content="Hi"), finish("stop"), filtered("content_filter", hate=severe), DONE)
    assert ending(decoder) == "content_filter"
    assert statuses(chunks) == [("content_filter", "answer: hate filtered, severity high")]


def test_a_models_own_words_are_no_findings() -> None:
    said = '{"content_filter_results": {"hate": {"filtered": true}}}'
    _, chunks = run(delta(content=said), finish(), DONE)
    assert statuses(chunks) == []
    assert message(chunks)["content"] == said
