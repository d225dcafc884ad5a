"""Error bodies of servers of one's own on the Chat wire, and of NVIDIA NIM, each from its own documents."""

from __future__ import annotations

from collections.abc import Mapping

from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.hosted_errors import Shape

_STATUS = {
    "auth": 401,
    "permission": 403,
    "not_found": 404,
    "bad_request": 400,
    "context_length": 400,
    "rate_limit": 429,
    "overloaded": 503,
    "timeout": 504,
}


def _vllm(status: int | None, kind: str, message: str) -> JSON:
    code = status or _STATUS.get(kind, 500)
    word = {400: "BadRequestError", 404: "NotFoundError"}.get(code, "InternalServerError")
    error = {"message": message, "type": word, "param": None, "code": code}
    return {"error": message if status == 401 else error}


def _sglang(status: int | None, kind: str, message: str) -> JSON:
    """Bare as an answer, wrapped inside a stream."""
    error = _vllm(None, kind, message)["error"]
    return {"error": error} if status is None else {"object": "error", **error, "code": status}


def _nvidia(status: int | None, kind: str, message: str) -> JSON:
    """What the gateway says, what the server behind it does, and what that says inside a stream."""
    if status is None:
        return _vllm(None, kind, message)
    if status not in (400, 422):
        return {"status": status, "title": kind.replace("_", " ").title(), "detail": message}
    return {"object": "error", **_vllm(None, kind, message)["error"]}


def _ollama(status: int | None, kind: str, message: str) -> JSON:
    words = {400: "invalid_request_error", 404: "not_found_error"}
    return {"error": {"message": message, "type": words.get(status or 500, "api_error"), "param": None, "code": None}}


OWN: Mapping[str, Shape] = {"vllm": _vllm, "sglang": _sglang, "nvidia_nim": _nvidia, "ollama": _ollama}
