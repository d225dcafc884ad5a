"""Faults with what a call takes and does not give back."""

from __future__ import annotations

import asyncio
import atexit
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.liar import liar


@liar("RES-01", "RES-02", "RES-04", fault="each call begins a task that nobody ends")
class LeavesTask(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.tasks: list[asyncio.Task[Any]] = []

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        self.tasks.append(asyncio.create_task(asyncio.Event().wait(), name="heartbeat"))
        async for chunk in super().attempt(body, answer):
            yield chunk


@liar("RES-01", "SEC-08", fault="each request is written to a temporary file that stays")
class LeavesFile(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        handle, path = tempfile.mkstemp(prefix="request-")
        os.close(handle)
        atexit.register(Path(path).unlink, missing_ok=True)  # a panel of faults leaves nothing on its user's machine
        async for chunk in super().attempt(body, answer):
            yield chunk


@liar("RES-01", "RES-02", "RES-03", "RES-04", fault="each call has a client of its own that is never closed")
class LeavesClients(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.clients: list[httpx2.AsyncClient] = []

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx2.AsyncClient]:  # type: ignore[override]  # entered all the same
        self.clients.append(super().client())
        yield self.clients[-1]


@liar("RES-02", fault="every chunk of every answer is kept")
class KeepsEverything(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.history: list[Chunk] = []

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().attempt(body, answer):
            self.history.append(chunk)
            yield chunk


@liar("RES-04", fault="a coroutine is made and never awaited")
class ForgetsToAwait(Honest):
    async def report(self) -> None:
        """Would tell somebody."""

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        self.report()  # type: ignore[unused-coroutine]  # the fault
        async for chunk in super().attempt(body, answer):
            yield chunk


class _OneClient(Honest):
    kept: httpx2.AsyncClient | None = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx2.AsyncClient]:  # type: ignore[override]  # entered all the same
        self.kept = self.kept or super().client()
        yield self.kept

    async def aclose(self) -> None:
        if self.kept is not None:
            client, self.kept = self.kept, None
            await client.aclose()


@liar("RES-06", fault="the client of a loop that is gone is used in the next")
class OneLoop(_OneClient):
    """The fault is in the client that it keeps."""


@liar("RES-07", fault="a second close raises")
class ClosesOnce(Honest):
    closed = False

    async def aclose(self) -> None:
        if self.closed:
            raise RuntimeError("already shut down")
        self.closed = True


@liar("RES-07", fault="a call after close fails with an internal error")
class DiesOfUse(Honest):
    key_of: Any = str

    async def aclose(self) -> None:
        self.key_of = None

    def headers(self) -> dict[str, str]:
        self.key_of(self._key)
        return super().headers()


@liar("RES-08", fault="a task reads on into a queue without bounds")
class EndlessQueue(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        queue: asyncio.Queue[Chunk | None] = asyncio.Queue()

        async def pump() -> None:
            try:
                async for chunk in super(EndlessQueue, self).attempt(body, answer):
                    queue.put_nowait(chunk)
            finally:
                queue.put_nowait(None)

        reader = asyncio.create_task(pump())
        try:
            while (chunk := await queue.get()) is not None:
                yield chunk
        finally:
            reader.cancel()
            await asyncio.wait({reader})


@liar("RES-02", fault="every piece of text is kept")
class KeepsTexts(Honest):
    """Texts are no objects to the collector of garbage: the list of them is one, however long."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.texts: list[str] = []

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().attempt(body, answer):
            self.texts += [f"{chunk.type}: {vars(chunk).get('content')}"]
            yield chunk
