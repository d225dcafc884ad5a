"""Models on Vertex AI: where the request goes, whose it is, and what may be asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen.backend.claude import ClaudeBackend
from massgen.backend.gemini import GeminiBackend
from massgen.backend.http import HTTPBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.backend.tokens import GoogleCredentials
from massgen.cli import create_backend
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Exchange, Player

ASK = [{"role": "user", "content": "Say hello."}]
TOKEN = "ya29.a-token-that-must-not-be-shown"
VARIABLES = (
    *("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"),
    *("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "ANTHROPIC_API_KEY"),
    *("ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


ON = {"vertexai": True, "access_token": TOKEN, "project": "p"}
PLACES: list[tuple[type[HTTPBackend], dict[str, Any], str]] = [
    (GeminiBackend, ON, "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/publishers/google/"),
    (
        GeminiBackend,
        {**ON, "location": "us-east5"},
        "https://us-east5-aiplatform.googleapis.com/v1beta1/projects/p/locations/us-east5/publishers/google/",
    ),
    (
        GeminiBackend,
        {**ON, "location": "eu"},
        "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu/publishers/google/",
    ),
    (
        GeminiBackend,
        {"vertexai": "true", "api_key": "k"},
        "https://aiplatform.googleapis.com/v1beta1/publishers/google/",
    ),
    (
        GeminiBackend,
        {**ON, "base_url": "http://127.0.0.1/v1/"},
        "http://127.0.0.1/v1/projects/p/locations/global/publishers/google/",
    ),
    (
        ClaudeBackend,
        {**ON, "location": "us-east5"},
        "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/",
    ),
]


@pytest.mark.parametrize(("made", "config", "place"), PLACES)
def test_a_request_goes_to_the_place_that_is_named(made: Any, config: dict[str, Any], place: str) -> None:
    method = "streamRawPredict" if made is ClaudeBackend else "streamGenerateContent?alt=sse"
    assert made(**config).endpoint("m@1") == f"{place}models/m@1:{method}"


def event(value: Any) -> bytes:
    name = f"event: {value['type']}\n" if "type" in value else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()


SAID = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}
GEMINI = Reply((event(SAID),))
CLAUDE = Reply(
    (
        event({"type": "message_start", "message": {"usage": {"input_tokens": 1}}}),
        event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "hi"}}),
        event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}),
        event({"type": "message_stop"}),
    )
)


async def asked(exchange: Exchange, made: Any, **config: Any) -> list[StreamChunk]:
    async with made(**{"base_url": f"{exchange.base_url}/v1", "max_retries": 0, **ON, **config}) as subject:
        return [chunk async for chunk in subject.stream_with_tools(ASK, [], model="m")]


def header(exchange: Exchange, name: str, request: int = 0) -> str | None:
    return exchange.log.requests[request].header(name)


async def test_gemini_is_asked_with_a_token_and_without_a_key(player: Player) -> None:
    with player.exchange(Plan((GEMINI,))) as exchange:
        chunks = await asked(exchange, GeminiBackend, api_key="a-key-that-is-not-used")
    assert [chunk.content for chunk in chunks if chunk.type == "content"] == ["hi"]
    assert header(exchange, "authorization") == f"Bearer {TOKEN}"
    assert header(exchange, "x-goog-api-key") is None


async def test_express_mode_is_asked_with_a_key(player: Player) -> None:
    with player.exchange(Plan((GEMINI,))) as exchange:
        await asked(exchange, GeminiBackend, access_token=None, project=None, api_key="express")
    assert header(exchange, "x-goog-api-key") == "express"
    assert header(exchange, "authorization") is None
    assert "/v1/publishers/google/models/m:" in exchange.log.requests[0].target


SAMPLED = [({}, "2026-10-21"), ({"temperature": 0.5}, "vertex-2023-10-16"), ({"anthropic_version": "v"}, "v")]


@pytest.mark.parametrize(("params", "version"), SAMPLED)
async def test_claude_has_its_model_in_the_address_and_its_version_in_the_body(
    player: Player, params: dict[str, Any], version: str
) -> None:
    with player.exchange(Plan((CLAUDE,))) as exchange:
        chunks = await asked(exchange, ClaudeBackend, api_key="sk-not-used", betas=["b"], **params)
    assert chunks[-1].status == "stop"
    (sent,) = exchange.log.requests
    assert "model" not in sent.json()
    assert sent.json()["anthropic_version"] == version
    assert sent.target.endswith("/publishers/anthropic/models/m:streamRawPredict")
    assert (sent.header("authorization"), sent.header("x-api-key")) == (f"Bearer {TOKEN}", None)
    assert (sent.header("anthropic-version"), sent.header("anthropic-beta")) == (None, "b")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "gemini",
        {"vertexai": True},
        "no API key: set GOOGLE_API_KEY or GEMINI_API_KEY in the environment, or pass api_key or project",
    ),
    ("gemini", {"vertexai": True, "access_token": "t"}, "project is required on Vertex AI with a token"),
    ("gemini", {"vertexai": "perhaps", "api_key": "k"}, "vertexai is true or false"),
    ("gemini", {"project": "p", "api_key": "k"}, "project has no effect without vertexai"),
    ("gemini", {"location": "l", "api_key": "k", "vertexai": False}, "location has no effect without vertexai"),
    ("gemini", {**ON, "location": "a/b"}, "location is the name of one on Google Cloud"),
    ("gemini", {**ON, "access_token": 5}, "access_token is an access token, or a function"),
    ("gemini", {**ON, "access_token": "two\nlines"}, "access_token is an access token"),
    ("claude", {"vertexai": True, "api_key": "k"}, "project is required on Vertex AI"),
]


@pytest.mark.parametrize(("kind", "config", "what"), WRONG)
def test_a_place_that_cannot_be_is_refused(kind: str, config: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_backend(kind, **config)
    assert any(problem.startswith(f"{kind}: {what}") for problem in caught.value.problems)


ASKED = {"GOOGLE_GENAI_USE_VERTEXAI": "true"}
# The environment -> where Gemini is asked and with which key. Explicit options are in PLACES.
FOUND: list[tuple[dict[str, str], dict[str, Any], tuple[str | None, str | None, str | None]]] = [
    ({"GOOGLE_CLOUD_PROJECT": "p", "GEMINI_API_KEY": "k"}, {}, (None, None, "k")),
    ({"GOOGLE_CLOUD_PROJECT": "p", "GEMINI_API_KEY": "k"}, {"vertexai": True}, ("p", "global", None)),
    ({**ASKED, "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "l"}, {}, ("p", "l", None)),
    ({"GOOGLE_GENAI_USE_VERTEXAI": "1", "GOOGLE_API_KEY": "k"}, {}, (None, "global", "k")),
    ({**ASKED, "GOOGLE_CLOUD_PROJECT": "p"}, {"api_key": "k"}, (None, "global", "k")),
    ({"GOOGLE_GENAI_USE_VERTEXAI": "false", "GOOGLE_CLOUD_PROJECT": "p", "GEMINI_API_KEY": "k"}, {}, (None, None, "k")),
    ({"GOOGLE_GENAI_USE_VERTEXAI": "true", "GEMINI_API_KEY": "k"}, {"vertexai": False}, (None, None, "k")),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "config", "found"), FOUND)
def test_the_environment_is_read_as_googles_own_sdk_reads_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], config: dict[str, Any], found: Any
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = create_backend("gemini", **config)
    assert isinstance(made, GeminiBackend)
    place = made.vertex
    assert (place and place.project, place and place.location, made.api_key) == found
    assert isinstance(made.token, GoogleCredentials) == (place is not None and made.api_key is None)


def test_claude_finds_its_project_under_anthropics_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "p")
    monkeypatch.setenv("CLOUD_ML_REGION", "us-east5")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    found = create_backend("claude", vertexai=True)
    assert isinstance(found, ClaudeBackend)
    assert found.vertex is not None
    assert (found.vertex.project, found.vertex.location, found.api_key) == ("p", "us-east5", None)
    plain = create_backend("claude")
    assert isinstance(plain, ClaudeBackend)
    assert (plain.vertex, plain.api_key) == (None, "k")


def test_the_flag_alone_does_not_ask_for_a_key_when_it_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "false")
    with pytest.raises(ConfigurationError, match="no API key"):
        create_backend("gemini")
