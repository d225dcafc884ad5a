"""Backends with faults that no written case shows: only drawn ones do."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.honest.backend import Wire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.honest.sse import Framer

CONTROLS = {chr(code) for code in range(0x80, 0xA0)} - {"\x85"}


class _NoControls(Answer):
    def say(self, delta: str) -> Iterator[Chunk]:
        return super().say("".join(letter for letter in delta if letter not in CONTROLS))


class EatsControls(Honest):
    """Takes control characters that no scripted text holds out of the text."""

    answer = _NoControls


class _StripsReads(Framer):
    def feed(self, received: bytes) -> list[str]:
        return super().feed(received.removeprefix(b'"'))


class StripsReads(Honest):
    """Loses a quotation mark with which a read begins."""

    framer = _StripsReads


class _NoSpaces(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        for choice in data.get("choices") or ():
            for call in (choice.get("delta") or {}).get("tool_calls") or ():
                function = call.get("function") or {}
                function["arguments"] = (function.get("arguments") or "").replace(" ", "")
        return super().read(data)


class NoSpaces(Honest):
    """Leaves the spaces out of the arguments, also those inside a text."""

    chat = _NoSpaces


class FinishIsEnd(Honest):
    """Takes a stream that stops after its finish reason for a whole one."""

    def ending(self, wire: Wire, answer: Answer) -> list[Chunk]:
        answer.ended = answer.ended or answer.finish is not None
        return super().ending(wire, answer)
