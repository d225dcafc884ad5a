"""Mistral's chunks: how media is written in them, and what of an answer goes back as the list that it came in.

Source: mistralai 3.7, `client/models/contentchunk.py` and those it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.formatter._content import Media
from massgen.formatter._echo import kept_blocks
from massgen.formatter._history import Assistant

Json = Any


def media_chunk(part: Media, where: str, problems: list[str]) -> dict[str, Json]:
    """A document or a sound: by its id where it is a file at Mistral, else by its address or as bytes."""
    if part.file_id is not None and part.kind == "file":
        return {"type": "file", "file_id": part.file_id}
    if part.file_id is not None:
        problems.append(f"{where}: Mistral does not take {part.kind} by a file id; give its bytes as base64, or a URL")
        return {}
    if part.kind == "audio":
        return {"type": "input_audio", "input_audio": part.data or part.url}
    named = {"document_name": part.filename} if part.filename else {}
    return {"type": "document_url", "document_url": part.url or part.data_url, **named}


def echoed(turn: Assistant, model: str | None) -> list[dict[str, Json]] | None:
    """The list that an answer came in, if it still says the text of the message and `model` made it; else None.

    A message whose own content is such a list is taken at its word.
    """
    own = turn.source.get("content")
    if isinstance(own, list) and any(isinstance(part, Mapping) and _is_thinking(part) for part in own):
        return [dict(part) if isinstance(part, Mapping) else {"type": "text", "text": part} for part in own]
    kept = kept_blocks(turn, "mistral", "content", model)
    if kept is None or not kept.same_model or _said(kept.blocks) != turn.text:
        return None
    return [dict(part) for part in kept.blocks]


def _is_thinking(part: Mapping[str, Json]) -> bool:
    return part.get("type") == "thinking" and isinstance(part.get("thinking"), list)


def _said(parts: Sequence[Mapping[str, Json]]) -> str:
    texts = (part.get("text") for part in parts if part.get("type") == "text")
    return "".join(text for text in texts if isinstance(text, str))
