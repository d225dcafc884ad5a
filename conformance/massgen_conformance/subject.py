"""How a backend is handed to the kit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

Factory = Callable[..., Any]
"""`factory(*, provider, base_url, api_key, model, **config)` -> an object with `stream_with_tools`.

For a provider that is a command-line agent `config` has `command` as well, the path of the executable to start.
"""


PROCESS_WIRE: Final = "process"
WEBSOCKET_WIRE: Final = "websocket"
"""Wires of subjects whose provider no speaker of the kit plays: they are recorded, and played from recordings. One over
a WebSocket is given a `base_url` that begins with `ws:`; one over a process a `command`."""

AGENT_ABILITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mcp": "It runs tools of MCP servers itself: `mcp_servers=[{name, type: streamable-http, url}]`, and "
        "`mcp_timeout_seconds` for a call.",
        "mcp_stdio": "It starts MCP servers itself: `mcp_servers=[{name, type: stdio, command, args}]`.",
        "mcp_breaker": "It leaves a failing MCP server alone: `mcp_circuit_breaker={max_failures, "
        "reset_time_seconds}`.",
        "custom_tools": "It runs Python functions itself: `custom_tools=[function, ...]`, the schema from signature "
        "and docstring, and `tool_timeout_seconds` for a call.",
        "hooks": "It asks before and tells after: `hooks={PreToolUse: [{matcher, handler}], PostToolUse: [...]}`.",
        "tool_filters": "It keeps to lists of names: `allowed_tools`, `exclude_tools`.",
        "planning": "It can be kept from acting: `set_planning_mode(bool)` and "
        "`set_planning_mode_blocked_tools(names)`, methods of the backend.",
        "permissions": "It keeps tools to paths: `context_paths=[{path, permission: read|write}]` and `cwd`.",
    }
)
"""What a backend that runs tools itself may offer beside answering, and how the kit hands it over: keywords of the
factory unless it says otherwise. Nobody offers them unless `make.abilities` names them.

A hook's `handler(event)` may be a coroutine function. `event` has `hook_type`, `tool_name`, `tool_input` (a dict) and
afterwards `tool_output`; before a call it may return `{"decision": "deny", "reason": ...}` or `{"updated_input": {}}`.
"""


class UnmadeBackend(Exception):
    """The factory gave no backend: it raised, or what it returned has no `stream_with_tools`."""


class Backend(Protocol):
    """All that the kit requires of a subject; `aclose`, `token_usage` and timing are used where they exist."""

    def stream_with_tools(self, messages: list[Any], tools: list[Any], **kwargs: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One provider of one target.

    `wire` names the speaker that plays its provider; `base_path` is what the provider's default base URL ends in
    (`/openai/v1`), so that the player can be put in its place; `abilities` are what the checks' `needs` ask for.
    """

    provider: str
    wire: str
    factory: Factory
    model: str
    base_path: str = ""
    abilities: frozenset[str] = frozenset({"tools", "usage"})
    contacts: frozenset[str] = frozenset()  # hosts asked for other things than the model: blocked, no finding
    reports: frozenset[str] = frozenset()  # which contract extras it offers: "timing", "accumulator", "retry"
    config: Mapping[str, Any] = field(default_factory=dict)
