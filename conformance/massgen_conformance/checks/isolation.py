"""ISO: calls that run at the same time know nothing of each other, whoever goes on first."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, Level, check, generated, require
from massgen_conformance.ensemble import GATES, ensemble, gated
from massgen_conformance.plan import Ending, Reply
from massgen_conformance.scenario import Scenario, Usage
from massgen_conformance.scenarios import text, tools
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Run

SCHEDULES = 3  # orders that ISO-05 tries


def voiced(scenario: Scenario, number: int) -> Scenario:
    """The scenario with token counts of its own."""
    counted = replace(scenario.turns[0], usage=Usage(prompt=1000 + 100 * number, completion=60 + 10 * number))
    return replace(scenario, turns=(counted,))


def spoken(stage: Stage) -> tuple[Scenario, ...]:
    """What the voices are told, each something else."""
    third = tools.TEXT_AND_CALL if "tools" in stage.subject.abilities else text.LOOKALIKES
    return tuple(voiced(scenario, number) for number, scenario in enumerate((text.UNICODE, text.TEXT, third)))


def answers(stage: Stage) -> list[Reply]:
    return [gated(stage.reply_to(scenario)) for scenario in spoken(stage)]


def offered(stage: Stage) -> tuple[JSON, ...]:
    return tools.ONE_CALL.tools if "tools" in stage.subject.abilities else ()


async def alone(stage: Stage, voice: int, reply: Reply) -> Run:
    """What a backend makes of a voice when nothing else is asked of it; performed once, then shared."""
    key = ("alone", voice)
    if key not in stage.theatre.shared:
        async with ensemble(stage, (reply,), offered(stage), first=voice) as solo:
            solo.exchange.release()
            await solo.begin()
            stage.theatre.shared[key] = await solo.finish()
    run = stage.performed = stage.theatre.shared[key][0]
    stage.reached(run.of("content") and run.of("done"), "an answer")
    return run


def heard(run: Run) -> list[tuple[str, str]]:
    """The transcript without the counts, which have a check of their own."""
    return [(kind, reading.status(run) if kind == "done" else value) for kind, value in reading.transcript(run)]


async def together(stage: Stage, order: Sequence[int], *, backends: int = 1) -> list[Run]:
    """The runs of all voices whose gates were opened in this order."""
    async with ensemble(stage, answers(stage), offered(stage), backends=backends) as choir:
        if await choir.begin():
            await choir.interleave(order)
        return await choir.finish()


async def require_alone(stage: Stage, runs: Sequence[Run], where: str = "") -> None:
    for voice, (run, reply) in enumerate(zip(runs, answers(stage), strict=True)):
        wanted = heard(await alone(stage, voice, reply))
        stage.performed = run
        difference = reading.first_difference(wanted, heard(run))
        place = f"voice {voice}{', ' if where else ''}{where}"
        require(not difference, "the chunks of a call that runs alone", difference or reading.course(run), place)


ROUND_ROBIN = tuple(range(3)) * GATES


@check(
    "ISO-01",
    "Calls that run at the same time on one backend give what each gives alone, cut anywhere and interleaved.",
    drive=(Drive.RECHUNKED, Drive.METAMORPHIC),
    catches="one buffer per backend: two agents that share it read each other's answers",
    cases=(Case("round-robin"),),
)
async def calls_on_one_backend_are_apart(stage: Stage) -> None:
    await require_alone(stage, await together(stage, ROUND_ROBIN))


@check(
    "ISO-02",
    "Calls that run at the same time on several backends of a class give what each gives alone.",
    drive=(Drive.RECHUNKED, Drive.METAMORPHIC),
    catches="state in a class attribute or a module: a deque that all instances appended to",
    cases=(Case("round-robin"),),
)
async def backends_are_apart(stage: Stage) -> None:
    await require_alone(stage, await together(stage, ROUND_ROBIN, backends=3))


@check(
    "ISO-03",
    "Token counts belong to the call that used them, also when calls run at the same time.",
    drive=Drive.RECHUNKED,
    needs=frozenset({"usage"}),
    catches="the usage of the answer that ended last, reported and charged for all of them",
    cases=(Case("round-robin"),),
)
async def usage_stays_with_its_call(stage: Stage) -> None:
    runs = await together(stage, ROUND_ROBIN)
    for voice, (run, reply) in enumerate(zip(runs, answers(stage), strict=True)):
        wanted = reading.usage(await alone(stage, voice, reply))
        stage.reached(wanted, "token counts")
        stage.performed = run
        require(reading.usage(run) == wanted, f"the counts {wanted}", reading.usage(run), f"voice {voice}")


@check(
    "ISO-04",
    "A call that is cancelled, and one that fails, do not disturb the others.",
    drive=(Drive.FAULT, Drive.METAMORPHIC),
    catches="a shared client that is closed when one of its streams breaks",
    cases=(Case("cancelled-and-failed"),),
)
async def others_go_on(stage: Stage) -> None:
    whole = answers(stage)
    cancelled, failing, living = whole[0], whole[1], whole[2]
    broken = replace(failing, stop_at=failing.gates[-1] + 1, ending=Ending.RESET)
    wanted = heard(await alone(stage, 2, living))
    async with ensemble(stage, (cancelled, broken, living), offered(stage)) as choir:
        stage.reached(await choir.begin(), "three requests at the same time")
        for voice in range(3):
            await choir.step(voice)
        await choir.voices[0].stop()
        for _ in range(GATES):
            await choir.step(1)
        failed = await choir.voices[1].finish()
        run = (await choir.finish())[2]
    stage.performed = run
    stage.reached(not failed.timed_out, "a call that fails beside the others")
    difference = reading.first_difference(wanted, heard(run))
    require(not difference, "the chunks of a call that runs alone", difference or reading.course(run))


@check(
    "ISO-05",
    "The answers are the same for every order in which the calls go on.",
    drive=(Drive.PROPERTY, Drive.METAMORPHIC),
    catches="a race that only shows when the second answer overtakes the first",
    cases=(*(Case(f"schedule-{number}", value=number) for number in range(1, SCHEDULES + 1)), generated("orders")),
)
async def any_order_gives_the_same(stage: Stage) -> None:
    drawn = stage.case.value
    order = stage.chance(drawn).sample(ROUND_ROBIN, len(ROUND_ROBIN)) if isinstance(drawn, int) else list(drawn)
    await require_alone(stage, await together(stage, order), f"in the order {order}")


_MARK: contextvars.ContextVar[str] = contextvars.ContextVar("massgen_conformance_mark", default="")


@check(
    "ISO-06",
    "A call leaves the context variables of its caller as they were.",
    drive=Drive.UNIT,
    level=Level.SHOULD,
    catches="a trace or an agent id set inside a generator, which then stands in every log record of its caller",
    cases=(Case("text", text.TEXT),),
)
async def context_is_the_callers(stage: Stage) -> None:
    async with stage.perform(begin=False) as play:
        seen: list[Any] = []

        async def consume() -> None:
            _MARK.set("the caller's")
            before = dict(contextvars.copy_context().items())
            async for chunk in await play.stream():
                seen.append(chunk)
            after = dict(contextvars.copy_context().items())
            names = sorted(
                variable.name for variable in {*before, *after} if before.get(variable) is not after.get(variable)
            )
            require(not names, "the context variables as they were", f"another value of {', '.join(names)}")

        async with asyncio.timeout(play.seconds):
            # An empty context: what an earlier call left in this one's would hide that this call leaves it too.
            await asyncio.create_task(consume(), context=contextvars.Context())
    stage.reached(seen, "a chunk")
