"""Text that arrives in pieces."""

from __future__ import annotations

_MANY = 1024


class Pieces(list[str]):
    """The pieces of one text, in order. Many become one: as a string of its own, a few bytes take eighty."""

    __slots__ = ()

    def append(self, piece: str, /) -> None:
        super().append(piece)
        if len(self) > _MANY:
            self.text()

    def text(self) -> str:
        """All of it. From here on it is one piece, which whoever asks shares."""
        text = "".join(self)
        if len(self) > 1:
            self[:] = [text]
        return text
