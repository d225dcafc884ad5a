"""A backend worked by hand in front of the player: begun, waited for, held at a gate, stopped where a check wants."""

from __future__ import annotations

import asyncio
import copy
import inspect
import logging
from collections.abc import Callable, Collection, Coroutine
from contextlib import aclosing
from typing import Any

from massgen_conformance.check import NotTestable
from massgen_conformance.contract import kind_of
from massgen_conformance.driver import Play, captured_logs
from massgen_conformance.reading import course
from massgen_conformance.trace import JSON, Run, TimedChunk

IDLE_TURNS = 200
"""Turns of the loop after which whatever had arrived has been read: each polls the sockets."""

THE_SAME: Any = object()


class Performance:
    """One call of the backend. `run` fills while it goes on; `task` consumes it."""

    def __init__(self, play: Play, messages: list[JSON], tools: list[JSON], refused_config: Collection[str]) -> None:
        self.backend, self.exchange, self.seconds = play.backend, play.exchange, play.timeout
        self.refused_config = refused_config
        self.run = Run(wire=play.exchange.log)
        self.options: dict[str, Any] = {}  # of the call
        self._play, self._messages, self._tools = play, messages, tools
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def task(self) -> asyncio.Task[None]:
        if self._task is None:
            raise NotTestable("the performance was not begun")
        return self._task

    async def stream(self) -> Any:
        """The stream of a call, an asynchronous iterator."""
        return aiter(await self._called())

    async def closable(self) -> Any:
        """The stream of a call. `NotTestable` when a consumer cannot close it."""
        stream = await self._called()
        if not hasattr(stream, "aclose"):
            name = type(stream).__name__
            raise NotTestable(f"stream_with_tools returns {name}, which has no aclose: nobody can stop it early")
        return stream

    async def _called(self) -> Any:
        stream = self._play.stream(self._messages, self._tools, **self.options)
        return await stream if inspect.isawaitable(stream) else stream

    def begin(self) -> None:
        """Consume the stream in a task of its own."""
        self._task = asyncio.ensure_future(self._consume())

    async def sees(self, kind: str) -> bool:
        """Whether a chunk of this type comes, before the stream ends and within the guard's time."""
        return await self.becomes(lambda run: bool(run.of(kind)))

    async def becomes(self, true: Callable[[Run], bool]) -> bool:
        """Whether this becomes true of the run, before the stream ends and within the guard's time."""
        try:
            async with asyncio.timeout(self.seconds):
                while not true(self.run) and not self.task.done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        return true(self.run)

    async def until(self, kind: str) -> None:
        """Wait for a chunk of this type. Raises `NotTestable` when the stream ends or stalls before."""
        if not await self.sees(kind):
            raise NotTestable(f"no {kind} chunk came within {self.seconds} s; {course(self.run)}")

    async def asked(self) -> bool:
        """Whether a request comes within the guard's time."""
        return await self.within(self.exchange.requests_at_least(1))

    async def within(self, event: Coroutine[Any, Any, Any]) -> bool:
        """Whether what is awaited comes within the guard's time."""
        waiting = asyncio.ensure_future(event)
        done, _ = await asyncio.wait({waiting}, timeout=self.seconds)
        waiting.cancel()
        return bool(done)

    async def until_gate_and_idle(self, gate: int) -> None:
        """Wait until the player stands at a gate and the subject has read all that was sent before it."""
        if not await self.within(self.exchange.reached(gate)):
            raise NotTestable("the subject sent no request, or did not read its answer")
        await self.within(self.exchange.all_out())
        for _ in range(IDLE_TURNS):
            await asyncio.sleep(0)

    async def finish(self) -> Run:
        """Wait for the end of the stream, no longer than the guard."""
        await asyncio.wait({self.task}, timeout=self.seconds)
        self.run.timed_out = not self.task.done()
        await self.stop()
        return self.run

    def another(self, tools: Any = THE_SAME, *, messages: Any = THE_SAME) -> Performance:
        """Another call of the same backend, with the same messages and tools, or with others."""
        said = self._messages if messages is THE_SAME else list(messages)
        arguments = copy.deepcopy((said, self._tools if tools is THE_SAME else tools))
        again = Performance(self._play, *arguments, self.refused_config)
        again.run.first_request = len(self.exchange.log.requests)
        return again

    async def at_gate(self, number: int) -> bool:
        """Whether the player comes to stand at this gate within the guard's time."""
        return await self.within(self.exchange.reached(number))

    async def stop(self) -> None:
        """End what still runs."""
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=self.seconds)

    async def prefix(self, length: int) -> Run:
        """The run of a consumer that takes `length` chunks and closes the generator."""
        await self.stop()
        self.run.chunks.clear()
        try:
            async with aclosing(await self.closable()) as stream:
                async for chunk in stream:
                    self._note(chunk)
                    if len(self.run.chunks) == length:
                        break
        except NotTestable:
            raise
        except Exception as problem:  # whatever escapes is what the run shows
            self.run.raised = problem
        return self.run

    async def first_content_then(self, leave: str) -> None:
        """Consume up to the first content, then `aclose` the generator, or `break` and forget it."""
        stream = await self.closable()
        async with _limit(self.seconds):
            async for chunk in stream:
                self._note(chunk)
                if kind_of(chunk) == "content":
                    break
        if not self.run.of("content"):
            raise NotTestable("no content chunk came")
        if leave == "aclose":
            await stream.aclose()
        del stream, chunk

    async def _consume(self) -> None:
        try:
            with captured_logs(logging.DEBUG) as self.run.logs:
                async for chunk in await self.stream():
                    self._note(chunk)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # whatever escapes is what the run shows
            self.run.raised = problem
        finally:
            self._changed.set()

    def _note(self, chunk: Any) -> None:
        now, sent = self.exchange.now(), self.exchange.sent
        self.run.chunks.append(TimedChunk(len(self.run.chunks), chunk, now, sent))
        self._changed.set()


class _limit:
    """`asyncio.timeout` that ends in `NotTestable`."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._seconds = seconds

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as late:
            raise NotTestable(f"the subject was still waiting after {self._seconds} s") from late
