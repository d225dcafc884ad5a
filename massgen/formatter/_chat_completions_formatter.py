"""OpenAI's Chat-Completions messages and tools, with a provider's differences from its `ChatDialect`.

A tool message holds text only, so media in a tool result follows in a user message behind all results of the turn,
unless the dialect takes parts in tool messages. The wire has no error flag: the text of a failed tool begins with
"Error".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from massgen.backend.chat_dialect import ChatDialect
from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text, audio_format, known_marks
from massgen.formatter._content_chunks import echoed, media_chunk
from massgen.formatter._converted import Converted
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._losses import losses
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import Tool, read_tools

Json = Any


class ChatCompletionsFormatter(FormatterBase):
    """Messages for `POST /chat/completions`."""

    def __init__(self, dialect: ChatDialect | None = None) -> None:
        self._dialect = dialect or ChatDialect()

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        return self._written(read_history(messages), model)

    def write(self, history: Sequence[h.Message]) -> Converted:
        """The conversation, with what this wire has no place for."""
        return Converted(self._written(history), lost=losses(history, "chat", self._dialect.part_keys))

    def _written(self, history: Sequence[h.Message], model: str | None = None) -> list[dict[str, Json]]:
        problems: list[str] = []
        written: list[dict[str, Json]] = []
        for message in history:
            if isinstance(message, h.Assistant):
                written.append(self._assistant(message, problems, model))
                written.extend(self._results(message, problems))
            elif isinstance(message, h.Answers):
                written.extend(self._results(message, problems))
            elif isinstance(message, h.NativeItem):
                written.append(self._native(message, problems))
            else:
                role = self._role(message)
                content = self._content(message.parts, f"a {role} message", problems)
                written.append(self._named({"role": role, "content": content}, message.name))
        if problems:
            raise ConfigurationError(problems)
        return written

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        strict = self._dialect.strict_tools
        return [_tool(tool, strict) if isinstance(tool, Tool) else dict(tool.source) for tool in read_tools(tools)]

    def _role(self, message: h.System | h.User) -> str:
        if isinstance(message, h.User):
            return "user"
        return message.role if self._dialect.developer_role else "system"

    def _named(self, message: dict[str, Json], name: str | None) -> dict[str, Json]:
        if name and message["role"] in self._dialect.names_on:
            message["name"] = name
        return message

    def _call_id(self, given: str) -> str:
        """An id that this provider takes: another provider's may not be one. The same id gives the same one."""
        if not self._dialect.call_id_pattern or re.fullmatch(self._dialect.call_id_pattern, given):
            return given
        return hashlib.blake2b(given.encode(), digest_size=12).hexdigest()[:9]

    def _assistant(self, turn: h.Assistant, problems: list[str], model: str | None = None) -> dict[str, Json]:
        dialect = self._dialect
        refusal = turn.refusal if "refusal" not in dialect.rejects else None
        text = turn.text if refusal else turn.spoken
        absent = None if (turn.calls or refusal) and turn.source.get("content") != "" else ""
        chunks = echoed(turn, model) if dialect.content_chunks else None
        message: dict[str, Json] = {"role": "assistant", "content": chunks or text or absent}
        if chunks is None and any(not isinstance(part, Text) for part in turn.parts):
            problems.append(f"{turn.where}: an assistant message holds text only on the Chat wire")
        if refusal:
            message["refusal"] = refusal
        for key in dialect.echo:
            if turn.source.get(key):
                message[key] = turn.source[key]
        if turn.calls:
            message["tool_calls"] = [call.to_chat(self._call_id(call.id)) for call in turn.calls]
            message.update({key: turn.source.get(key) or " " for key in dialect.echo_on_tool_calls})
        return self._named(message, turn.name)

    def _native(self, item: h.NativeItem, problems: list[str]) -> dict[str, Json]:
        problems.append(item.refusal)
        return {}

    def _results(self, turn: h.Assistant | h.Answers, problems: list[str]) -> list[dict[str, Json]]:
        """The tool messages of a turn, and the media that they could not hold."""
        messages: list[dict[str, Json]] = []
        carried: list[Part] = []
        for result in turn.results:
            content: Json = result.flagged_text
            if result.attached and self._dialect.tool_content_parts:
                content = self._content(result.flagged_parts, f"{result.where}: a tool result", problems)
            elif result.attached:
                content = content or "The result is in the user message that follows the tool results."
                carried.append(
                    Text(f"From the result of the tool call {self._call_id(result.call_id)} ({result.name}):")
                )
                carried.extend(result.attached)
            message = {"role": "tool", "tool_call_id": self._call_id(result.call_id), "content": content}
            messages.append(self._named(message, result.name))
        if carried:
            content = self._content(tuple(carried), f"{turn.results[0].where}: a tool result", problems)
            messages.append({"role": "user", "content": content})
        return messages

    def _content(self, parts: tuple[Part, ...], where: str, problems: list[str]) -> Json:
        """A string where the content is one plain text, or text only and the dialect joins it; else the parts."""
        if all(isinstance(part, Text) for part in parts):
            plain = not any(isinstance(part, Text) and known_marks(part, self._dialect.part_keys) for part in parts)
            if self._dialect.joins_text or (plain and len(parts) <= 1):
                return h.join_text(parts)
        return [self._part(part, where, problems) for part in parts]

    def _part(self, part: Part, where: str, problems: list[str]) -> dict[str, Json]:
        if isinstance(part, Text):
            return {"type": "text", "text": part.text, **known_marks(part, self._dialect.part_keys)}
        if isinstance(part, Native):
            return part.written_for("chat", where, problems)
        if self._dialect.content_chunks and part.kind != "image":
            return media_chunk(part, where, problems)
        return {**_media(part, where, problems), **known_marks(part, self._dialect.part_keys)}


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


def _tool(tool: Tool, strict: bool) -> dict[str, Json]:
    """The definition; without `strict` where the provider does not know the word."""
    given = {"name": tool.name, "description": tool.description, "parameters": tool.schema, "strict": tool.strict}
    function = tool.source["function"] if tool.shape == "chat" else given
    kept = {key: value for key, value in function.items() if value is not None and (strict or key != "strict")}
    if tool.shape == "chat":
        return {**tool.source, "type": "function", "function": function if strict else kept}
    return {"type": "function", "function": kept}
