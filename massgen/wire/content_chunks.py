"""Content that comes as a list of parts, as Mistral sends it: what it says, and the list that must be shown again.

Source: mistralai 3.7, `client/models/contentchunk.py` and those it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt
from massgen.wire.citations import annotation

Json = Any
Part = Mapping[str, Json]


class _Thought:
    """One block of thinking while its pieces arrive: texts that grow, and whatever else stands among them."""

    __slots__ = ("inner", "marks")

    def __init__(self) -> None:
        self.inner: list[list[str] | Part] = []
        self.marks: dict[str, Json] = {}  # `signature`, and `closed`, which only a prefix of ours has

    def add(self, part: Part) -> str:
        """Take a piece in; what of it can be read."""
        self.marks.update({key: part[key] for key in part if key not in ("type", "thinking") and part[key] is not None})
        read: list[str] = []
        given = part.get("thinking")
        pieces: list[Json] = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        for piece in pieces:
            text = piece.get("text") if isinstance(piece, Mapping) else piece
            if not isinstance(text, str):
                self.inner.append(piece)
                continue
            read.append(text)
            last = self.inner[-1] if self.inner else None
            if isinstance(last, list):
                last.append(text)
            else:
                self.inner.append([text])
        return "".join(read)

    def whole(self) -> dict[str, Json]:
        inner = [{"type": "text", "text": "".join(piece)} if isinstance(piece, list) else piece for piece in self.inner]
        return {"type": "thinking", "thinking": inner, **self.marks}


class ContentChunks:
    """Reads the parts of an answer into its `Attempt`. Text may also come as plain strings, past this class."""

    __slots__ = ("_attempt", "_kept")

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._kept: list[tuple[int, _Thought | Part]] = []  # with the place in the text at which each stands

    def add(self, parts: Sequence[Part], out: list[StreamChunk]) -> None:
        """The parts of one delta. Only thinking and text are seen by the caller, in `out`."""
        attempt = self._attempt
        for part in parts:
            kind = part.get("type")
            if kind == "thinking":
                self._think(part, out)
                continue
            text = part.get("text")
            if kind in ("text", None) and isinstance(text, str):
                if text:
                    attempt.end_thought(out)
                    out.append(attempt.say(text))
                continue
            attempt.end_thought(out)
            self._kept.append((attempt.place, dict(part)))
            if kind == "reference":
                place = attempt.place
                attempt.cite(annotation("file_citation", reference_ids=part.get("reference_ids"), index=place))
            else:
                out.append(StreamChunk("backend_status", status="content_part", detail=str(kind)))

    def _think(self, part: Part, out: list[StreamChunk]) -> None:
        at, last = self._kept[-1] if self._kept else (-1, None)
        if not isinstance(last, _Thought) or at != self._attempt.place:
            last = _Thought()
            self._kept.append((self._attempt.place, last))
        if text := last.add(part):
            out.append(self._attempt.think(text))

    def whole(self) -> list[dict[str, Json]]:
        """The list, pieces joined, with the text between them in its place; empty where all of it was text."""
        if not self._kept:
            return []
        parts: list[dict[str, Json]] = []
        said = 0
        for at, kept in self._kept:
            parts += self._text(said, at)
            parts.append(kept.whole() if isinstance(kept, _Thought) else dict(kept))
            said = at
        return parts + self._text(said, self._attempt.place)

    def _text(self, start: int, end: int) -> list[dict[str, Json]]:
        text = self._attempt.text[start:end]
        return [{"type": "text", "text": text}] if text else []
