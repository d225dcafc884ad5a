"""Error bodies of the hosted providers on the Chat wire, each from its own documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from massgen_conformance.speakers.base import JSON

Shape = Callable[[int | None, str, str], JSON]
"""(HTTP status, None inside a stream; `error_info.kind`; message) -> the body."""

CEREBRAS: Mapping[str, tuple[str, str]] = {
    "auth": ("invalid_request_error", "wrong_api_key"),
    "not_found": ("not_found_error", "model_not_found"),
    "bad_request": ("invalid_request_error", "wrong_api_format"),
    "context_length": ("invalid_request_error", "context_length_exceeded"),
    "rate_limit": ("too_many_requests_error", "token_quota_exceeded"),
    "overloaded": ("too_many_requests_error", "queue_exceeded"),
    "server": ("server_error", "internal_server_error"),
}
"""Kind -> (type, code). Source: the cerebras-cloud-sdk 1.91 types and inference-docs.cerebras.ai/support/error."""

MOONSHOT: Mapping[str, str] = {
    "auth": "invalid_authentication_error",
    "permission": "permission_denied_error",
    "not_found": "resource_not_found_error",
    "rate_limit": "rate_limit_reached_error",
    "quota": "exceeded_current_quota_error",
    "overloaded": "engine_overloaded_error",
    "server": "server_error",
    "content_filter": "content_filter",
}
"""Kind -> type. Source: platform.moonshot.ai/docs/api/errors."""

QWEN: Mapping[str, str] = {
    "auth": "InvalidApiKey",
    "permission": "AccessDenied",
    "rate_limit": "limit_requests",
    "quota": "Arrearage",
    "overloaded": "ServiceUnavailable",
    "server": "InternalError",
    "content_filter": "data_inspection_failed",
}
"""Kind -> code. Source: alibabacloud.com/help/en/model-studio/error-code."""

ZAI: Mapping[str, str] = {
    "auth": "1001",
    "bad_request": "1214",
    "context_length": "1261",
    "rate_limit": "1302",
    "quota": "1113",
    "overloaded": "1305",
    "content_filter": "1301",
}
"""Kind -> code, a number as text. Source: docs.z.ai/api-reference/api-code."""


def _fireworks(status: int | None, kind: str, message: str) -> JSON:
    """An object that says that it is an error, with a word in capitals as its code."""
    type_ = "invalid_request_error" if (status or 500) < 500 else "internal_server_error"
    code = {"rate_limit": "RATE_LIMIT_EXCEEDED", "overloaded": "OVERLOADED"}.get(kind, type_.upper())
    return {"error": {"object": "error", "type": type_, "code": code, "message": message}}


def _cerebras(status: int | None, kind: str, message: str) -> JSON:
    """Bare in an answer of its own; inside a stream wrapped, with the status beside it."""
    type_, code = CEREBRAS.get(kind, ("invalid_request_error", "invalid_request_error"))
    error = {"message": message, "type": type_, "param": None, "code": code}
    inside = {"server": 500, "overloaded": 503, "rate_limit": 429}.get(kind, 400)
    return error if status is not None else {"error": {**error, "id": "err_1"}, "status_code": inside}


def _moonshot(status: int | None, kind: str, message: str) -> JSON:
    return {"error": {"message": message, "type": MOONSHOT.get(kind, "invalid_request_error")}}


def _qwen(status: int | None, kind: str, message: str) -> JSON:
    code = QWEN.get(kind, "invalid_parameter_error")
    error = {"message": message, "type": code, "param": None, "code": code}
    return {"error": error, "request_id": "0a1b2c3d-0000-9000-8000-000000000000"}


def _zai(status: int | None, kind: str, message: str) -> JSON:
    return {"error": {"code": ZAI.get(kind, str(status or 500)), "message": message}}


def _nebius(status: int | None, kind: str, message: str) -> JSON:
    """FastAPI's own where the request is refused, and vLLM's inside a stream."""
    if status == 422:
        return {"detail": [{"type": "value_error", "loc": ["body", "messages"], "msg": message}]}
    if status is not None:
        return {"detail": message}
    code = {"overloaded": 503, "rate_limit": 429}.get(kind, 500)
    return {"error": {"message": message, "type": "InternalServerError", "param": None, "code": code}}


HOSTED: Mapping[str, Shape] = {
    "fireworks": _fireworks,
    "cerebras": _cerebras,
    "moonshot": _moonshot,
    "qwen": _qwen,
    "zai": _zai,
    "nebius": _nebius,
}
