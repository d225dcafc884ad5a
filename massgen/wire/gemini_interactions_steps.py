"""Steps of an interaction while they stream.

Source: google-genai's `_gaos/types/interactions/` (`*step.py`, `*delta.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt, CallDraft
from massgen.wire.citations import Annotation, annotation, characters
from massgen.wire.server_tools import progress, telling

Json = Any
Content = dict[str, Json]

_MEDIA = frozenset({"image", "audio", "video", "document"})
_RESULT, _CALL = "_result", "_call"
_OWN = frozenset({"model_output", "thought", "function_call", "function_result", "user_input"})


class OpenStep:
    """One step: as it began, and what its deltas added. Methods yield the chunks of what they are told."""

    __slots__ = ("_ended", "_index", "_parts", "_text", "call", "kind", "raw")

    def __init__(self, raw: Mapping[str, Json], index: int) -> None:
        self.raw = dict(raw)
        kind = raw.get("type")
        self.kind = kind if isinstance(kind, str) else ""
        self.call: CallDraft | None = None
        self._index = index
        self._parts: list[Content] = []  # contents of an output, or of a thought's summary
        self._text: list[str] = []  # pieces of the last of them, while it is text
        self._ended = False

    def begin(self, attempt: Attempt, out: list[StreamChunk]) -> None:
        """What a step holds at its start, and that it began."""
        if self.kind == "function_call":
            attempt.end_open_blocks(out)
            self.call = attempt.open_call(_text(self.raw.get("id")), _text(self.raw.get("name")) or "")
        elif self.kind == "model_output":
            for content in _mappings(self.raw.get("content")):
                self._output(content, attempt, out)
        elif self.kind == "thought":
            for content in _mappings(self.raw.get("summary")):
                self._think(content, attempt, out)
        elif self.kind.endswith(_CALL) and self.kind not in _OWN:
            attempt.started = True
            out.append(progress(self.kind.removesuffix(_CALL), "started", _name(self.raw), self.raw.get("id")))

    def add(self, delta: Mapping[str, Json], attempt: Attempt, out: list[StreamChunk]) -> None:
        kind = _text(delta.get("type"))
        if kind == "text" or kind in _MEDIA:
            self._output(delta, attempt, out)
        elif kind == "thought_summary":
            self._think(_mapping(delta.get("content")), attempt, out)
        elif kind == "thought_signature":
            self._merge({"signature": delta.get("signature")})
        elif kind == "arguments_delta":
            if self.call is not None and isinstance(delta.get("arguments"), str):
                self.call.pieces.append(delta["arguments"])
        elif kind == "text_annotation_delta":
            if self._parts:
                known = _mappings(self._parts[-1].get("annotations"))
                self._parts[-1]["annotations"] = [*known, *_mappings(delta.get("annotations"))]
        elif kind == self.kind:
            self._merge({name: value for name, value in delta.items() if name != "type"})

    def end(self, attempt: Attempt, out: list[StreamChunk]) -> None:
        """The step is whole; a second call changes nothing."""
        if self._ended:
            return
        self._ended = True
        attempt.end_summary(self._index, out)
        given = self.raw.get("arguments")
        if self.call is not None and not self.call.pieces and given:
            # `arguments` at the start is a placeholder, unless the whole call came at once.
            self.call.pieces = [given if isinstance(given, str) else msgspec.json.encode(given).decode()]
        elif self.kind.endswith(_RESULT) and self.kind not in _OWN:
            phase = "failed" if self.raw.get("is_error") else "completed"
            out.append(progress(self.kind.removesuffix(_RESULT), phase, _outcome(self.raw), self.raw.get("call_id")))
        elif self.kind.endswith(_CALL) and self.kind not in _OWN:
            about = telling(given) or _name(self.raw)
            out.append(progress(self.kind.removesuffix(_CALL), "running", about, self.raw.get("id")))

    def whole(self) -> dict[str, Json]:
        """The step as a response that is not streamed would hold it."""
        self._settle()
        if self.call is not None:
            arguments = msgspec.json.decode(self.call.arguments) if self.call.is_whole() else {}
            return {**self.raw, "id": self.call.id or self.raw.get("id"), "arguments": arguments}
        if not self._parts:
            return self.raw
        return {**self.raw, "summary" if self.kind == "thought" else "content": self._parts}

    def contents(self) -> list[Content]:
        """What an output holds, its text joined."""
        self._settle()
        return self._parts if self.kind == "model_output" else []

    def _output(self, content: Mapping[str, Json], attempt: Attempt, out: list[StreamChunk]) -> None:
        text = content.get("text")
        if isinstance(text, str):
            self._join(content, text)
            if text:
                attempt.end_open_blocks(out)
                out.append(attempt.say(text))
            return
        self._settle()
        self._parts.append(dict(content))
        if _text(content.get("type")) in _MEDIA:
            media_type = _text(content.get("mime_type")) or "application/octet-stream"
            data = f"data:{media_type};base64,{content.get('data') or ''}"
            out.append(attempt.show(media_type, _text(content.get("uri")) or data))

    def _think(self, content: Mapping[str, Json], attempt: Attempt, out: list[StreamChunk]) -> None:
        text = content.get("text")
        if isinstance(text, str):
            self._join(content, text)
            if text:
                out.append(attempt.summarise(text, self._index))
        elif content:
            self._settle()
            self._parts.append(dict(content))

    def _join(self, content: Mapping[str, Json], text: str) -> None:
        """Text deltas in a row are one content."""
        if not self._text:
            self._parts.append({**content, "type": "text"})
        self._text.append(text)

    def _settle(self) -> None:
        if self._text:
            self._parts[-1]["text"] = "".join(self._text)
            self._text = []

    def _merge(self, fields: Mapping[str, Json]) -> None:
        """What a delta adds: lists and the text of a result grow, the rest is told anew. Nothing told is no news."""
        for name, value in fields.items():
            before = self.raw.get(name)
            grows = isinstance(before, list) or (name == "result" and isinstance(before, str))
            if before and grows and isinstance(value, type(before)):
                self.raw[name] = before + value
            elif value or name not in self.raw:
                self.raw[name] = value


def citations(steps: Iterable[OpenStep]) -> Iterator[Annotation]:
    """The citations of all outputs. Their places are UTF-8 bytes of the content that they are at."""
    start = 0
    for content in (content for step in steps for content in step.contents()):
        text = content.get("text") if isinstance(content.get("text"), str) else ""
        for given in _mappings(content.get("annotations")):
            place = characters(given.get("start_index", 0), given.get("end_index"), str(text))
            moved = {name: value + start for name, value in place.items()}
            beside = {name: given[name] for name in given.keys() - {"type", "start_index", "end_index"}}
            yield _citation(given.get("type"), beside, moved)
        start += len(str(text))


def _citation(kind: Json, about: dict[str, Json], place: Mapping[str, int]) -> Annotation:
    if kind == "file_citation":
        named = {"filename": about.pop("file_name", None), "url": about.pop("document_uri", None)}
        mark = {"index": place["end_index"]} if place else {}
        return annotation("file_citation", **{**named, **about, **mark, **place})
    return annotation("url_citation", **{"title": about.pop("name", None), **about, **place})


def _outcome(raw: Mapping[str, Json]) -> str | None:
    result = raw.get("result")
    if isinstance(result, list):
        return "; ".join(filter(None, map(telling, result))) or None
    return result if isinstance(result, str) else telling(result)


def _name(raw: Mapping[str, Json]) -> str | None:
    return _text(raw.get("name"))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
