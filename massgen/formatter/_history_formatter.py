"""A history in Chat-Completions shape with nothing left out, as `complete_message` has it and every backend takes it.

It holds more than OpenAI's wire does: the blocks of other providers under their keys, media in tool results, media in
forms that only others know, `is_error`. `ChatCompletionsFormatter` makes a request's messages of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.formatter import _history as h
from massgen.formatter._chat_completions_formatter import ChatCompletionsFormatter
from massgen.formatter._content import Media, Native, Part, Text
from massgen.formatter._converted import Converted
from massgen.formatter._echo import NATIVE, is_extra, unsaid

Json = Any


class HistoryFormatter(ChatCompletionsFormatter):
    """Messages that keep everything."""

    def write(self, history: Sequence[h.Message]) -> Converted:
        """The conversation. Nothing is lost."""
        return Converted(self._written(history))

    def _native(self, item: h.NativeItem, problems: list[str]) -> dict[str, Json]:
        return dict(item.item)

    def _assistant(self, turn: h.Assistant, problems: list[str], model: str | None = None) -> dict[str, Json]:
        message = super()._assistant(turn, [])
        if any(not isinstance(part, Text) or part.marks for part in turn.parts) or len(turn.parts) > 1:
            message["content"] = [self._part(part, turn.where, problems) for part in turn.parts]
        message.update({key: value for key, value in turn.source.items() if value is not None and is_extra(key)})
        message.update({key: turn.source[key] for key in NATIVE if _says_more(turn.source.get(key), key)})
        return message

    def _results(self, turn: h.Assistant | h.Answers, problems: list[str]) -> list[dict[str, Json]]:
        return [self._result(result, problems) for result in turn.results]

    def _result(self, result: h.Result, problems: list[str]) -> dict[str, Json]:
        parts = result.parts or ()
        content: Json = result.text
        if any(not isinstance(part, Text) or part.marks for part in parts) or len(parts) > 1:
            content = [self._part(part, result.where, problems) for part in parts]
        message: dict[str, Json] = {"role": "tool", "tool_call_id": result.call_id, "content": content, **result.marks}
        if result.name and not result.call_id:
            message["name"] = result.name
        if result.is_error:
            message["is_error"] = True
        if result.response is not None:
            message["gemini"] = {"response": result.response}
        return message

    def _content(self, parts: tuple[Part, ...], where: str, problems: list[str]) -> Json:
        if any(part.marks for part in parts if isinstance(part, Text)):
            return [self._part(part, where, problems) for part in parts]
        return super()._content(parts, where, problems)

    def _part(self, part: Part, where: str, problems: list[str]) -> dict[str, Json]:
        if isinstance(part, Native):
            return dict(part.block)
        if isinstance(part, Text):
            return {"type": "text", "text": part.text, **part.marks}
        detail = {"detail": None} if part.kind == "image" and part.file_id is None else {}
        marks = {key: value for key, value in part.marks.items() if key not in detail}
        return {**(_elsewhere(part) or super()._part(part, where, problems)), **marks}


def _elsewhere(part: Media) -> dict[str, Json] | None:
    """Media in a form that OpenAI's wire does not have, or None."""
    if part.kind == "image":
        return {"type": "image", "file_id": part.file_id} if part.file_id is not None else None
    name = {"filename": part.filename} if part.filename else {}
    if part.kind == "file" and part.url is not None:
        return {"type": "file", "file": {"file_url": part.url, **name}}
    if part.kind == "file" and part.file_id is not None:
        return {"type": "file", "file": {"file_id": part.file_id, **name}}
    if part.kind == "file" and part.data is not None and not part.filename:
        return {"type": "file", "file": {"file_data": part.data_url}}
    if part.kind == "audio" and part.url is not None:
        return {"type": "input_audio", "input_audio": {"url": part.url}}
    return None


def _says_more(kept: Json, key: str) -> bool:
    """Whether the provider's blocks say more than the fields of the message do."""
    return bool(kept) and bool(unsaid(key, kept.get(NATIVE[key]) if isinstance(kept, Mapping) else kept))
