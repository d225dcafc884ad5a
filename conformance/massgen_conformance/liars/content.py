"""Faults between the bytes and the text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Malformed
from massgen_conformance.liars.honest.backend import Wire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.honest.sse import Framer
from massgen_conformance.liars.liar import liar

LINE_LIMIT = 64 * 1024


class _ByRead(Framer):
    def feed(self, received: bytes) -> list[str]:
        self._line.clear()
        return super().feed(received)


@liar(
    "CON-01",
    "CON-02",
    "CON-03",
    "CON-10",
    "CON-13",
    "ISO-01",
    "ISO-02",
    "ISO-03",
    "ISO-04",
    "ISO-05",
    "TOL-04",
    fault="what is left of a read is thrown away at the next one",
)
class ReadIsEvent(Honest):
    framer = _ByRead


class _DecodesReads(Framer):
    def feed(self, received: bytes) -> list[str]:
        return super().feed(received.decode("utf-8", "replace").encode())


@liar("CON-01", "CON-02", "CON-03", "TOL-04", fault="each read is decoded by itself")
class DecodesReads(Honest):
    framer = _DecodesReads


class _SplitLines(Framer):
    def feed(self, received: bytes) -> list[str]:
        for separator in ("\u2028", "\u2029", "\u0085"):
            received = received.replace(separator.encode(), b"\n")
        return super().feed(received)


@liar("CON-03", "TOL-04", fault="lines end wherever str.splitlines ends them")
class SplitLines(Honest):
    framer = _SplitLines


class _NeedsSpace(Framer):
    def _end_of_line(self) -> list[str]:
        if self._line.startswith(b"data:") and not self._line.startswith(b"data: "):
            self._line.clear()
            return []
        return super()._end_of_line()


@liar("CON-04", fault="`data:` is only known with a space behind it")
class NeedsSpace(Honest):
    framer = _NeedsSpace


class _DropsLast(Framer):
    def close(self) -> list[str]:
        return []


@liar("CON-05", fault="what is in the buffer at the end of the bytes is dropped")
class DropsLast(Honest):
    framer = _DropsLast


class _CommentIsData(Framer):
    def _end_of_line(self) -> list[str]:
        if self._line.startswith(b":"):
            self._line[:0] = b"data"
        return super()._end_of_line()


@liar("CON-06", "TIM-02", fault="a comment is read as data")
class CommentIsData(Honest):
    framer = _CommentIsData


class _NeedsDelta(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        for choice in data.get("choices") or ():
            len(choice["delta"])
        return super().read(data)


@liar("CON-07", fault="a delta is taken for granted")
class NeedsDelta(Honest):
    chat = _NeedsDelta


_KNOWN = frozenset({"id", "object", "created", "model", "service_tier", "system_fingerprint"})
_READ = frozenset({"choices", "usage", "obfuscation", "error"})


class _BothNames(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        for choice in data.get("choices") or ():
            delta = choice.get("delta") or {}
            if delta.get("reasoning_content"):
                yield from self.answer.think(delta.get("reasoning") or "")
        yield from super().read(data)


@liar("CON-15", fault="reasoning is read from each field that it may come in, the same text twice")
class ReadsBothNames(Honest):
    chat = _BothNames


class _KnownOnly(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        if data.keys() - _KNOWN - _READ:
            raise Malformed("a field that is not in the documentation")
        return super().read(data)


@liar("CON-08", fault="a field that is not in the documentation is an error")
class KnownFieldsOnly(Honest):
    chat = _KnownOnly


class _TrimsStart(Answer):
    def say(self, delta: str) -> Iterator[Chunk]:
        return super().say(delta if self.text else delta.lstrip())


@liar("CON-10", fault="the beginning of the answer is trimmed")
class TrimsStart(Honest):
    answer = _TrimsStart


class _LimitedLine(Framer):
    def feed(self, received: bytes) -> list[str]:
        events = super().feed(received)
        if len(self._line) > LINE_LIMIT:
            self._line.clear()
        return [event for event in events if len(event) <= LINE_LIMIT]


@liar("CON-13", fault="lines longer than 64 KiB are dropped")
class LimitedLine(Honest):
    framer = _LimitedLine


@liar("CON-09", fault="an event that cannot be read is passed over")
class SkipsMalformed(Honest):
    def event(self, wire: Wire, answer: Answer, text: str) -> list[Chunk]:
        chunks = super().event(wire, answer, text)
        if answer.failure is not None and answer.failure.kind == "malformed":
            answer.failure = None
        return chunks


@liar("CON-11", fault="a compressed body is read as it came")
class ReadsRaw(Honest):
    def received(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        return response.aiter_raw()


class _Letters(Answer):
    def say(self, delta: str) -> Iterator[Chunk]:
        for letter in delta:
            yield from super().say(letter)


@liar("CON-12", fault="a delta is cut into its characters")
class CutsDeltas(Honest):
    answer = _Letters


class _Pairs(Answer):
    def __init__(self) -> None:
        super().__init__()
        self.held = ""

    def say(self, delta: str) -> Iterator[Chunk]:
        if not delta:
            return
        if self.text and not self.held:
            self.held = delta
            return
        whole, self.held = self.held + delta, ""
        yield from super().say(whole)

    def close(self) -> Iterator[Chunk]:
        whole, self.held = self.held, ""
        yield from super().say(whole)
        yield from super().close()


@liar("CON-12", "ERR-03", "RSN-03", fault="deltas are collected, two by two")
class CollectsDeltas(Honest):
    answer = _Pairs
