"""Items of the Responses wire that are the work of a tool of the provider's own: its steps, its images, its sources.

Source: openai-python's `types/responses/` (`response_*_call_*_event.py` and the items of those calls).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt
from massgen.wire.citations import Annotation, from_responses
from massgen.wire.server_tools import input_of, progress, telling

Json = Any

# Type of an item -> the tool, and its phase once the item is whole. Others keep their type and are then completed.
ITEMS: dict[str, tuple[str, str]] = {
    "web_search_call": ("web_search", "completed"),
    "file_search_call": ("file_search", "completed"),
    "code_interpreter_call": ("code_execution", "completed"),
    "image_generation_call": ("image_generation", "completed"),
    "mcp_list_tools": ("mcp_list_tools", "completed"),
    "mcp_call": ("mcp_call", "completed"),
    "mcp_approval_request": ("mcp_approval", "requested"),
    "tool_search_call": ("tool_search", "running"),
    "tool_search_output": ("tool_search", "completed"),
    "shell_call": ("shell", "running"),
    "shell_call_output": ("shell", "completed"),
    "local_shell_call": ("shell", "requested"),
    "computer_call": ("computer", "requested"),
    "apply_patch_call": ("apply_patch", "requested"),
    "custom_tool_call": ("custom_tool", "requested"),
}

_STEP = re.compile(r"response\.(\w+_call|mcp_list_tools)\.(\w+)")  # such as `response.web_search_call.searching`
_FAILED = frozenset({"failed", "incomplete"})


class _Partial(msgspec.Struct):
    partial_image_b64: str = ""
    output_format: str | None = None


_decode_partial = msgspec.json.Decoder(_Partial).decode


def of_event(event_type: str) -> tuple[str, str]:
    """The item's type and the step that an event reports; two empty strings for an event that reports none."""
    found = _STEP.fullmatch(event_type)
    return (found[1], found[2]) if found is not None else ("", "")


class HostedTool:
    """One call of such a tool, told once at its start, at each step and at its end."""

    __slots__ = ("_begun", "_ended", "_failed", "_id", "_phase", "_word")

    def __init__(self, kind: str, call_id: str | None) -> None:
        self._word, self._phase = ITEMS.get(kind, (kind.removesuffix("_call") or "unknown_item", "completed"))
        self._id = call_id
        # An output is the end of a call that began as another item, and a request is told whole.
        self._begun = self._phase == "requested" or not kind.endswith(("_call", "mcp_list_tools"))
        self._ended = self._failed = False

    def begin(self, out: list[StreamChunk]) -> None:
        if not self._begun:
            self._begun = True
            out.append(progress(self._word, "started", None, self._id))

    def step(self, step: str, payload: bytes, attempt: Attempt, out: list[StreamChunk]) -> None:
        """An event of the call. Its end is told with the whole item, which says what it was about."""
        self.begin(out)
        if step == "partial_image":
            image = _decode_partial(payload)
            out.append(_image(attempt, image.partial_image_b64, image.output_format, self._id, partial=True))
        elif step in ("completed", "failed"):
            self._failed = step == "failed"
        elif step != "in_progress":
            out.append(progress(self._word, "running", None, self._id))

    def end(self, item: Mapping[str, Json], attempt: Attempt, out: list[StreamChunk]) -> None:
        """The whole item."""
        if self._ended:
            return
        self.begin(out)
        self._ended = True
        result = item.get("result")
        if isinstance(result, str) and result and self._word == "image_generation":
            out.append(_image(attempt, result, item.get("output_format"), self._id))
        for output in _listed(item.get("outputs")):
            if isinstance(output, Mapping) and output.get("type") == "image" and isinstance(output.get("url"), str):
                out.append(attempt.show("image/png", output["url"], self._id))
        failed = self._failed or str(item.get("status")) in _FAILED or bool(item.get("error"))
        out.append(progress(self._word, "failed" if failed else self._phase, _about(item), self._id))

    def conclude(self, out: list[StreamChunk]) -> None:
        """The answer is over: a call whose item never came whole ends as far as its events told."""
        if not self._ended:
            self._ended = True
            out.append(progress(self._word, "failed" if self._failed else self._phase, None, self._id))


def _about(item: Mapping[str, Json]) -> str | None:
    name, given = item.get("name"), telling(input_of(item))
    if isinstance(name, str) and given:
        return f"{name}: {given}"
    return telling(item)


def _image(
    attempt: Attempt, data: str, file_format: Json, item_id: str | None, *, partial: bool = False
) -> StreamChunk:
    media_type = f"image/{file_format}" if isinstance(file_format, str) and file_format else "image/png"
    place = data if data.startswith(("http:", "https:", "data:")) else f"data:{media_type};base64,{data}"
    return attempt.show(media_type, place, item_id, partial=partial)


def citations(items: Iterable[Mapping[str, Json]]) -> list[Annotation]:
    """The citations of all messages among the output items, their places counted through the whole text."""
    found: list[Annotation] = []
    offset = 0
    for item in items:
        for part in _listed(item.get("content")) if item.get("type") == "message" else ():
            if not isinstance(part, Mapping):
                continue
            moved = (from_responses(given, offset) for given in _listed(part.get("annotations")))
            found.extend(annotation for annotation in moved if annotation is not None)
            text = part.get("text")
            offset += len(text) if isinstance(text, str) else 0
    return found


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
