"""CUS: Python functions as tools, whatever kind of function they are."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Literal

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.contract import field_of
from massgen_conformance.speakers.base import SentTool
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON
from massgen_conformance.workshop import Ask, workshop

CUSTOM = frozenset({"custom_tools", "tools"})
LIMIT_SECONDS = 0.3


def plain(text: str) -> str:
    """Says it again, mark-tool."""
    return f"said {text}"


async def awaited(text: str) -> str:
    """Says it again, mark-tool."""
    await asyncio.sleep(0)
    return f"said {text}"


async def stepwise(text: str) -> AsyncIterator[str]:
    """Says it again, mark-tool."""
    yield "a step"
    yield f"said {text}"


@check(
    "CUS-01",
    "Plain, asynchronous and generating functions all work, and one that blocks does not block the event loop.",
    drive=Drive.SCRIPT,
    needs=CUSTOM,
    catches="`<coroutine object>` as the result; a function that sleeps, and every other agent stands still",
    cases=(
        Case("plain", value=plain),
        Case("awaited", value=awaited),
        Case("generator", value=stepwise),
        Case("blocking"),
    ),
)
async def every_kind_of_function_works(stage: Stage) -> None:
    freed, seen = threading.Event(), []
    loop = asyncio.get_running_loop()

    def blocking(text: str) -> str:
        """Waits for the loop, mark-tool."""
        loop.call_soon_threadsafe(freed.set)
        seen.append(freed.wait(stage.guard_seconds))
        return f"said {text}"

    tool: Callable[..., Any] = stage.case.value or blocking
    async with workshop(stage, [Ask("mark-tool", {"text": "this"})], custom_tools=[tool]) as shop:
        run = await shop.run()
        [result] = shop.told(1)
        require("said this" in result.text, "the function's result", result.text)
        require(not seen or seen[0], "a loop that goes on while the function waits", "it stood still")
        require(not reading.calls(run), "no call for the caller", reading.calls(run))
        shop.require_end(run, requests=2)


@check(
    "CUS-02",
    "What a function yields on its way is shown in order and at once; the last is what the model sees.",
    drive=Drive.SCRIPT,
    needs=CUSTOM,
    catches="the steps collected and shown at the end, or all of them joined into the result",
)
async def steps_are_shown_in_order(stage: Stage) -> None:
    shown = asyncio.Event()
    in_time: list[bool] = []

    async def working() -> AsyncIterator[str]:
        """Works in steps, mark-tool."""
        yield "step one"
        with suppress(TimeoutError):
            async with asyncio.timeout(stage.guard_seconds):
                await shown.wait()
        in_time.append(shown.is_set())
        yield "step two"
        yield "the result"

    async with workshop(stage, [Ask("mark-tool", {})], custom_tools=[working]) as shop:
        assert shop.play is not None
        inner = shop.play.stream

        async def watched(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
            async for chunk in inner(*arguments, **options):
                if "step one" in str(field_of(chunk, "detail")):
                    shown.set()
                yield chunk

        shop.play = _Watched(shop.play, watched)  # type: ignore[assignment]  # a play in all that is used
        run = await shop.run()
        details = [str(field_of(chunk, "detail")) for chunk in run.of("custom_tool_status")]
        steps = [detail for detail in details if detail.startswith("step ")]
        require(steps == ["step one", "step two"], "both steps, in order", details)
        require(in_time == [True], "the first step before the second is made", "it came later")
        [result] = shop.told(1)
        require("the result" in result.text, "the last step as the result", result.text)
        require("step" not in result.text, "the last step alone", result.text)


class _Watched:
    """A play whose stream passes by somebody."""

    def __init__(self, play: Any, stream: Callable[..., Any]) -> None:
        self._play = type(play)(_Streaming(play.backend, stream), play.exchange, play.timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._play, name)


class _Streaming:
    def __init__(self, backend: Any, stream: Callable[..., Any]) -> None:
        self._backend, self.stream_with_tools = backend, stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


class Stop(BaseException):
    """What no tool may swallow."""


@check(
    "CUS-03",
    "An exception of a function is told to the model and the run goes on; what is no `Exception` is not swallowed.",
    drive=Drive.SCRIPT,
    needs=CUSTOM,
    catches="`except BaseException` around tools, so that a shutdown becomes a message to the model",
    cases=(Case("exception", value=ValueError("no such city")), Case("stop", value=Stop("shut down"))),
)
async def exceptions_are_results(stage: Stage) -> None:
    raised = stage.case.value

    async def failing() -> str:
        """Fails, mark-tool."""
        raise raised

    async with workshop(stage, [Ask("mark-tool", {})], custom_tools=[failing]) as shop:
        run = await shop.run()
        if isinstance(raised, Stop):
            require(run.raised is raised, "the very exception", reading.course(run))
            return
        [result] = shop.told(1)
        require("no such city" in result.text, "what went wrong, before the model", result.text)
        shop.require_end(run, requests=2)


BOOKED: list[JSON] = []


def book(city: str, nights: int, kind: Literal["single", "double"] = "single", tags: list[str] | None = None) -> str:
    """Books a room, mark-tool."""
    BOOKED.append((city, nights, kind, tags))
    return "booked"


WRONG: dict[str, JSON] = {
    "missing": {"city": "Paris"},
    "wrong-type": {"city": "Paris", "nights": "two"},
    "not-in-enum": {"city": "Paris", "nights": 2, "kind": "triple"},
    "unknown": {"city": "Paris", "nights": 2, "breakfast": True},
    "wrong-items": {"city": "Paris", "nights": 2, "tags": [1]},
}


@check(
    "CUS-04",
    "The schema is that of the signature and docstring, and wrong arguments are told to the model before the call.",
    drive=Drive.PROPERTY,
    needs=CUSTOM,
    catches="a traceback out of the middle of a function that was called with `nights='two'`",
    cases=(
        Case("right", value={"city": "Paris", "nights": 2}),
        *(Case(name, value=given) for name, given in WRONG.items()),
    ),
)
async def arguments_fit_the_signature(stage: Stage) -> None:
    BOOKED.clear()
    async with workshop(stage, [Ask("mark-tool", stage.case.value)], custom_tools=[book]) as shop:
        run = await shop.run()
        require_schema(shop.heard[0].tools[0])
        [result] = shop.told(1)
        right = stage.case.name == "right"
        wanted = [("Paris", 2, "single", None)] if right else []
        require(wanted == BOOKED, f"calls with {wanted}", BOOKED)
        require(("booked" in result.text) is right, "the result" if right else "what is wrong", result.text)
        shop.require_end(run, requests=2)


def require_schema(tool: SentTool) -> None:
    """The tool has the four arguments of `book`, two of them required."""
    properties = tool.parameters.get("properties") or {}
    require(set(properties) == {"city", "nights", "kind", "tags"}, "the four arguments", sorted(properties))
    types = [str(properties[name].get("type")).lower() for name in ("city", "nights")]
    require(types == ["string", "integer"], "a string and an integer", types)
    require(properties["kind"].get("enum") == ["single", "double"], "the two kinds", properties["kind"])
    needed = sorted(tool.parameters.get("required") or ())
    require(needed == ["city", "nights"], "the two without a default as required", needed)
    require("Books a room" in tool.description, "the docstring", tool.description)


@check(
    "CUS-05",
    "A function that takes too long is cancelled, so that it ends what it began, and the model is told.",
    drive=Drive.FAULT,
    needs=CUSTOM,
    catches="a result that nobody waits for any more, while its child process goes on",
)
async def slow_functions_are_cancelled(stage: Stage) -> None:
    children: list[asyncio.subprocess.Process] = []

    async def slow() -> str:
        """Takes for ever, mark-tool."""
        command = (sys.executable, "-S", "-c", "import sys; sys.stdin.read()")
        child = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        children.append(child)
        try:
            await asyncio.Event().wait()
        finally:
            child.kill()
            await child.wait()
        return "never"

    async with workshop(stage, [Ask("mark-tool", {})], custom_tools=[slow], tool_timeout_seconds=LIMIT_SECONDS) as shop:
        try:
            run = await shop.run()
            stage.reached(children, "a child process")
            require(children[0].returncode is not None, "a child that has ended", "it still runs")
            [result] = shop.told(1)
            require("never" not in result.text, "that it took too long", result.text)
            shop.require_end(run, requests=2)
        finally:
            for child in children:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
