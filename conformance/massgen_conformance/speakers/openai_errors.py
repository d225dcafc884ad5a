"""Error bodies of the providers that speak OpenAI's dialects."""

from __future__ import annotations

from collections.abc import Mapping

from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.hosted_errors import HOSTED, Shape
from massgen_conformance.speakers.own_server_errors import OWN

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


XAI: Mapping[str, str] = {
    "auth": "unauthenticated",
    "permission": "The caller does not have permission to execute the specified operation",
    "not_found": "Some requested entity was not found",
    "rate_limit": "rate_limit_exceeded",
    "overloaded": "The service is currently unavailable",
    "server": "Internal error",
}
"""`error_info.kind` -> xAI's `code`, a word or a sentence beside the string `error`."""

MISTRAL: Mapping[str, str] = {
    "auth": "authentication_error",
    "rate_limit": "rate_limit_error",
    "overloaded": "service_unavailable",
    "server": "server_error",
}
"""`error_info.kind` -> the `type` of Mistral's flat error."""

AZURE: Mapping[str, str] = {
    "auth": "401",
    "not_found": "DeploymentNotFound",
    "context_length": "context_length_exceeded",
    "rate_limit": "429",
    "quota": "insufficient_quota",
    "overloaded": "NoCapacity",
    "server": "InternalServerError",
    "content_filter": "content_filter",
}
"""`error_info.kind` -> Azure's `code`, some of them a status as text."""


def error_body(provider: str, status: int | None, kind: str, message: str) -> JSON:
    """The JSON of an error; `status` is None inside a stream, whose own status was 200."""
    if provider == "openrouter":
        code = status or STATUS.get(kind, 500)
        return {"error": {"code": code, "message": message, "metadata": {"error_type": ROUTER.get(kind, "unmapped")}}}
    if provider in _SHAPES:
        return _SHAPES[provider](status, kind, message)
    error_type, code_name = OPENAI.get(kind, ("server_error", None))
    error: JSON = {"message": message, "type": error_type, "code": code_name}
    if provider == "groq":
        return {"error": {**error, **({"status_code": STATUS.get(kind, 500)} if status is None else {})}}
    return {"error": {**error, "param": None}}


def _xai(status: int | None, kind: str, message: str) -> JSON:
    return {"code": XAI.get(kind, "Client specified an invalid argument"), "error": message}


def _mistral(status: int | None, kind: str, message: str) -> JSON:
    if status == 401:
        return {"detail": message}
    if status == 422:
        return {"detail": [{"type": "extra_forbidden", "loc": ["body", "x"], "msg": message, "input": 1}]}
    word = MISTRAL.get(kind, "invalid_request_error")
    code = str(status or STATUS.get(kind, 500))
    return {"object": "error", "message": message, "type": word, "param": None, "code": code}


def _azure(status: int | None, kind: str, message: str) -> JSON:
    code = AZURE.get(kind, str(status or STATUS.get(kind, 500)))
    error: JSON = {"code": code, "message": message, "param": None, "type": None}
    if kind == "content_filter":
        found = {"hate": {"filtered": True, "severity": "high"}}
        error["innererror"] = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
        error |= {"param": "prompt", "status": 400}
    return {"error": error}


_SHAPES: Mapping[str, Shape] = {**HOSTED, **OWN, "grok": _xai, "mistral": _mistral, "azure_openai": _azure}
