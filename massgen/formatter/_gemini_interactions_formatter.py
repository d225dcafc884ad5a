"""Steps, system instruction and tools of Google's Interactions API.

What the model said goes back as the steps that it came in; its thoughts only to the model that had them. Source:
google-genai's `_gaos/types/interactions/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.errors import ConfigurationError
from massgen.formatter import _history as h
from massgen.formatter._content import Media, Native, Part, Text
from massgen.formatter._echo import agrees, kept_blocks
from massgen.formatter._formatter_base import FormatterBase, Messages
from massgen.formatter._shapes import read_history
from massgen.formatter._tools import NO_PARAMETERS, Tool, read_tools

Json = Any

_BESIDE = ("defer_loading", "short_description")  # what a function may say beside the usual


class InteractionsFormatter(FormatterBase):
    """Steps for the `input` of `POST /interactions`."""

    def format_messages(self, messages: Messages, *, model: str | None = None) -> list[dict[str, Json]]:
        """The steps without the system prompt, which this wire has elsewhere: see `format_input`."""
        return self.format_input(messages, model=model)[0]

    def format_input(
        self, messages: Messages, *, model: str | None = None, stored: bool = False
    ) -> tuple[list[dict[str, Json]], str]:
        """The steps, and every system message joined as the `system_instruction`.

        `stored` says that the provider holds earlier steps (`previous_interaction_id`), calls among them.
        """
        history = read_history(messages, calls_elsewhere=stored)
        writer = _Writer(model)
        steps = writer.steps(history)
        system = [message for message in history if isinstance(message, h.System)]
        if any(not isinstance(part, Text) for message in system for part in message.parts):
            writer.problems.append("the system prompt holds text only; put media into a user message")
        if writer.problems:
            raise ConfigurationError(writer.problems)
        return steps, "\n\n".join(h.join_text(message.parts) for message in system)

    def format_tools(self, tools: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
        """Flat function tools; those of Google's own, such as `{"type": "google_search"}`, as they are."""
        return [_tool(tool) if isinstance(tool, Tool) else dict(tool.source) for tool in read_tools(tools)]


class _Writer:
    """One history being written."""

    def __init__(self, model: str | None) -> None:
        self._model = model
        self.problems: list[str] = []

    def steps(self, history: Sequence[h.Message]) -> list[dict[str, Json]]:
        steps: list[dict[str, Json]] = []
        for message in history:
            if isinstance(message, h.Assistant):
                steps.extend(self._turn(message))
                steps.extend(self._result(result) for result in message.results)
            elif isinstance(message, h.Answers):
                steps.extend(self._result(result) for result in message.results)
            elif isinstance(message, h.User):
                content = self._content(message.parts, "a user message")
                steps.append({"type": "user_input", "content": content or [{"type": "text", "text": " "}]})
            elif isinstance(message, h.NativeItem):
                self.problems.append(message.refusal)
        return steps

    def _turn(self, turn: h.Assistant) -> list[dict[str, Json]]:
        kept = kept_blocks(turn, "gemini_interactions", "steps", self._model)
        if kept and agrees(turn, _said(kept.blocks), _calls(kept.blocks)):
            ids = iter([call.id for call in turn.calls])
            named = [_with_id(step, ids) for step in kept.blocks]
            return named if kept.same_model else [step for step in named if step.get("type") != "thought"]
        if any(not isinstance(part, Text) for part in turn.parts):
            self.problems.append(f"{turn.where}: an assistant message holds text only on the Interactions wire")
        said = [{"type": "text", "text": turn.spoken}] if turn.spoken else []
        steps: list[dict[str, Json]] = [{"type": "model_output", "content": said}] if said else []
        return steps + [self._call(call, turn.where) for call in turn.calls]

    def _call(self, call: h.Call, where: str) -> dict[str, Json]:
        arguments = call.input(where, self.problems)
        return {"type": "function_call", "id": call.id, "name": call.name, "arguments": arguments}

    def _result(self, result: h.Result) -> dict[str, Json]:
        """An object as it is, media in a list of contents, anything else as text."""
        value: Json = result.text
        if result.attached:
            value = self._content(result.parts or (), f"{result.where}: a tool result")
        elif isinstance(result.value, Mapping):
            value = dict(result.value)
        step: dict[str, Json] = {"type": "function_result", "call_id": result.call_id, "result": value}
        if result.name:
            step["name"] = result.name
        if result.is_error:
            step["is_error"] = True
        return step

    def _content(self, parts: Sequence[Part], where: str) -> list[dict[str, Json]]:
        return [self._part(part, where) for part in parts if not isinstance(part, Text) or part.text]

    def _part(self, part: Part, where: str) -> dict[str, Json]:
        if isinstance(part, Text):
            return {"type": "text", "text": part.text}
        if isinstance(part, Native):
            return part.written_for("interactions", where, self.problems)
        if part.data is None and part.url is None:
            self.problems.append(f"{where}: the Interactions wire takes no file id; give the file's URI or its bytes")
        place = {"data": part.data} if part.data is not None else {"uri": part.url}
        declared = {"mime_type": part.media_type} if part.media_type else {}
        return {"type": _kind(part), **place, **declared}


def _kind(part: Media) -> str:
    if part.kind == "file":
        return "video" if (part.media_type or "").startswith("video/") else "document"
    return part.kind


def _said(steps: Sequence[Mapping[str, Json]]) -> str:
    outputs = (step.get("content") or () for step in steps if step.get("type") == "model_output")
    return "".join(content.get("text") or "" for output in outputs for content in output)


def _calls(steps: Sequence[Mapping[str, Json]]) -> list[h.Call]:
    return [
        h.Call(step.get("id") or "", step.get("name") or "", h.json_text(step.get("arguments") or {}))
        for step in steps
        if step.get("type") == "function_call"
    ]


def _with_id(step: Mapping[str, Json], ids: Any) -> dict[str, Json]:
    """The step as it came; a call under the id by which its result is known."""
    return {**step, "id": next(ids)} if step.get("type") == "function_call" else dict(step)


def _tool(tool: Tool) -> dict[str, Json]:
    written: dict[str, Json] = {"type": "function", "name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    written["parameters"] = tool.schema if tool.schema is not None else dict(NO_PARAMETERS)
    return {**{key: tool.source[key] for key in _BESIDE if key in tool.source}, **written}
