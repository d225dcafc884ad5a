"""Faults with reasoning between tags in the content, and with text that only looks like it."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import Chunk
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.honest.tagged import OPENING, TaggedWire
from massgen_conformance.liars.liar import liar


class _InOnePiece(TaggedWire):
    def said(self, delta: str) -> Iterator[Chunk]:
        if self.open and not self.held and not OPENING.match(delta):
            self.open = False
        return super().said(delta)


@liar("RSN-02", fault="an opening tag is only found when it comes in one piece", provider="vllm")
class TagInOnePiece(Honest):
    wires = {**Honest.wires, "vllm": _InOnePiece}  # noqa: RUF012  # never changed


class _LosesHeld(TaggedWire):
    def rest(self) -> Iterator[Chunk]:
        if self.closing:
            self.held = ""
        return super().rest()


@liar("RSN-02", fault="a thought that is not closed loses what was held back of it", provider="vllm")
class LosesHeldThought(Honest):
    wires = {**Honest.wires, "vllm": _LosesHeld}  # noqa: RUF012  # never changed


class _NoTags(ChatWire):
    message_fields = TaggedWire.message_fields


@liar("RSN-02", fault="tags and what stands between them are the answer", provider="vllm")
class TagsAreText(Honest):
    wires = {**Honest.wires, "vllm": _NoTags}  # noqa: RUF012  # never changed


class _WaitsForTag(ChatWire):
    held = ""

    def said(self, delta: str) -> Iterator[Chunk]:
        self.held += delta
        before, sign, after = self.held.partition("<")
        self.held = sign + after
        return self.answer.say(before)

    def rest(self) -> Iterator[Chunk]:
        return self.answer.say(self.held)


@liar("RSN-03", fault="all that follows a `<` is held back until the end")
class WaitsForTag(Honest):
    chat = _WaitsForTag


class _LosesTag(ChatWire):
    held = ""

    def said(self, delta: str) -> Iterator[Chunk]:
        text = self.held + delta
        cut = len(text) - (1 if text.endswith("<") else 0)
        self.held = text[cut:]
        return self.answer.say(text[:cut])


@liar("RSN-03", fault="a `<` at the end of an answer is held back and forgotten")
class LosesLastBracket(Honest):
    chat = _LosesTag
