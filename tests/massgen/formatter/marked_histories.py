"""Histories in which every piece is marked, so that what a conversion loses can be found."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

Json = Any
PNG, PDF, WAV = "iVBORw0KGgo=", "JVBERi0xLjQK", "UklGRiQAAABXQVZFZm10IA=="
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
FILE = {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}


def flat(messages: list[Json]) -> list[Json]:
    """A content of one plain text in its short form."""
    short = [{"type": "text", "text": "see"}]
    return [{**m, "content": "see"} if m.get("content") == short else m for m in messages]


class Marks:
    """Texts that stand nowhere else, each with the message that it was put into."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def new(self, index: int) -> str:
        mark = f"mark{len(self.places):03d}"
        self.places[mark] = index
        return mark


@st.composite
def marked_histories(draw: st.DrawFn) -> tuple[list[Json], dict[str, int]]:
    """Histories with everything in them that a message can hold, and where each marked text is."""
    marks, messages = Marks(), list[Json]()
    for turn in range(draw(st.integers(1, 3))):
        messages.append(_asking(draw, marks, len(messages)))
        at = len(messages)
        calls = [f"call_{turn}_{n}" for n in range(draw(st.integers(0, 2)))]
        messages.append(_answering(draw, marks, at, calls))
        for call_id in calls:
            at = len(messages)
            parts: list[Json] = [{"type": "text", "text": marks.new(at)}, *([IMAGE] if draw(st.booleans()) else [])]
            content = parts if draw(st.booleans()) else marks.new(at)
            error = {"is_error": True} if draw(st.booleans()) else {}
            messages.append({"role": "tool", "tool_call_id": call_id, "content": content, **error})
    places = {mark: at for mark, at in marks.places.items() if mark in json.dumps(messages)}
    return messages, places


def _asking(draw: st.DrawFn, marks: Marks, at: int) -> Json:
    said: list[Json] = [{"type": "text", "text": marks.new(at)}]
    if draw(st.booleans()):
        said[0]["cache_control"] = {"type": marks.new(at)}
    if draw(st.booleans()):
        said.append({"type": "image_url", "image_url": {"url": f"https://x.org/{marks.new(at)}.png", "detail": "high"}})
    if draw(st.booleans()):
        said.append({"type": "file", "file": {**FILE["file"], "filename": marks.new(at)}})
    name = {"name": marks.new(at)} if draw(st.booleans()) else {}
    return {"role": draw(st.sampled_from(["user", "system"])) if len(said) == 1 else "user", "content": said, **name}


def _answering(draw: st.DrawFn, marks: Marks, at: int, calls: list[str]) -> Json:
    """A turn of a model of any of the wires, with its own kind of reasoning."""
    text, arguments = marks.new(at), {"x": marks.new(at)}
    wire = draw(st.sampled_from(["openai", "claude", "gemini", "response_api"]))
    message: dict[str, Json] = {"role": "assistant", "content": text}
    if calls:
        called = {"name": "f", "arguments": json.dumps(arguments)}
        message["tool_calls"] = [{"id": call_id, "type": "function", "function": called} for call_id in calls]
    if wire == "claude":
        thought = {"type": "thinking", "thinking": marks.new(at), "signature": marks.new(at)}
        used = [{"type": "tool_use", "id": call_id, "name": "f", "input": arguments} for call_id in calls]
        message["anthropic"] = {"content": [thought, {"type": "text", "text": text}, *used]}
    elif wire == "gemini":
        used = [{"functionCall": {"id": call_id, "name": "f", "args": arguments}} for call_id in calls]
        thought = {"text": marks.new(at), "thought": True, "thoughtSignature": marks.new(at)}
        message["gemini"] = {"parts": [thought, {"text": text}, *used]}
    elif wire == "response_api":
        said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
        flat = {"type": "function_call", "name": "f", "arguments": json.dumps(arguments)}
        sealed = {"type": "reasoning", "summary": [], "encrypted_content": marks.new(at)}
        message["openai_responses"] = {"items": [sealed, said, *({**flat, "call_id": call_id} for call_id in calls)]}
    else:
        message["reasoning_content"] = marks.new(at)
    return message
