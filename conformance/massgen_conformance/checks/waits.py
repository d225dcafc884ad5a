"""ERR, continued: how long is waited, for whom, and what is left when somebody stops waiting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, Level, NotApplicable, check, require
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import field_of
from massgen_conformance.patience import TurningClock
from massgen_conformance.performance import IDLE_TURNS, Performance
from massgen_conformance.plan import Ending, Reply
from massgen_conformance.scenarios import histories, text
from massgen_conformance.stage import Stage
from massgen_conformance.subject import UnmadeBackend

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
DAY = 86_400
FLOOR = 0.06  # seconds
PER_MINUTE = 2  # requests, of the subject whose limits are looked at
MINUTE = 60.0


def dated(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


NAMED: dict[str, tuple[tuple[tuple[str, str], ...], float]] = {
    "seconds": ((("retry-after", "7"),), 7.0),
    "date": ((("date", dated(NOON)), ("retry-after", dated(NOON + timedelta(seconds=30)))), 30.0),
    "milliseconds": ((("retry-after-ms", "1500"),), 1.5),
    "a-day": ((("retry-after", str(DAY)),), float(DAY)),
}
"""Headers of a refusal, and the seconds that they mean. RFC 9110 section 10.2.3; `-ms`: the openai SDK reads it."""


@check(
    "ERR-06",
    "A wait that the provider names is told in seconds, waited for, and not waited for when it is a day.",
    drive=Drive.FAULT,
    catches="`int(retry_after)` of a date, and a client that asks again at once because it could not read it",
    cases=(*(Case(name, text.TEXT, value=name) for name in NAMED), Case("floor", text.TEXT, value="")),
)
async def a_named_wait_is_kept(stage: Stage) -> None:
    if not stage.case.value:
        await require_floor(stage)
        return
    headers, seconds = NAMED[stage.case.value]
    refusal = stage.speaker.refuse(429, "rate_limit", "Try later.", headers)
    retries = 1 if seconds > MINUTE * MINUTE else 0
    run = await stage.first_run(replies=(refusal, stage.reply()), max_retries=retries)
    require(not run.timed_out, "an error, for nobody waits a day", "a stream that did not end")
    if retries and not reading.failed(run):
        require(False, f"no second request before {seconds:g} s are over", "one at once")
    told = field_of(reading.field(run, "error", "error_info"), "retry_after")
    near = isinstance(told, int | float) and abs(told - seconds) < 1
    require(near, f"retry_after {seconds:g} seconds", told)


async def require_floor(stage: Stage) -> None:
    headers = (("retry-after-ms", f"{FLOOR * 1000:.0f}"), ("retry-after", f"{FLOOR}"))
    refusal = stage.speaker.refuse(429, "rate_limit", "Try later.", headers)
    run = await stage.first_run(replies=(refusal, stage.reply()), max_retries=1)
    asked = run.wire.requests
    if len(asked) < 2:
        raise NotApplicable("the subject does not retry")
    waited = asked[1].at - asked[0].at
    require(waited >= FLOOR, f"at least {FLOOR} s between the two requests", f"{waited:.3f} s")


@check(
    "ERR-07",
    "A limit of requests holds for calls at once; all of them finish, and one that is given up waits for nobody.",
    drive=Drive.FAULT,
    catches="a limiter that sleeps inside its lock, and a cancelled call that keeps the slot it never used",
    cases=(Case("all-finish", text.TEXT, value=False), Case("one-is-cancelled", text.TEXT, value=True)),
)
async def limits_hold(stage: Stage) -> None:
    cancelling, clock = stage.case.value, TurningClock()
    number = 2 * PER_MINUTE + cancelling
    limits = {"rate_limits": {"rpm": PER_MINUTE}, "clock": clock}
    try:
        async with stage.perform(*[stage.reply()] * number, begin=False, **limits) as first:
            if not getattr(first.backend, "rate_limits", None):
                raise NotApplicable("the subject offers no limits (rate_limits, with a clock)")
            calls = [first, *(first.another() for _ in range(number - 1))]
            await require_limit(calls, clock, cancelling=cancelling)
    except UnmadeBackend as problem:
        raise NotApplicable(f"the subject takes no rate_limits with a clock: {problem}") from problem


async def require_limit(calls: list[Performance], clock: TurningClock, *, cancelling: bool) -> None:
    """Of `calls` as many as the limit allows go at once, and the others in the next minute."""
    first = calls[0]
    for call in calls:
        call.begin()
    await first.within(first.exchange.requests_at_least(PER_MINUTE))
    await first.within(clock.waited_by(1))
    for _ in range(IDLE_TURNS):
        await asyncio.sleep(0)
    sent = len(first.exchange.log.requests)
    require(sent == PER_MINUTE, f"{PER_MINUTE} requests in the first minute", sent)
    await first.within(done(PER_MINUTE, calls))  # who still reads an answer does not wait for the limit
    waiting = [call for call in calls if not call.task.done()]
    if cancelling:
        given_up = waiting.pop(0)
        given_up.task.cancel()
        await asyncio.wait({given_up.task}, timeout=first.seconds)
    clock.turn(MINUTE + 1)
    await asyncio.wait({call.task for call in waiting}, timeout=first.seconds)
    stuck = [call for call in waiting if not call.task.done()]
    require(not stuck, "calls that go on in the next minute", f"{len(stuck)} of them still wait")
    for call in waiting:
        require(reading.status(call.run) == "stop", "a whole answer", reading.outline(call.run))


async def done(number: int, calls: list[Performance]) -> None:
    """Wait until this many calls are over."""
    while sum(call.task.done() for call in calls) < number:
        await asyncio.wait({call.task for call in calls if not call.task.done()}, return_when=asyncio.FIRST_COMPLETED)


@check(
    "ERR-13",
    "A call that is cancelled twice, the second time while it closes, leaves no connection behind.",
    drive=Drive.RECHUNKED,
    level=Level.SHOULD,
    catches="a cleanup that the second cancellation ends before it has closed the response",
    cases=(Case("midway", text.TEXT),),
)
async def a_second_cancellation_leaks_nothing(stage: Stage) -> None:
    hanging = replace(stage.reply(), stop_at=content_events(stage)[1], ending=Ending.HANG)
    async with stage.perform(hanging, stage.reply()) as play:
        await play.until("content")
        for _ in range(2):
            play.task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait({play.task}, timeout=stage.guard_seconds)
        require(play.task.done(), "a task that ends when it is cancelled", "it went on")
        closed = await play.within(play.exchange.closed_by_client())
        require(closed, "a response that is closed", f"it was still open {stage.guard_seconds} s later")
        later = play.another()
        later.begin()
        run = await later.finish()
    require(reading.text(run) == stage.turn.text, "a whole answer to the next call", reading.course(run))


@check(
    "ERR-16",
    "A conversation that is too long for the model is an error of kind context_length; shortened, it asks the same.",
    drive=Drive.SCRIPT,
    catches="a history that is too long reported as a bad request, so that nobody thinks of making it shorter",
    cases=(Case("refused", text.TEXT), Case("shortened", histories.LENGTHY, value="shortened")),
)
async def too_long_is_told(stage: Stage) -> None:
    refusal = stage.speaker.refuse(*context_refusal(stage), ())
    if stage.case.value:
        await require_shortened(stage, refusal)
        return
    run = await stage.first_run(replies=(refusal, refusal), max_retries=0)
    stage.reached(run.wire.requests, "a request")
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.outline(run))
    require(reading.error_kind(run) == "context_length", "kind context_length", reading.error_kind(run))


async def require_shortened(stage: Stage, refusal: Reply) -> None:
    """A subject that makes conversations shorter (`context_compression`) says so, and leaves the question and the rules
    as they are.
    """
    async with stage.perform(refusal, stage.reply(), begin=False) as play:
        if not getattr(play.backend, "context_compression", None):
            raise NotApplicable("the subject does not make a conversation shorter (context_compression)")
        play.begin()
        run = stage.performed = await play.finish()
    require(reading.text(run) == stage.turn.text, "an answer to the shorter conversation", reading.course(run))
    require(run.of("compression_status"), "a compression_status", reading.outline(run))
    first, again = run.wire.requests[0], run.wire.requests[-1]
    require(len(again.body) < len(first.body), f"less than {len(first.body)} bytes", f"{len(again.body)} bytes")
    problems = stage.speaker.problems(again)
    require(not problems, "a request that the provider accepts", "; ".join(problems))
    for kept in (histories.LENGTHY.messages[0], histories.LENGTHY.messages[-1]):
        said = kept["content"]
        require(said.encode() in again.body, f"{said!r} in the shorter conversation", "it was left out")


def context_refusal(stage: Stage) -> tuple[int, str, str]:
    """Status, kind and words of a provider whose model takes no longer conversation."""
    tokens = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    said = {
        "anthropic_messages": "prompt is too long: 215000 tokens > 200000 maximum",
        "gemini_generate": tokens,
        "gemini_interactions": tokens,
        "codex": "Codex ran out of room in the model's context window. Start a new thread or clear earlier history.",
        "ollama_chat": "the input length exceeds the context length",
    }
    usual = (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. "
        "Please reduce the length of the messages."
    )
    return 400, "context_length", said.get(stage.subject.wire, usual)
