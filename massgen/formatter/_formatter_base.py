"""What every formatter is: the neutral history and tools written in one wire's shape.

A formatter is pure: it neither changes what it is given nor keeps anything between two calls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from massgen.backend import _tool_calls
from massgen.formatter._tools import definitions
from massgen.formatter._turns import arguments_text

Json = Any
Messages = Sequence[Mapping[str, Json]]


class FormatterBase(ABC):
    """Writes messages and tools for one wire.

    Messages are accepted in Chat-Completions shape with the provider keys of `complete_message`, and in the shapes of
    the other wires. A `name` on a message goes out where the wire has one. All methods raise
    `massgen.errors.ConfigurationError`, with every problem at once, for what the wire cannot carry: media of an
    unsupported kind, a local path, a tool call without its result.
    """

    @abstractmethod
    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        """The conversation in this wire's shape. `model` is the one asked now: reasoning of another is left out."""

    @abstractmethod
    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        """Tool definitions of any wire's shape in this wire's shape; an empty list for none."""

    def format_mcp_tools(self, mcp_functions: Mapping[str, Json] | None) -> list[dict[str, Json]]:
        """MCP functions by name: definitions, or objects with `description` and `parameters`."""
        return self.format_tools(definitions(mcp_functions))

    def format_custom_tools(self, custom_tools: Mapping[str, Json] | None) -> list[dict[str, Json]]:
        """The caller's own functions by name, described as in `format_mcp_tools`."""
        return self.format_tools(definitions(custom_tools))

    @staticmethod
    def extract_tool_name(tool_call: Mapping[str, Json]) -> str:
        """The called function's name, in any wire's shape; `unknown` where there is none."""
        return _tool_calls.tool_name(tool_call)

    @staticmethod
    def extract_tool_arguments(tool_call: Mapping[str, Json]) -> dict[str, Json]:
        """The arguments as an object, in any wire's shape; empty where they are not the JSON text of one."""
        return _tool_calls.tool_arguments(tool_call)

    @staticmethod
    def extract_tool_call_id(tool_call: Mapping[str, Json]) -> str:
        """The id that the result must name, in any wire's shape; empty where there is none."""
        return _tool_calls.tool_call_id(tool_call)

    @staticmethod
    def _serialize_tool_arguments(arguments: Json) -> str:
        """Arguments as JSON text: text as it is, `{}` for none, any other value encoded."""
        return arguments_text(arguments)
