"""The StreamChunk contract: the vocabulary, each type's fields, and the classified error.

`FIELDS` is the contract as data; a test holds it equal to the conformance kit's own table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

Json = Any  # the JSON edge: whatever a decoder of JSON gives


class ChunkType(StrEnum):
    """The closed vocabulary. A member compares equal to its plain string."""

    CONTENT = "content"
    TOOL_CALLS = "tool_calls"
    REASONING = "reasoning"
    REASONING_DONE = "reasoning_done"
    REASONING_SUMMARY = "reasoning_summary"
    REASONING_SUMMARY_DONE = "reasoning_summary_done"
    COMPLETE_MESSAGE = "complete_message"
    COMPLETE_RESPONSE = "complete_response"
    DONE = "done"
    ERROR = "error"
    AGENT_STATUS = "agent_status"
    BACKEND_STATUS = "backend_status"
    COMPRESSION_STATUS = "compression_status"
    MCP_STATUS = "mcp_status"
    CUSTOM_TOOL_STATUS = "custom_tool_status"
    HOOK_EXECUTION = "hook_execution"
    MEDIA = "media"
    MEDIA_PROGRESS = "media_progress"
    ATTACHMENT = "attachment"
    ATTACHMENT_COMPLETE = "attachment_complete"
    CHECKPOINT_ACTIVATED = "checkpoint_activated"
    CHECKPOINT_COMPLETED = "checkpoint_completed"
    COMPRESSION_NEEDED = "compression_needed"


class FinishStatus(StrEnum):
    """`done.status`: why the last attempt ended, derived from what was seen."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    PAUSE = "pause"
    ERROR = "error"


class ErrorKind(StrEnum):
    """What a failure is, whoever reported it."""

    AUTH = "auth"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    CONTEXT_LENGTH = "context_length"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    INCOMPLETE = "incomplete"
    MALFORMED = "malformed"
    CONTENT_FILTER = "content_filter"
    CONFIG = "config"
    TOOL = "tool"


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A failure, classified. `retry_after` is in seconds; `code` is the provider's own word."""

    kind: str
    provider: str
    http_status: int | None = None
    code: str | None = None
    retryable: bool = False
    retry_after: float | None = None
    request_id: str | None = None


class StreamChunk(msgspec.Struct, omit_defaults=True):
    """One step of a stream. Fields that do not belong to `type` are None (see `FIELDS`)."""

    type: str
    content: str | None = None
    tool_calls: list[dict[str, Json]] | None = None
    complete_message: dict[str, Json] | None = None
    response: dict[str, Json] | None = None
    usage: dict[str, Json] | None = None
    error: str | None = None
    source: str | None = None
    status: str | None = None
    detail: str | None = None
    reasoning_delta: str | None = None
    reasoning_text: str | None = None
    reasoning_summary_delta: str | None = None
    reasoning_summary_text: str | None = None
    item_id: str | None = None
    content_index: int | None = None
    summary_index: int | None = None
    hook_info: dict[str, Json] | None = None
    tool_call_id: str | None = None
    display: bool = True
    error_info: ErrorInfo | None = None
    checkpoint_participants: dict[str, Json] | None = None
    checkpoint_number: int | None = None
    main_agent_id: str | None = None

    def to_dict(self) -> dict[str, Json]:
        """Plain JSON types; fields at their default are left out."""
        plain: dict[str, Json] = msgspec.to_builtins(self)
        return plain


COMMON_FIELDS = frozenset({"type", "source", "display"})

_STATUS = (frozenset({"status"}), frozenset({"detail", "tool_call_id"}))
_ITEM = frozenset({"item_id", "content_index"})
_SUMMARY = frozenset({"item_id", "summary_index"})
_PAYLOAD = frozenset({"content", "detail", "item_id", "status"})
_CHECKPOINT = frozenset({"checkpoint_participants", "checkpoint_number", "main_agent_id", "status", "detail"})

# type -> (required fields, optional fields); `done.usage` may be None where the wire told nothing.
FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "content": (frozenset({"content"}), _ITEM),
    "tool_calls": (frozenset({"tool_calls"}), frozenset()),
    "reasoning": (frozenset({"reasoning_delta"}), _ITEM),
    "reasoning_done": (frozenset({"reasoning_text"}), _ITEM),
    "reasoning_summary": (frozenset({"reasoning_summary_delta", "summary_index"}), _SUMMARY),
    "reasoning_summary_done": (frozenset({"reasoning_summary_text", "summary_index"}), _SUMMARY),
    "complete_message": (frozenset({"complete_message"}), frozenset()),
    "complete_response": (frozenset({"response"}), frozenset()),
    "done": (frozenset({"status"}), frozenset({"usage", "detail"})),
    "error": (frozenset({"error", "error_info"}), frozenset({"detail"})),
    "agent_status": _STATUS,
    "backend_status": _STATUS,
    "compression_status": _STATUS,
    "mcp_status": _STATUS,
    "custom_tool_status": _STATUS,
    "hook_execution": (frozenset({"hook_info", "tool_call_id"}), frozenset({"status", "detail"})),
    "media": (frozenset(), _PAYLOAD),
    "media_progress": (frozenset(), _PAYLOAD),
    "attachment": (frozenset(), _PAYLOAD),
    "attachment_complete": (frozenset(), _PAYLOAD),
    "checkpoint_activated": (frozenset(), _CHECKPOINT),
    "checkpoint_completed": (frozenset(), _CHECKPOINT),
    "compression_needed": (frozenset(), frozenset({"status", "detail"})),
}
