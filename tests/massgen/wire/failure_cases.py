"""Errors as providers send them, and what each of them means."""

from __future__ import annotations

from typing import Any, NamedTuple

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
        429, openai(TPM, type="tokens", code="rate_limit_exceeded"), "bad_request", False
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
