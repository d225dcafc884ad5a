"""Error bodies of the providers that speak OpenAI's dialects."""

from __future__ import annotations

from collections.abc import Mapping

from massgen_conformance.speakers.base import JSON

OPENAI: Mapping[str, tuple[str, str | None]] = {
    "auth": ("invalid_request_error", "invalid_api_key"),
    "permission": ("invalid_request_error", "unsupported_country_region_territory"),
    "not_found": ("invalid_request_error", "model_not_found"),
    "bad_request": ("invalid_request_error", "invalid_value"),
    "context_length": ("invalid_request_error", "context_length_exceeded"),
    "rate_limit": ("tokens", "rate_limit_exceeded"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "overloaded": ("server_error", "server_is_overloaded"),
    "server": ("server_error", "server_error"),
    "timeout": ("server_error", "timeout"),
    "content_filter": ("invalid_request_error", "content_policy_violation"),
}
"""`error_info.kind` -> (type, code) of OpenAI's error object."""

STATUS: Mapping[str, int] = {
    "auth": 401,
    "permission": 403,
    "not_found": 404,
    "bad_request": 400,
    "context_length": 400,
    "rate_limit": 429,
    "quota": 429,
    "overloaded": 503,
    "server": 500,
    "timeout": 504,
    "content_filter": 400,
}

ROUTER: Mapping[str, str] = {
    "auth": "authentication",
    "permission": "permission_denied",
    "not_found": "not_found",
    "bad_request": "invalid_request",
    "context_length": "context_length_exceeded",
    "rate_limit": "rate_limit_exceeded",
    "quota": "payment_required",
    "overloaded": "provider_overloaded",
    "server": "server",
    "timeout": "timeout",
    "content_filter": "content_policy_violation",
}
"""`error_info.kind` -> OpenRouter's `metadata.error_type`."""


def error_body(provider: str, status: int | None, kind: str, message: str) -> JSON:
    """The JSON of an error; `status` is None inside a stream, whose own status was 200."""
    if provider == "openrouter":
        code = status or STATUS.get(kind, 500)
        return {"error": {"code": code, "message": message, "metadata": {"error_type": ROUTER.get(kind, "unmapped")}}}
    error_type, code_name = OPENAI.get(kind, ("server_error", None))
    error: JSON = {"message": message, "type": error_type, "code": code_name}
    if provider == "groq":
        return {"error": {**error, **({"status_code": STATUS.get(kind, 500)} if status is None else {})}}
    return {"error": {**error, "param": None}}
