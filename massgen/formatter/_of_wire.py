"""Whether one message has the shape of one wire. Stricter than reading, which takes every shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from massgen.errors import ConfigurationError
from massgen.formatter._shapes import read_history

Json = Any

_OPENAI = frozenset({"text", "image_url", "input_audio", "file", "refusal", "video_url"})
_CLAUDE = frozenset({
    "text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking", "search_result",
    "server_tool_use", "mcp_tool_use", "container_upload", "compaction",
})  # fmt: skip
_RESPONSES = frozenset({"input_text", "output_text", "input_image", "input_file", "input_audio", "refusal"})


def is_message_of(message: Json, wire: str) -> bool:
    """Whether `message` is one of `openai`, `claude`, `gemini` or `response_api`, and can be read.

    Raises ConfigurationError for another name.
    """
    if wire not in _CHECKS:
        raise ConfigurationError(f"{wire!r} is no message format; choose one of {', '.join(_CHECKS)}")
    if not isinstance(message, Mapping) or not _CHECKS[wire](message):
        return False
    try:
        read_history([message], calls_elsewhere=True, results_elsewhere=True)
    except ConfigurationError:
        return False
    return True


def _openai(message: Mapping[str, Json]) -> bool:
    role = message.get("role")
    if role == "tool":
        return isinstance(message.get("tool_call_id"), str) and _holds(message.get("content"), _OPENAI)
    if role == "function":
        return isinstance(message.get("name"), str) and "content" in message
    if role == "assistant" and (message.get("tool_calls") or message.get("function_call") or message.get("refusal")):
        return message.get("content") is None or _holds(message["content"], _OPENAI)
    return role in ("system", "developer", "user", "assistant") and _holds(message.get("content"), _OPENAI)


def _claude(message: Mapping[str, Json]) -> bool:
    return message.get("role") in ("user", "assistant") and _holds(
        message.get("content"), _CLAUDE, lambda kind: kind.endswith("_tool_result")
    )


def _gemini(message: Mapping[str, Json]) -> bool:
    parts = message.get("parts")
    known = message.get("role") in (None, "user", "model", "function")
    return known and isinstance(parts, list) and bool(parts) and all(isinstance(part, Mapping) for part in parts)


def _responses(message: Mapping[str, Json]) -> bool:
    if message.get("type", "message") != "message":
        return message.get("role") is None
    known = message.get("role") in ("system", "developer", "user", "assistant")
    return known and "tool_calls" not in message and _holds(message.get("content"), _RESPONSES)


def _holds(content: Json, kinds: Iterable[str], also: Callable[[str], bool] = lambda kind: False) -> bool:
    """Whether the content is text or a list of parts of these kinds."""
    if isinstance(content, str):
        return True
    if not isinstance(content, list):
        return False
    found = [part.get("type") if isinstance(part, Mapping) else None for part in content]
    return all(isinstance(kind, str) and (kind in kinds or also(kind)) for kind in found)


_CHECKS: dict[str, Callable[[Mapping[str, Json]], bool]] = {
    "openai": _openai,
    "claude": _claude,
    "gemini": _gemini,
    "response_api": _responses,
}
