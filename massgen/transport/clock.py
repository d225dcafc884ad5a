"""Time, as something that can be handed in: the real one here, a fake one in tests."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds, and waiting."""

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's monotonic clock."""

    monotonic = staticmethod(time.monotonic)  # asked once per read of every stream

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
