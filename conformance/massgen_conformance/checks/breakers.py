"""ERR, continued: a provider that fails again and again is left alone for a while, and then asked once."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, NotApplicable, check, require
from massgen_conformance.checks.failures import THEIRS
from massgen_conformance.checks.timing import content_events
from massgen_conformance.contract import field_of
from massgen_conformance.patience import TurningClock
from massgen_conformance.performance import Performance
from massgen_conformance.scenarios import text
from massgen_conformance.stage import Stage
from massgen_conformance.subject import UnmadeBackend
from massgen_conformance.trace import Run

FAILURES = 2
PAUSE = 60.0  # seconds
SETTINGS = {
    "llm_circuit_breaker_enabled": True,
    "llm_circuit_breaker_max_failures": FAILURES,
    "llm_circuit_breaker_reset_time_seconds": PAUSE,
}
"""A breaker as MassGen's configurations ask for one."""


@check(
    "ERR-20",
    "A breaker that is asked for sends nothing after failures in a row, then one request, and all after its answer.",
    drive=Drive.FAULT,
    catches="a dead provider that every agent asks again all night, and a breaker that an answer does not close",
    cases=(Case("opens-and-closes", text.TEXT),),
)
async def a_breaker_opens_and_closes(stage: Stage) -> None:
    clock, said = TurningClock(), stage.reply()
    refusals = [stage.speaker.refuse(503, "overloaded", "Refused for the test.")] * FAILURES
    probe = replace(said, gates=(content_events(stage)[0],))
    try:
        async with stage.perform(*refusals, probe, said, begin=False, clock=clock, **SETTINGS) as play:
            if not getattr(play.backend, "circuit_breaker", None):
                raise NotApplicable("the subject offers no breaker (circuit_breaker, with a clock)")
            for _ in refusals:
                stage.reached(reading.failed(await one(play)), "a call that fails")
            await require_shut(play, FAILURES)
            clock.turn(PAUSE + 1)
            await require_probe(play, stage)
    except UnmadeBackend as problem:
        raise NotApplicable(f"the subject takes no llm_circuit_breaker_enabled with a clock: {problem}") from problem


async def one(play: Performance) -> Run:
    """The run of one more call."""
    call = play.another()
    call.begin()
    return await call.finish()


async def require_shut(play: Performance, sent: int) -> None:
    """A call now fails at once, and nothing is sent for it."""
    run = await one(play)
    asked = len(play.exchange.log.requests)
    require(asked == sent, f"no request after the first {sent}", f"{asked} requests")
    require(run.raised is None, "error and done chunks", f"the generator raised {run.raised!r}")
    require(reading.failed(run), "an error, then done with status error", reading.course(run))
    info = reading.field(run, "error", "error_info")
    require(field_of(info, "kind") in THEIRS, f"kind {' or '.join(THEIRS)}", field_of(info, "kind"))
    wait = field_of(info, "retry_after")
    require(wait is None or 0 < wait <= PAUSE, f"retry_after of at most {PAUSE:g} seconds", wait)


async def require_probe(play: Performance, stage: Stage) -> None:
    """After the pause one request goes, nobody else's while it waits, and everybody's when it was answered."""
    first = play.another()
    first.begin()
    require(await first.at_gate(0), "a request when the pause is over", "none")
    await require_shut(play, FAILURES + 1)
    play.exchange.release()
    for run in (await first.finish(), await one(play)):
        require(reading.text(run) == stage.turn.text, "a whole answer", reading.course(run))
