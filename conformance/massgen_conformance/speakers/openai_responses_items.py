"""The output items of the Responses API: each as it is opened, the steps that fill it, and as it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from massgen_conformance.scenario import Text, Thinking, ToolCall
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.searches import QUERY, TITLE, URL

Step: TypeAlias = tuple[str, dict[str, JSON]]
"""An event's type and its fields, beside the item's id and index."""


@dataclass(frozen=True, slots=True)
class Item:
    """One output item."""

    opening: JSON
    steps: tuple[Step, ...]
    closing: JSON

    def with_status(self) -> Item:
        """The item as xAI has it: reasoning has a `status` as well, and is sealed when it closes."""
        opening = {key: value for key, value in self.opening.items() if key != "encrypted_content"}
        return Item({**opening, "status": "in_progress"}, self.steps, {**self.closing, "status": "completed"})

    @property
    def kind(self) -> str:
        return str(self.opening["type"])


def message_item(item_id: str, part: Text, *, refusal: bool, cited: bool = False) -> Item:
    """A message with one part, of text or of a refusal."""
    kind, key = ("refusal", "refusal") if refusal else ("output_text", "text")
    extra: dict[str, JSON] = {} if refusal else {"annotations": [], "logprobs": []}
    logs: dict[str, JSON] = {} if refusal else {"logprobs": []}
    empty, whole = {"type": kind, **extra, key: ""}, {"type": kind, **extra, key: part.whole}
    place = {"content_index": 0}
    steps: list[Step] = [("response.content_part.added", {**place, "part": empty})]
    steps += [(f"response.{kind}.delta", {**place, "delta": delta, **logs}) for delta in part.deltas]
    if cited:
        note = {"type": "url_citation", "url": URL, "title": TITLE, "start_index": 0, "end_index": len(part.whole)}
        added = {**place, "annotation_index": 0, "annotation": note}
        steps.append(("response.output_text.annotation.added", added))
        whole = {**whole, "annotations": [note]}
    steps.append((f"response.{kind}.done", {**place, key: part.whole, **logs}))
    steps.append(("response.content_part.done", {**place, "part": whole}))
    opening = {"id": item_id, "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
    return Item(opening, tuple(steps), {**opening, "status": "completed", "content": [whole]})


def search_item(item_id: str) -> Item:
    """A search that OpenAI makes itself."""
    opening = {"id": item_id, "type": "web_search_call", "status": "in_progress"}
    steps: tuple[Step, ...] = tuple(
        (f"response.web_search_call.{phase}", {}) for phase in ("in_progress", "searching", "completed")
    )
    action = {"type": "search", "query": QUERY}
    return Item(opening, steps, {**opening, "status": "completed", "action": action})


def call_item(item_id: str, call_id: str, call: ToolCall) -> Item:
    """A call of one of the caller's functions."""
    deltas = call.arguments or ("{}",)
    steps: list[Step] = [("response.function_call_arguments.delta", {"delta": delta}) for delta in deltas]
    steps.append(("response.function_call_arguments.done", {"arguments": "".join(deltas)}))
    opening = {
        "id": item_id,
        "type": "function_call",
        "status": "in_progress",
        "arguments": "",
        "call_id": call_id,
        "name": call.name,
    }
    return Item(opening, tuple(steps), {**opening, "status": "completed", "arguments": "".join(deltas)})


def reasoning_item(item_id: str, part: Thinking, encrypted: str) -> Item:
    """Reasoning: a summary, raw text, or nothing to see beside the encrypted content."""
    opening: dict[str, JSON] = {"id": item_id, "type": "reasoning"}
    sealed: dict[str, JSON] = {"encrypted_content": encrypted} if encrypted else {}
    if part.redacted or not part.deltas:
        whole = {**opening, **sealed, "summary": []}
        return Item(whole, (), whole)
    if part.summary:
        shown = {"type": "summary_text", "text": part.whole}
        return Item(
            {**opening, **sealed, "summary": []}, _summary_steps(part), {**opening, **sealed, "summary": [shown]}
        )
    raw = {"type": "reasoning_text", "text": part.whole}
    bare = {**opening, **sealed, "status": "in_progress", "content": [], "summary": []}
    return Item(bare, _raw_steps(part), {**bare, "status": "completed", "content": [raw]})


def _summary_steps(part: Thinking) -> tuple[Step, ...]:
    place = {"summary_index": 0}
    empty, whole = {"type": "summary_text", "text": ""}, {"type": "summary_text", "text": part.whole}
    return (
        ("response.reasoning_summary_part.added", {**place, "part": empty}),
        *(("response.reasoning_summary_text.delta", {**place, "delta": delta}) for delta in part.deltas),
        ("response.reasoning_summary_text.done", {**place, "text": part.whole}),
        ("response.reasoning_summary_part.done", {**place, "part": whole}),
    )


def _raw_steps(part: Thinking) -> tuple[Step, ...]:
    place = {"content_index": 0}
    empty, whole = {"type": "reasoning_text", "text": ""}, {"type": "reasoning_text", "text": part.whole}
    return (
        ("response.content_part.added", {**place, "part": empty}),
        *(("response.reasoning_text.delta", {**place, "delta": delta}) for delta in part.deltas),
        ("response.reasoning_text.done", {**place, "text": part.whole}),
        ("response.content_part.done", {**place, "part": whole}),
    )
