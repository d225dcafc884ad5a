"""A provider's error, in any of the shapes they send, as one classified `Failure`.

The tables are read in this order: the provider's own code or type word, wordings of an exceeded context, the HTTP
status. Sources: the vendors' SDKs and documentation, per provider in their API references under "Errors".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from massgen.backend.stream_chunk import ErrorInfo, ErrorKind
from massgen.wire.failure_words import BY_WORD, CONTEXT, INVALID, NO_CREDIT, POLICY
from massgen.wire.retry_hints import is_daily_quota, retry_after, unlisted, verdict

Json = Any


class Failure(msgspec.Struct, frozen=True):
    """Why an attempt failed: a sentence for people, and its classification for programs."""

    message: str
    info: ErrorInfo

    def answered_by(self, headers: Mapping[str, str]) -> Failure:
        """The failure with the id of the request that the answer's headers tell, where it has none of its own."""
        known = self.info.request_id or _request_id(headers)
        return Failure(self.message, msgspec.structs.replace(self.info, request_id=known))


BY_STATUS: dict[int, ErrorKind] = {
    202: ErrorKind.OVERLOADED,  # NVIDIA's gateway: the request waits in a queue
    400: ErrorKind.BAD_REQUEST,
    401: ErrorKind.AUTH,
    402: ErrorKind.QUOTA,
    403: ErrorKind.PERMISSION,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.SERVER,
    412: ErrorKind.QUOTA,  # Fireworks: the account is suspended or at its spending limit
    413: ErrorKind.BAD_REQUEST,
    422: ErrorKind.BAD_REQUEST,
    429: ErrorKind.RATE_LIMIT,
    498: ErrorKind.OVERLOADED,  # Groq's flex tier out of capacity
    503: ErrorKind.OVERLOADED,
    504: ErrorKind.TIMEOUT,
    529: ErrorKind.OVERLOADED,  # Anthropic, OpenRouter
}

RETRYABLE = frozenset({ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED, ErrorKind.SERVER, ErrorKind.TIMEOUT,
                       ErrorKind.CONNECTION, ErrorKind.INCOMPLETE})  # fmt: skip

_ADVICE: dict[ErrorKind, str] = {
    ErrorKind.AUTH: "check the API key",
    ErrorKind.PERMISSION: "this key may not do that: check the account's access",
    ErrorKind.NOT_FOUND: "check the model name and base_url",
    ErrorKind.CONTEXT_LENGTH: "shorten the conversation",
    ErrorKind.RATE_LIMIT: "slow down or retry later",
    ErrorKind.QUOTA: "the account is out of quota or credit: retrying will not help",
    ErrorKind.OVERLOADED: "retry later",
    ErrorKind.SERVER: "retry later",
    ErrorKind.TIMEOUT: "retry, or raise the timeout",
    ErrorKind.CONNECTION: "check the network and base_url, then retry",
    ErrorKind.INCOMPLETE: "the answer is cut off: retry",
    ErrorKind.MALFORMED: "the answer breaks its own protocol: retry, and if it happens again check base_url",
    ErrorKind.CONTENT_FILTER: "the provider refuses this content: change the request",
    ErrorKind.BAD_REQUEST: "the provider rejects the request: change it",
}


_LONGEST_MESSAGE = 2000  # characters: some servers echo the whole request

_TOO_STRANGE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding the bytes of a stranger can raise: no JSON, no UTF-8, nested too deeply."""


def describe(provider: str, kind: str, what: str) -> str:
    """A sentence that names the provider, what happened and what to do."""
    advice = _ADVICE.get(ErrorKind(kind), "")
    return f"{provider}: {what.strip().rstrip('.')}" + (f" ({advice})" if advice else "")


def failure(provider: str, kind: ErrorKind, what: str, *, code: str | None = None) -> Failure:
    """A failure that is seen on our side: a broken connection, a truncated stream, bytes that make no sense."""
    info = ErrorInfo(kind=kind.value, provider=provider, code=code, retryable=kind in RETRYABLE)
    return Failure(describe(provider, kind, what), info)


def from_error(
    provider: str, error: Json, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Failure:
    """Classify an error object, wherever it came: an HTTP body, an event inside a stream, a bare string.

    `error` is the parsed body or its `error` member; `status` is the HTTP status where there was one.
    """
    headers, error = headers or {}, unlisted(error)
    message, words = _read(error)
    status = status if status is not None else _status_in(error)
    kind = ErrorKind.QUOTA if is_daily_quota(error) else _classify(message, words, status)
    code = words[0] if words else None
    where = f"HTTP {status} " if status is not None else ""
    what = f"{where}{code or ''}".strip() + (f": {_clipped(message)}" if message else "")
    info = ErrorInfo(
        kind=kind.value,
        provider=provider,
        http_status=status,
        code=code,
        retryable=kind in RETRYABLE if (said := verdict(headers, error)) is None else said,
        retry_after=retry_after(headers, error),
        request_id=_request_id(headers) or _request_id_in(error),
    )
    return Failure(describe(provider, kind, what or "the provider reported an error without saying what"), info)


def from_response(provider: str, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Classify a whole HTTP answer that is not a stream. `headers` have lower-case names."""
    if 300 <= status < 400:
        parsed: Json = f"the server redirects to {headers.get('location') or 'nowhere'}, and redirects are not followed"
        return from_error(provider, parsed, status=status, headers=headers)
    if status == 202:
        queued = "the server put the request into a queue instead of answering it"
        return from_error(provider, queued, status=status, headers=headers)
    try:
        parsed = msgspec.json.decode(body)
    except _TOO_STRANGE:
        parsed = body.decode("utf-8", "replace").strip()[:500]
    # Behind a 200 the status that matters is the one inside the error (OpenRouter, once the model has started).
    return from_error(provider, parsed, status=status if status >= 300 else None, headers=headers)


def holds_error(body: bytes) -> bool:
    """Whether the body of a successful answer is an error object all the same."""
    try:
        parsed = msgspec.json.decode(body)
    except _TOO_STRANGE:
        return False
    parsed = unlisted(parsed)
    return isinstance(parsed, dict) and (
        parsed.get("object") == "error" or "detail" in parsed or bool(parsed.get("error"))
    )


def _read(error: Json) -> tuple[str, list[str]]:
    """`(message, code words from the most to the least specific)` of an error of any shape."""
    if isinstance(error, str):
        return error, []
    if not isinstance(error, dict):
        return "", []
    inner = error.get("error")
    if isinstance(inner, str):
        return str(error.get("message") or inner), _words(error.get("code"), error.get("type"))
    if isinstance(inner, dict):
        error = inner
    details = error.get("details") if isinstance(error.get("details"), dict) else {}
    metadata = error.get("metadata") if isinstance(error.get("metadata"), dict) else {}
    inner_error = error.get("innererror") if isinstance(error.get("innererror"), dict) else {}  # Azure
    words = _words(
        details.get("error_code"),
        metadata.get("error_type"),
        *_reasons(error.get("details")),
        error.get("code"),
        error.get("status"),
        error.get("type"),
        inner_error.get("code"),
    )
    message = error.get("message") or error.get("detail") or ""
    said = message if isinstance(message, str) else msgspec.json.encode(message).decode()
    return said + _filtered(inner_error.get("content_filter_result")), words


def _filtered(results: Json) -> str:
    """What Azure's content filter found in a prompt, behind a message that does not say it."""
    found = [
        f"{category} {result.get('severity') or ''}".strip()
        for category, result in (results.items() if isinstance(results, dict) else ())
        if isinstance(result, dict) and result.get("filtered") is True
    ]
    return f" [filtered: {', '.join(found)}]" if found else ""


def _words(*candidates: Json) -> list[str]:
    return [word for word in candidates if isinstance(word, str) and word and word != "error"]


def _reasons(details: Json) -> list[str]:
    """The `reason` of google.rpc.ErrorInfo entries, such as API_KEY_INVALID."""
    if not isinstance(details, list):
        return []
    return [entry["reason"] for entry in details if isinstance(entry, dict) and isinstance(entry.get("reason"), str)]


def _status_in(error: Json) -> int | None:
    """An HTTP status that travels inside the error (OpenRouter, Gemini, Groq; at Azure and Mistral as text), or beside
    it (Cerebras).
    """
    if not isinstance(error, dict):
        return None
    inner = error["error"] if isinstance(error.get("error"), dict) else {}
    names = ("code", "status_code", "status", "statusCode", "raw_status_code")
    values = [place.get(name) for place in (inner, error) for name in names]
    return next((status for value in values if (status := _error_status(value)) is not None), None)


def _error_status(value: Json) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def _classify(message: str, words: list[str], status: int | None) -> ErrorKind:
    by_word = next((BY_WORD[word.lower()] for word in words if word.lower() in BY_WORD), None)
    if by_word is ErrorKind.RATE_LIMIT and (status == 413 or message.startswith("Request too large")):
        return ErrorKind.BAD_REQUEST  # one request above the budget of a minute, at Groq and OpenAI: waiting is no help
    vague = by_word is ErrorKind.SERVER and status is not None and status < 500  # Ollama's `api_error` to a wrong key
    if by_word is not None and not vague:
        return by_word
    if CONTEXT.search(message) and (status not in (429, 401, 403) or "max_new_tokens" in message):
        return ErrorKind.CONTEXT_LENGTH
    if status in (403, 429) and NO_CREDIT.search(message):
        return ErrorKind.QUOTA
    if status == 403 and POLICY.search(message):
        return ErrorKind.CONTENT_FILTER
    if status is None:
        return ErrorKind.SERVER if INVALID.isdisjoint(words) else ErrorKind.BAD_REQUEST
    if "api key" in message.lower() and "valid" in message.lower() and status == 400:
        return ErrorKind.AUTH  # Gemini answers 400 to a wrong key
    if 300 <= status < 400:
        return ErrorKind.NOT_FOUND  # a redirect: what was asked for is somewhere else
    return BY_STATUS.get(status, ErrorKind.SERVER if status >= 500 else ErrorKind.BAD_REQUEST)


def _clipped(message: str) -> str:
    left_out = len(message) - _LONGEST_MESSAGE
    return message if left_out <= 0 else f"{message[:_LONGEST_MESSAGE]} [... {left_out} more characters]"


def _request_id(headers: Mapping[str, str]) -> str | None:
    names = ("x-request-id", "request-id", "apim-request-id", "mistral-correlation-id", "nvcf-reqid")
    return next((headers[name] for name in names if headers.get(name)), None)


def _request_id_in(error: Json) -> str | None:
    value = error.get("request_id") if isinstance(error, dict) else None
    return value if isinstance(value, str) else None
