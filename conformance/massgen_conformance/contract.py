"""The chunk contract as data: what a backend may yield, with which fields, in which order.

Everything that judges a stream reads these tables; the documentation is generated from them. The package under test
has its own table, because nothing here may import it; a test of that package holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final


class Role(StrEnum):
    """What a chunk type does in the order grammar."""

    BODY = "body"  # output of the model
    STATUS = "status"  # progress; may stand anywhere before the end
    WORK = "work"  # tools run inside the backend; may stand wherever a status may
    CALLS = "calls"
    MESSAGE = "message"
    RESPONSE = "response"
    ERROR = "error"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Spec:
    """One chunk type: its place in the grammar and the fields that belong to it, beside `COMMON_FIELDS`.

    A field that is in neither tuple must be None.
    """

    role: Role
    required: tuple[str, ...]
    optional: tuple[str, ...]
    meaning: str


COMMON_FIELDS: Final = ("type", "source", "display")

_ITEM = ("item_id", "content_index")
_PAYLOAD = ("content", "detail", "item_id", "status")
_CHECKPOINT = ("checkpoint_participants", "checkpoint_number", "main_agent_id", "status", "detail")
_NOTE = ("detail", "tool_call_id")


def _status(role: Role, meaning: str) -> Spec:
    return Spec(role, ("status",), _NOTE, meaning)


SPECS: Final[Mapping[str, Spec]] = MappingProxyType(
    {
        "content": Spec(Role.BODY, ("content",), _ITEM, "A piece of the visible text, never empty."),
        "tool_calls": Spec(Role.CALLS, ("tool_calls",), (), "The calls that the caller must execute."),
        "reasoning": Spec(Role.BODY, ("reasoning_delta",), _ITEM, "A piece of a thinking block."),
        "reasoning_done": Spec(Role.BODY, ("reasoning_text",), _ITEM, "The whole text of the block that ends here."),
        "reasoning_summary": Spec(
            Role.BODY, ("reasoning_summary_delta", "summary_index"), ("item_id",), "A piece of a provider's summary."
        ),
        "reasoning_summary_done": Spec(
            Role.BODY, ("reasoning_summary_text", "summary_index"), ("item_id",), "The whole text of that summary."
        ),
        "complete_message": Spec(
            Role.MESSAGE,
            ("complete_message",),
            (),
            "The assistant message of one attempt, ready to be appended to the history.",
        ),
        "complete_response": Spec(Role.RESPONSE, ("response",), (), "The provider's own final response object."),
        "done": Spec(Role.DONE, ("status",), ("usage", "detail"), "The end: exactly one, always last."),
        "error": Spec(Role.ERROR, ("error", "error_info"), ("detail",), "One failure, classified."),
        "agent_status": _status(Role.STATUS, "Progress of the agent."),
        "backend_status": _status(Role.STATUS, "Progress of the backend, for example a retry."),
        "compression_status": _status(Role.STATUS, "Progress of a context compression."),
        "mcp_status": _status(Role.WORK, "Progress of MCP servers and their tools."),
        "custom_tool_status": _status(Role.WORK, "Progress of the caller's registered functions."),
        "hook_execution": Spec(Role.WORK, ("hook_info", "tool_call_id"), ("status", "detail"), "A hook ran."),
        "media": Spec(Role.BODY, (), _PAYLOAD, "A piece of generated media."),
        "media_progress": Spec(Role.BODY, (), _PAYLOAD, "Progress of generated media."),
        "attachment": Spec(Role.BODY, (), _PAYLOAD, "A piece of an attachment."),
        "attachment_complete": Spec(Role.BODY, (), _PAYLOAD, "An attachment is whole."),
        "checkpoint_activated": Spec(Role.STATUS, (), _CHECKPOINT, "A checkpoint began."),
        "checkpoint_completed": Spec(Role.STATUS, (), _CHECKPOINT, "A checkpoint ended."),
        "compression_needed": Spec(Role.STATUS, (), ("status", "detail"), "The context is nearly full."),
    }
)

FIELD_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = MappingProxyType(
    {
        "content": str,
        "tool_calls": list,
        "complete_message": dict,
        "response": dict,
        "usage": dict,
        "error": str,
        "error_info": object,  # read through `field_of`: an object or a dict
        "status": str,
        "detail": str,
        "reasoning_delta": str,
        "reasoning_text": str,
        "reasoning_summary_delta": str,
        "reasoning_summary_text": str,
        "item_id": str,
        "content_index": int,
        "summary_index": int,
        "hook_info": dict,
        "tool_call_id": str,
        "checkpoint_participants": dict,
        "checkpoint_number": int,
        "main_agent_id": str,
    }
)
"""Every field beside the common ones, with the type it has when it is not None."""

DELTA_FIELDS: Final = frozenset({"content", "reasoning_delta", "reasoning_summary_delta"})
"""Fields that are never the empty string."""


class Place(StrEnum):
    """Where a stream stands between two chunks."""

    START = "start"  # before an attempt: nothing yet, or after a whole message and a status
    BODY = "body"  # inside an attempt
    CALLED = "called"  # its calls were handed over
    MESSAGED = "messaged"  # its message is out
    ANSWERED = "answered"  # its raw response is out
    FAILED = "failed"  # an error was reported
    ENDED = "ended"


_OPENS = {
    Role.BODY: Place.BODY,
    Role.CALLS: Place.CALLED,
    Role.MESSAGE: Place.MESSAGED,
    Role.RESPONSE: Place.ANSWERED,
}
_CLOSES = {Role.ERROR: Place.FAILED, Role.DONE: Place.ENDED}


def _row(*roles: Role, progress: Place) -> dict[Role, Place]:
    opened = {role: _OPENS[role] for role in roles}
    return {**opened, **_CLOSES, Role.STATUS: progress, Role.WORK: progress}


TRANSITIONS: Final[Mapping[Place, Mapping[Role, Place]]] = MappingProxyType(
    {
        Place.START: _row(Role.BODY, Role.CALLS, Role.MESSAGE, Role.RESPONSE, progress=Place.START),
        Place.BODY: _row(Role.BODY, Role.CALLS, Role.MESSAGE, Role.RESPONSE, progress=Place.BODY),
        Place.CALLED: _row(Role.MESSAGE, Role.RESPONSE, progress=Place.CALLED),
        Place.MESSAGED: _row(Role.RESPONSE, progress=Place.START),
        Place.ANSWERED: _row(progress=Place.START),
        Place.FAILED: {Role.DONE: Place.ENDED},
        Place.ENDED: {},
    }
)
"""The order grammar; a pair that is absent is illegal.

`stream := status* attempt (status* tool_work attempt)* error? done`, with
`attempt := (body | status)* tool_calls? complete_message? complete_response?`: another attempt begins only after
something was reported in between.
"""

STATUSES: Final = ("stop", "tool_calls", "length", "content_filter", "refusal", "pause", "error")
"""Values of `done.status`."""

MESSAGE_DUE: Final = frozenset({"stop", "tool_calls"})
"""Statuses of a whole answer: its `complete_message` must have come."""

ERROR_KINDS: Final = (
    "auth",
    "permission",
    "not_found",
    "bad_request",
    "context_length",
    "rate_limit",
    "quota",
    "overloaded",
    "server",
    "timeout",
    "connection",
    "incomplete",
    "malformed",
    "content_filter",
    "config",
    "tool",
)
ERROR_FIELDS: Final = ("kind", "provider", "http_status", "code", "retryable", "retry_after", "request_id")

USAGE_REQUIRED: Final = ("prompt_tokens", "completion_tokens", "total_tokens")
USAGE_COUNTS: Final = (
    "cached_input_tokens",
    "cache_creation_tokens",
    "cache_creation_1h_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)
USAGE_FLAGS: Final = ("estimated", "partial")
USAGE_PARTS: Final = (
    ("cached_input_tokens", "prompt_tokens"),
    ("cache_creation_tokens", "prompt_tokens"),
    ("cache_creation_1h_tokens", "prompt_tokens"),
    ("reasoning_tokens", "completion_tokens"),
    ("audio_input_tokens", "prompt_tokens"),
    ("audio_output_tokens", "completion_tokens"),
)
"""(part, whole) pairs of `done.usage`: a part never exceeds its whole, and total = prompt + completion."""

TOOLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "web_search": "A search of the web.",
        "web_fetch": "One page of the web, read.",
        "image_search": "A search for images on the web.",
        "maps_search": "A search for places.",
        "file_search": "A search in files that the provider holds.",
        "code_execution": "Code run in the provider's sandbox, its shell and file editor among it.",
        "image_generation": "An image made; it arrives as `media`.",
        "mcp_list_tools": "The tools of a remote MCP server, listed.",
        "mcp_call": "A tool of a remote MCP server, called by the provider.",
        "mcp_approval": "Asks whether a tool of a remote MCP server may be called.",
        "tool_search": "A search among tools whose definitions were deferred.",
        "shell": "Commands of a shell.",
        "computer": "A step on a computer's screen.",
        "apply_patch": "An edit of files.",
        "custom_tool": "A tool that takes free text. OpenAI waits for its result, xAI runs it itself.",
        "compaction": "Earlier turns, made shorter by the provider.",
    }
)
PHASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "started": "It was called; what with may not be known yet.",
        "running": "It runs; `detail` says what with, where the wire tells.",
        "completed": "It ended.",
        "failed": "It ended without a result; the answer may go on.",
        "requested": "The provider waits for the caller; the request is in `complete_message`, under its key.",
    }
)
"""`backend_status.status` of a tool that the provider runs itself is `tool.phase`."""

CALL_KEYS: Final = ("id", "type", "function")
FUNCTION_KEYS: Final = ("name", "arguments")


def kind_of(chunk: Any) -> str:
    """A chunk's type as a plain string.

    A member of an enum is read by its value, also when it does not equal it: that it does not is one finding (the
    monitor's rule `type`), and must not hide what else there is to see.
    """
    kind = field_of(chunk, "type")
    kind = kind.value if isinstance(kind, Enum) else kind
    return str.__str__(kind) if isinstance(kind, str) else str(kind)


def field_of(chunk: Any, name: str) -> Any:
    """The value of a chunk's field, whatever the chunk is made of; None when it has no such field."""
    if isinstance(chunk, dict):
        return chunk.get(name)
    return getattr(chunk, name, None)
