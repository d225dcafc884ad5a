"""RES: what a call took, it gives back, however it ended."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from massgen_conformance import driver, reading
from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import kind_of
from massgen_conformance.driver import Play
from massgen_conformance.leftovers import complaints, frozen, holdings, unlogged, watched
from massgen_conformance.performance import Performance
from massgen_conformance.plan import Ending, Plan, Respond
from massgen_conformance.scenario import Scenario, Text, Turn
from massgen_conformance.scenarios import text, turns
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run

WAYS = ("whole", "failed", "cancelled", "left")
"""How a call ends: by itself, with a broken connection, by a cancellation, or because its consumer goes away."""

STREAMS = 3
WARM = 12  # calls that are made first and not counted
CALLS = 90
PARTS = 3  # of the calls: what a process frees or caches once is in one of them, what piles up in all
LEFT = {"objects": 8, "blocks of memory": 32, "open files": 0.1, "tasks": 0.1}  # that each of them may leave
FLOOD_BYTES = 4_000_000
HELD_BYTES = 2_000_000  # what the kernel and a client's reader may hold of it
STILL_TURNS = 300  # turns of the loop without another byte, after which nobody reads on

FLOOD = Scenario(
    "flood", (Turn((Text(("first", *("0123456789abcdef" * 2500 for _ in range(FLOOD_BYTES // 40_000)))),)),)
)


@asynccontextmanager
async def owned(stage: Stage, plan: Plan | Respond, **config: Any) -> AsyncIterator[Performance]:
    """A backend that the check closes itself."""
    with stage.theatre.player.exchange(plan, lifetime=stage.guard_seconds * 2) as exchange:
        backend = driver.build(stage.subject, exchange.base_url, {"max_retries": 0, **config})
        messages, tools = copy.deepcopy((list(stage.scenario.messages), list(stage.scenario.tools)))
        play = Performance(Play(backend, exchange, stage.guard_seconds), messages, tools, stage.theatre.refused_config)
        stage.performed = play.run
        try:
            yield play
        finally:
            await play.stop()


def plan_for(stage: Stage, way: str) -> Plan:
    """The answer of a call that ends this way."""
    whole = stage.reply()
    after = content_events(stage)[1]
    if way == "failed":
        whole = replace(whole, stop_at=after, ending=Ending.RESET)
    if way == "cancelled":
        whole = replace(whole, gates=(after,))
    return Plan((whole,))


async def live(play: Performance, way: str) -> None:
    """The call, to the end that it comes to."""
    if way == "left":
        stream = await play.closable()
        async for _ in stream:
            break
        await stream.aclose()
        return
    play.begin()
    if way == "cancelled":
        await play.at_gate(0)
        await play.stop()
    else:
        await play.finish()


@check(
    "RES-01",
    "After a call and `close`, no connection, task, generator, thread, process or temporary file is left.",
    drive=(Drive.FAULT, Drive.RECHUNKED),
    catches="a stream whose connection, reader task or temporary file stays when it is cancelled",
    cases=tuple(Case(way, text.TEXT, value=way) for way in WAYS),
)
async def nothing_is_left(stage: Stage) -> None:
    async with owned(stage, plan_for(stage, stage.case.value)) as play:
        with watched() as watch:
            await live(play, stage.case.value)
            stage.reached(play.exchange.log.requests, "a request")
            await driver.close(play.backend)
            found = await watch.left(play.seconds)
            gone = await play.within(play.exchange.disconnected())
        require(gone, "every connection closed", f"one was still open {play.seconds} s later")
        require(not found, "nothing left", "; ".join(found))


@check(
    "RES-02",
    "Many calls leave no more behind than one: no tasks, no connections, no objects that pile up.",
    drive=Drive.RECHUNKED,
    catches="every chunk of every answer kept in a list, in a process that serves for weeks",
    cases=(Case("many", turns.tiny_deltas(40)),),
)
async def nothing_piles_up(stage: Stage) -> None:
    reply, part = stage.reply().with_(cuts=()), CALLS // PARTS
    async with owned(stage, lambda _number, _request: reply) as play:

        async def calls(count: int) -> dict[str, int]:
            for _ in range(count):
                seen = {kind_of(chunk) async for chunk in await play.another().stream()}
                stage.reached("done" in seen and "error" not in seen, "the end of an answer in each call")
                stage.theatre.player.prolong(play.exchange, stage.guard_seconds * 2)  # else slow calls meet its end
            play.exchange.log.forget()
            return holdings()

        with frozen():
            held = [await calls(WARM), *[await calls(part) for _ in range(PARTS)]]
        most = play.exchange.most_connections
        await driver.close(play.backend)
    require(most < CALLS / 2, "a few connections", f"{most} open at once after {CALLS} calls, one after the other")
    for name, limit in LEFT.items():
        each = median(after[name] - before[name] for before, after in pairwise(held)) / part
        require(each <= limit, f"at most {limit} {name} more for each call", f"{each:.1f} for each of {CALLS} calls")


@check(
    "RES-03",
    "Streams that follow each other need one connection at a time: none is held by a stream that is over.",
    drive=Drive.RECHUNKED,
    catches="a pool that runs dry: a stream that was left keeps its connection, and the next one waits for ever",
    cases=(Case("whole", text.TEXT, value="whole"), Case("left", text.TEXT, value="left")),
)
async def one_connection_is_enough(stage: Stage) -> None:
    reply = stage.reply()
    async with owned(stage, lambda _number, _request: reply) as play:
        for _ in range(STREAMS):
            await live(play, stage.case.value)
            over = await play.within(play.exchange.settled())
            require(over, "an answer that is over when its stream is", "one whose connection is still held")
            play = play.another()  # the next call of the same backend
        most = play.exchange.most_connections
        stage.reached(len(play.exchange.log.requests) == STREAMS, f"{STREAMS} requests")
        await driver.close(play.backend)
    require(most == 1, "one connection at a time", f"{most} at once")


@check(
    "RES-04",
    "No call makes Python complain: of sockets left open, coroutines never awaited, exceptions never retrieved.",
    drive=(Drive.FAULT, Drive.RECHUNKED),
    catches="`Task exception was never retrieved` in the log of every user, hidden by a filter in the tests",
    cases=tuple(Case(way, text.TEXT, value=way) for way in WAYS),
)
async def nobody_complains(stage: Stage) -> None:
    with complaints() as said:
        async with owned(stage, plan_for(stage, stage.case.value)) as play:
            await live(play, stage.case.value)
            stage.reached(play.exchange.log.requests, "a request")
            await driver.close(play.backend)
        del play
        stage.performed = None
        for _ in range(3):  # transports close in the turns after they were told to
            await asyncio.sleep(0)
    require(not said, "no complaint", "; ".join(said))


@check(
    "RES-06",
    "A backend that was used in one event loop works in the next.",
    drive=Drive.RECHUNKED,
    catches="`Event loop is closed`: a pooled connection of a loop that is gone, in every script with two asyncio.run",
    cases=(Case("two-loops", text.TEXT),),
)
async def a_second_loop_is_as_good(stage: Stage) -> None:
    reply, messages = stage.reply(), list(stage.scenario.messages)

    def twice() -> list[Run]:
        seconds = stage.guard_seconds
        with stage.theatre.player.exchange(lambda _number, _request: reply, lifetime=seconds * 2) as exchange:
            backend = driver.build(stage.subject, exchange.base_url, {"max_retries": 0})
            calls = Play(backend, exchange, seconds)
            runs = [asyncio.run(calls.observe(copy.deepcopy(messages), [])) for _ in range(2)]
            asyncio.run(closed(backend))
            for run in runs:
                run.raised = run.raised and RuntimeError(repr(run.raised))  # without the frames that hold the sockets
            return runs

    with unlogged(), complaints():  # of the connections that a loop took with it when it ended
        first, second = await asyncio.to_thread(twice)
    stage.performed = first
    stage.reached(first.of("content") and not reading.failed(first), "an answer in the first loop")
    stage.performed = second
    difference = reading.first_difference(reading.transcript(first), reading.transcript(second))
    require(not difference, "the same answer in the second loop", f"{difference}; {reading.course(second)}")


async def closed(backend: Any) -> None:
    """Close a backend; what an old loop's connections raise at that is not what is asked here."""
    try:
        await driver.close(backend)
    except RuntimeError:
        pass


@check(
    "RES-07",
    "A backend may be closed twice, and a call after that gives an answer or says clearly that it is closed.",
    drive=Drive.UNIT,
    catches="an `AttributeError: NoneType` out of a stream that was begun after the backend was closed",
    cases=(Case("twice", text.TEXT), Case("used-again", text.TEXT, value="used")),
)
async def closing_is_harmless(stage: Stage) -> None:
    reply = stage.reply()
    async with owned(stage, lambda _number, _request: reply) as play:
        if not any(hasattr(play.backend, name) for name in ("aclose", "close")):
            raise NotApplicable("the subject has no close")
        await live(play, "whole")
        await driver.close(play.backend)
        if stage.case.value == "used":
            again = play.another()
            stage.performed = again.run
            again.begin()
            require_clear(await again.finish())
        try:
            await driver.close(play.backend)
        except Exception as problem:
            require(False, "a second close that does nothing", f"it raised {problem!r}")


def require_clear(run: Run) -> None:
    """An answer, or a failure that says what happened."""
    require(not run.timed_out, "a stream that ends", "it hung")
    if run.raised is not None:
        require("clos" in str(run.raised).lower(), "an error that says that the backend is closed", repr(run.raised))
        return
    require(run.of("done"), "an answer, or an error and done", reading.outline(run))


@check(
    "RES-08",
    "A consumer that is slower than its provider holds the provider back: what is buffered is bounded.",
    drive=Drive.RECHUNKED,
    level=Level.SHOULD,
    catches="a reader task with an endless queue: a paused agent fills the memory with an answer nobody reads",
    cases=(Case("flood", FLOOD),),
)
async def buffers_are_bounded(stage: Stage) -> None:
    flood = stage.reply()
    async with owned(stage, Plan((flood,))) as play:
        stream = await play.closable()
        async for _ in stream:
            break
        still, sent = 0, play.exchange.sent
        while still < STILL_TURNS:
            await asyncio.sleep(0)
            still, sent = (still + 1, sent) if play.exchange.sent == sent else (0, play.exchange.sent)
        await stream.aclose()
        await driver.close(play.backend)
    require(sent < HELD_BYTES, f"at most {HELD_BYTES:,} bytes taken", f"{sent:,} of {len(flood.body):,} bytes")
