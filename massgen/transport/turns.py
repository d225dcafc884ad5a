"""Many streams on one loop: none of them may keep the others, or the program's own tasks, waiting for long.

A hundred answers that arrive at once are a quarter of a second of decoding. Every stream asks before it goes on whether
this turn of the loop has been long enough; if so it waits for the next turn, and the loop gets to everything else.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from weakref import WeakKeyDictionary

_LONGEST = 0.01  # seconds


class Turn:
    """The turn that a loop is in, as far as streams take part in it."""

    __slots__ = ("_began", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began: float | None = None

    def is_long(self) -> bool:
        """Whether streams have had enough of this turn. The first to ask begins it."""
        now = monotonic()
        if self._began is None:
            self._began = now
            self._loop.call_soon(self._end)
            return False
        return now - self._began > _LONGEST

    async def wait(self) -> None:
        """Until a turn that is not too long yet."""
        while self.is_long():  # noqa: ASYNC110 - a turn of the loop is what is waited for
            await asyncio.sleep(0)

    def _end(self) -> None:
        self._began = None


_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, Turn] = WeakKeyDictionary()


def turn() -> Turn:
    """The running loop's."""
    loop = asyncio.get_running_loop()
    found = _TURNS.get(loop)
    if found is None:
        found = _TURNS[loop] = Turn(loop)
    return found
