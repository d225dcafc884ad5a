"""Requests, whole answers and addresses by the name of a provider."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import anthropic.types
import openai.types.chat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from massgen.backend.call_ids import CallIds
from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.backend.factory import BACKENDS, backend_class
from massgen.backend.http import HTTPBackend
from massgen.backend.utils import APIRequestBuilder, ProviderEndpoints, ResponseParser
from massgen.errors import ConfigurationError

Json = Any
CASSETTES = Path(__file__).parents[4] / "cassettes"
_WORDS = """
    choices message delta content finish_reason tool_calls function name arguments index id type usage error status
    output candidates parts text functionCall args finishReason usageMetadata stop_reason input done role model
    promptFeedback blockReason refusal reasoning
"""
WORDS = _WORDS.split()
SETTINGS = {"temperature": 0, "max_tokens": 9, "tool_choice": "required", "stop": "x"}

WRITTEN = {
    "openai": {"temperature": 0, "max_completion_tokens": 9, "tool_choice": "required", "stop": "x"},
    "groq": {"temperature": 0, "max_completion_tokens": 9, "tool_choice": "required", "stop": "x"},
    "claude": {"temperature": 0, "max_tokens": 9, "tool_choice": {"type": "any"}, "stop_sequences": ["x"]},
    "gemini": {  # once: the seed sent both the flat names and the wrapped ones
        "generationConfig": {"temperature": 0, "maxOutputTokens": 9, "stopSequences": ["x"]},
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
    },
}


@pytest.mark.parametrize("provider", WRITTEN)
def test_settings_stand_once_where_the_provider_has_them(provider: str) -> None:
    params = {"model": "claude-sonnet-4-5"} if provider == "claude" else {"messages": []}
    before = copy.deepcopy(params)
    written = APIRequestBuilder.add_generation_config(params, SETTINGS, provider)
    assert written == {**params, **WRITTEN[provider]}
    assert params == before


def test_what_a_provider_does_not_have_is_refused_with_every_problem() -> None:
    with pytest.raises(ConfigurationError) as caught:
        APIRequestBuilder.add_generation_config({}, {"stop": "x", "seed": 1, "temperature": 0}, "response_api")
    assert len(caught.value.problems) == 2
    with pytest.raises(ConfigurationError, match="unknown backend type 'nobody'"):
        APIRequestBuilder.add_generation_config({}, {}, "nobody")


def test_a_stream_is_asked_for_with_its_counts() -> None:
    counted = {"stream": True, "stream_options": {"include_usage": True}}
    assert APIRequestBuilder.add_streaming_options({}, "openai") == counted
    assert APIRequestBuilder.add_streaming_options({"model": "m"}, "openrouter") == {"stream": True, "model": "m"}
    assert APIRequestBuilder.add_streaming_options({}, "claude") == {"stream": True}
    assert APIRequestBuilder.add_streaming_options({}, "gemini") == {}


def test_what_a_request_needs_to_be_answered_is_added_unless_it_is_there() -> None:
    settings = APIRequestBuilder.add_safety_settings({}, "gemini", "BLOCK_ONLY_HIGH")["safetySettings"]
    assert len({setting["category"] for setting in settings}) == 4
    assert {setting["threshold"] for setting in settings} == {"BLOCK_ONLY_HIGH"}
    assert APIRequestBuilder.add_safety_settings({"safetySettings": []}, "gemini") == {"safetySettings": []}
    assert APIRequestBuilder.add_safety_settings({}, "claude")["max_tokens"] > 0
    assert APIRequestBuilder.add_safety_settings({"max_tokens": 5}, "claude") == {"max_tokens": 5}
    assert APIRequestBuilder.add_safety_settings({"a": 1}, "groq") == {"a": 1}


@pytest.mark.parametrize("provider", ["openai", "claude", "gemini", "groq"])
def test_an_exhausted_quota_is_not_retried(provider: str) -> None:
    """The seed named `insufficient_quota` among the errors to retry."""
    config = APIRequestBuilder.build_retry_config(provider)
    assert (config["max_retries"], config["retry_delay"], config["retry_multiplier"]) == (2, 0.5, 2.0)
    assert {"rate_limit", "timeout", "server", "overloaded"} <= set(config["retry_errors"])
    assert "quota" not in config["retry_errors"]


CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
BODIES: dict[str, Json] = {
    "openai": {
        "id": "r",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "logprobs": None,
                "message": {"role": "assistant", "content": "so", "refusal": None, "tool_calls": [CALL]},
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    },
    "claude": {
        "id": "r",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "text", "text": "so"},
            {"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 5},
    },
    "gemini": {
        "candidates": [
            {
                "finishReason": "STOP",
                "content": {
                    "role": "model",
                    "parts": [{"text": "so"}, {"functionCall": {"id": "c1", "name": "f", "args": {"x": 1}}}],
                },
            }
        ],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5, "totalTokenCount": 8},
    },
    "response_api": {
        "id": "r",
        "object": "response",
        "status": "completed",
        "error": None,
        "output": [
            {"type": "reasoning", "id": "rs", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "so"}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x":1}'},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8},
    },
    "ollama": {
        "model": "m",
        "message": {
            "role": "assistant",
            "content": "so",
            "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}],
        },
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 3,
        "eval_count": 5,
    },
}


@pytest.mark.parametrize("provider", BODIES)
@pytest.mark.parametrize(
    "form", [dict, json.dumps, lambda body: json.dumps(body).encode()], ids=["object", "text", "bytes"]
)
def test_a_whole_answer_is_read_as_its_stream_would_be(provider: str, form: Any) -> None:
    response = form(BODIES[provider])
    assert ResponseParser.extract_content(response, provider) == "so"
    (call,) = ResponseParser.extract_tool_calls(response, provider)
    assert call["function"] == CALL["function"]
    assert call["id"] == "c1" or provider == "ollama"
    usage = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    assert usage.items() <= (ResponseParser.extract_usage(response, provider) or {}).items()
    assert ResponseParser.extract_finish_reason(response, provider) == "tool_calls"
    assert ResponseParser.is_error_response(response, provider) is False
    assert ResponseParser.extract_error_message(response, provider) is None


def test_an_sdks_object_is_read_too() -> None:
    message = anthropic.types.Message.model_validate(BODIES["claude"])
    completion = openai.types.chat.ChatCompletion.model_validate(BODIES["openai"])
    assert ResponseParser.extract_content(message, "claude") == "so"
    assert ResponseParser.extract_tool_calls(completion, "openai") == [CALL]


@pytest.mark.parametrize(("provider", "wire"), [("openai", "response_api"), ("grok", "openai"), ("lmstudio", "claude")])
def test_a_provider_of_several_wires_is_read_by_the_body(provider: str, wire: str) -> None:
    assert ResponseParser.extract_content(BODIES[wire], provider) == "so"
    assert ResponseParser.is_error_response(BODIES[wire], provider) is False


@pytest.mark.parametrize("provider", [*BACKENDS, "response_api"])
def test_every_provider_can_be_asked(provider: str) -> None:
    assert "none of choices, output" in (ResponseParser.extract_error_message({}, provider) or "")
    assert APIRequestBuilder.build_retry_config(provider)["max_retries"] == 2
    assert APIRequestBuilder.add_generation_config({}, {"max_tokens": 3}, provider)
    assert APIRequestBuilder.add_streaming_options({"n": 1}, provider)["n"] == 1


@pytest.mark.parametrize("provider", ["claude", "openai", "grok"])
@pytest.mark.parametrize("scenario", ["text", "tool-parallel", "reasoning"])
def test_the_final_response_of_a_stream_reads_like_the_stream(provider: str, scenario: str) -> None:
    exchange, *_ = yaml.safe_load((CASSETTES / provider / f"{scenario}.yaml").read_text())["interactions"]
    backend = backend_class(provider)()
    assert isinstance(backend, HTTPBackend)
    decoder = backend.new_decoder(CallIds(b""))
    chunks = [*decoder.feed(exchange["response"]["body"]["string"].encode()), *decoder.close()]
    whole, calls = decoder.attempt.response, [c for chunk in chunks for c in chunk.tool_calls or ()]
    named = "response_api" if provider == "openai" else provider
    assert ResponseParser.extract_content(whole, named) == decoder.attempt.text
    assert ResponseParser.extract_tool_calls(whole, named) == calls
    assert decoder.usage is not None
    assert ResponseParser.extract_usage(whole, named) == decoder.usage.to_dict()
    assert ResponseParser.extract_finish_reason(whole, named) == decoder.status


FAILED: list[tuple[str, Json, str]] = [
    ("openai", {"error": {"message": "no such key", "code": "invalid_api_key"}}, "no such key"),
    ("claude", {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, "busy"),
    ("gemini", {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}, "slow down"),
    ("gemini", {"candidates": [{"finishReason": "SAFETY"}]}, "blocked (SAFETY)"),
    ("gemini", {"candidates": [{"finishReason": "RECITATION"}]}, "blocked (RECITATION)"),
    ("gemini", {"promptFeedback": {"blockReason": "OTHER"}}, "blocked (OTHER)"),
    ("response_api", {"status": "failed", "output": [], "error": {"code": "server_error", "message": "oh"}}, "oh"),
    ("ollama", {"error": "no such model"}, "no such model"),
    ("mistral", {"object": "error", "message": "wrong id", "type": "invalid_request_error"}, "wrong id"),
    ("zai", {"error": "Not Found", "message": "no such path"}, "no such path"),
    ("claude", {"type": "message", "content": "text"}, "none of choices"),
    ("chatcompletion", {"choices": [{"message": {"content": "half"}, "finish_reason": None}]}, "finish reason"),
]


@pytest.mark.parametrize(("provider", "response", "message"), FAILED)
def test_an_error_is_told_with_its_message(provider: str, response: Json, message: str) -> None:
    assert ResponseParser.is_error_response(response, provider) is True
    assert message in (ResponseParser.extract_error_message(response, provider) or "")


@pytest.mark.parametrize("response", ["{", 5, None, "[1]"])
def test_what_is_no_answer_is_said(response: Json) -> None:
    with pytest.raises(ValueError, match="the response is"):
        ResponseParser.extract_content(response, "openai")


def test_every_provider_has_its_addresses() -> None:
    known = {name for name, row in BACKEND_CAPABILITIES.items() if row.base_url}
    assert set(ProviderEndpoints.ENDPOINTS) == {*known, "response_api"}
    assert len(ProviderEndpoints.ENDPOINTS) == len(known) + 1
    for name in known:
        addresses = ProviderEndpoints.ENDPOINTS[name]
        assert addresses["base"] == (BACKEND_CAPABILITIES[name].base_url or "").rstrip("/")
        assert addresses["chat"].startswith("http")
    with pytest.raises(KeyError):
        ProviderEndpoints.ENDPOINTS["chatcompletion"]


@pytest.mark.parametrize(
    ("provider", "asked", "address"),
    [
        ("openai", {}, "https://api.openai.com/v1/chat/completions"),
        ("response_api", {}, "https://api.openai.com/v1/responses"),
        ("claude", {}, "https://api.anthropic.com/v1/messages"),
        ("openai", {"endpoint_type": "base"}, "https://api.openai.com/v1"),
        ("grok", {"api": "chat"}, "https://api.x.ai/v1/chat/completions"),
        ("chatcompletion", {"base_url": "http://127.0.0.1:1/v1"}, "http://127.0.0.1:1/v1/chat/completions"),
        (
            "gemini",
            {"model": "gemini-x"},
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
        ),
    ],
)
def test_an_address_is_that_of_the_backend(provider: str, asked: Json, address: str) -> None:
    assert ProviderEndpoints.get_endpoint(provider, **asked) == address


def test_an_address_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'complete' is no type of endpoint; choose one of base, chat"):
        ProviderEndpoints.get_endpoint("claude", "complete")
    with pytest.raises(ConfigurationError, match="base_url is required"):
        ProviderEndpoints.get_endpoint("chatcompletion")


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["stop", "text", "tool_use", "message", "x", "{}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=15,
)


@pytest.mark.parametrize("provider", BODIES)
@settings(max_examples=80)
@given(st.dictionaries(st.sampled_from(WORDS), values, max_size=6))
def test_any_object_is_an_answer_or_an_error(provider: str, body: Json) -> None:
    ResponseParser.extract_tool_calls(body, provider)
    finished = ResponseParser.extract_finish_reason(body, provider) is not None
    assert finished or ResponseParser.is_error_response(body, provider)
