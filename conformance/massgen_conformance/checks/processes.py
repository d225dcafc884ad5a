"""RES and SEC, continued: what a backend owes that starts a process, and what it leaves on the disk."""

from __future__ import annotations

import asyncio
import copy
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from massgen_conformance import driver, reading
from massgen_conformance.check import Case, Drive, NotApplicable, check, require
from massgen_conformance.checks.resources import owned
from massgen_conformance.checks.security import leaks, places
from massgen_conformance.checks.timing import IDLE_SECONDS, content_events
from massgen_conformance.contract import kind_of
from massgen_conformance.driver import Play
from massgen_conformance.leftovers import complaints, unlogged, watched
from massgen_conformance.performance import Performance
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.program import STDERR, started
from massgen_conformance.providers import agent_of
from massgen_conformance.scenario import Scenario
from massgen_conformance.scenarios import text
from massgen_conformance.stage import KEY, Stage

COMPLAINT_BYTES = 1_000_000  # far more than a pipe holds
FOREIGN = {
    "AWS_SECRET_ACCESS_KEY": "kit-foreign-aws-4e1f",
    "DATABASE_URL": "postgres://app:kit-foreign-db-77aa@db.invalid/app",
    "MISTRAL_API_KEY": "kit-foreign-mistral-c0de",
    "NPM_TOKEN": "kit-foreign-npm-51d3",
}
"""Secrets of others, as they stand in the environment of a developer or of a CI job."""

INSTRUCTED = Scenario(
    "instructed",
    text.TEXT.turns,
    messages=({"role": "system", "content": "Be brief. Tell nobody."}, {"role": "user", "content": "Say hello."}),
)


def complaining(reply: Reply, said: str) -> Reply:
    """The same answer of a process that says this on its standard error first."""
    kept = tuple(pair for pair in reply.headers if pair[0] != STDERR)
    return replace(reply, headers=(*kept, (STDERR, said.encode().hex())))


@check(
    "RES-05",
    "The child process ends with its call, however that ends, and is waited for; both of its outputs are read.",
    drive=Drive.FAULT,
    catches="an agent that works on, and spends tokens, after its user pressed stop: only a timeout killed it",
    cases=tuple(
        Case(way, text.TEXT, value=way)
        for way in ("whole", "cancelled", "left", "silent", "broken", "loop-ends", "complains")
    ),
)
async def children_end_with_their_calls(stage: Stage) -> None:
    way, after = stage.case.value, content_events(stage)[1]
    held = replace(stage.reply(), gates=(after,))
    said = {
        "whole": stage.reply(),
        "silent": replace(stage.reply(), stop_at=after, ending=Ending.HANG),
        "broken": replace(stage.reply(), stop_at=after, ending=Ending.RESET),
        "complains": complaining(stage.reply(), "x" * COMPLAINT_BYTES),
    }.get(way, held)
    if way == "loop-ends":
        await require_end_with_the_loop(stage, said)
        return
    config = {"idle_timeout": IDLE_SECONDS * 4} if way == "silent" else {}
    async with owned(stage, Plan((said,)), **config) as play:
        if config and "idle_timeout" in play.refused_config:
            raise NotApplicable("the subject takes no idle_timeout")
        with watched() as watch:
            await ended(stage, play, way)
            stage.reached(play.exchange.log.requests, "a process that was started")
            require(await play.within(play.exchange.disconnected()), "a child that has ended", "one that goes on")
            left = await watch.left(play.seconds)
        require(not left, "nothing left of the call", "; ".join(left))
        await driver.close(play.backend)


async def ended(stage: Stage, play: Performance, way: str) -> None:
    """The call, to its end."""
    if way == "left":
        stream = await play.closable()
        async for chunk in stream:
            if kind_of(chunk) == "content":
                break
        await stream.aclose()
        return
    play.begin()
    if way == "cancelled":
        stage.reached(await play.at_gate(0), "the middle of an answer that is held there")
        await play.stop()
        return
    run = await play.finish()
    require(not run.timed_out, "a stream that ends", f"it hung; {reading.outline(run)}")
    if way in ("whole", "complains"):
        require(reading.text(run) == stage.turn.text, repr(stage.turn.text), reading.course(run))
    else:
        require(reading.failed(run), "an error, then done with status error", reading.outline(run))


async def require_end_with_the_loop(stage: Stage, held: Reply) -> None:
    """A program whose event loop is over leaves no agent behind, in whatever state its stream is."""
    messages, seconds = copy.deepcopy(list(stage.scenario.messages)), stage.guard_seconds

    async def begin(backend: Any) -> None:
        stream = aiter(backend.stream_with_tools(messages, []))
        await anext(stream)
        KEPT.append(stream)

    with stage.theatre.player.exchange(Plan((held,)), lifetime=seconds * 4) as exchange:
        backend = driver.build(stage.subject, exchange.base_url, {"max_retries": 0})
        with unlogged(), complaints():
            await asyncio.to_thread(lambda: asyncio.run(begin(backend)))
            KEPT.clear()  # what the loop has not ended is garbage that may complain
        play = Performance(Play(backend, exchange, seconds), messages, [], ())
        stage.reached(exchange.log.requests, "a process that was started")
        gone = await play.within(exchange.disconnected())
    require(gone, "a child that ends with the program", "one that goes on")


KEPT: list[Any] = []
"""Streams that somebody still refers to when their loop ends."""


@contextmanager
def environment(told: dict[str, str]) -> Iterator[None]:
    """These variables in the environment of the block."""
    before = dict(os.environ)
    os.environ.update(told)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@check(
    "SEC-05",
    "A child process is told one secret, its own key, in a variable that it reads; what it says of it is not shown.",
    drive=(Drive.SCRIPT, Drive.FAULT),
    catches="`env={**os.environ}`: every key of the developer handed to an agent that can print its environment",
    cases=(Case("text", text.TEXT), Case("instructed", INSTRUCTED), Case("says-its-key", text.TEXT, value=KEY)),
)
async def children_are_told_one_secret(stage: Stage) -> None:
    said = stage.reply()
    if stage.case.value:
        said = complaining(replace(said, stop_at=len(said.body) // 2, ending=Ending.RESET), f"unknown key {KEY}")
    with environment(FOREIGN):
        async with stage.perform(said) as play:
            run = await play.finish()
    stage.reached(run.wire.requests, "a process that was started")
    told = started(run.wire.requests[0])
    keys = agent_of(stage.subject).command.keys
    shown = {"an argument": told.arguments, "the standard input": (told.input,), "a file": told.files.values()}
    found = [leak for place, values in shown.items() for value in values for leak in leaks(place, value)]
    found += [f"the variable {name} holds the key" for name, value in told.environment.items()
              if KEY in value and name not in keys]  # fmt: skip
    everything = "\n".join((*told.arguments, told.input, *told.environment.values(), *told.files.values()))
    found += [f"{name} was handed on" for name, value in FOREIGN.items() if value in everything]
    require(not found, "a child that is told its own key, in its variable", "; ".join(found))
    told_key = not keys or any(KEY in told.environment.get(name, "") for name in keys)
    require(told_key, f"the key in {' or '.join(keys)}", "no key")
    shown_to_others = [leak for place, value in places(run, play.backend).items() for leak in leaks(place, value)]
    require(not shown_to_others, "no trace of the key", "; ".join(shown_to_others))


@check(
    "SEC-08",
    "A temporary file can be read by its owner alone, and is gone when the call is over.",
    drive=Drive.UNIT,
    catches="`NamedTemporaryFile(delete=False)` with the conversation in it: one more in /tmp for every call",
    cases=tuple(Case(way, INSTRUCTED, value=way) for way in ("whole", "failed", "cancelled")),
)
async def temporary_files_are_private_and_removed(stage: Stage) -> None:
    way, after = stage.case.value, content_events(stage)[1]
    cut = {"stop_at": after + 1, "ending": Ending.RESET} if way == "failed" else {}
    held = replace(stage.reply(), gates=(after,), **cut)
    mask = os.umask(0o022)  # what everybody has, whoever runs the kit
    try:
        async with owned(stage, Plan((held,))) as play:
            with watched() as watch:
                play.begin()
                stage.reached(await play.at_gate(0), "the middle of an answer that is held there")
                made = sorted(path for path in watch.folder.rglob("*") if path.is_file())
                open_to_others = [f"{path.name} ({mode_of(path):o})" for path in made if is_open(path, watch.folder)]
                play.exchange.release()
                await (play.stop() if way == "cancelled" else play.finish())
                left = sorted(path.name for path in watch.folder.rglob("*"))
                await driver.close(play.backend)
    finally:
        os.umask(mask)
    require(not left, "no temporary file when the call is over", ", ".join(left))
    require(not open_to_others, "files that nobody else may read", ", ".join(open_to_others))
    if not made:
        raise NotApplicable("the subject makes no temporary file")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def is_open(path: Path, folder: Path) -> bool:
    """Whether others can read a file: by its own mode, and by those of the folders down to it."""
    above = [parent for parent in path.parents if parent.is_relative_to(folder) and parent != folder]
    return all(mode_of(each) & 0o077 for each in (path, *above))
