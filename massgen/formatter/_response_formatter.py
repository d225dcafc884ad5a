"""OpenAI's Responses items and tools.

What the model said goes back as the items that it came in, reasoning together with the items that followed it, or is
written anew without item ids where that is not possible. Source: openai-python's `types/responses`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text, audio_format, known_marks
from massgen.formatter._converted import Converted
from massgen.formatter._echo import agrees, kept_blocks
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._losses import losses
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import NO_PARAMETERS, Tool, read_tools
from massgen.formatter._turns import arguments_text

Json = Any

_MARKS = ("prompt_cache_breakpoint",)
_LONGEST_CALL_ID = 64


class ResponseFormatter(FormatterBase):
    """Items for the `input` of `POST /responses`."""

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        """The items, system messages among them, as a provider that stores its answers takes them.

        `format_input` takes the leading system messages out as instructions.
        """
        return _Writer(model, keeps=True).items(read_history(messages))

    def write(self, history: Sequence[h.Message]) -> Converted:
        """The items, with what this wire has no place for."""
        writer = _Writer(None)
        items = writer.items(history)
        return Converted(items, lost=losses(history, "responses", _MARKS, writer.echoed))

    def format_input(
        self, messages: Messages, *, model: str | None = None, stored: bool = False, keeps: bool = False
    ) -> tuple[list[dict[str, Json]], str]:
        """The items, and the leading system messages as `instructions`; later ones stay in their place.

        `stored` says that the provider holds earlier messages (`previous_response_id`), calls among them; `keeps`, that
        it keeps what it says, so that its reasoning is known to it by the id alone.
        """
        history = read_history(messages, calls_elsewhere=stored)
        leading: list[h.System] = []
        for message in history:
            if not isinstance(message, h.System) or any(not isinstance(part, Text) for part in message.parts):
                break
            leading.append(message)
        instructions = "\n\n".join(h.join_text(message.parts) for message in leading)
        return _Writer(model, keeps=keeps or stored).items(history[len(leading) :]), instructions

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        """Flat function tools; `strict` is always told, because the server's default is true here."""
        return [_tool(tool) if isinstance(tool, Tool) else dict(tool.source) for tool in read_tools(tools)]


class _Writer:
    """One history being written."""

    def __init__(self, model: str | None, *, keeps: bool = False) -> None:
        self._model = model
        self._keeps = keeps
        self._problems: list[str] = []
        self.echoed: set[int] = set()  # the turns that went back as they came, by identity

    def items(self, history: Sequence[h.Message]) -> list[dict[str, Json]]:
        items: list[dict[str, Json]] = []
        for message in history:
            if isinstance(message, h.Assistant):
                items.extend(self._turn(message))
                items.extend(self._output(result) for result in message.results)
            elif isinstance(message, h.Answers):
                items.extend(self._output(result) for result in message.results)
            elif isinstance(message, h.NativeItem):
                items.append(dict(message.item))
            else:
                role = message.role if isinstance(message, h.System) else "user"
                content = self._content(message.parts, f"a {role} message")
                items.append({"type": "message", "role": role, "content": content})
        if self._problems:
            raise ConfigurationError(self._problems)
        return items

    def _turn(self, turn: h.Assistant) -> list[dict[str, Json]]:
        kept = kept_blocks(turn, "openai_responses", "items", self._model)
        whole = kept and kept.same_model and (self._keeps or all(map(_stands_alone, kept.blocks)))
        if kept and whole and agrees(turn, _said(kept.blocks), _calls(kept.blocks)):
            names = iter(turn.calls)
            self.echoed.add(id(turn))
            return [_with_call_id(item, names) for item in kept.blocks]
        if any(not isinstance(part, Text) for part in turn.parts):
            self._problems.append(f"{turn.where}: an assistant message holds text only on the Responses wire")
        items: list[dict[str, Json]] = []
        if turn.spoken:
            items.append({"type": "message", "role": "assistant", "content": turn.spoken})
        items.extend(
            {"type": "function_call", "call_id": call_id(call.id), "name": call.name, "arguments": call.arguments}
            for call in turn.calls
        )
        return items

    def _output(self, result: h.Result) -> dict[str, Json]:
        output: Json = result.flagged_text
        if result.attached:
            output = self._content(result.flagged_parts, f"{result.where}: a tool result")
        return {"type": "function_call_output", "call_id": call_id(result.call_id), "output": output}

    def _content(self, parts: tuple[Part, ...], where: str) -> Json:
        if not parts:
            return ""
        first = parts[0]
        if len(parts) == 1 and isinstance(first, Text) and not known_marks(first, _MARKS):
            return first.text
        return [self._part(part, where) for part in parts]

    def _part(self, part: Part, where: str) -> dict[str, Json]:
        if isinstance(part, Text):
            return {"type": "input_text", "text": part.text, **known_marks(part, _MARKS)}
        if isinstance(part, Native):
            return part.written_for("responses", where, self._problems)
        return {**self._media(part, where), **known_marks(part, _MARKS)}

    def _media(self, part: Media, where: str) -> dict[str, Json]:
        if part.kind == "image":
            place = {"file_id": part.file_id} if part.file_id else {"image_url": part.url or part.data_url}
            return {"type": "input_image", "detail": part.marks.get("detail", "auto"), **place}
        if part.kind == "audio" and part.data is not None:
            return {"type": "input_audio", "input_audio": {"data": part.data, "format": audio_format(part.media_type)}}
        if part.kind == "audio":
            self._problems.append(f"{where}: the Responses wire takes audio as base64 data only")
            return {}
        if part.file_id:
            return {"type": "input_file", "file_id": part.file_id}
        if part.url:
            return {"type": "input_file", "file_url": part.url}
        name = part.filename or "file." + (part.media_type or "/bin").partition("/")[2]
        return {"type": "input_file", "filename": name, "file_data": part.data_url}


def _stands_alone(item: Mapping[str, Json]) -> bool:
    """Whether an item says all of itself: reasoning by id alone is known to who stored it, and else refused."""
    return item.get("type") != "reasoning" or bool(item.get("encrypted_content") or item.get("content"))


def call_id(given: str) -> str:
    """An id that the wire takes: those of other providers may be too long. The same id gives the same one."""
    if len(given) <= _LONGEST_CALL_ID:
        return given
    return "call_" + hashlib.blake2b(given.encode(), digest_size=12).hexdigest()


def _said(items: Sequence[Mapping[str, Json]]) -> str:
    texts: list[str] = []
    for item in items:
        content = item.get("content") if item.get("type") == "message" else ()
        if isinstance(content, str):
            texts.append(content)
        else:
            texts.extend(part.get("text") or "" for part in content or () if part.get("type") != "refusal")
    return "".join(texts)


def _calls(items: Sequence[Mapping[str, Json]]) -> list[h.Call]:
    return [
        h.Call(item.get("call_id") or "", item.get("name") or "", arguments_text(item.get("arguments")))
        for item in items
        if item.get("type") == "function_call"
    ]


def _with_call_id(item: Mapping[str, Json], calls: Any) -> dict[str, Json]:
    """The item as it came; a call under the id by which its result is known."""
    if item.get("type") != "function_call":
        return dict(item)
    return {**item, "call_id": call_id(next(calls).id)}


def _tool(tool: Tool) -> dict[str, Json]:
    written: dict[str, Json] = {"type": "function", "name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    written["parameters"] = tool.schema if tool.schema is not None else dict(NO_PARAMETERS)
    written["strict"] = bool(tool.strict)
    return {**tool.source, **written} if tool.shape == "responses" else written
