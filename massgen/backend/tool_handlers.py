"""Tool definitions, tool calls and tool results in the shape of each wire, as methods of a backend.

A face over the formatters, which read and write every definition and result that a backend sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from massgen.backend._tool_calls import ToolCallMethods, checked_arguments, tool_call_id, tool_name
from massgen.errors import ConfigurationError
from massgen.formatter import (
    ChatCompletionsFormatter,
    ClaudeFormatter,
    Converted,
    FormatterBase,
    GeminiFormatter,
    ResponseFormatter,
)
from massgen.formatter._gemini_schema import to_json_schema
from massgen.formatter._history import json_text
from massgen.formatter._tools import Tool, only_named, read_tools, tool_names

Json = Any
Definition = Mapping[str, Json]


class ToolFormat(StrEnum):
    """The shapes of a definition. A member is equal to its plain text.

    `RESPONSE_API` is OpenAI's Responses (flat), `CHAT_COMPLETIONS` has the function under `function`, `GEMINI` has
    `functionDeclarations`, `VERTEX` the same in the snake case of Google's SDK, and `CLAUDE` an `input_schema`.
    """

    RESPONSE_API = "response_api"
    CHAT_COMPLETIONS = "chat_completions"
    GEMINI = "gemini"
    VERTEX = "vertex"
    CLAUDE = "claude"


_WIRES = {
    ToolFormat.RESPONSE_API: "responses",
    ToolFormat.CHAT_COMPLETIONS: "chat",
    ToolFormat.GEMINI: "gemini",
    ToolFormat.VERTEX: "gemini",
    ToolFormat.CLAUDE: "anthropic",
}
_FORMATTERS: dict[str, FormatterBase] = {
    "responses": ResponseFormatter(),
    "chat": ChatCompletionsFormatter(),
    "gemini": GeminiFormatter(),
    "anthropic": ClaudeFormatter(),
}


class ToolHandlerMixin(ToolCallMethods):
    """Converts, filters, checks and merges tools. Nothing that is given is changed."""

    def convert_tools_format(self, tools: Sequence[Definition] | None, target_format: str) -> Converted:
        """`tools` of any shape in the shape of `target_format`; a provider's own tool (`web_search`) stays as it is.

        Every function of a Gemini entry and every keyword of a schema survives; Gemini gets one entry with all
        functions. A key for which the target has no place (`strict` on Gemini, `title` of MCP) is named in `lost` of
        the list that comes back. Raises ConfigurationError with every definition that cannot be read.
        """
        target = _format(target_format)
        wire = _WIRES[target]
        written = _FORMATTERS[wire].format_tools(tools)
        if target is ToolFormat.VERTEX:
            written = [_in_snake_case(tool) for tool in written]
        functions = [tool for tool in read_tools(tools) if isinstance(tool, Tool)]
        return Converted(written, lost=[f"{tool.name}: {key}" for tool in functions for key in tool.left_out(wire)])

    def filter_tools(
        self,
        tools: Sequence[Definition],
        allowed_tools: Iterable[str] | None = None,
        excluded_tools: Iterable[str] | None = None,
    ) -> list[Definition]:
        """The tools whose name is in `allowed_tools` (None: all) and not in `excluded_tools`.

        Of a Gemini entry only its functions that stay are left. A provider's own tool goes by its name or type; what
        has no name at all is not among the allowed ones.
        """
        allowed = None if allowed_tools is None else frozenset(allowed_tools)
        excluded = frozenset(excluded_tools or ())
        if allowed is not None:
            tools = _kept([tool for tool in tools if tool_names(tool)], lambda name: name in allowed)
        return _kept(tools, lambda name: name not in excluded)

    def merge_tool_definitions(self, *tool_lists: Sequence[Definition]) -> list[Definition]:
        """All lists as one; of a name that is defined again, the first definition stays."""
        seen: set[str] = set()
        merged: list[Definition] = []
        for tool in (tool for tools in tool_lists for tool in tools):
            merged.extend(_kept([tool], lambda name: name not in seen))
            seen.update(tool_names(tool))
        return merged

    def validate_tool_calls(
        self, tool_calls: Sequence[Json], available_tools: Iterable[str | Definition] | None = None
    ) -> tuple[list[dict[str, Json]], list[str]]:
        """The calls that can be run, and one sentence for each that cannot.

        `available_tools` are names or definitions. Arguments must be an object, or the JSON text of one; none at all
        are an empty one.
        """
        offered = None if available_tools is None else frozenset(_names(available_tools))
        valid: list[dict[str, Json]] = []
        errors: list[str] = []
        for index, call in enumerate(tool_calls):
            problem = _problem(call, offered)
            if problem is None:
                valid.append(call)
            else:
                errors.append(f"tool_calls[{index}]: {problem}")
        return valid, errors

    def create_tool_result_message(
        self,
        tool_call: dict[str, Json],
        result_content: Json,
        format_type: str = ToolFormat.CHAT_COMPLETIONS,
        *,
        is_error: bool = False,
    ) -> dict[str, Json]:
        """The message or item that answers `tool_call` on the wire of `format_type`.

        `result_content` is a text, a list of content parts, or any JSON value. `is_error` says that the tool failed.
        Raises ConfigurationError for a result that is no JSON, and for a call without the id that the wire pairs by.
        """
        target, call_id, name = _format(format_type), tool_call_id(tool_call), tool_name(tool_call)
        message = _result(call_id, name, result_content, is_error)
        if target is ToolFormat.CHAT_COMPLETIONS:
            return message
        if not call_id and _WIRES[target] != "gemini":
            raise ConfigurationError(
                f"the tool call {name!r} has no id, by which {target} pairs a result with its call"
            )
        call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}
        turn = {"role": "assistant", "content": None, "tool_calls": [call]}
        answer: dict[str, Json] = _FORMATTERS[_WIRES[target]].format_messages([turn, message])[-1]
        return _in_snake_case(answer) if target is ToolFormat.VERTEX else answer

    def _convert_single_tool(self, tool: Definition, target_format: str) -> dict[str, Json]:
        """One definition in another shape."""
        converted: dict[str, Json] = self.convert_tools_format([tool], target_format)[0]
        return converted

    def _detect_tool_format(self, tool: Definition) -> str:
        """The shape of a definition. A provider's own tool counts as Responses, whose shape most of them have."""
        if isinstance(tool.get("function"), Mapping):
            return ToolFormat.CHAT_COMPLETIONS
        if "functionDeclarations" in tool:
            return ToolFormat.GEMINI
        if "function_declarations" in tool:
            return ToolFormat.VERTEX
        return ToolFormat.CLAUDE if "input_schema" in tool else ToolFormat.RESPONSE_API

    def _extract_tool_info(self, tool: Definition, tool_format: str | None = None) -> tuple[str, str, dict[str, Json]]:
        """Name, description ("" for none) and parameters, a JSON Schema, of the one function in a definition.

        The shape shows in the definition; `tool_format` is not needed. Raises ConfigurationError where it holds none
        or several: `_extract_tool_infos` gives all.
        """
        infos = self._extract_tool_infos(tool)
        if len(infos) != 1:
            raise ConfigurationError(
                f"the definition holds {len(infos)} functions, not one: {', '.join(tool_names(tool))}"
            )
        return infos[0]

    def _extract_tool_infos(self, tool: Definition) -> list[tuple[str, str, dict[str, Json]]]:
        """Name, description and parameters of every function in a definition."""
        functions = (read for read in read_tools([tool]) if isinstance(read, Tool))
        return [(one.name, one.description or "", dict(one.schema or {})) for one in functions]

    def _extract_tool_name(self, tool: Definition) -> str:
        """The first name in a definition of any shape; "" where it has none."""
        return next(iter(tool_names(tool)), "")

    def _convert_parameters_to_gemini(self, parameters: Definition) -> dict[str, Json]:
        """The same: Gemini takes JSON Schema whole, under `parametersJsonSchema`."""
        return dict(parameters)

    def _convert_gemini_parameters_to_standard(self, parameters: Definition) -> dict[str, Json]:
        """The schema of a declaration's `parameters`, which is Google's own dialect, as JSON Schema."""
        return to_json_schema(parameters)


def _format(name: str) -> ToolFormat:
    try:
        return ToolFormat(name)
    except ValueError:
        raise ConfigurationError(f"{name!r} is no tool format; choose one of {', '.join(ToolFormat)}") from None


def _kept(tools: Iterable[Definition], keep: Callable[[str], bool]) -> list[Definition]:
    restricted = (only_named(tool, keep) for tool in tools)
    return [tool for tool in restricted if tool is not None]


def _names(available: Iterable[str | Definition]) -> Iterable[str]:
    for tool in available:
        yield from [tool] if isinstance(tool, str) else tool_names(tool)


def _problem(call: Json, offered: frozenset[str] | None) -> str | None:
    """Why a call cannot be run, or None."""
    if not isinstance(call, Mapping):
        return f"it is {type(call).__name__}; a tool call is an object"
    name = tool_name(call)
    if name == "unknown":
        return "it names no tool"
    if offered is not None and name not in offered:
        return f"there is no tool {name!r}; there are {', '.join(sorted(offered)) or 'none'}"
    try:
        checked_arguments(call)
    except ValueError as error:
        return f"{name}: {error}"
    return None


def _result(call_id: str, name: str, result: Json, is_error: bool) -> dict[str, Json]:
    """The result in Chat's shape, which every formatter reads."""
    try:
        content = result if isinstance(result, str) else json_text(result)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"the result of {name} is no JSON value ({error}); give text, JSON or parts") from None
    parts = isinstance(result, list) and bool(result) and all(isinstance(p, Mapping) and "type" in p for p in result)
    message: dict[str, Json] = {"role": "tool", "tool_call_id": call_id, "content": result if parts else content}
    if not call_id:
        message["name"] = name  # shapes without ids pair by name
    if is_error:
        message["is_error"] = True
    return message


_SNAKE = {
    "functionDeclarations": "function_declarations",
    "parametersJsonSchema": "parameters_json_schema",
    "responseJsonSchema": "response_json_schema",
    "functionResponse": "function_response",
}
_SEQUENCES = frozenset({"functionDeclarations", "parts"})


def _in_snake_case(value: Mapping[str, Json]) -> dict[str, Json]:
    """An entry of Gemini's tools, or a content with results, under the names of Google's SDK."""
    return {
        _SNAKE.get(key, key): [_in_snake_case(item) for item in inner] if _holds_more(key, inner) else inner
        for key, inner in value.items()
    }


def _holds_more(key: str, inner: Json) -> bool:
    return key in _SEQUENCES and isinstance(inner, list) and all(isinstance(item, Mapping) for item in inner)
