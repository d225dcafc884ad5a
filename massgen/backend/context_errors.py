"""Errors of an exceeded context window, told apart from limits of rate and quota, and what can be done about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from massgen.backend._compression import Compression, compress
from massgen.backend.stream_chunk import ErrorInfo, ErrorKind
from massgen.errors import MassgenError
from massgen.wire.exceptions import from_exception
from massgen.wire.failure import Failure, from_error

__all__ = [
    "TARGET_RATIO",
    "Compression",
    "ContextErrorInfo",
    "ContextLengthExceededError",
    "compress_messages_for_recovery",
    "compress_to_fit",
    "get_provider_from_error",
    "is_context_length_error",
    "parse_context_error_info",
]

Json = Any

TARGET_RATIO = 0.2
"""How much of the context window a compressed conversation may fill."""


class ContextErrorInfo(msgspec.Struct, frozen=True):
    """What a provider said about it, in tokens; None where it did not say."""

    provider: str
    input_tokens: int | None = None
    max_tokens: int | None = None
    context_limit: int | None = None
    http_status: int | None = None
    error_code: str | None = None
    raw_message: str | None = None


class ContextLengthExceededError(MassgenError):
    """The conversation does not fit the model's context window."""

    def __init__(
        self, original_error: BaseException, provider: str = "unknown", info: ContextErrorInfo | None = None
    ) -> None:
        self.original_error, self.provider = original_error, provider
        self.info = info or parse_context_error_info(original_error) or ContextErrorInfo(provider)
        super().__init__(f"{provider}: the conversation does not fit the context window: {original_error}")


# The wordings with the numbers in them. `total` is input and output together, `over` what is too much.
_N = r"[\d,]+"
_NUMBERS = [
    re.compile(pattern.replace("#", _N), re.IGNORECASE | re.DOTALL)
    for pattern in (
        # OpenAI, DeepSeek, OpenRouter
        r"maximum context length is (?P<limit>#) tokens.*?requested (?:about )?(?P<total>#) tokens"
        r"(?: \((?P<input>#) (?:in the messages|of text input)(?:, (?P<max>#) in the completion)?)?",
        r"maximum context length is (?P<limit>#) tokens.*?messages resulted in (?P<input>#) tokens",
        # vLLM
        r"maximum context length is (?P<limit>#) tokens.*?request(?:ed)? (?P<max>#) output tokens.*?(?P<input>#) input",
        r"maximum context length is (?P<limit>#) tokens.*?your request has (?P<input>#) input tokens",
        # Anthropic
        r"prompt is too long: (?P<input>#) tokens > (?P<limit>#) maximum",
        r"exceed context limit: (?P<input>#) \+ (?P<max>#) > (?P<limit>#)",
        # Gemini
        r"input token count \(?(?P<input>#)\)? exceeds the maximum number of tokens allowed \(?(?P<limit>#)",
        r"request \((?P<input>#)(?: tokens)?\) exceeds the available context size \((?P<limit>#)",  # llama.cpp
        r"current length is (?P<input>#) while limit is (?P<limit>#)",  # Cerebras
        r"\((?P<input>#) tokens\) is longer than the model's context length \((?P<limit>#) tokens\)",  # SGLang
        r"max_new_tokens` must be <= (?P<limit>#)(?:\. Given: (?P<input>#) `inputs` tokens and (?P<max>#))?",  # TGI
        r"range of input length should be \[1, (?P<limit>#)\]",  # DashScope
        r"maximum prompt length is (?P<limit>#) but the request contains (?P<input>#) tokens",  # xAI
        r"prompt contains (?P<input>#) tokens.*?with (?P<limit>#) maximum context length",  # Mistral
        r"exceeded max context length by (?P<over>#) tokens",  # Ollama
        r"size limit exceeded by (?P<over>#) tokens.*?limit for this model is (?P<limit>#)",  # Cohere
        r"maximum context length (?:is|of) (?P<limit>#)",
    )
]

# Words by which an error that is only a text shows that it speaks of a rate or a quota.
_RATE = re.compile(r"\b429\b|rate.?limit|quota|resource.?exhausted|per (?:minute|day)|\btpm\b|\brpm\b", re.IGNORECASE)

_SDKS = {"anthropic": "claude", "google": "gemini"}  # package of an exception -> backend type, where they differ


def is_context_length_error(error: BaseException | Failure | ErrorInfo) -> bool:
    """Whether `error` says that the input does not fit the context window. A limit of rate or quota never does,
    whatever it says of tokens.
    """
    if isinstance(error, ContextLengthExceededError):
        return True
    if isinstance(error, ErrorInfo):
        return error.kind == ErrorKind.CONTEXT_LENGTH
    known = _failure(error)
    return known is not None and known.info.kind == ErrorKind.CONTEXT_LENGTH


def get_provider_from_error(error: BaseException | Failure | ErrorInfo) -> str | None:
    """Who reported it: as the failure says, or by the package of an SDK's exception; None for any other."""
    if isinstance(error, ErrorInfo | Failure):
        return (error.info if isinstance(error, Failure) else error).provider
    if isinstance(error, ContextLengthExceededError):
        return error.provider
    package = type(error).__module__.partition(".")[0]
    return _SDKS.get(package, package) if package in (*_SDKS, "openai", "groq", "mistralai", "cohere") else None


def parse_context_error_info(error: BaseException | Failure) -> ContextErrorInfo | None:
    """The numbers of a context-length error; None for any other error."""
    if isinstance(error, ContextLengthExceededError):
        return error.info
    known = _failure(error)
    if known is None or known.info.kind != ErrorKind.CONTEXT_LENGTH:
        return None
    message = known.message if isinstance(error, Failure) else str(error) or known.message
    found = _numbers(message) or _numbers(known.message)
    return ContextErrorInfo(
        provider=get_provider_from_error(error) or known.info.provider,
        input_tokens=found.get("input") or _input_of(found),
        max_tokens=found.get("max"),
        context_limit=found.get("limit"),
        http_status=known.info.http_status,
        error_code=known.info.code,
        raw_message=message,
    )


def _failure(error: BaseException | Failure) -> Failure | None:
    if isinstance(error, Failure):
        return error
    known = from_exception("unknown", error)
    if known is None and not _RATE.search(text := str(error)):
        known = from_error("unknown", text)
    return known


def _numbers(message: str) -> dict[str, int]:
    for pattern in _NUMBERS:
        if found := pattern.search(message):
            given = found.groupdict()
            return {name: int(text.replace(",", "")) for name, text in given.items() if text and text.strip(",")}
    return {}


def _input_of(found: dict[str, int]) -> int | None:
    """The input where only the total or the excess is told."""
    if "total" in found:
        return found["total"] - found.get("max", 0)
    return found["limit"] + found["over"] if "over" in found and "limit" in found else None


class Estimating(Protocol):
    """What compression needs of a backend."""

    def estimate_tokens(self, text: Any, method: str = "auto") -> int: ...


def compress_messages_for_recovery(
    messages: Sequence[Json],
    backend: Estimating,
    target_ratio: float = TARGET_RATIO,
    buffer_content: str | None = None,
) -> list[Json]:
    """`messages` in about `target_ratio` of their size, with a note in place of what was left out.

    System messages and the user's last message stay, tool calls keep their results, and the caller's objects are not
    changed. `buffer_content` is what the model had written so far; its end goes into the note. Where nothing can be
    left out the messages come back as they are.
    """
    found = compress_to_fit(messages, backend, target_ratio, written=buffer_content)
    return found.messages if found is not None else list(messages)


def compress_to_fit(
    messages: Sequence[Json],
    backend: Estimating,
    target_ratio: float = TARGET_RATIO,
    *,
    context_limit: int | None = None,
    written: str | None = None,
) -> Compression | None:
    """The same with its figures; None where nothing can be left out.

    The target is `target_ratio` of `context_limit` tokens, or of what the messages are estimated at if that is less.
    """
    size = backend.estimate_tokens(list(messages))
    target = int(target_ratio * min(size, context_limit or size))
    return compress(messages, target, estimate=backend.estimate_tokens, written=written)
