"""Anthropic's messages, system prompt and tools.

Messages of one role in a row become one: the results of a turn come first in the user message, as the API requires.
System messages are joined at the top, wherever they stood. Blank text blocks are left out, the model's own as well,
because the API answers 400 to them (https://github.com/home-assistant/core/issues/175637). Source otherwise:
anthropic-sdk-python's `types`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text, known_marks
from massgen.formatter._converted import Converted
from massgen.formatter._echo import agrees, kept_blocks
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._losses import losses
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import NO_PARAMETERS, Tool, read_tools

Json = Any

REASONING = frozenset({"thinking", "redacted_thinking"})
_MARKS = ("cache_control", "citations", "title", "context")
_LEGAL_ID = re.compile(r"[a-zA-Z0-9_-]+")
_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class ClaudeFormatter(FormatterBase):
    """Messages for `POST /v1/messages`."""

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        """The messages without the system prompt, which this wire has elsewhere: see `format_messages_and_system`."""
        return self.format_messages_and_system(messages, model=model)[0]

    def format_messages_and_system(
        self, messages: Messages, *, model: str | None = None
    ) -> tuple[list[dict[str, Json]], str | list[dict[str, Json]]]:
        """The messages, and the system prompt: a string, or blocks where one is marked with `cache_control`."""
        return _Writer(model).written(read_history(messages))

    def write(self, history: Sequence[h.Message]) -> Converted:
        """The messages and the system prompt, with what this wire has no place for."""
        writer = _Writer(None)
        messages, system = writer.written(history)
        return Converted(messages, system=system or None, lost=losses(history, "anthropic", _MARKS, writer.echoed))

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        return [_tool(tool) if isinstance(tool, Tool) else dict(tool.source) for tool in read_tools(tools)]


class _Writer:
    """One history being written."""

    def __init__(self, model: str | None) -> None:
        self._model = model
        self.problems: list[str] = []
        self.echoed: set[int] = set()  # the turns that went back as they came, by identity

    def written(self, history: Sequence[h.Message]) -> tuple[list[dict[str, Json]], str | list[dict[str, Json]]]:
        messages = self.messages(history)
        system = self.system([message for message in history if isinstance(message, h.System)])
        if self.problems:
            raise ConfigurationError(self.problems)
        return messages, system

    def messages(self, history: Sequence[h.Message]) -> list[dict[str, Json]]:
        written: list[dict[str, Json]] = []
        for message in history:
            if isinstance(message, h.Assistant):
                _append(written, "assistant", self._turn(message))
                _append(written, "user", [self._result(result) for result in message.results])
            elif isinstance(message, h.User):
                _append(written, "user", self._parts(message.parts, "a user message"))
            elif isinstance(message, h.Answers):
                _append(written, "user", [self._result(result) for result in message.results])
            elif isinstance(message, h.NativeItem):
                self.problems.append(message.refusal)
        return [_plain(message) for message in written]

    def system(self, messages: Sequence[h.System]) -> str | list[dict[str, Json]]:
        parts = [part for message in messages for part in message.parts]
        if any(not isinstance(part, Text) for part in parts):
            self.problems.append("the system prompt holds text only; put media into a user message")
        if any(part.marks.get("cache_control") for part in parts if isinstance(part, Text)):
            return self._parts(parts, "the system prompt")
        return "\n\n".join(h.join_text(message.parts) for message in messages)

    def _turn(self, turn: h.Assistant) -> list[dict[str, Json]]:
        kept = kept_blocks(turn, "anthropic", "content", self._model)
        if kept and agrees(turn, _said(kept.blocks), _calls(kept.blocks)):
            calls = iter(turn.calls)
            self.echoed.add(id(turn))
            blocks = [_with_id(block, calls) for block in kept.blocks if not _is_blank(block)]
            return blocks if kept.same_model else [block for block in blocks if block.get("type") not in REASONING]
        if any(not isinstance(part, Text) for part in turn.parts):
            self.problems.append(f"{turn.where}: an assistant message holds text only on the Anthropic wire")
        parts = turn.parts if turn.text else (Text(turn.spoken),)
        return self._parts(parts, turn.where) + [self._call(call, turn.where) for call in turn.calls]

    def _call(self, call: h.Call, where: str) -> dict[str, Json]:
        arguments = call.input(where, self.problems)
        return {"type": "tool_use", "id": tool_id(call.id), "name": call.name, "input": arguments}

    def _result(self, result: h.Result) -> dict[str, Json]:
        block: dict[str, Json] = {"type": "tool_result", "tool_use_id": tool_id(result.call_id)}
        natives = any(not isinstance(part, Text) or part.marks for part in result.parts or ())
        block["content"] = self._parts(result.parts or (), f"{result.where}: a tool result") if natives else result.text
        if result.is_error:
            block["is_error"] = True
        return {**block, **result.marks}

    def _parts(self, parts: Sequence[Part], where: str) -> list[dict[str, Json]]:
        return [self._part(part, where) for part in parts if not (isinstance(part, Text) and not part.text.strip())]

    def _part(self, part: Part, where: str) -> dict[str, Json]:
        if isinstance(part, Native):
            return part.written_for("anthropic", where, self.problems)
        marks = known_marks(part, _MARKS)
        if isinstance(part, Text):
            return {"type": "text", "text": part.text, **marks}
        titled = {"title": part.filename} if part.kind == "file" and part.filename else {}
        return {**self._media(part, where), **titled, **marks}

    def _media(self, part: Media, where: str) -> dict[str, Json]:
        kind = "image" if part.kind == "image" else "document"
        if part.kind == "audio":
            self.problems.append(f"{where}: the Anthropic wire takes no audio; transcribe it, or use another provider")
        if part.file_id is not None:
            return {"type": kind, "source": {"type": "file", "file_id": part.file_id}}
        if part.url is not None:
            return {"type": kind, "source": {"type": "url", "url": part.url}}
        media_type, data = part.media_type or "", part.data or ""
        if kind == "document" and media_type.startswith("text/"):
            text = base64.b64decode(data).decode("utf-8", "replace")
            return {"type": kind, "source": {"type": "text", "media_type": "text/plain", "data": text}}
        taken = _IMAGES if kind == "image" else frozenset({"application/pdf"})
        if part.kind != "audio" and media_type not in taken:
            self.problems.append(f"{where}: the Anthropic wire takes no {media_type}, only {', '.join(sorted(taken))}")
        return {"type": kind, "source": {"type": "base64", "media_type": media_type, "data": data}}


def tool_id(given: str) -> str:
    """An id that the wire takes (letters, digits, `_`, `-`): those of other providers hold `:` or `.`."""
    if _LEGAL_ID.fullmatch(given):
        return given
    return "toolu_" + hashlib.blake2b(given.encode(), digest_size=12).hexdigest()


def _append(written: list[dict[str, Json]], role: str, blocks: list[dict[str, Json]]) -> None:
    """Add blocks to the last message if it is of the same role, else as a message of their own."""
    if not blocks:
        return
    if written and written[-1]["role"] == role:
        written[-1]["content"].extend(blocks)
    else:
        written.append({"role": role, "content": list(blocks)})


def _plain(message: dict[str, Json]) -> dict[str, Json]:
    """A message that is one bare text in its short form."""
    content = message["content"]
    if len(content) == 1 and set(content[0]) == {"type", "text"}:
        return {**message, "content": content[0]["text"]}
    return message


def _said(blocks: Sequence[Mapping[str, Json]]) -> str:
    return "".join(block.get("text") or "" for block in blocks if block.get("type") == "text")


def _calls(blocks: Sequence[Mapping[str, Json]]) -> list[h.Call]:
    return [
        h.Call(block.get("id") or "", block.get("name") or "", h.json_text(block.get("input") or {}))
        for block in blocks
        if block.get("type") == "tool_use"
    ]


def _is_blank(block: Mapping[str, Json]) -> bool:
    return block.get("type") == "text" and not (block.get("text") or "").strip()


def _with_id(block: Mapping[str, Json], calls: Any) -> dict[str, Json]:
    """The block as it came; a call under the id by which its result is known."""
    if block.get("type") != "tool_use":
        return dict(block)
    return {**block, "id": tool_id(next(calls).id)}


def _tool(tool: Tool) -> dict[str, Json]:
    if tool.shape == "anthropic":
        return dict(tool.source)
    written: dict[str, Json] = {"name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    written["input_schema"] = {"type": "object", **(tool.schema if tool.schema is not None else NO_PARAMETERS)}
    if tool.strict is not None:
        written["strict"] = tool.strict
    if tool.source.get("cache_control"):
        written["cache_control"] = tool.source["cache_control"]
    return written
