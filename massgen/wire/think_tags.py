"""Reasoning that a server left in the content: between tags at the very beginning of an answer.

Servers of open models take it out only when they were told how the model marks it (vLLM's and SGLang's
`--reasoning-parser`, LM Studio's switch); without, `<think>...</think>` arrives as text. A tag that comes later is
text: a model may write about tags.
"""

from __future__ import annotations

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt

TAGS = ("think", "thinking", "thought", "reasoning")

_OPENING = {f"<{tag}>": f"</{tag}>" for tag in TAGS}


class TaggedText:
    """The content of one answer. Only what may yet become a tag is held back."""

    __slots__ = ("_attempt", "_closing", "_held", "_settled", "thought")

    def __init__(self, attempt: Attempt) -> None:
        self.thought = False  # whether there was reasoning between tags
        self._attempt = attempt
        self._held = ""
        self._closing = ""  # the tag that ends the reasoning; empty outside of it
        self._settled = False  # whether whatever follows is text

    def add(self, delta: str, out: list[StreamChunk]) -> None:
        if self._settled:
            self._say(delta, out)
            return
        self._held += delta
        if not self._closing and not self._opened(out):
            return
        before, tag, after = self._held.partition(self._closing)
        if not tag:
            kept = _overlap(self._held, self._closing)
            before, after = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        self._think(before, out)
        self._held = after
        if tag:
            self._held, self._settled = "", True
            self._say(after, out)

    def release(self, out: list[StreamChunk]) -> None:
        """Nothing more comes, or something else does: what is held back is what it looks like so far."""
        held, self._held, self._settled = self._held, "", True
        if self._closing:
            self._think(held, out)
        else:
            self._say(held, out)

    def _opened(self, out: list[StreamChunk]) -> bool:
        """Whether the answer begins with a tag. If it cannot any more, the text goes out."""
        begun = self._held.lstrip()
        for opening, closing in _OPENING.items():
            if begun.startswith(opening):
                self._held, self._closing, self.thought = begun.removeprefix(opening), closing, True
                return True
        if not any(opening.startswith(begun) for opening in _OPENING):
            self.release(out)
        return False

    def _think(self, text: str, out: list[StreamChunk]) -> None:
        if text:
            out.append(self._attempt.think(text))

    def _say(self, text: str, out: list[StreamChunk]) -> None:
        if text:
            self._attempt.end_thought(out)
            out.append(self._attempt.say(text))


def _overlap(text: str, tag: str) -> int:
    """How many of the last characters of `text` are the beginning of `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
