"""Gemini's contents, system instruction and tools for `generateContent`.

A part that carries a `thoughtSignature` goes back as that part, never joined with another. The results of one turn are
one content, in the order of the calls, because calls without an id pair by name and order. Source: google-genai's
`types.py` and ai.google.dev's page on thought signatures.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from massgen.backend.call_ids import is_synthetic_id
from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text, known_marks
from massgen.formatter._converted import Converted
from massgen.formatter._echo import agrees, kept_blocks
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._losses import losses
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import ServerTool, Tool, read_tools

Json = Any

_MARKS = ("videoMetadata", "mediaResolution")
_VERSION = re.compile(r"gemini-(\d+)")
_UNSIGNED = base64.b64encode(b"skip_thought_signature_validator").decode()
"""What Google documents for calls that another model made: without a signature Gemini 3 and later answer 400."""


class GeminiFormatter(FormatterBase):
    """Contents for `models/{model}:streamGenerateContent`."""

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        """The contents without the system prompt, which this wire has elsewhere: see `format_messages_and_system`."""
        return self.format_messages_and_system(messages, model=model)[0]

    def format_messages_and_system(
        self, messages: Messages, *, model: str | None = None
    ) -> tuple[list[dict[str, Json]], dict[str, Json] | None]:
        """The contents, and the `systemInstruction` with every system message as a part, or None."""
        return _Writer(model).written(read_history(messages))

    def write(self, history: Sequence[h.Message]) -> Converted:
        """The contents and the `systemInstruction`, with what this wire has no place for."""
        writer = _Writer(None)
        contents, system = writer.written(history)
        return Converted(contents, system=system, lost=losses(history, "gemini", _MARKS, writer.echoed))

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        """One entry with all function declarations, and one for each tool of the provider's own."""
        read = read_tools(tools)
        declarations = [_declaration(tool) for tool in read if isinstance(tool, Tool)]
        own = [dict(tool.source) for tool in read if isinstance(tool, ServerTool)]
        return ([{"functionDeclarations": declarations}] if declarations else []) + own


def generation(model: str | None) -> int | None:
    """The number in `gemini-3.8-flash`: 3; None for a name without one."""
    match = _VERSION.search(model or "")
    return int(match.group(1)) if match else None


class _Writer:
    """One history being written."""

    def __init__(self, model: str | None) -> None:
        self._model = model
        self._signs = (generation(model) or 0) >= 3
        self.problems: list[str] = []
        self.echoed: set[int] = set()  # the turns that went back as they came, by identity

    def written(self, history: Sequence[h.Message]) -> tuple[list[dict[str, Json]], dict[str, Json] | None]:
        contents = self.contents(history)
        system = [part for message in history if isinstance(message, h.System) for part in message.parts]
        parts = self.parts(system, "the system prompt")
        if self.problems:
            raise ConfigurationError(self.problems)
        return contents, {"parts": parts} if parts else None

    def contents(self, history: Sequence[h.Message]) -> list[dict[str, Json]]:
        contents: list[dict[str, Json]] = []
        for message in history:
            if isinstance(message, h.Assistant):
                parts, ids = self._turn(message)
                _append(contents, "model", parts)
                _append(contents, "user", self._responses(message, ids))
            elif isinstance(message, h.User):
                _append(contents, "user", self._said(message))
            elif isinstance(message, h.Answers):
                _append(contents, "user", self._alone(message))
            elif isinstance(message, h.NativeItem):
                self.problems.append(message.refusal)
        return contents

    def _said(self, message: h.User) -> list[dict[str, Json]]:
        parts = self.parts(message.parts, "a user message")
        if parts and not any("text" in part for part in parts):
            parts.append({"text": " "})  # content without a text is refused
        return parts

    def _turn(self, turn: h.Assistant) -> tuple[list[dict[str, Json]], dict[str, str]]:
        """The parts of a turn, and under which id the wire knows each call that has one."""
        kept = kept_blocks(turn, "gemini", "parts", self._model)
        if kept and agrees(turn, _text(kept.blocks), _calls(kept.blocks)):
            blocks = _with_own_ids(kept.blocks)
            own = [call.id for call in _calls(blocks)]
            self.echoed.add(id(turn))
            ids = {call.id: wire_id for call, wire_id in zip(turn.calls, own, strict=True) if wire_id}
            if kept.same_model:
                return blocks, ids
            bare = [{k: v for k, v in part.items() if k != "thoughtSignature"} for part in blocks]
            return self._excused([part for part in bare if not part.get("thought") and part != {"text": ""}]), ids
        if any(not isinstance(part, Text | Media) for part in turn.parts):
            self.problems.append(f"{turn.where}: an assistant message holds text and media only on the Gemini wire")
        ids = {call.id: call.id for call in turn.calls if not is_synthetic_id(call.id)}
        parts = [self._part(part, f"{turn.where}: an assistant message") for part in turn.parts if _is_said(part)]
        if not turn.text and turn.refusal:
            parts.append({"text": turn.refusal})
        return self._excused(parts + [self._call(call, ids, turn.where) for call in turn.calls]), ids

    def _excused(self, parts: list[dict[str, Json]]) -> list[dict[str, Json]]:
        """Mark the first call of a turn that this model did not sign."""
        first = next((part for part in parts if "functionCall" in part), None)
        if self._signs and first is not None:
            first["thoughtSignature"] = _UNSIGNED
        return parts

    def _call(self, call: h.Call, ids: Mapping[str, str], where: str) -> dict[str, Json]:
        own_id = {"id": ids[call.id]} if call.id in ids else {}
        return {"functionCall": {**own_id, "name": call.name, "args": call.input(where, self.problems)}}

    def _responses(self, turn: h.Assistant, ids: Mapping[str, str]) -> list[dict[str, Json]]:
        order = [call.id for call in turn.calls]
        return self._answers(sorted(turn.results, key=lambda result: order.index(result.call_id)), ids)

    def _alone(self, answers: h.Answers) -> list[dict[str, Json]]:
        """Results whose calls are elsewhere: then only they can say the name of their tool."""
        nameless = [result for result in answers.results if not result.name]
        self.problems.extend(f"{r.where}: the Gemini wire wants the tool's name with its result" for r in nameless)
        ids = {r.call_id: r.call_id for r in answers.results if r.call_id and not is_synthetic_id(r.call_id)}
        return self._answers(answers.results, ids)

    def _answers(self, results: Sequence[h.Result], ids: Mapping[str, str]) -> list[dict[str, Json]]:
        written: list[dict[str, Json]] = []
        beside: list[dict[str, Json]] = []
        for result in results:
            response: dict[str, Json] = {"id": ids[result.call_id]} if result.call_id in ids else {}
            response.update(name=result.name, response=_response(result))
            media = [self._part(part, f"{result.where}: a tool result") for part in result.attached]
            if media and self._signs:
                response["parts"] = media
            else:
                beside.extend(media)
            written.append({"functionResponse": response})
        return written + beside

    def parts(self, parts: Sequence[Part], where: str) -> list[dict[str, Json]]:
        return [self._part(part, where) for part in parts if _is_said(part)]

    def _part(self, part: Part, where: str) -> dict[str, Json]:
        if isinstance(part, Text):
            return {"text": part.text}
        if isinstance(part, Native):
            return part.written_for("gemini", where, self.problems)
        marks = known_marks(part, _MARKS)
        if part.data is not None:
            return {"inlineData": {"mimeType": part.media_type, "data": part.data}, **marks}
        if part.url is None:
            self.problems.append(
                f"{where}: the Gemini wire takes no file id; give the file's URI or its bytes as base64"
            )
        declared = {"mimeType": part.media_type} if part.media_type else {}
        return {"fileData": {**declared, "fileUri": part.url}, **marks}


def _append(contents: list[dict[str, Json]], role: str, parts: list[dict[str, Json]]) -> None:
    """Add parts to the last content of the same role; function responses stay a content of their own."""
    if not parts:
        return
    last = contents[-1] if contents else None
    joins = last is not None and last["role"] == role and not _answers(last["parts"]) and not _answers(parts)
    if last is not None and joins:
        last["parts"].extend(parts)
    else:
        contents.append({"role": role, "parts": parts})


def _answers(parts: Sequence[Mapping[str, Json]]) -> bool:
    return any("functionResponse" in part for part in parts)


def _is_said(part: Part) -> bool:
    return not isinstance(part, Text) or bool(part.text)


def _response(result: h.Result) -> Mapping[str, Json]:
    """The response, which must be an object: `result`, or `error` for a failed tool."""
    if result.response is not None:
        return result.response
    value = result.text if result.parts is not None else result.value
    return {"error" if result.is_error else "result": value}


def _text(parts: Sequence[Mapping[str, Json]]) -> str:
    return "".join(part.get("text") or "" for part in parts if not part.get("thought"))


def _with_own_ids(parts: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """The parts; a call under the id of one before it goes without, as its result does: order and name match them."""
    written: list[dict[str, Json]] = []
    used: set[str] = set()
    for part in parts:
        call = part.get("functionCall") or {}
        repeats = bool(call.get("id")) and call["id"] in used
        used.add(call.get("id") or "")
        bare = {"functionCall": {name: value for name, value in call.items() if name != "id"}} if repeats else {}
        written.append({**part, **bare})
    return written


def _calls(parts: Sequence[Mapping[str, Json]]) -> list[h.Call]:
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    return [h.Call(call.get("id") or "", call.get("name") or "", h.json_text(call.get("args") or {})) for call in calls]


def _declaration(tool: Tool) -> dict[str, Json]:
    if tool.shape == "gemini":
        return dict(tool.source)
    written: dict[str, Json] = {"name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    if tool.schema is not None:
        written["parametersJsonSchema"] = tool.schema
    return written
