"""Errors of every provider, as they write them, become one classification."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from massgen.backend.stream_chunk import ErrorKind
from massgen.wire.failure import BY_STATUS, describe, failure, from_error, from_response
from massgen.wire.retry_hints import retry_after

from .recordings import FOLDER, manifest, needed

Json = Any


class Case(NamedTuple):
    status: int | None
    body: Json
    kind: str
    retryable: bool
    code: str | None = None


def openai(message: str = "m", **fields: Json) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}}


def anthropic(kind: str, message: str = "m", **fields: Json) -> Json:
    return {"type": "error", "error": {"type": kind, "message": message, **fields}, "request_id": "req_1"}


def google(status: str, code: int, *details: Json, message: str = "m") -> Json:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def quota(name: str) -> Json:
    """Gemini's 429, which says "quota" of a minute and of a day alike, with a delay for both."""
    violation = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": name}]}
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48s"}
    return google("RESOURCE_EXHAUSTED", 429, violation, retry, message="You exceeded your current quota")


TPM = "Request too large for gpt-5 in organization org on tokens per min (TPM): Limit 30000, Requested 40000."

CASES: dict[str, Case] = {
    "openai: key": Case(401, openai(code="invalid_api_key"), "auth", False, "invalid_api_key"),
    "openai: region": Case(403, openai(code="unsupported_country_region_territory"), "permission", False),
    "openai: model": Case(404, openai(code="model_not_found"), "not_found", False),
    "openai: context": Case(400, openai(code="context_length_exceeded"), "context_length", False),
    "openai: context by its words": Case(400, openai("maximum context length is 8 tokens"), "context_length", False),
    "openai: a long parameter is not the context": Case(
        400, openai("Invalid 'user': string too long", code="string_above_max_length"), "bad_request", False
    ),
    "openai: rate": Case(429, openai(type="tokens", code="rate_limit_exceeded"), "rate_limit", True),
    "openai: rate of tokens": Case(
        429, openai("Rate limit reached: token limit per minute", code="rate_limit_exceeded"), "rate_limit", True
    ),
    "openai: one request over the budget of a minute": Case(
        429, openai(TPM, type="tokens", code="rate_limit_exceeded"), "rate_limit", False
    ),
    "openai: quota": Case(429, openai(code="insufficient_quota", type="insufficient_quota"), "quota", False),
    "openai: server": Case(500, openai(type="server_error"), "server", True),
    "openai: policy": Case(400, openai(code="content_policy_violation"), "content_filter", False),
    "openai: request timeout": Case(408, openai(type=None), "timeout", True),
    "openai: conflict": Case(409, openai(type=None), "server", True),
    "anthropic: key": Case(401, anthropic("authentication_error"), "auth", False, "authentication_error"),
    "anthropic: billing": Case(402, anthropic("billing_error"), "quota", False),
    "anthropic: permission": Case(403, anthropic("permission_error"), "permission", False),
    "anthropic: model": Case(404, anthropic("not_found_error"), "not_found", False),
    "anthropic: size": Case(413, anthropic("request_too_large"), "bad_request", False),
    "anthropic: rate": Case(429, anthropic("rate_limit_error"), "rate_limit", True),
    "anthropic: spend limit": Case(
        429,
        anthropic("rate_limit_error", details={"error_code": "contract_spend_limit_reached"}),
        "quota",
        False,
        "contract_spend_limit_reached",
    ),
    "anthropic: server": Case(500, anthropic("api_error"), "server", True),
    "anthropic: timeout": Case(504, anthropic("timeout_error"), "timeout", True),
    "anthropic: overloaded": Case(529, anthropic("overloaded_error"), "overloaded", True),
    "anthropic: overloaded in a stream": Case(None, anthropic("overloaded_error"), "overloaded", True),
    "anthropic: bad request in a stream": Case(None, anthropic("invalid_request_error"), "bad_request", False),
    "anthropic: context": Case(
        400, anthropic("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), "context_length", False
    ),
    "anthropic: context and max_tokens": Case(
        400,
        anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 8 > 10"),
        "context_length",
        False,
    ),
    "gemini: key": Case(
        400, google("INVALID_ARGUMENT", 400, {"reason": "API_KEY_INVALID"}), "auth", False, "API_KEY_INVALID"
    ),
    "gemini: key by its words": Case(400, google("INVALID_ARGUMENT", 400, message="API key not valid."), "auth", False),
    "gemini: argument": Case(400, google("INVALID_ARGUMENT", 400), "bad_request", False, "INVALID_ARGUMENT"),
    "gemini: context": Case(
        400,
        google(
            "INVALID_ARGUMENT",
            400,
            message="The input token count (9) exceeds the maximum number of tokens allowed (8)",
        ),
        "context_length",
        False,
    ),
    "gemini: unauthenticated": Case(401, google("UNAUTHENTICATED", 401), "auth", False),
    "gemini: permission": Case(403, google("PERMISSION_DENIED", 403), "permission", False),
    "gemini: model": Case(404, google("NOT_FOUND", 404), "not_found", False),
    "gemini: rate": Case(429, google("RESOURCE_EXHAUSTED", 429), "rate_limit", True),
    "gemini: rate of a minute": Case(429, quota("GenerateContentInputTokensPerModelPerMinute"), "rate_limit", True),
    "gemini: the quota of a day": Case(
        429, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), "quota", False, "RESOURCE_EXHAUSTED"
    ),
    "gemini: server": Case(500, google("INTERNAL", 500), "server", True),
    "gemini: overloaded": Case(503, google("UNAVAILABLE", 503), "overloaded", True),
    "gemini: deadline": Case(504, google("DEADLINE_EXCEEDED", 504), "timeout", True),
    "gemini: in a list": Case(429, [google("RESOURCE_EXHAUSTED", 429)], "rate_limit", True),
    "gemini: in a stream": Case(None, google("UNAVAILABLE", 503), "overloaded", True),
    "groq: one request over the budget of a minute": Case(
        413, openai(type="tokens", code="rate_limit_exceeded"), "bad_request", False
    ),
    "gemini interactions: the quota of a day": Case(
        429, {"error": {"code": "quota_exceeded", "message": "m"}}, "quota", False
    ),
    "gemini interactions: rate": Case(429, {"error": {"code": "rate_limit_exceeded"}}, "rate_limit", True),
    "groq: flex capacity": Case(498, openai(code="capacity_exceeded"), "overloaded", True),
    "groq: a call it could not read": Case(
        400, openai(code="tool_use_failed"), "bad_request", False, "tool_use_failed"
    ),
    "deepseek: balance": Case(402, openai("Insufficient Balance"), "quota", False),
    "deepseek: overloaded": Case(503, openai(type=None), "overloaded", True),
    "openrouter: a number for a code": Case(None, {"error": {"code": 502, "message": "m"}}, "server", True),
    "openrouter: metadata": Case(
        400,
        {"error": {"code": 400, "message": "m", "metadata": {"error_type": "context_length_exceeded"}}},
        "context_length",
        False,
    ),
    "openrouter: says itself whether a retry helps": Case(
        429, {"error": {"code": 429, "message": "m", "availability": {"retryable": False}}}, "rate_limit", False
    ),
    "openrouter: credits": Case(402, {"error": {"code": 402, "message": "m"}}, "quota", False),
    "xai: two sentences": Case(
        400, {"code": "Client specified an invalid argument", "error": "m"}, "bad_request", False
    ),
    "mistral: flat": Case(400, {"object": "error", "message": "m", "code": "3051"}, "bad_request", False, "3051"),
    "mistral: detail as a list": Case(422, {"detail": [{"loc": ["body"], "msg": "m"}]}, "bad_request", False),
    "mistral: a status as text in a stream": Case(
        None, {"object": "error", "message": "m", "type": "service_unavailable", "code": "503"}, "overloaded", True
    ),
    "nim: detail": Case(404, {"detail": "m"}, "not_found", False),
    "cerebras: in a stream": Case(None, {"error": {"message": "m"}, "status_code": 429}, "rate_limit", True),
    "xai: context": Case(
        400,
        {"code": "Client specified an invalid argument", "error": "This model's maximum prompt length is 8 but ..."},
        "context_length",
        False,
    ),
    "together: context, with the status of a permission": Case(
        403, openai("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8"), "context_length", False
    ),
    "mistral: context": Case(
        400,
        {"object": "error", "message": "Prompt contains 9 tokens, too large for model with 8 maximum context length"},
        "context_length",
        False,
    ),
    "mistral: a message that is an object": Case(
        422, {"object": "error", "message": {"detail": [{"msg": "extra"}]}}, "bad_request", False
    ),
    "azure: a status as text": Case(401, openai("Access denied", code="401"), "auth", False, "401"),
    "azure: a status as text in a stream": Case(None, openai(code="429", type=None), "rate_limit", True, "429"),
    "azure: a status as text that is none": Case(None, openai(code="1" * 5000, type=None), "server", True),
    "azure: the gateway": Case(None, {"statusCode": 401, "message": "Access denied"}, "auth", False),
    "azure: a deployment": Case(404, openai(code="DeploymentNotFound"), "not_found", False, "DeploymentNotFound"),
    "azure: capacity": Case(429, openai(code="NoCapacity", type=None), "overloaded", True, "NoCapacity"),
    "azure: rate": Case(429, openai(code="RateLimitReached", type=None), "rate_limit", True),
    "azure: a filtered prompt": Case(
        400, openai(code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}), "content_filter", False
    ),
    "azure: a filtered prompt without a word": Case(
        400, openai(type=None, innererror={"code": "ResponsibleAIPolicyViolation"}), "content_filter", False
    ),
    "azure: a wrong version": Case(404, openai("Resource not found", code="404"), "not_found", False),
    "moonshot: overloaded, with the status of a rate": Case(
        429, openai(type="engine_overloaded_error"), "overloaded", True
    ),
    "z.ai: an empty balance, with the status of a rate": Case(
        429, {"error": {"code": "1113", "message": "m"}}, "quota", False
    ),
    "openai: bad gateway": Case(502, openai(type=None), "server", True),
    "anthropic: conflict": Case(409, anthropic("conflict_error"), "server", True),
    "moonshot: quota": Case(429, openai(type="exceeded_current_quota_error"), "quota", False),
    "ollama: a sentence": Case(404, {"error": "model 'x' not found"}, "not_found", False),
    "ollama: context": Case(
        400, {"error": "prompt too long; exceeded max context length by 9 tokens"}, "context_length", False
    ),
    "llama.cpp: context": Case(
        400, openai("request (9) exceeds the available context size (8)"), "context_length", False
    ),
    "cohere: context": Case(400, {"message": "too many tokens: size limit exceeded by 9"}, "context_length", False),
    "a proxy: HTML": Case(502, "<html>Bad Gateway</html>", "server", True),
    "a proxy: nothing": Case(503, "", "overloaded", True),
    "nothing known in a stream": Case(None, {}, "server", True),
    "null": Case(None, None, "server", True),
    "a number": Case(418, 7, "bad_request", False),
}


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
