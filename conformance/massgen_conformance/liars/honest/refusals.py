"""What a refusal means: its class by its words where a provider has words for it, else by its status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KIND_OF_STATUS: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "auth",
    402: "quota",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "server",
    413: "context_length",
    422: "bad_request",
    429: "rate_limit",
    498: "overloaded",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}
TOO_LONG: Final = (
    "context length",
    "context_length_exceeded",
    "context limit",
    "too long",
    "token count",
    "maximum prompt length",
)
WORDS: Final[Mapping[str, str]] = {
    "Request too large": "bad_request",
    "insufficient_quota": "quota",
    "spend_limit": "quota",
    "PerDay": "quota",
    "API_KEY_INVALID": "auth",
    "API key not valid": "auth",
    "content_policy_violation": "content_filter",
    **dict.fromkeys(TOO_LONG, "context_length"),
}
"""Words of a body -> the class, whatever its status."""

RETRYABLE: Final = frozenset({"rate_limit", "overloaded", "server", "timeout", "connection"})

ADVICE: Final[Mapping[str, str]] = {
    "auth": "check the key",
    "permission": "ask for access",
    "not_found": "check the model's name",
    "bad_request": "change it",
    "context_length": "make it shorter",
    "quota": "check the plan",
    "content_filter": "change what was asked",
}
"""What to do about a failure of a class; about any other: try again."""


def kind_of(status: int, body: str) -> str:
    """The class of a refusal."""
    if status < 500 and (named := next((kind for words, kind in WORDS.items() if words in body), "")):
        return named
    elsewhere = "not_found" if 300 <= status < 400 else "bad_request"
    return KIND_OF_STATUS.get(status, "server" if status >= 500 else elsewhere)


def with_advice(kind: str, message: str) -> str:
    return f"{message} ({ADVICE.get(kind, 'try again later')})"
