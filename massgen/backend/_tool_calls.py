"""Reading a tool call, whichever of the four shapes it has.

Chat Completions `{"id", "function": {"name", "arguments"}}`, Responses `{"call_id", "name", "arguments"}`,
Claude `{"id", "name", "input"}`, Gemini `{"functionCall": {"id", "name", "args"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Json = Any


def tool_name(call: Mapping[str, Json]) -> str:
    """The tool's name; `unknown` where the call has none."""
    return str(_inner(call).get("name") or "unknown")


def tool_arguments(call: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments as an object; `{}` where there are none or they are not the JSON text of an object."""
    try:
        return checked_arguments(call)
    except ValueError:
        return {}


def checked_arguments(call: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments as an object; `{}` where there are none. Raises ValueError, saying what they are instead."""
    inner = _inner(call)
    given = next((inner[key] for key in ("arguments", "input", "args") if inner.get(key) is not None), None)
    if given is None or (isinstance(given, str) and not given.strip()):
        return {}
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise ValueError(f"the arguments are not JSON ({error})") from None
    if not isinstance(given, Mapping):
        raise ValueError(f"the arguments are {_KINDS.get(type(given), type(given).__name__)}, not an object")
    return dict(given)


_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a truth value", type(None): "null"}


def tool_call_id(call: Mapping[str, Json]) -> str:
    """The id that a result must name; "" where there is none.

    Responses calls carry two: `call_id` is the one to answer to, `id` names the item.
    """
    return str(call.get("call_id") or call.get("id") or _inner(call).get("id") or "")


def result_content(message: Mapping[str, Json]) -> str:
    """The text of a tool result: a Chat `tool` message, a Responses output item or a Claude user message."""
    if message.get("output") is not None:
        return _text(message["output"])
    return _text(message.get("content"))


class ToolCallMethods:
    """How a backend reads a tool call and answers it."""

    def extract_tool_name(self, tool_call: dict[str, Json]) -> str:
        """The tool's name in a call of any wire's shape; `unknown` where it has none."""
        return tool_name(tool_call)

    def extract_tool_arguments(self, tool_call: dict[str, Json]) -> dict[str, Json]:
        """The arguments as an object; `{}` where they are not one."""
        return tool_arguments(tool_call)

    def extract_tool_call_id(self, tool_call: dict[str, Json]) -> str:
        """The id that a result must name; "" where there is none."""
        return tool_call_id(tool_call)

    def create_tool_result_message(self, tool_call: dict[str, Json], result_content: Json) -> dict[str, Json]:
        """The message that answers `tool_call`, in Chat-Completions shape: every formatter turns it into its wire's."""
        return {"role": "tool", "tool_call_id": tool_call_id(tool_call), "content": result_content}

    def extract_tool_result_content(self, tool_result_message: dict[str, Json]) -> str:
        """The text of a tool result in any wire's shape."""
        return result_content(tool_result_message)


def _inner(call: Mapping[str, Json]) -> Mapping[str, Json]:
    """Where the name and the arguments are."""
    nested = (call.get(key) for key in ("function", "functionCall", "function_call"))
    return next((found for found in nested if isinstance(found, Mapping)), call)


def _text(content: Json) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "".join(_text(part) for part in content)
    if isinstance(content, Mapping):
        return _text(content.get("text") if content.get("text") is not None else content.get("content"))
    return str(content)
