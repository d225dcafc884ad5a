"""What a check works with: one subject, one case, and the player in the provider's place.

`watch` plays the case and gives what was seen; plain performances of the same scenario are played once per subject and
shared by the checks that only look at them. `perform` gives a check the backend and the exchange to work by hand.
"""

from __future__ import annotations

import copy
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from massgen_conformance import driver, reading
from massgen_conformance.cassette import replay
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.programme import Piece
from massgen_conformance.cassette.record import Outcome, record
from massgen_conformance.cassette.sidecar import Sidecar
from massgen_conformance.cassette.store import Cassette, Store, load
from massgen_conformance.check import Case, NotApplicable, NotTestable, require
from massgen_conformance.driver import CANARY as KEY
from massgen_conformance.performance import Performance
from massgen_conformance.plan import Plan, Refusal, Reply
from massgen_conformance.player import Player
from massgen_conformance.providers import speaker_for
from massgen_conformance.scenario import Scenario, Turn, Usage
from massgen_conformance.speakers.base import NeutralRequest, Speaker, UnspeakableTurn
from massgen_conformance.subject import Factory, Subject
from massgen_conformance.trace import JSON, Run

__all__ = ["GUARD_SECONDS", "KEY", "Recording", "Stage", "Theatre"]

GUARD_SECONDS = 2.0
"""How long a performance by hand waits for what must happen at once. Only a subject that fails spends it."""

KIT_SETTINGS = ("idle_timeout", "max_retries")
"""What the kit asks a factory for beyond the interface; a factory that refuses them is called without."""

Recorder = Callable[[Job, Store], Awaitable[Outcome]]
"""What makes a recording: the kit's own recorder, or a liar in its place."""

Reader = Callable[[Path], Cassette]
"""What reads a recording: the store's own loader, or a liar in its place."""

OF_THE_CASE: Any = object()
USAGE_NAMES = (b'"usage"', b'"usageMetadata"', b'"eval_count"', b'"stats"')


@dataclass(frozen=True, slots=True)
class Recording:
    """A stored recording of the provider, and the piece of the programme that it was made from."""

    piece: Piece
    cassette: Cassette
    sidecar: Sidecar | None = None

    @property
    def scenario(self) -> Scenario:
        """The conversation, with as many turns as were recorded; what the model says in them is in the cassette."""
        scenario = self.piece.scenario
        return replace(scenario, turns=scenario.turns[: len(self.cassette.interactions)])

    @property
    def upstream(self) -> str:
        """The base URL that was asked."""
        return self.sidecar.upstream if self.sidecar else ""


@dataclass(slots=True)
class Theatre:
    """One subject before one player, and the performances that are shared."""

    subject: Subject
    player: Player
    recordings: Sequence[Recording] = ()
    recorder: Recorder = record
    guard_seconds: float = GUARD_SECONDS
    run_seconds: float = driver.GUARD_SECONDS  # for a call that is watched to its end
    shared: dict[tuple[str, Any], list[Run]] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)  # recordings that checks made and share, by scenario
    refused_config: set[str] = field(default_factory=set)  # kit settings that the factory does not take
    seed: int = 0  # of every random choice
    reader: Reader = load
    stored: Sequence[Recording] = ()  # that were there before, in a run whose recordings are made for it
    unfit: str | None = None  # why nothing can be tested; empty when it can, None before it was tried

    def __post_init__(self) -> None:
        self.subject = replace(self.subject, factory=self._tolerant(self.subject.factory))

    def _tolerant(self, factory: Factory) -> Factory:
        def make(**config: Any) -> Any:
            wanted = {name: value for name, value in config.items() if name not in self.refused_config}
            try:
                return factory(**wanted)
            except TypeError:
                asked = [name for name in KIT_SETTINGS if name in wanted]
                if not asked:
                    raise
                made = factory(**{name: value for name, value in wanted.items() if name not in asked})
                self.refused_config.update(asked)
                return made

        return make


class Stage:
    """One check's view of a theatre, for one case. `performed` is the run that is judged: a failure shows it.

    A case of chance is `alone`: its performances are nobody else's.
    """

    def __init__(
        self, theatre: Theatre, case: Case, recording: Recording | None = None, *, alone: bool = False
    ) -> None:
        self.theatre, self.case, self.recording = theatre, case, recording
        self._shared: dict[tuple[str, Any], list[Run]] = {} if alone else theatre.shared
        self.subject = theatre.subject
        self.speaker: Speaker = speaker_for(theatre.subject)
        self.guard_seconds = theatre.guard_seconds
        self.performed: Run | None = None

    def forget(self) -> None:
        """Forget the performances of a stage that is alone: the next case is another."""
        self._shared.clear()
        self.performed = None

    @property
    def recorded(self) -> bool:
        """Whether the bytes are recorded: then nothing is known of what the model said but what they hold."""
        return self.recording is not None

    @property
    def scenario(self) -> Scenario:
        scenario = self.recording.scenario if self.recording else self.case.scenario
        if scenario is None:
            raise NotTestable(f"the case {self.case.name!r} has no scenario")
        return scenario

    @property
    def turn(self) -> Turn:
        """What the model says first."""
        return self.scenario.turns[0]

    @property
    def turn_usage(self) -> Usage:
        said = self.turn.usage
        if said is None:
            raise NotTestable(f"the scenario {self.scenario.name!r} has no usage")
        return said

    def chance(self, salt: object) -> random.Random:
        """A source of chance: the same for the same seed of the run and the same salt."""
        return random.Random(f"{self.theatre.seed}/{salt}")  # noqa: S311  # repeatable, not secret

    def results(self, count: int) -> list[str]:
        """The texts that the driver answers `count` calls with."""
        told = self.scenario.results or ("done",)
        return [told[min(number, len(told) - 1)] for number in range(count)]

    def reply(self, bend: driver.Delivery | None = None) -> Any:
        """The bytes of the first turn, as the provider would send them, or bent."""
        plain = self.replies()[0] if self.recording else self.reply_to(self.scenario)
        return bend(plain) if bend else plain

    def reply_to(self, scenario: Scenario) -> Reply:
        if self.case.spoken and scenario is self.case.scenario:
            return self.case.spoken[0]
        return spoken(lambda: self.speaker.reply(scenario.turns[0]))

    def replies(self) -> tuple[Reply, ...]:
        """The recorded answers."""
        assert self.recording is not None
        plan = replay.plan(self.recording.cassette)
        return tuple(reply for reply in plan.replies if isinstance(reply, Reply))

    def sent(self, run: Run) -> NeutralRequest:
        """The request of one run in neutral form. `Violation` for one that the provider would refuse."""
        self.performed = run
        request = run.wire.requests[run.first_request]
        problems = self.speaker.problems(request)
        require(not problems, "a request that the provider accepts", "; ".join(problems))
        return self.speaker.read(request)

    def carried(self, count: int) -> int:
        """`count` if the wire carries it, 0 if this protocol has no place for it."""
        return count if str(count).encode() in self.reply().body else 0

    def has_usage(self, run: Run) -> bool:
        """Whether the recorded answers of a run hold token counts."""
        body = self.replies()[min(run.first_request, len(self.replies()) - 1)].body
        return any(name in body for name in USAGE_NAMES)

    def reached(self, condition: object, what: str) -> None:
        """The bound precondition of a check: without it a verdict would say nothing. Raises `NotTestable`."""
        if not condition:
            shown = "" if self.performed is None else f"; {reading.course(self.performed)}"
            raise NotTestable(f"the subject did not get to {what}{shown}")

    async def watch(self, *, bend: Any = OF_THE_CASE, scenario: Scenario | None = None) -> list[Run]:
        """The runs of the whole conversation. Performed once for each way of travelling, then shared: only look."""
        chosen: driver.Delivery | None = self.case.bend if bend is OF_THE_CASE else bend
        played = scenario or self.scenario
        place = f"{'recorded' if self.recording else 'spoken'} {played.name}"
        key = (place, chosen)
        if key not in self._shared:
            self._shared[key] = await self._drive(played, chosen)
        self.performed = self._shared[key][0]
        return self._shared[key]

    async def each_run(self) -> AsyncIterator[Run]:
        """The runs of the whole conversation, one by one: a failure is reported with the run that it was found in."""
        for run in await self.watch():
            self.performed = run
            yield run

    async def first_run(
        self,
        *,
        bend: Any = OF_THE_CASE,
        scenario: Scenario | None = None,
        replies: Sequence[Reply | Refusal] = (),
        options: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> Run:
        """The run of the first call. Without options, replies or configuration it is a shared one."""
        chosen: driver.Delivery | None = self.case.bend if bend is OF_THE_CASE else bend
        shareable = bend is OF_THE_CASE or bend is None
        if shareable and not (replies or options) and config in ({}, {"max_retries": 0}):
            return (await self.watch(bend=chosen, scenario=scenario))[0]
        played = scenario or self.scenario
        opening = replace(played, turns=played.turns[:1])
        plan = Plan(tuple(replies)) if replies else None
        runs = await self._drive(opening, chosen, plan=plan, config=config, call=options)
        self.performed = runs[0]
        return runs[0]

    async def replay(self, cassette: Cassette) -> list[Run]:
        """The runs of the conversation, answered from a recording."""
        return await self._drive(self.scenario, None, plan=replay.plan(cassette))

    async def watch_arguments(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """For each call of the conversation its arguments before it, copied, and the very same objects after it."""
        rounds: list[tuple[dict[str, Any], dict[str, Any]]] = []
        inner = self.subject.factory
        witnessed = replace(self.subject, factory=lambda **config: _Witness(inner(**config), rounds))
        options = {"context_paths": [{"path": "/tmp", "permission": "read"}]}  # noqa: S108  # never opened
        await self._drive(self.scenario, self.case.bend, subject=witnessed, call=options)
        return rounds

    async def _drive(
        self,
        scenario: Scenario,
        bend: driver.Delivery | None,
        *,
        subject: Subject | None = None,
        plan: Plan | None = None,
        config: Mapping[str, Any] | None = None,
        call: Mapping[str, Any] | None = None,
    ) -> list[Run]:
        """The runs of a conversation. `NotTestable` when the subject asked nobody: its chunks then mean nothing."""
        bend = driver.seeded(bend, self.theatre.seed)
        try:
            runs = await driver.drive(
                subject or self.subject,
                scenario,
                player=self.theatre.player,
                plan=plan or self._fixed_plan(scenario, bend),
                delivery=bend or driver.AS_IS,
                speaker=self.speaker,
                config={"max_retries": 0, **(config or {})},
                call=call,
                timeout=self.theatre.run_seconds,
            )
        except UnspeakableTurn as lack:
            raise NotApplicable(str(lack)) from lack
        self.performed = runs[0]
        self.reached(runs[0].wire.requests, "a request")
        return runs

    def _fixed_plan(self, scenario: Scenario, bend: driver.Delivery | None) -> Plan | None:
        """The recorded answers, or those of a script; None where the speaker says them."""
        if self.recording is not None:
            fixed = self.replies()
        elif self.case.spoken and scenario is self.case.scenario:
            fixed = self.case.spoken
        else:
            return None
        return Plan(tuple(bend(reply) if bend else reply for reply in fixed))

    @asynccontextmanager
    async def perform(self, *replies: Reply | Refusal, begin: bool = True, **config: Any) -> AsyncIterator[Performance]:
        """The backend before an exchange that plays these replies (the first turn by default), worked by hand."""
        plan = Plan(replies or (self.reply(),))
        settings = {"max_retries": 0, **config}
        async with driver.play(
            self.subject,
            plan,
            player=self.theatre.player,
            config=settings,
            timeout=self.guard_seconds,
        ) as play:
            messages, tools = copy.deepcopy((list(self.scenario.messages), list(self.scenario.tools)))
            performance = Performance(play, messages, tools, self.theatre.refused_config)
            self.performed = performance.run
            try:
                if begin:
                    performance.begin()
                yield performance
            finally:
                await performance.stop()


def spoken(say: Callable[[], Reply]) -> Reply:
    """What `say` gives; `NotApplicable` when the wire has no way to say it."""
    try:
        return say()
    except UnspeakableTurn as lack:
        raise NotApplicable(str(lack)) from lack


class _Witness:
    """A backend that notes what it is called with, before the backend sees it."""

    def __init__(self, backend: Any, rounds: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        self._backend, self._rounds = backend, rounds

    def stream_with_tools(self, messages: list[JSON], tools: list[JSON], **options: Any) -> Any:
        given = {"messages": messages, "tools": tools, **options}
        self._rounds.append((copy.deepcopy(given), given))
        return self._backend.stream_with_tools(messages, tools, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)
