"""ERR, continued: a call that is given up while the backend runs a tool for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.checks.mcp import MCP, files
from massgen_conformance.checks.mcp_failures import hangs
from massgen_conformance.contract import field_of
from massgen_conformance.leftovers import watched
from massgen_conformance.performance import Performance
from massgen_conformance.stage import Stage
from massgen_conformance.workshop import QUESTION, Ask, Workshop, workshop

STEP = "half of it"


class Slow:
    """A function that never comes to its end, and notes how it was left."""

    def __init__(self) -> None:
        self.began, self.ended = asyncio.Event(), asyncio.Event()

    async def waits(self) -> str:
        """Takes for ever, mark-tool."""
        async for _ in self.steps():
            pass
        return "never"

    async def steps(self) -> AsyncIterator[str]:
        """Takes for ever in steps, mark-tool."""
        try:
            self.began.set()
            yield STEP
            await asyncio.Event().wait()
        finally:
            self.ended.set()


@check(
    "ERR-14",
    "A call that is given up while a tool runs stops the tool and sends no result of it; the next call is a whole one.",
    drive=Drive.SCRIPT,
    needs=frozenset({"custom_tools", "tools"}),
    catches="a tool that goes on after its user pressed stop, and the model is told what it found",
    cases=(
        Case("cancelled", value="cancelled"),
        Case("left", value="left"),
        Case("cancelled-mcp", value="mcp", needs=MCP),
    ),
)
async def giving_up_stops_the_tool(stage: Stage) -> None:
    way, slow, loop = stage.case.value, Slow(), asyncio.get_running_loop()
    server = files(faults={"tools/call": hangs}, told=lambda _called: loop.call_soon_threadsafe(slow.began.set))
    tool = slow.steps if way == "left" else slow.waits
    mark, settings = ("mark-read", {"servers": [server]}) if way == "mcp" else ("mark-tool", {"custom_tools": [tool]})
    async with workshop(stage, [Ask(mark)] if way == "mcp" else [Ask(mark, {})], **settings) as shop:
        assert shop.play is not None
        with watched() as watch:
            call = Performance(shop.play, [QUESTION], [], ())
            stage.performed = call.run
            if way == "left":
                await leave_at_the_first_step(stage, call)
            else:
                call.begin()
                stage.reached(await call.within(slow.began.wait()), "the tool that it was asked for")
                call.task.cancel()
                await asyncio.wait({call.task}, timeout=call.seconds)
                require(call.task.done(), "a task that ends when it is cancelled", "it went on")
            found = await watch.left(call.seconds)
        if way == "mcp":
            exchange = shop.exchanges[0]
            stopped = await call.within(exchange.closed_by_client(len(exchange.log.requests) - 1))
            require(stopped, "a request to the server that is given up", "one that is still waited for")
        else:
            require(slow.ended.is_set(), "a tool that is stopped", "one that goes on")
        require(not found, "nothing left of the call", "; ".join(found))
        require(len(shop.heard) == 1, "no further request", f"{len(shop.heard)} requests")
        await require_fresh(stage, shop)


async def leave_at_the_first_step(stage: Stage, call: Performance) -> None:
    """Close the stream where the tool has told its first step and wants to go on."""
    stream: Any = await call.closable()
    steps: list[Any] = []
    await call.within(read_to_step(stream, steps))
    stage.reached(steps, "the first step of the tool")
    await stream.aclose()


async def read_to_step(stream: Any, steps: list[Any]) -> None:
    """Read on to where the tool has told its first step, or the stream is over, in whatever way."""
    with suppress(Exception):
        async for chunk in stream:
            if STEP in str(field_of(chunk, "detail")):
                steps.append(chunk)
                return


async def require_fresh(stage: Stage, shop: Workshop) -> None:
    """The same question once more is a conversation of its own, without a trace of the call that was given up."""
    run = await shop.run()
    require(not shop.results(), "no result of the tool that was stopped", shop.results())
    require(not shop.heard[-1].calls, "no call in the history", shop.heard[-1].calls)
    require(reading.status(run) == "stop", "a whole answer to the next call", reading.course(run))
    shop.require_end(run, requests=2)
