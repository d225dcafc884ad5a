"""A subject that blocks its event loop: nothing but a signal gets Python to go on.

`watched` arms an alarm that the loop puts off as long as it turns. When it rings, `LoopBlocked` is raised in whatever
blocks. Where there are no alarms (another thread, Windows, a handler that somebody else has set) nothing is watched.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

BLOCKED_SECONDS = 15.0
"""More than the driver's guard, after which the player hangs up on a client that blocks on the network."""


class LoopBlocked(Exception):
    """The event loop did not turn for too long."""


@contextmanager
def watched(seconds: float = BLOCKED_SECONDS) -> Iterator[None]:
    """Inside the block the running loop may not stand still for longer than `seconds`."""
    if not _can_watch():
        yield
        return

    loop = asyncio.get_running_loop()
    beat = loop.call_soon(_nothing)

    def ring(_number: int, _frame: object) -> None:
        raise LoopBlocked(f"the event loop was blocked for {seconds:g} s: a call in the backend does not give way")

    def put_off() -> None:
        nonlocal beat
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
        beat = loop.call_later(seconds / 4, put_off)

    before = signal.signal(signal.SIGALRM, ring)
    put_off()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        beat.cancel()


def _nothing() -> None:
    """Stands for the first beat until the loop has one."""


def _can_watch() -> bool:
    free = (signal.SIG_DFL, signal.SIG_IGN)
    return (
        threading.current_thread() is threading.main_thread()
        and hasattr(signal, "setitimer")
        and signal.getsignal(signal.SIGALRM) in free
    )
