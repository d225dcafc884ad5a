"""Runs a subject against the player: builds the backend, calls it turn by turn, and notes all that it shows.

The driver never hangs: a guard in real time, only ever a safety net, ends a run whose subject does not, and cuts its
connections for a subject that blocks its own loop.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from massgen_conformance.contract import field_of
from massgen_conformance.plan import Plan, Refusal, Reply, Respond
from massgen_conformance.player import Exchange, Player
from massgen_conformance.program import command_for
from massgen_conformance.providers import speaker_for, starts_process
from massgen_conformance.scenario import JSON, Scenario
from massgen_conformance.speakers.base import Speaker
from massgen_conformance.subject import WEBSOCKET_WIRE, Subject, UnmadeBackend
from massgen_conformance.trace import Received, Run, TimedChunk

CANARY = "sk-canary-9vQ4mZ7xKp2LwT8sYb3Nd6RfHj5Gc1Ea0UiVoXtW"
"""The API key of every run: found anywhere but in the request's own headers, it is a leak."""

GUARD_SECONDS = 10.0
_GRACE_SECONDS = 1.0  # for a subject to react to its cancellation

Delivery: TypeAlias = Callable[[Reply], Reply | Refusal]
"""How a reply travels: a function of the reply, so that the same bytes can be delivered in many ways."""


def AS_IS(reply: Reply) -> Reply:  # a value among values: deliveries are passed, not called
    """One write per wire event."""
    return reply


def ONE_BYTE(reply: Reply) -> Reply:
    """One write per byte."""
    return reply.with_(every=1)


def AT_ONCE(reply: Reply) -> Reply:
    """The whole body in one write."""
    return reply.with_(cuts=(), every=0)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cuts at random offsets, about `share` of all bytes; the same for the same seed, number and body.

    `number` tells the deliveries of one run apart; `seed` is that of the run, which the stage sets.
    """

    number: int
    share: float = 0.125
    seed: int = 0

    def __call__(self, reply: Reply) -> Reply:
        size = len(reply.body)
        draw = random.Random(f"{self.seed}/{self.number}")  # noqa: S311  # repeatable, not secret
        return reply.with_(cuts=tuple(sorted(draw.sample(range(size), int(size * self.share)))), every=0)


def seeded(delivery: Delivery | None, seed: int) -> Delivery | None:
    """The delivery with the run's seed, where it is one of chance."""
    return replace(delivery, seed=seed) if isinstance(delivery, Cuts) else delivery


def responses(scenario: Scenario, speaker: Speaker, delivery: Delivery = AS_IS) -> Respond:
    """The scenario's turns as answers to whatever requests come. `UnspeakableTurn` at once, not during the run."""
    for turn in scenario.turns:
        speaker.say(turn)

    def respond(number: int, request: Received) -> Reply | Refusal | None:
        if number >= len(scenario.turns):
            return None
        return delivery(speaker.reply(scenario.turns[number], request=request))

    return respond


def build(subject: Subject, base_url: str, config: Mapping[str, Any] | None = None) -> Any:
    """The subject's backend, pointed at `base_url` (the player's origin; its provider's path is added).

    Raises `UnmadeBackend` when the factory does not give one.
    """
    address = base_url.replace("http:", "ws:", 1) if subject.wire == WEBSOCKET_WIRE else base_url
    settings = {"base_url": address + subject.base_path, "api_key": CANARY, "model": subject.model}
    if starts_process(subject):
        settings["command"] = str(command_for(base_url))
    try:
        made = subject.factory(provider=subject.provider, **{**settings, **subject.config, **(config or {})})
    except Exception as error:
        raise UnmadeBackend(f"the factory raised {type(error).__name__}: {error}") from error
    if not callable(getattr(made, "stream_with_tools", None)):
        raise UnmadeBackend(
            f"the factory returned an object of type {type(made).__name__}, which has no stream_with_tools"
        )
    return made


async def close(backend: Any) -> None:
    """Close a backend in whichever way it offers; one that offers none is left alone."""
    for name in ("aclose", "close"):
        method = getattr(backend, name, None)
        if method is not None:
            outcome = method()
            if inspect.isawaitable(outcome):
                await outcome
            return


_CAPTURING: list[logging.Handler] = []  # captures may overlap: the last to end puts the level back
_LEVEL_BEFORE: dict[str, int] = {}


@contextmanager
def captured_logs(level: int = logging.INFO) -> Iterator[list[str]]:
    """The records of every logger while the block runs, formatted, tracebacks included."""
    lines: list[str] = []
    handler = logging.Handler(level)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]  # a sink, no class
    root = logging.getLogger()
    before = _LEVEL_BEFORE.setdefault("root", root.level)
    _CAPTURING.append(handler)
    root.addHandler(handler)
    root.setLevel(min(level, root.level or level, before or level))
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        _CAPTURING.remove(handler)
        if not _CAPTURING:
            root.setLevel(_LEVEL_BEFORE.pop("root"))


@dataclass(slots=True)
class Play:
    """A backend in front of the player, ready to be called."""

    backend: Any
    exchange: Exchange
    timeout: float = GUARD_SECONDS

    def stream(self, messages: list[JSON], tools: list[JSON], **call: Any) -> Any:
        """What the backend's `stream_with_tools` returns."""
        return self.backend.stream_with_tools(messages, tools, **call)

    async def observe(self, messages: list[JSON], tools: list[JSON], **call: Any) -> Run:
        """One call, from its first chunk to its end or to the guard's."""
        run = Run(wire=self.exchange.log, first_request=len(self.exchange.log.requests))
        with captured_logs() as run.logs:
            task = asyncio.ensure_future(self._consume(run, messages, tools, call))
            try:
                await asyncio.wait({task}, timeout=self.timeout)
                run.timed_out = not task.done()
            finally:
                await _stopped(task)
        if self.exchange.failure is not None:
            raise self.exchange.failure
        return run

    async def _consume(self, run: Run, messages: list[JSON], tools: list[JSON], call: Mapping[str, Any]) -> None:
        try:
            stream = self.stream(messages, tools, **call)
            if inspect.isawaitable(stream):
                stream = await stream
            async for chunk in stream:
                run.chunks.append(TimedChunk(len(run.chunks), chunk, self.exchange.now(), self.exchange.sent))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # whatever escapes is what the run shows
            run.raised = problem


async def _stopped(task: asyncio.Future[None]) -> None:
    """End a consumer that the guard or a cancellation found still running; it may refuse, but not for long."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_GRACE_SECONDS)
    if task.done() and not task.cancelled() and (problem := task.exception()) is not None:
        raise problem


@asynccontextmanager
async def play(
    subject: Subject,
    plan: Plan | Respond,
    *,
    player: Player,
    config: Mapping[str, Any] | None = None,
    timeout: float = GUARD_SECONDS,
) -> AsyncIterator[Play]:
    """The subject's backend in front of an exchange that plays `plan`; both are closed at the end.

    A client of WebSockets may take a host and no path, so that one is given all of the player.
    """
    root = subject.wire == WEBSOCKET_WIRE
    with player.exchange(plan, root=root, lifetime=timeout + _GRACE_SECONDS) as exchange:
        backend = build(subject, exchange.base_url, config)
        try:
            yield Play(backend, exchange, timeout)
        finally:
            async with asyncio.timeout(timeout):
                await close(backend)


async def drive(
    subject: Subject,
    scenario: Scenario,
    *,
    player: Player,
    plan: Plan | Respond | None = None,
    delivery: Delivery = AS_IS,
    speaker: Speaker | None = None,
    config: Mapping[str, Any] | None = None,
    call: Mapping[str, Any] | None = None,
    timeout: float = GUARD_SECONDS,
) -> list[Run]:
    """Play a scenario: one `Run` per call of the backend, all with the same wire log.

    After a whole answer the driver appends the backend's `complete_message`, one result per call (or a user message
    when there was none) and calls again; a turn that ends otherwise ends the conversation. `plan` replaces what the
    speaker would say; `call` goes to `stream_with_tools`, `config` to the factory. `UnspeakableTurn` when the wire
    cannot say a turn; what the factory raises is not caught.
    """
    chosen = plan or responses(scenario, speaker or speaker_for(subject), delivery)
    async with play(subject, chosen, player=player, config=config, timeout=timeout) as stage:
        messages, runs = list(scenario.messages), []
        for _ in scenario.turns:
            given = copy.deepcopy((messages, list(scenario.tools)))
            run = await stage.observe(*given, **(call or {}))
            runs.append(run)
            answer = next((field_of(chunk, "complete_message") for chunk in reversed(run.of("complete_message"))), None)
            if not isinstance(answer, dict) or run.raised is not None or run.timed_out:
                break
            messages += [answer, *replies_to(answer, scenario.results)]
        return runs


def replies_to(answer: JSON, results: tuple[str, ...]) -> list[JSON]:
    """What the caller appends after an assistant message: a result per call, else the user's next words."""
    calls = answer.get("tool_calls") or []
    if not calls:
        return [{"role": "user", "content": "Go on."}]
    texts = results or ("done",)
    return [
        {"role": "tool", "tool_call_id": call["id"], "content": texts[min(number, len(texts) - 1)]}
        for number, call in enumerate(calls)
    ]


async def drive_bytes(
    subject: Subject,
    *replies: Reply | Refusal,
    player: Player,
    messages: tuple[JSON, ...] = ({"role": "user", "content": "Say hello."},),
    tools: tuple[JSON, ...] = (),
    config: Mapping[str, Any] | None = None,
    call: Mapping[str, Any] | None = None,
    timeout: float = GUARD_SECONDS,
) -> Run:
    """One call of the subject, answered by these replies as they are: recordings, faults, hand-made bodies."""
    async with play(subject, Plan(replies), player=player, config=config, timeout=timeout) as stage:
        return await stage.observe(*copy.deepcopy((list(messages), list(tools))), **(call or {}))
