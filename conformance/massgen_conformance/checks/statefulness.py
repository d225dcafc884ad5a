"""STA: what a caller passes in is the caller's."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance import reading
from massgen_conformance.check import RECORDED, Case, Drive, check, require
from massgen_conformance.checks.timing import content_events
from massgen_conformance.plan import Ending, Reply
from massgen_conformance.scenarios import reasoning, text, tools
from massgen_conformance.stage import Stage
from massgen_conformance.trace import Run


@check(
    "STA-01",
    "Messages, tools and options are the same after the call as before, all the way down.",
    drive=(Drive.SCRIPT, Drive.CASSETTE, Drive.PROPERTY),
    catches="a shallow copy of the messages, whose inner lists are then rewritten for the provider",
    cases=(
        Case("text", text.TEXT),
        Case("tool", tools.PARALLEL),
        Case("reasoning", reasoning.THINKING_AND_CALL),
        RECORDED,
    ),
)
async def arguments_are_not_changed(stage: Stage) -> None:
    rounds = await stage.watch_arguments()
    stage.reached(rounds, "a call")
    for number, (before, after) in enumerate(rounds):
        for name, value in before.items():
            require(after[name] == value, f"{name} as they were: {value!r}", after[name], f"request {number}")


@check(
    "STA-04",
    "Calls on one backend do not touch each other: after one that failed, after one that was left, and at once.",
    drive=(Drive.FAULT, Drive.METAMORPHIC),
    catches="buffers that live as long as the backend: the next answer begins with the end of the one before",
    cases=tuple(Case(name, tools.TEXT_AND_CALL, value=name) for name in ("failed", "left", "at-once")),
)
async def calls_do_not_touch_each_other(stage: Stage) -> None:
    said, plain = stage.reply(), stage.reply_to(text.TEXT)
    inside = content_events(stage)[1] + 12  # half a line of the event after the first text
    if stage.case.value == "at-once":
        answers = [replace(answer, gates=(inside,)) for answer in (said, plain)]
        runs = await at_once(stage, *answers)
        wanted = [await alone(stage, answer) for answer in answers]
    else:
        left = stage.case.value == "left"
        broken = replace(said, stop_at=inside, ending=Ending.HANG if left else Ending.RESET)
        runs = [await after(stage, broken, plain, left=left)]
        wanted = [await alone(stage, plain)]
    got = sorted(reading.transcript(run) for run in runs)
    for mine, other in zip(sorted(wanted), got, strict=True):
        difference = reading.first_difference(mine, other)
        require(not difference, "the chunks of a backend that was called for nothing else", difference)


async def alone(stage: Stage, reply: Reply) -> list[tuple[str, str]]:
    """What a backend makes of an answer when nothing else is asked of it."""
    async with stage.perform(reply) as play:
        play.exchange.release()
        run = await play.finish()
    stage.reached(run.of("content", "tool_calls"), "output of the model")
    return reading.transcript(run)


async def after(stage: Stage, broken: Reply, whole: Reply, *, left: bool) -> Run:
    """The run of a call on a backend whose call before came to nothing."""
    async with stage.perform(broken, whole, begin=False) as first:
        if left:
            await first.first_content_then("aclose")
        else:
            first.begin()
            await first.finish()
        second = first.another()
        second.begin()
        stage.performed = second.run
        return await second.finish()


async def at_once(stage: Stage, *replies: Reply) -> list[Run]:
    """The runs of two calls on one backend; each answer is held in its middle until both are there."""
    async with stage.perform(*replies) as one:
        other = one.another()
        other.begin()
        for gate in range(len(replies)):
            await one.at_gate(gate)  # in vain where a backend lets one call wait for the other
        one.exchange.release()
        return [await one.finish(), await other.finish()]
