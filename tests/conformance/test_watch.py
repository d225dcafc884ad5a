"""A watched backend is the backend: its chunks, its failures, its attributes. Only the callback hears more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

from massgen_conformance import monitor
from massgen_conformance.liars.honest import honest
from massgen_conformance.monitor import Monitor
from tests.conformance.streams import Chunk, call, chunk, mutants

SAID = chunk("content", content="hi")
MESSAGE = chunk("complete_message", complete_message={"role": "assistant", "content": "hi"})
STOP = chunk("done", status="stop", usage=None)


class Backend:
    """Yields what it was given, and notes how it was left."""

    model = "m"

    def __init__(self, *stream: Any, problem: BaseException | None = None) -> None:
        self.stream, self.problem, self.left_by = stream, problem, ""

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **_: Any) -> AsyncGenerator[Any, None]:
        try:
            for piece in self.stream:
                yield piece
            if self.problem is not None:
                raise self.problem
        except BaseException as problem:
            self.left_by = type(problem).__name__
            raise

    async def __aenter__(self) -> Backend:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left_by = "aexit"


def told_by(backend: Any, messages: Any = ()) -> tuple[list[Any], list[tuple[str, int, Any]]]:
    """The chunks that come out and what the callback heard: rule, position, chunk."""
    heard: list[tuple[str, int, Any]] = []
    watched = monitor(backend, on_violation=lambda breach, chunk: heard.append((breach.rule, breach.position, chunk)))

    async def read() -> list[Any]:
        return [piece async for piece in watched.stream_with_tools(messages, [])]

    return asyncio.run(read()), heard


@given(mutants())
def test_any_stream_comes_out_as_the_same_objects_and_is_judged_as_without_the_watch(stream: list[Chunk]) -> None:
    objects = [SimpleNamespace(**piece) for piece in stream]
    for given_stream in (stream, objects):
        came, heard = told_by(Backend(*given_stream))
        assert len(came) == len(given_stream)
        assert all(one is other for one, other in zip(came, given_stream, strict=True))
        judge = Monitor()
        found = [breach for piece in given_stream for breach in judge.feed(piece)] + judge.finish()
        assert [(rule, position) for rule, position, _ in heard] == [(each.rule, each.position) for each in found]


def test_the_callback_hears_the_position_and_the_chunk_and_none_at_the_end() -> None:
    odd = chunk("content", content="")
    _, heard = told_by(Backend(SAID, odd))
    assert heard == [("fields", 1, odd), ("end", 2, None)]


def test_calls_of_the_conversation_so_far_may_not_come_again() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call("a")]}
    stream = [chunk("tool_calls", tool_calls=[call("a")]), chunk("complete_message", complete_message=message)]
    backend = Backend(*stream, chunk("done", status="tool_calls", usage=None))
    assert told_by(backend)[1] == []
    assert [(rule, position) for rule, position, _ in told_by(backend, [message])[1]] == [("calls", 0)]
    assert told_by(backend, ["no message", {"tool_calls": 3}, {"tool_calls": [None]}])[1] == []


def test_a_callback_that_raises_stays_out_of_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_: object) -> None:
        raise OSError("the log is full")

    async def read() -> list[Any]:
        watched = monitor(Backend(STOP, STOP), on_violation=refuse)
        return [piece async for piece in watched.stream_with_tools([], [])]

    assert asyncio.run(read()) == [STOP, STOP]
    assert "the log is full" in caplog.text


def test_a_chunk_that_cannot_be_read_ends_the_watch_and_not_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        @property
        def type(self) -> str:
            raise OSError("no type today")

    broken = Broken()
    came, heard = told_by(Backend(SAID, broken, SAID))
    assert came == [SAID, broken, SAID]
    assert heard == []
    assert "no longer watched" in caplog.text


async def test_what_the_backend_raises_arrives_as_it_is() -> None:
    problem = OSError("broken")
    heard: list[Any] = []
    watched = monitor(Backend(SAID, problem=problem), on_violation=lambda *told: heard.append(told))
    stream = watched.stream_with_tools([], [])
    assert await anext(stream) is SAID
    with pytest.raises(OSError, match="broken") as raised:
        await anext(stream)
    assert raised.value is problem
    assert heard == []


async def test_closing_the_stream_closes_the_backends() -> None:
    backend = Backend(SAID, MESSAGE, STOP)
    heard: list[Any] = []
    stream = monitor(backend, on_violation=lambda *told: heard.append(told)).stream_with_tools([], [])
    await anext(stream)
    await stream.aclose()
    assert backend.left_by == "GeneratorExit"
    assert heard == []


async def test_a_cancellation_reaches_the_backend_where_it_waits() -> None:
    waiting = asyncio.Event()

    class Slow(Backend):
        async def stream_with_tools(self, messages: list[Any], tools: list[Any], **_: Any) -> AsyncIterator[Any]:
            try:
                waiting.set()
                await asyncio.Event().wait()
                yield SAID
            except asyncio.CancelledError:
                self.left_by = "cancelled"
                raise

    backend = Slow()
    stream = monitor(backend, on_violation=print).stream_with_tools([], [])
    task = asyncio.ensure_future(anext(stream))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert backend.left_by == "cancelled"


async def test_a_stream_that_is_awaited_first_is_watched_too() -> None:
    class Awaited(Backend):
        async def stream_with_tools(self, *arguments: Any, **options: Any) -> Any:  # type: ignore[override]
            return super().stream_with_tools(*arguments, **options)

    heard: list[Any] = []
    watched = monitor(Awaited(STOP), on_violation=lambda *told: heard.append(told))
    assert [piece async for piece in await watched.stream_with_tools([], [])] == [STOP]
    assert heard[0][1] is STOP


async def test_every_other_attribute_is_the_backends_own() -> None:
    backend = Backend()
    watched = monitor(backend, on_violation=print)
    assert isinstance(watched, Backend)
    assert watched.model == "m"
    watched.model = "n"
    assert backend.model == "n"
    del watched.model
    assert backend.model == "m"
    assert "left_by" in dir(watched)
    assert "Backend" in repr(watched)
    async with watched as entered:
        assert entered is watched
    assert backend.left_by == "aexit"
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = watched.absent  # type: ignore[attr-defined]


def test_a_watched_factory_serves_the_kit_like_the_bare_one() -> None:
    from massgen_conformance import Subject, check_backend

    heard: list[Any] = []

    def watched(**settings: Any) -> Any:
        return monitor(honest(**settings), on_violation=lambda *told: heard.append(told))

    checks = ["LIF-01", "LIF-03", "ERR-09", "TOL-06"]
    report = check_backend(Subject("chatcompletion", "openai_chat", watched, "m", base_path="/v1"), only=checks)
    assert report.green
    assert heard == []
