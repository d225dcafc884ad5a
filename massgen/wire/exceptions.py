"""What an exception says of a provider: the vendors' SDKs raise theirs with the response, the status and the body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from massgen.backend.stream_chunk import ErrorKind
from massgen.errors import TransportError
from massgen.wire.failure import Failure, failure, from_error
from massgen.wire.retry_hints import retry_after

Json = Any

# Class names of openai, anthropic, httpx2, httpx and aiohttp; `TimeoutError` is the interpreter's own.
_TIMEOUTS = frozenset({"TimeoutError", "TimeoutException", "APITimeoutError", "ReadTimeout", "ConnectTimeout"})
_CONNECTIONS = frozenset({"ConnectionError", "APIConnectionError", "ConnectError", "NetworkError", "ProtocolError",
                          "ClientConnectionError"})  # fmt: skip


def from_exception(provider: str, error: BaseException) -> Failure | None:
    """The exception as a failure; None where it says nothing of a provider (a bug in the program, for instance)."""
    if isinstance(error, TransportError):
        return failure(provider, ErrorKind(error.kind), str(error))
    status, body = extract_status_code(error), _body(error)
    if status is not None or body is not None:
        return from_error(provider, body if body is not None else str(error), status=status, headers=_headers(error))
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & _TIMEOUTS:
        return failure(provider, ErrorKind.TIMEOUT, str(error) or type(error).__name__)
    if names & _CONNECTIONS:
        return failure(provider, ErrorKind.CONNECTION, str(error) or type(error).__name__)
    return None


def extract_status_code(error: BaseException) -> int | None:
    """The HTTP status of an SDK's exception, wherever it keeps it."""
    response = getattr(error, "response", None)
    places = ((error, "status_code"), (error, "http_status"), (error, "status"), (error, "code"),
              (response, "status_code"), (response, "status"))  # fmt: skip
    values = (getattr(place, name, None) for place, name in places)
    return next((value for value in values if type(value) is int and 100 <= value <= 599), None)


def extract_retry_after(error: BaseException) -> float | None:
    """Seconds that the provider asks to wait, in any of the forms in which they say it; None where it does not."""
    return retry_after(_headers(error), _body(error))


def _headers(error: BaseException) -> Mapping[str, str]:
    headers = getattr(getattr(error, "response", None), "headers", None) or getattr(error, "headers", None)
    if not isinstance(headers, Mapping):
        return {}
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _body(error: BaseException) -> Json:
    """The parsed body: `body` in openai and anthropic, `details` in google-genai."""
    for name in ("body", "details"):
        value = getattr(error, name, None)
        if isinstance(value, dict | list) and value:
            return value
    return None
