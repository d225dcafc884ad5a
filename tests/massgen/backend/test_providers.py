"""Each provider's class: where it asks, with which headers, and what it keeps for the next turn."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.backend.azure_openai import AzureOpenAIBackend
from massgen.backend.cerebras import CerebrasBackend
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.claude import ClaudeBackend
from massgen.backend.deepseek import DeepSeekBackend
from massgen.backend.fireworks import FireworksBackend
from massgen.backend.gemini import GeminiBackend
from massgen.backend.grok import GrokBackend
from massgen.backend.groq import GroqBackend
from massgen.backend.http import HTTPBackend
from massgen.backend.mistral import MistralBackend
from massgen.backend.moonshot import MoonshotBackend
from massgen.backend.nebius import NebiusBackend
from massgen.backend.ollama import OllamaBackend, OllamaChatBackend
from massgen.backend.openrouter import OpenRouterBackend
from massgen.backend.poe import PoeBackend
from massgen.backend.qwen import QwenBackend
from massgen.backend.response import ResponseBackend
from massgen.backend.together import TogetherBackend
from massgen.backend.zai import ZAIBackend
from massgen_conformance.plan import Plan
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import Text, Turn
from massgen_conformance.speakers import SPEAKERS

KEY = "key-Zx81mQ77veryLongSecret9"
BEARER = {"authorization": f"Bearer {KEY}"}
CHAT = "/chat/completions"

# class, configuration beside base_url, path behind the base URL, headers that must go out
REQUESTS: list[Any] = [
    pytest.param(ChatCompletionsBackend, {}, CHAT, BEARER, id="chatcompletion"),
    pytest.param(GroqBackend, {}, CHAT, BEARER, id="groq"),
    pytest.param(DeepSeekBackend, {}, CHAT, BEARER, id="deepseek"),
    pytest.param(OpenRouterBackend, {}, CHAT, BEARER, id="openrouter"),
    pytest.param(
        OpenRouterBackend,
        {"site_url": "https://example.org", "app_name": "Lab"},
        CHAT,
        {"http-referer": "https://example.org", "x-openrouter-title": "Lab"},
        id="openrouter-attribution",
    ),
    pytest.param(TogetherBackend, {}, CHAT, BEARER, id="together"),
    pytest.param(FireworksBackend, {}, CHAT, BEARER, id="fireworks"),
    pytest.param(CerebrasBackend, {}, CHAT, BEARER, id="cerebras"),
    pytest.param(MoonshotBackend, {}, CHAT, BEARER, id="moonshot"),
    pytest.param(QwenBackend, {}, CHAT, BEARER, id="qwen"),
    pytest.param(PoeBackend, {}, CHAT, BEARER, id="poe"),
    pytest.param(NebiusBackend, {}, CHAT, BEARER, id="nebius"),
    pytest.param(ZAIBackend, {}, CHAT, {**BEARER, "accept-language": "en-US,en"}, id="zai"),
    pytest.param(ResponseBackend, {}, "/responses", BEARER, id="openai"),
    pytest.param(
        ResponseBackend, {"organization": "org-1"}, "/responses", {"openai-organization": "org-1"}, id="openai-org"
    ),
    pytest.param(MistralBackend, {}, CHAT, BEARER, id="mistral"),
    pytest.param(AzureOpenAIBackend, {}, CHAT, {"api-key": KEY}, id="azure_openai"),
    pytest.param(GrokBackend, {}, "/responses", BEARER, id="grok"),
    pytest.param(ClaudeBackend, {}, "/v1/messages", {"x-api-key": KEY}, id="claude"),
    pytest.param(
        ClaudeBackend,
        {"betas": ["a-1", "b-2"], "anthropic_version": "2023-06-01"},
        "/v1/messages",
        {"anthropic-beta": "a-1,b-2", "anthropic-version": "2023-06-01"},
        id="claude-betas",
    ),
    pytest.param(ClaudeBackend, {"auth_token": "t"}, "/v1/messages", {"authorization": "Bearer t"}, id="claude-oauth"),
    pytest.param(
        GeminiBackend, {}, "/v1beta/models/m:streamGenerateContent?alt=sse", {"x-goog-api-key": KEY}, id="gemini"
    ),
    pytest.param(
        GeminiBackend,
        {"model": "models/tuned/x"},
        "/v1beta/models/tuned%2Fx:streamGenerateContent?alt=sse",
        {},
        id="gemini-model-path",
    ),
    pytest.param(OllamaBackend, {}, "/api/chat", BEARER, id="ollama"),
    pytest.param(GroqBackend, {"extra_headers": {"x-mine": "1"}}, CHAT, {"x-mine": "1"}, id="extra-headers"),
]


def hello(backend_class: type[HTTPBackend]) -> Plan:
    profile = PROVIDERS[backend_class.backend_type]
    return Plan((SPEAKERS[profile.wire].reply(Turn((Text(("Hello", ".")),))),))


@pytest.mark.parametrize(("backend_class", "config", "path", "headers"), REQUESTS)
async def test_the_request_goes_to_its_place_with_its_headers(
    player: Player, backend_class: type[HTTPBackend], config: dict[str, Any], path: str, headers: dict[str, str]
) -> None:
    with player.exchange(hello(backend_class)) as exchange:
        async with backend_class(KEY, base_url=exchange.base_url, **{"model": "m", **config}) as backend:
            chunks = [chunk async for chunk in backend.stream_with_tools([{"role": "user", "content": "hi"}], [])]
        (request,) = exchange.log.requests
    assert (request.method, request.target) == ("POST", path)
    assert {name: request.header(name) for name in headers} == headers
    assert KEY not in request.target
    assert chunks[-1].status == "stop"


ENDPOINTS = [
    pytest.param(ClaudeBackend, "https://host/v1", "https://host/v1/messages", id="claude-with-version"),
    pytest.param(ClaudeBackend, "https://host/", "https://host/v1/messages", id="claude-with-slash"),
    pytest.param(GeminiBackend, "https://host/v1", "https://host/v1/models/m", id="gemini-with-version"),
    pytest.param(GeminiBackend, "https://host/v1beta", "https://host/v1beta/models/m", id="gemini-with-beta"),
    pytest.param(GeminiBackend, "https://host/v1alpha", "https://host/v1alpha/models/m", id="gemini-with-alpha"),
    pytest.param(GeminiBackend, "https://v1.host", "https://v1.host/v1beta/models/m", id="gemini-host-like-version"),
    pytest.param(
        GeminiBackend,
        "https://host/v1/publishers/google",
        "https://host/v1/publishers/google/models/m",
        id="gemini-behind-a-publisher",
    ),
    pytest.param(OllamaBackend, "http://host:1/v1/", "http://host:1/api/chat", id="ollama-at-its-other-wire"),
    pytest.param(OllamaBackend, "http://host:1/api", "http://host:1/api/chat", id="ollama-with-api"),
    pytest.param(OllamaChatBackend, "http://host:1", "http://host:1/v1/chat/completions", id="ollama-chat"),
    pytest.param(ResponseBackend, "https://host/v1/", "https://host/v1/responses", id="openai-with-slash"),
]


@pytest.mark.parametrize(("backend_class", "base_url", "begins"), ENDPOINTS)
def test_a_base_url_may_be_written_in_several_ways(
    backend_class: type[HTTPBackend], base_url: str, begins: str
) -> None:
    assert backend_class(KEY, base_url=base_url, model="m").endpoint("m").startswith(begins)


@pytest.mark.parametrize(
    ("backend_class", "key"),
    [(ClaudeBackend, "anthropic"), (GeminiBackend, "gemini"), (ResponseBackend, "openai_responses")],
    ids=["claude", "gemini", "openai"],
)
async def test_what_goes_back_names_the_model_that_was_asked_for(
    player: Player, backend_class: type[HTTPBackend], key: str
) -> None:
    with player.exchange(hello(backend_class)) as exchange:
        async with backend_class(KEY, base_url=exchange.base_url, model="an-alias") as backend:
            stream = backend.stream_with_tools([{"role": "user", "content": "hi"}], [])
            (message,) = [chunk.complete_message async for chunk in stream if chunk.complete_message]
    assert message[key]["requested_model"] == "an-alias"
    assert message[key]["model"] != "an-alias"
