"""A clock that a check turns: what waits for it waits until the check says that the time has come."""

from __future__ import annotations

import asyncio


class TurningClock:
    """`monotonic` and `sleep`, as a subject takes a clock. Time stands still but for `turn`."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []
        self._changed = asyncio.Event()

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Until the clock has been turned by this many seconds."""
        waiter = (self._now + seconds, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._changed.set()
        try:
            await waiter[1]
        finally:
            self._waiting.remove(waiter)

    def turn(self, seconds: float) -> None:
        """Let this much time pass, and wake those whose time has come."""
        self._now += seconds
        for until, future in self._waiting:
            if until <= self._now and not future.done():
                future.set_result(None)

    async def waited_by(self, count: int) -> None:
        """Wait until this many sleep."""
        while len(self._waiting) < count:
            self._changed.clear()
            await self._changed.wait()
