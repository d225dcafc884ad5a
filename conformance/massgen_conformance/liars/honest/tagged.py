"""Chat Completions of servers that leave reasoning in the content, between tags at its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from massgen_conformance.liars.honest.answer import Answer, Chunk
from massgen_conformance.liars.honest.chat import ChatWire

OPENING: Final = re.compile(r"\s*<(think|thinking)>")
BEGUN: Final = re.compile(r"\s*(<(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?")
"""What may yet become an opening tag, as a whole."""


class TaggedWire(ChatWire):
    """Text is held back for as long as it may be a tag."""

    message_fields = ChatWire.message_fields | {"reasoning_content"}

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.held, self.closing, self.open = "", "", True

    def said(self, delta: str) -> Iterator[Chunk]:
        self.held += delta
        if self.open and not self.closing:
            begins = OPENING.match(self.held)
            if begins:
                self.held, self.closing = self.held[begins.end() :], f"</{begins[1]}>"
            elif not BEGUN.fullmatch(self.held):
                yield from self.rest()
        elif not self.open:
            yield from self.rest()
        if self.closing:
            yield from self.inside()

    def inside(self) -> Iterator[Chunk]:
        """What is certainly thought goes out; behind the closing tag all is text."""
        thought, tag, after = self.held.partition(self.closing)
        if tag:
            yield from self.answer.think(thought)
            self.closing, self.open, self.held = "", False, after
            yield from self.rest()
            return
        sizes = range(len(self.closing) - 1, 0, -1)
        kept = next((size for size in sizes if self.held.endswith(self.closing[:size])), 0)
        cut = len(self.held) - kept
        yield from self.answer.think(self.held[:cut])
        self.held = self.held[cut:]

    def rest(self) -> Iterator[Chunk]:
        """Nothing that is held back becomes a tag any more."""
        held, self.held, self.open = self.held, "", False
        yield from self.answer.think(held) if self.closing else self.answer.say(held)
