"""OpenAI's Chat-Completions messages and tools, with a provider's differences from its `ChatDialect`.

A tool message holds text only, so media in a tool result follows in a user message behind all results of the turn,
unless the dialect takes parts in tool messages. The wire has no error flag: the text of a failed tool begins with
"Error".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.backend.chat_dialect import ChatDialect
from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text, audio_format
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import Tool, read_tools

Json = Any

_MARKS = ("prompt_cache_breakpoint",)


class ChatCompletionsFormatter(FormatterBase):
    """Messages for `POST /chat/completions`."""

    def __init__(self, dialect: ChatDialect | None = None) -> None:
        self._dialect = dialect or ChatDialect()

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        problems: list[str] = []
        written: list[dict[str, Json]] = []
        for message in read_history(messages):
            if isinstance(message, h.Assistant):
                written.append(self._assistant(message, problems))
                written.extend(self._results(message, problems))
            elif isinstance(message, h.System | h.User):
                role = message.role if isinstance(message, h.System) else "user"
                content = self._content(message.parts, f"a {role} message", problems)
                written.append(_named({"role": role, "content": content}, message.name))
            elif isinstance(message, h.NativeItem):
                problems.append(message.refusal)
        if problems:
            raise ConfigurationError(problems)
        return written

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        return [_tool(tool) if isinstance(tool, Tool) else dict(tool.source) for tool in read_tools(tools)]

    def _assistant(self, turn: h.Assistant, problems: list[str]) -> dict[str, Json]:
        dialect = self._dialect
        refusal = turn.refusal if "refusal" not in dialect.rejects else None
        text = turn.text if refusal else turn.spoken
        absent = None if (turn.calls or refusal) and turn.source.get("content") != "" else ""
        message: dict[str, Json] = {"role": "assistant", "content": text or absent}
        if any(not isinstance(part, Text) for part in turn.parts):
            problems.append(f"{turn.where}: an assistant message holds text only on the Chat wire")
        if refusal:
            message["refusal"] = refusal
        for key in dialect.echo:
            if turn.source.get(key):
                message[key] = turn.source[key]
        if turn.calls:
            message["tool_calls"] = [call.to_chat() for call in turn.calls]
            message.update({key: turn.source.get(key) or " " for key in dialect.echo_on_tool_calls})
        return _named(message, turn.name)

    def _results(self, turn: h.Assistant, problems: list[str]) -> list[dict[str, Json]]:
        """The tool messages of a turn, and the media that they could not hold."""
        messages: list[dict[str, Json]] = []
        carried: list[Part] = []
        for result in turn.results:
            content: Json = flagged_text(result)
            if result.media and self._dialect.tool_content_parts:
                content = self._content(result.parts or (), f"{result.where}: a tool result", problems)
            elif result.media:
                content = content or "The result is in the user message that follows the tool results."
                carried.append(Text(f"From the result of the tool call {result.call_id} ({result.name}):"))
                carried.extend(result.media)
            messages.append({"role": "tool", "tool_call_id": result.call_id, "content": content})
        if carried:
            content = self._content(tuple(carried), f"{turn.where}: a tool result", problems)
            messages.append({"role": "user", "content": content})
        return messages

    def _content(self, parts: tuple[Part, ...], where: str, problems: list[str]) -> Json:
        """A string where the content is one plain text, or where the dialect knows strings only; else the parts."""
        if all(isinstance(part, Text) for part in parts):
            plain = not any(isinstance(part, Text) and _known_marks(part) for part in parts)
            if self._dialect.string_content_only or (plain and len(parts) <= 1):
                return h.join_text(parts)
        elif self._dialect.string_content_only:
            problems.append(f"{where}: this provider takes text only; leave out the media, or use another provider")
            return ""
        return [_part(part, where, problems) for part in parts]


def flagged_text(result: h.Result) -> str:
    """The text of a result on a wire without an error flag."""
    text = result.text
    if result.is_error and "error" not in text[:40].lower():
        return f"Error: {text}"
    return text


def _named(message: dict[str, Json], name: str | None) -> dict[str, Json]:
    if name:
        message["name"] = name
    return message


def _known_marks(part: Text | Media) -> dict[str, Json]:
    return {key: part.marks[key] for key in _MARKS if key in part.marks}


def _part(part: Part, where: str, problems: list[str]) -> dict[str, Json]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text, **_known_marks(part)}
    if isinstance(part, Native):
        return part.written_for("chat", where, problems)
    return {**_media(part, where, problems), **_known_marks(part)}


def _media(part: Media, where: str, problems: list[str]) -> dict[str, Json]:
    if part.kind == "image" and part.file_id is None:
        detail = {"detail": part.marks["detail"]} if part.marks.get("detail") else {}
        return {"type": "image_url", "image_url": {"url": part.url or part.data_url, **detail}}
    if part.kind == "audio" and part.data is not None:
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": audio_format(part.media_type)}}
    if part.kind == "file" and part.file_id is not None:
        return {"type": "file", "file": {"file_id": part.file_id}}
    if part.kind == "file" and part.data is not None:
        name = part.filename or "file." + (part.media_type or "/bin").partition("/")[2]
        return {"type": "file", "file": {"filename": name, "file_data": part.data_url}}
    form = "a URL" if part.url is not None else "a file id"
    problems.append(f"{where}: the Chat wire does not take {part.kind} by {form}; give its bytes as base64")
    return {}


def _tool(tool: Tool) -> dict[str, Json]:
    if tool.shape == "chat":
        return {**tool.source, "type": "function"}
    given = {"name": tool.name, "description": tool.description, "parameters": tool.schema, "strict": tool.strict}
    return {"type": "function", "function": {key: value for key, value in given.items() if value is not None}}
