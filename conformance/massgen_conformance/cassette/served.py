"""What serves a client that blocks: an event loop in a thread of its own, between `start` and `stop`."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Final, Self

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 10.0


class Served(ABC):
    """Start and stop it, or use it as a context manager. A class says what it serves, and for how long it may end."""

    name: ClassVar[str]
    stop_seconds: ClassVar[float]
    unending: ClassVar[str]
    """Why it does not stop, where it does not."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self.port = 0

    @abstractmethod
    async def _serve(self) -> None:
        """Set `_over` and `port`, then `_ready`, and serve until `_over` is set."""

    def start(self) -> None:
        """Begin to serve. `RuntimeError` when it does not come up."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()
        if not self._ready.wait(STOP_SECONDS):
            raise RuntimeError(f"the relay did not start within {STOP_SECONDS} s")

    def stop(self) -> None:
        """Wait until what is under way is whole (or failed), then end. `RuntimeError` when it does not end."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(self.stop_seconds)
        if self._thread.is_alive():
            raise RuntimeError(f"the relay did not stop: {self.unending}")
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    _loop: asyncio.AbstractEventLoop
    _over: asyncio.Event
