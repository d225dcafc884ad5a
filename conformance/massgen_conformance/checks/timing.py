"""TIM: chunks are yielded when their bytes are there, and silence is not waited for without end."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate, count
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, Level, NotApplicable, NotTestable, check, require
from massgen_conformance.contract import FIELD_TYPES, field_of
from massgen_conformance.performance import IDLE_TURNS
from massgen_conformance.plan import Ending
from massgen_conformance.scenarios import text, turns
from massgen_conformance.stage import Stage
from massgen_conformance.subject import UnmadeBackend
from massgen_conformance.trace import JSON, Run

IDLE_SECONDS = 0.05
SLOW_SECONDS = 1.0  # the idle timeout of a slow stream, on a clock that is turned
PAUSES = 3  # of that stream, half of that each
TOTAL_SECONDS = 0.04  # the total timeout of a stream that says nothing
MANY_PINGS = 30
EVENTS = 200
EVENT_SECONDS = 0.002
HOUR = 3600.0
SPENT = re.compile(r"\w+_(time|duration|ms)")
"""Names that providers give to the time they took."""

TRIES = 3  # for a machine that stalls


def content_events(stage: Stage) -> tuple[int, int]:
    """The offsets in the body at which the event with the first text delta begins and ends."""
    first = stage.turn.text[:4].encode()
    offset = 0
    for event in stage.reply().events:
        if first in event:
            return offset, offset + len(event)
        offset += len(event)
    raise NotTestable("the first text delta was not found in the stream of the player")


@check(
    "TIM-01",
    "The first content is yielded before the wire's next event is sent.",
    drive=Drive.RECHUNKED,
    catches="`streaming` that is one chunk at the end, as of a CLI backend that waits for the process to end",
    cases=(Case("text", text.TEXT),),
)
async def content_is_yielded_when_it_is_there(stage: Stage) -> None:
    _, after = content_events(stage)
    gated = replace(stage.reply(), gates=(after,))
    async with stage.perform(gated) as play:
        stage.reached(await play.asked(), "a request")
        seen = await play.sees("content")
        before = reading.outline(play.run)
        play.exchange.release()
        await play.finish()
    require(seen, "a content chunk while the rest is withheld", before)


@check(
    "TIM-02",
    "The time to first token is taken at the first output of the model: not at headers or pings, and not at the end.",
    drive=Drive.RECHUNKED,
    catches="a first-token time of zero, taken when the response headers arrive",
    cases=(Case("text", text.TEXT), Case("pings", turns.PINGS), Case("at-the-end", turns.WHOLE_AND_OPEN)),
)
async def first_token_is_output(stage: Stage) -> None:
    said, (before, after) = stage.reply(), content_events(stage)
    gates = (before, after) if after < len(said.body) else (before,)
    marks: list[bool] = []
    async with stage.perform(replace(said, gates=gates), begin=False) as play:
        recorded = getattr(play.backend, "record_first_token", None)
        if recorded is None:
            raise NotApplicable("the subject does not report timing (no record_first_token)")
        released = False

        def spy(*attempt: Any) -> None:
            marks.append(released)
            recorded(*attempt)

        play.backend.record_first_token = spy
        play.begin()
        await play.until_gate_and_idle(0)
        released = True
        play.exchange.release(0)
        late = len(gates) > 1 and await play.sees("content") and not marks
        play.exchange.release()
        await play.finish()
    require(marks, "record_first_token to be called", "it was not called")
    require(not late, "a first token when the first output is yielded", "none while the rest was withheld")
    require(marks[0], "no first token before the first output", "it was recorded while only the preamble had been sent")


@check(
    "TIM-03",
    "An event costs little: less than two milliseconds of CPU each, over a few hundred of them.",
    drive=(Drive.RECHUNKED, Drive.PROPERTY),
    catches="an answer that is parsed anew at every event, or a log line that formats all of it",
    cases=(Case("tiny-events", turns.tiny_deltas(EVENTS)),),
)
async def an_event_costs_little(stage: Stage) -> None:
    spent = []
    for _ in range(TRIES):  # the first may pay for imports
        started = time.thread_time()  # of the loop's thread: the player is another one of this process
        run = await stage.first_run(bend=lambda reply: reply)
        spent.append((time.thread_time() - started) / EVENTS)
        stage.reached(reading.text(run) == stage.turn.text, "the whole text")
        if spent[-1] < EVENT_SECONDS:
            return
    require(False, f"less than {EVENT_SECONDS * 1000:g} ms an event", f"{min(spent) * 1000:.2f} ms at best")


@check(
    "TIM-04",
    "When the bytes stop, the idle timeout ends the stream with an error of kind timeout.",
    drive=Drive.FAULT,
    catches="a stream that hangs for ever behind a provider that went silent",
    cases=(Case("before-content", text.TEXT, value=0), Case("after-content", text.TEXT, value=1)),
)
async def silence_is_an_error(stage: Stage) -> None:
    silent = replace(stage.reply(), stop_at=content_events(stage)[stage.case.value], ending=Ending.HANG)
    async with stage.perform(silent, idle_timeout=IDLE_SECONDS, max_retries=0) as play:
        run = await play.finish()
    if run.timed_out:
        ignored = "does not take idle_timeout" if "idle_timeout" in play.refused_config else "was given idle_timeout"
        raise NotTestable(
            f"the subject {ignored}={IDLE_SECONDS} s and was still waiting after {stage.guard_seconds} s of silence"
        )
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))
    require(reading.error_kind(run) == "timeout", "error kind timeout", reading.error_kind(run))
    took = run.chunks[-1].at
    require(took >= IDLE_SECONDS, f"an error after {IDLE_SECONDS} s of silence", f"after {took:.3f} s")


@check(
    "TIM-05",
    "A stream that is slow but alive is not ended: the idle timeout is measured from the last bytes.",
    drive=Drive.FAULT,
    catches="one timeout for the whole answer, which ends every long one",
    cases=(Case("text", text.TEXT),),
)
async def slow_is_not_silent(stage: Stage) -> None:
    for _ in range(TRIES):
        run = await slowly(stage)
        if not reading.failed(run):
            break
    require(not reading.failed(run), "a whole answer", f"{reading.error_kind(run)}: {reading.outline(run)}")
    require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.text(run))


async def slowly(stage: Stage) -> Run:
    """A run whose last events come with pauses, each half of the idle timeout, on a clock that is turned."""
    offsets = tuple(accumulate(len(event) for event in stage.reply().events))[:-1][-PAUSES:]
    async with stage.perform(replace(stage.reply(), gates=offsets), idle_timeout=SLOW_SECONDS) as play:
        if "idle_timeout" in play.refused_config:
            raise NotApplicable("the subject does not take idle_timeout")
        with turned() as turn:
            for gate in range(len(offsets)):
                await play.until_gate_and_idle(gate)
                turn(SLOW_SECONDS / 2)
                for _ in range(IDLE_TURNS):  # what is due by now happens
                    await asyncio.sleep(0)
                play.exchange.release(gate)
            return await play.finish()


@contextmanager
def turned() -> Iterator[Callable[[float], None]]:
    """The monotonic clock, by which event loops wait as well, can be put forward: seconds pass at once."""
    monotonic, ahead = time.monotonic, [0.0]

    def turn(seconds: float) -> None:
        ahead[0] += seconds

    time.monotonic = lambda: monotonic() + ahead[0]
    try:
        yield turn
    finally:
        time.monotonic = monotonic


@check(
    "TIM-06",
    "Keep-alives keep a stream alive, but not for ever: they count for the idle timeout and not for the total one.",
    drive=Drive.FAULT,
    level=Level.SHOULD,
    catches="an agent that waits all night behind a proxy that sends a comment every fifteen seconds",
    cases=(Case("comments", turns.PINGS),),
)
async def keep_alives_are_no_progress(stage: Stage) -> None:
    said = stage.reply()
    (ping, _), *_ = Counter(said.events).most_common(1)
    gates = tuple(len(ping) * number for number in range(1, MANY_PINGS + 1))
    endless = replace(said, events=(ping,) * MANY_PINGS, gates=gates, ending=Ending.HANG)
    try:
        async with stage.perform(endless, idle_timeout=SLOW_SECONDS, total_timeout=TOTAL_SECONDS) as play:
            for gate in range(MANY_PINGS):
                await asyncio.wait({play.task}, timeout=TOTAL_SECONDS / 2)
                if play.task.done():
                    break
                play.exchange.release(gate)
            endured = not play.task.done()
            run = await play.finish()
    except UnmadeBackend as problem:
        raise NotApplicable(f"the subject takes no total_timeout: {problem}") from problem
    if not run.wire.requests and "total_timeout" in repr(run.raised):
        raise NotApplicable(f"the subject takes no total_timeout: {run.raised}")
    require(not endured, "an error when the total timeout is over", f"a stream that went on through {MANY_PINGS} pings")
    kind, took = reading.error_kind(run), run.chunks[-1].at if run.chunks else 0.0
    require(kind == "timeout", "error kind timeout", f"{kind}: {reading.course(run)}")
    require(took >= TOTAL_SECONDS, f"an error {TOTAL_SECONDS} s after the request", f"after {took:.3f} s")


@check(
    "TIM-07",
    "What the provider says of the time that it took is in some chunk, number for number.",
    drive=(Drive.SCRIPT, Drive.CASSETTE),
    level=Level.SHOULD,
    catches="a queue time that a client's typed counts leave out, so that nobody knows who was slow",
    cases=(Case("counted", turns.USAGE_DETAILED), RECORDED),
)
async def the_providers_times_survive(stage: Stage) -> None:
    run = await stage.first_run()
    told = {number for event in stage.reply().events for number in spent(json_in(event))}
    if not told:
        raise NotApplicable("the provider says nothing of its time")
    shown = {number for timed in run.chunks for name in FIELD_TYPES for number in numbers(field_of(timed.chunk, name))}
    require(told <= shown, f"the times {sorted(told)} in a chunk", f"without {sorted(told - shown)}")


def json_in(event: bytes) -> JSON:
    """The JSON of an event of a stream, None where it has none."""
    begin, end = event.find(b"{"), event.rfind(b"}")
    try:
        return json.loads(event[begin : end + 1])
    except ValueError:
        return None


def spent(value: JSON) -> Iterator[float]:
    """The numbers above zero under names of times."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if SPENT.fullmatch(name) and isinstance(inner, int | float) and inner > 0:
                yield inner
            yield from spent(inner)


def numbers(value: Any) -> Iterator[float]:
    """Every number in a field of a chunk."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers(inner)


@check(
    "TIM-08",
    "Durations are taken from a clock that cannot be set: whatever the wall clock does, none is negative or huge.",
    drive=Drive.UNIT,
    catches="latencies of minus an hour on the day on which the clocks change",
    cases=(Case("back", text.TEXT, value=-HOUR), Case("forth", text.TEXT, value=HOUR)),
)
async def durations_are_monotonic(stage: Stage) -> None:
    async with stage.perform(begin=False) as play:
        history = getattr(play.backend, "get_api_call_history", None)
        if history is None:
            raise NotApplicable("the subject reports no timing (no get_api_call_history)")
        started = time.monotonic()
        with jumping_clock(stage.case.value):
            play.begin()
            run = await play.finish()
        took = (time.monotonic() - started) * 1000
    stage.reached(run.of("content"), "a content chunk")
    calls = history()
    stage.reached(calls, "a call in its history")
    for call in calls:
        for name in ("time_to_first_token_ms", "duration_ms"):
            spent = field_of(call, name)
            require(spent is None or 0 <= spent <= took + 1, f"{name} between 0 and {took:.1f}", spent)


@contextmanager
def jumping_clock(step: float) -> Iterator[None]:
    """The wall clock moves by `step` seconds each time that somebody looks at it."""
    real, looks = time.time, count(1)
    time.time = lambda: real() + step * next(looks)
    try:
        yield
    finally:
        time.time = real


@check(
    "TIM-09",
    "The event loop goes on while the backend waits for its provider.",
    drive=Drive.RECHUNKED,
    catches="a blocking client inside `async def`: all other agents stand still until the answer is whole",
    cases=(Case("text", text.TEXT),),
)
async def the_loop_goes_on(stage: Stage) -> None:
    gated = replace(stage.reply(), gates=(content_events(stage)[1],))
    async with stage.perform(gated) as play:
        stage.reached(await play.at_gate(0), "the middle of an answer that is held there")
        blocked = play.task.done()  # although nothing was released: it went on when the player had hung up
        play.exchange.release()
        run = await play.finish()
    stage.reached(run.of("content"), "a content chunk")
    stood = f"a loop that stood still until the player hung up, after {stage.guard_seconds:g} s and more"
    require(not blocked, "a loop that turns while the answer is held", stood)
