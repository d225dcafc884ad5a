"""Ollama's messages and tools for `POST /api/chat`.

Content is one string, with images beside it as bare base64; arguments are an object; a result names its tool, and its
call where the server gave that one an id. The wire has no error flag: the text of a failed tool begins with "Error".
Source: ollama's `api/types.go` and docs/capabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.backend.call_ids import is_synthetic_id
from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import NO_PARAMETERS, Tool, read_tools

Json = Any


class OllamaFormatter(FormatterBase):
    """Messages for `POST /api/chat`."""

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        problems: list[str] = []
        written: list[dict[str, Json]] = []
        for message in read_history(messages):
            if isinstance(message, h.Assistant):
                written.append(_turn(message, problems))
                written.extend(_results(message, problems))
            elif isinstance(message, h.System):
                written.append({"role": "system", **_content(message.parts, "a system message", problems)})
            elif isinstance(message, h.User):
                written.append({"role": "user", **_content(message.parts, "a user message", problems)})
            elif isinstance(message, h.NativeItem):
                problems.append(message.refusal)
        if problems:
            raise ConfigurationError(problems)
        return written

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        return [_tool(tool) if isinstance(tool, Tool) else dict(tool.source) for tool in read_tools(tools)]


def _turn(turn: h.Assistant, problems: list[str]) -> dict[str, Json]:
    beside = _content(turn.parts, f"{turn.where}: an assistant message", problems)
    message: dict[str, Json] = {"role": "assistant", **beside, "content": turn.spoken}
    if isinstance(thought := turn.source.get("thinking"), str) and thought:
        message["thinking"] = thought
    if turn.calls:
        message["tool_calls"] = [_call(call, turn.where, problems) for call in turn.calls]
    return message


def _call(call: h.Call, where: str, problems: list[str]) -> dict[str, Json]:
    own_id = {} if is_synthetic_id(call.id) else {"id": call.id}
    return {**own_id, "function": {"name": call.name, "arguments": call.input(where, problems)}}


def _results(turn: h.Assistant, problems: list[str]) -> list[dict[str, Json]]:
    """The results in the order of their calls, which is what pairs those without an id."""
    order = [call.id for call in turn.calls]
    written = []
    for result in sorted(turn.results, key=lambda result: order.index(result.call_id)):
        own_id = {} if is_synthetic_id(result.call_id) else {"tool_call_id": result.call_id}
        where = f"{result.where}: a tool result"
        content = _content(result.flagged_parts, where, problems) if result.attached else {}
        message = {"role": "tool", "tool_name": result.name, "content": result.flagged_text, **content, **own_id}
        written.append(message)
    return written


def _content(parts: Sequence[Part], where: str, problems: list[str]) -> dict[str, Json]:
    """The text as one string, and the images beside it."""
    content: dict[str, Json] = {"content": h.join_text(parts)}
    images = [_image(part, where, problems) for part in parts if not isinstance(part, Text)]
    return {**content, "images": images} if images else content


def _image(part: Part, where: str, problems: list[str]) -> str:
    if isinstance(part, Media) and part.kind == "image" and part.data is not None:
        return part.data
    if isinstance(part, Media):
        what = "an image by URL or id" if part.kind == "image" else f"media of kind {part.kind}"
    else:
        what = f"a {part.block.get('type')!r} part" if isinstance(part, Native) else "it"
    problems.append(f"{where}: the Ollama wire does not take {what}; give images as base64 data")
    return ""


def _tool(tool: Tool) -> dict[str, Json]:
    schema = tool.schema if tool.schema is not None else dict(NO_PARAMETERS)
    described = {"description": tool.description} if tool.description is not None else {}
    return {"type": "function", "function": {"name": tool.name, **described, "parameters": schema}}
