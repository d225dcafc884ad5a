"""Errors of every provider, as they write them, become one classification."""

from __future__ import annotations

import json

import pytest

from massgen.backend.stream_chunk import ErrorKind
from massgen.wire.failure import BY_STATUS, describe, failure, from_error, from_response
from massgen.wire.retry_hints import retry_after

from .failure_cases import CASES, Case, Json, anthropic, google, openai
from .recordings import FOLDER, manifest, needed


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_an_error_is_classified(case: Case) -> None:
    found = from_error("acme", case.body, status=case.status)
    assert (found.info.kind, found.info.retryable) == (case.kind, case.retryable)
    if case.code is not None:
        assert found.info.code == case.code
    assert found.message.startswith("acme: ")
    assert case.status is None or f"HTTP {case.status}" in found.message


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.status])
def test_a_body_is_classified_as_its_error(name: str) -> None:
    case = CASES[name]
    body = case.body.encode() if isinstance(case.body, str) else json.dumps(case.body).encode()
    assert case.status is not None
    assert from_response("acme", case.status, {}, body).info.kind == case.kind


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[]", b'[{"error": null}]', b'{"error": {}}', b'{"error": [1]}'])
def test_any_body_gives_a_failure(body: bytes) -> None:
    found = from_response("acme", 500, {}, body)
    assert found.info.kind == "server"
    assert found.message


def test_what_azures_filter_found_is_in_the_message() -> None:
    found = {
        "hate": {"filtered": True, "severity": "high"},
        "jailbreak": {"filtered": True},
        "sexual": {"filtered": False},
    }
    body = openai("No.", code="content_filter", innererror={"code": "x", "content_filter_result": found})
    assert "No. [filtered: hate high, jailbreak]" in from_error("p", body, status=400).message


def test_the_servers_own_word_on_retrying_wins() -> None:
    assert from_error("p", {}, status=400, headers={"x-should-retry": "true"}).info.retryable
    assert not from_error("p", {}, status=500, headers={"x-should-retry": "false"}).info.retryable


REQUEST_IDS = [
    ({"x-request-id": "a"}, {}, "a"),
    ({"request-id": "b"}, {}, "b"),
    ({"apim-request-id": "c"}, {}, "c"),
    ({"mistral-correlation-id": "d"}, {}, "d"),
    ({}, anthropic("api_error"), "req_1"),
    ({}, {}, None),
]


@pytest.mark.parametrize(("headers", "body", "expected"), REQUEST_IDS)
def test_the_request_id_is_kept(headers: dict[str, str], body: Json, expected: str | None) -> None:
    assert from_error("p", body, status=500, headers=headers).info.request_id == expected


DATE = "Sat, 21 Nov 2026 10:00:00 GMT"
LATER = "Sat, 21 Nov 2026 10:00:30 GMT"

# name -> (headers, body, seconds)
WAITS: dict[str, tuple[dict[str, str], Json, float | None]] = {
    "milliseconds": ({"retry-after-ms": "1500", "retry-after": "9"}, None, 1.5),
    "seconds": ({"retry-after": "2.5"}, None, 2.5),
    "a date": ({"retry-after": LATER, "date": DATE}, None, 30.0),
    "a date in the past": ({"retry-after": DATE, "date": LATER}, None, 0.0),
    "a date without a clock": ({"retry-after": LATER}, None, None),
    "nonsense": ({"retry-after": "soon"}, None, None),
    "not a finite number": ({"retry-after": "inf"}, None, None),
    "negative": ({"retry-after": "-3"}, None, 0.0),
    "Gemini's retryDelay": ({}, google("RESOURCE_EXHAUSTED", 429, {"x": 1}, {"retryDelay": "17s"}), 17.0),
    "Gemini's retryDelay in a list": ({}, [google("RESOURCE_EXHAUSTED", 429, {"retryDelay": "1.5s"})], 1.5),
    "Gemini's retryDelay of another form": ({}, google("RESOURCE_EXHAUSTED", 429, {"retryDelay": 17}), None),
    "OpenRouter's availability": ({}, {"error": {"code": 429, "availability": {"retry_after": 4}}}, 4.0),
    "none": ({}, {"error": {"message": "m"}}, None),
    "OpenAI and Groq: the window that is used up": (
        {
            "x-ratelimit-remaining-requests": "12",
            "x-ratelimit-reset-requests": "1h2m",
            "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "2m59.56s",
        },
        None,
        179.56,
    ),
    "OpenAI: milliseconds": ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, None, 0.12),
    "Cerebras: seconds": (
        {"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "33.25"},
        None,
        33.25,
    ),
    "Anthropic: a time": (
        {
            "anthropic-ratelimit-tokens-remaining": "0",
            "anthropic-ratelimit-tokens-reset": "2026-11-21T10:00:30Z",
            "date": DATE,
        },
        None,
        30.0,
    ),
    "OpenRouter: milliseconds since 1970": (
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795255230000", "date": DATE},
        None,
        30.0,
    ),
    "an explicit hint wins over a reset": (
        {"retry-after": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"},
        None,
        3.0,
    ),
    "nothing is used up": ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": "9"}, None, None),
}


@pytest.mark.parametrize(("headers", "body", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_how_long_to_wait(headers: dict[str, str], body: Json, seconds: float | None) -> None:
    assert retry_after(headers, body) == seconds
    assert from_error("p", body, status=429, headers=headers).info.retry_after == seconds


def test_a_date_may_be_read_with_a_clock() -> None:
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, now=20.0) == 40.0


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_a_failure_on_our_side_says_who_and_what(kind: ErrorKind) -> None:
    found = failure("acme", kind, "it broke.", code="x")
    assert found.message.startswith("acme: it broke")
    assert (found.info.kind, found.info.code, found.info.http_status) == (kind.value, "x", None)


def test_advice_follows_the_sentence() -> None:
    assert describe("acme", "auth", "no.") == "acme: no (check the API key)"


@pytest.mark.parametrize("status", [*BY_STATUS, 418, 502, 520])
def test_every_status_of_an_error_has_a_kind(status: int) -> None:
    assert from_error("p", {}, status=status).info.kind in {kind.value for kind in ErrorKind}


# path of a recorded refusal -> its kind
RECORDED = {
    "anthropic-messages/anthropic/mirascope-test-authentication-error-": "auth",
    "anthropic-messages/anthropic/mirascope-test-model-not-found-": "not_found",
    "anthropic-messages/anthropic/ruby-llm-chat-real-error-scenarios-": "context_length",
    "gemini-generate/google-vertex/opentelemetry-": "not_found",
    "gemini-generate/google-vertex/ruby-llm-chat-real-error-scenarios-": "context_length",
    "gemini-generate/google/langchaingo-testgoogleaierrorhandling-": "permission",
    "gemini-generate/google/mirascope-test-authentication-error-": "auth",
    "gemini-generate/google/mirascope-test-model-not-found-": "not_found",
    "gemini-generate/google/ruby-llm-chat-real-error-scenarios-": "rate_limit",
    "mistral-chat/mistral/rig-logprobs-rejection-": "bad_request",
    "mistral-chat/mistral/ruby-llm-chat-error-handling-": "auth",
    "openai-chat/azure-ai-foundry/ruby-llm-chat-real-error-scenarios-": "rate_limit",
    "openai-chat/azure/openllmetry-test-chat-reasoning-1": "not_found",
    "ollama-chat/ollama/openinference-test-chat-error-": "not_found",
    "openai-chat/deepseek/ruby-llm-chat-error-handling-": "auth",
    "openai-chat/deepseek/ruby-llm-chat-real-error-scenarios-": "context_length",
    "openai-chat/doubleword/rig-error-matrix-invalid-key-": "permission",
    "openai-chat/doubleword/rig-error-matrix-invalid-temperature-": "bad_request",
    "openai-chat/groq/pydantic-ai-test-model-name-suggestion-": "not_found",
    "openai-chat/groq/pydantic-ai-test-tool-use-failed-error-0": "bad_request",
    "openai-chat/groq/rig-response-identity-edge-auth-": "auth",
    "openai-chat/llamacpp/rig-error-matrix-context-overflow-": "context_length",
    "openai-chat/llamacpp/rig-error-matrix-missing-api-key-": "auth",
    "openai-chat/llamacpp/rig-error-matrix-tools-without-jinja-": "server",
    "openai-chat/ollama-cloud/ruby-llm-chat-real-error-scenarios-": "context_length",
    "openai-chat/openai/langsmith-": "auth",
    "openai-chat/openai/mirascope-test-call-with-params-": "bad_request",
    "openai-chat/openai/mirascope-test-model-not-found-": "not_found",
    "openai-chat/openai/ruby-openai-": "server",
    "openai-chat/openrouter/langchaingo-": "rate_limit",
    "openai-chat/openrouter/ruby-llm-chat-error-handling-": "auth",
    "openai-chat/openrouter/ruby-llm-chat-real-error-scenarios-": "context_length",
    "openai-chat/perplexity/ruby-llm-chat-error-handling-": "auth",
    "openai-responses/chatgpt-codex/rig-http-errors-": "auth",
    "openai-responses/deepseek/pydantic-ai-test-deepseek-responses-rejects-": "bad_request",
    "openai-responses/openai/mirascope-cassettes-test-model-call-with-tools-": "bad_request",
    "openai-responses/openai/ruby-llm-chat-error-handling-": "auth",
    "openai-responses/xai/rig-response-identity-provider-error-": "bad_request",
}
REFUSALS = [entry["path"] for entry in manifest() if (entry["status"] or 200) >= 400]


@needed
@pytest.mark.parametrize("path", REFUSALS)
def test_a_recorded_refusal_is_classified(path: str) -> None:
    response = json.loads((FOLDER / path).read_text())["response"]
    found = from_response("acme", response["status"], response["headers"], response["body"].encode())
    (expected,) = [kind for prefix, kind in RECORDED.items() if path.startswith(prefix)]
    assert found.info.kind == expected
    assert found.info.http_status == response["status"]


# path of a recorded 429 -> the seconds that its own headers and body tell
RECORDED_WAITS = {
    "gemini-generate/google/ruby-llm-chat-real-error-scenarios-": 48.0,
    "openai-chat/azure-ai-foundry/ruby-llm-chat-real-error-scenarios-": 0.0,
    "openai-chat/openrouter/langchaingo-": 26.0,
}


@needed
@pytest.mark.parametrize("prefix", RECORDED_WAITS)
def test_a_recorded_rate_limit_tells_how_long_to_wait(prefix: str) -> None:
    (path,) = (path for path in REFUSALS if path.startswith(prefix))
    response = json.loads((FOLDER / path).read_text())["response"]
    found = from_response("acme", response["status"], response["headers"], response["body"].encode())
    assert found.info.retryable
    assert found.info.retry_after == RECORDED_WAITS[prefix]
