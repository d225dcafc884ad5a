"""Runs checks: the same code for `check_backend`, the pytest plugin and the command line.

report = check_backend(Subject(provider="acme", wire="openai_chat", factory=make_backend, model="acme-1"))
assert report.green
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from massgen_conformance import checks, driver, guard, opening, reading, script, timeline, wire_view
from massgen_conformance.cassette.record import record
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store, load
from massgen_conformance.check import CATALOGUE, Case, Check, NotApplicable, NotTestable, Verdict, Violation, shortened
from massgen_conformance.expectations import Expectations
from massgen_conformance.masking import masked_text
from massgen_conformance.player import Player
from massgen_conformance.recordings import recordings_of
from massgen_conformance.report import Failure, ItemResult, Moment, Report
from massgen_conformance.report.progress import Seen
from massgen_conformance.report.values import item_name
from massgen_conformance.search import SECONDS, Search, share
from massgen_conformance.stage import GUARD_SECONDS, Reader, Recorder, Recording, Stage, Theatre
from massgen_conformance.subject import Subject
from massgen_conformance.unsuited import reason_against
from massgen_conformance.watchdog import BLOCKED_SECONDS, watched

ITEM_SECONDS = 60.0
"""Nothing hangs: no item takes longer. A check's own guards are far shorter."""

assert checks.__all__  # imported for its effect: it fills the catalogue


class UnknownCheck(ValueError):
    """A check or family was asked for that the catalogue does not have."""


@dataclass(frozen=True, slots=True)
class Item:
    """One check on one case for one subject."""

    check: Check
    subject: Subject
    case: Case
    recording: Recording | None = None
    live: bool = False  # its recording was made for this run

    @property
    def name(self) -> str:
        return item_name(self.check.id, self.subject.provider, self.case.name)

    @property
    def evidence(self) -> str:
        """Where the bytes of this item come from: the provider now, its recording, or the kit's own speakers."""
        sidecar = self.recording.sidecar if self.recording else None
        if sidecar is None or sidecar.provenance is not Provenance.LIVE:
            return "synthetic"
        return "live" if self.live else "recorded"


def select(families: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Check]:
    """The checks of these families and ids, all when none is given. Raises `UnknownCheck`."""
    families, ids = [name.upper() for name in families], [name.upper() for name in ids]
    known_families = sorted({check.family for check in CATALOGUE.values()})
    unknown = [name for name in ids if name not in CATALOGUE]
    unknown += [name for name in families if name not in known_families]
    if unknown:
        raise UnknownCheck(f"unknown: {', '.join(unknown)}; {_known_instead(unknown, known_families)}")
    everything = not families and not ids
    return [check for name, check in sorted(CATALOGUE.items()) if everything or name in ids or check.family in families]


def chosen_checks(only: Sequence[str]) -> list[Check]:
    """The checks of these families (`LIF`) and ids (`LIF-01`) in one list, all for none. Raises `UnknownCheck`."""
    return select([name for name in only if "-" not in name], [name for name in only if "-" in name])


def _known_instead(unknown: Sequence[str], families: Sequence[str]) -> str:
    """The families there are, and the checks of those that were meant."""
    meant = [family for family in families if any(name.partition("-")[0] == family for name in unknown)]
    listed = [
        f"{family} has {', '.join(sorted(name for name in CATALOGUE if name.partition('-')[0] == family))}"
        for family in meant
    ]
    return "; ".join([f"families are {', '.join(families)}", *listed])


def concerns(case: Case, recording: Recording) -> bool:
    """Whether a case takes this recording: the kinds that it names, else every one that was answered."""
    return recording.piece.name in case.kinds if case.kinds else recording.piece.refused is None


def items(check: Check, subject: Subject, recordings: Sequence[Recording], *, live: bool = False) -> Iterator[Item]:
    """The items of one check for one subject; a check that only recordings can drive has one even without any.

    A check that the subject lacks an ability for, or that does not suit its wire, has one item: it is told once.
    """
    if not check.needs <= subject.abilities or reason_against(check.id, subject.wire):
        yield Item(check, subject, next((case for case in check.cases if not case.recorded), Case("")))
        return
    for case in check.cases:
        if case.live and not live:
            continue
        if not case.recorded:
            yield Item(check, subject, case)
            continue
        for recording in recordings:
            if concerns(case, recording):
                named = replace(case, name=f"recorded-{recording.piece.name}")
                yield Item(check, subject, named, recording, live)
    if all(case.recorded for case in check.cases) and not recordings:
        yield Item(check, subject, Case("recorded", recorded=True))


@dataclass(slots=True)
class Runner:
    """A player, the subjects before it, and the guard that keeps the run offline. Use it as a context manager."""

    subjects: Sequence[Subject]
    checks: Sequence[Check]
    store: Store | None = None
    expectations: Expectations = field(default_factory=Expectations)
    offline: bool = True
    live: bool = False  # the recordings in the store were made for this run
    stored: Store | None = None  # recordings that were there before, in a run that makes its own
    timelines: bool = False  # keep the timeline of what is green, too
    seed: int = 0  # of every random choice
    examples: int = 0  # cases that are drawn for each property; 0: as many as is usual for this many subjects
    scripts: Path | None = None  # where the smallest failing case of a strategy is written; None: nowhere
    shrink_seconds: float = SECONDS
    recorder: Recorder = record
    reader: Reader = load
    guard_seconds: float = GUARD_SECONDS
    run_seconds: float = driver.GUARD_SECONDS
    blocked_seconds: float = BLOCKED_SECONDS
    report: Report = field(default_factory=Report)
    running: bool = False
    _player: Player = field(default_factory=Player)
    _theatres: dict[str, Theatre] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def plan(self) -> list[Item]:
        """Every item of the run; fills in what the report needs to judge it."""
        problems = self.report.problems
        found = {subject.provider: recordings_of(subject.provider, self.store, problems) for subject in self.subjects}
        planned = [
            item
            for subject in self.subjects
            for check in self.checks
            for item in items(check, subject, found[subject.provider], live=self.live)
        ]
        counts: dict[tuple[str, str], int] = {}
        for item in planned:
            key = (item.subject.provider, item.check.id)
            counts[key] = counts.get(key, 0) + 1
        self.report.planned = counts
        self.report.expected = {
            (entry.provider, entry.check): f"{entry.reason}; {entry.link}" for entry in self.expectations.current
        }
        self._theatres = {
            subject.provider: Theatre(
                subject,
                self._player,
                found[subject.provider],
                self.recorder,
                self.guard_seconds,
                self.run_seconds,
                seed=self.seed,
                reader=self.reader,
                stored=recordings_of(subject.provider, self.stored, problems),
            )
            for subject in self.subjects
        }
        return planned

    def __enter__(self) -> Self:
        self._open.enter_context(self._player)
        self.running = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running = False
        self._open.close()

    async def play(self, items: Sequence[Item], seen: Seen | None = None) -> Report:
        """Run these items of the plan, one after the other, into the report."""
        with self:
            for number, item in enumerate(items, 1):
                result = await self.run(item)
                self.report.items.append(result)
                if seen:
                    seen(result, number, len(items))
        return self.report

    async def run(self, item: Item) -> ItemResult:
        """The verdict of one item; expected failures are taken into account. Never raises for what a subject does."""
        started = time.perf_counter()
        alone = bool(item.case.generated or item.case.spoken)
        stage = Stage(self._theatres[item.subject.provider], item.case, item.recording, alone=alone)
        with ExitStack() as open_:
            watch = open_.enter_context(guard.closed()) if self.offline else guard.Guard()
            open_.enter_context(watched(self.blocked_seconds))
            verdict, message, failure = await self._judge(item, stage)
        if strangers := [tried for tried in watch.attempts if tried.rpartition(":")[0] not in item.subject.contacts]:
            verdict = Verdict.FAIL
            tried = ", ".join(dict.fromkeys(strangers))
            message = f"the subject tried to reach {tried} instead of the base_url it was given"
            failure = Failure(item.check.requirement, "requests to its base_url only", message)
        entry = self.expectations.of(item.check.id, item.subject.provider)
        if entry and verdict in (Verdict.FAIL, Verdict.NOT_TESTABLE):
            verdict, message = Verdict.XFAIL, f"expected: {entry.reason} ({entry.link}); {message}"
        seconds = time.perf_counter() - started
        decided = (item.check.id, item.subject.provider, item.case.name, verdict, item.evidence, masked_text(message))
        return ItemResult(*decided, failure, seconds, self._timeline(stage, verdict, failure))

    def _timeline(self, stage: Stage, verdict: Verdict, failure: Failure | None) -> tuple[Moment, ...]:
        if stage.performed is None or not (self.timelines or verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)):
            return ()
        return timeline.of(stage.performed, failure.chunk if failure else None)

    async def _unfit(self, theatre: Theatre) -> str:
        if theatre.unfit is None:
            theatre.unfit = await opening.unfit(theatre)
        return theatre.unfit

    async def _judge(self, item: Item, stage: Stage) -> tuple[Verdict, str, Failure | None]:
        missing = sorted(needs_of(item) - item.subject.abilities)
        if missing:
            return Verdict.NOT_APPLICABLE, f"{item.subject.provider} does not offer {', '.join(missing)}", None
        if reason := reason_against(item.check.id, item.subject.wire):
            return Verdict.NOT_APPLICABLE, reason, None
        if item.case.recorded and item.recording is None:
            how = f"massgen-conformance record --provider {item.subject.provider}"
            return Verdict.NOT_TESTABLE, f"there is no recording of {item.subject.provider}; make one with: {how}", None
        try:
            if unfit := await self._unfit(stage.theatre):
                return Verdict.NOT_TESTABLE, unfit, None
            async with asyncio.timeout(ITEM_SECONDS):
                if item.case.generated:
                    await self._search(item, stage)
                else:
                    await item.check.function(stage)
        except NotApplicable as reason:
            return Verdict.NOT_APPLICABLE, str(reason), None
        except NotTestable as reason:
            return Verdict.NOT_TESTABLE, str(reason), None
        except Violation as violation:
            failure = described(item.check, violation, stage)
            return Verdict.FAIL, str(violation), replace(failure, script=self._written(item, stage, failure))
        except TimeoutError:
            return Verdict.NOT_TESTABLE, f"the item was still running after {ITEM_SECONDS} s", None
        except Exception as error:  # a check or a factory that breaks must not end the run, nor pass
            return Verdict.NOT_TESTABLE, f"{type(error).__name__}: {shortened(str(error))}", None
        return Verdict.PASS, "", None

    async def _search(self, item: Item, stage: Stage) -> None:
        """Draw cases and raise what the smallest that fails raises; the stage is then the one that shows it."""
        from massgen_conformance.strategies import STRATEGIES  # Hypothesis, only where it is needed

        async def judge(case: Case) -> None:
            stage.case = case
            stage.forget()
            await item.check.function(stage)

        search = Search(
            judge, f"{self.seed}/{item.name}", self.examples or share(len(self.subjects)), self.shrink_seconds
        )
        found = await search.run(STRATEGIES[item.case.generated](stage))
        if found is not None:
            await judge(found.case)
            raise found.violation  # it failed once and does not any more: a finding all the same

    def _written(self, item: Item, stage: Stage, failure: Failure) -> str:
        """The script of a case that was drawn, as a file; "" for other cases, which the catalogue holds."""
        if self.scripts is None or not item.case.generated or stage.performed is None:
            return ""
        found = {"requirement": failure.requirement, "expected": failure.expected, "actual": failure.actual}
        told = script.of(
            item.check.id, item.subject, stage.case, stage.performed.wire.replies, seed=self.seed, found=found
        )
        path = self.scripts / f"{item.check.id}-{item.subject.provider}.json"
        script.write(told, path)
        return str(path)


def needs_of(item: Item) -> frozenset[str]:
    """The abilities that a subject must have for this item."""
    scenario = item.recording.scenario if item.recording else item.case.scenario
    return item.check.needs | item.case.needs | (scenario.needs if scenario else frozenset())


def described(check: Check, violation: Violation, stage: Stage) -> Failure:
    """The failure with the stream as it came and what the provider had said."""
    run = stage.performed
    wire = wire_view.of(run, violation.chunk) if run is not None else ""
    stream = reading.course(run) if run is not None else ""
    where, actual = masked_text(violation.where), masked_text(shortened(violation.actual))
    told = (masked_text(violation.expected), actual, where, masked_text(stream), masked_text(wire))
    return Failure(check.requirement, *told, violation.chunk)


def today() -> date:
    return datetime.now(UTC).date()


async def acheck_backend(
    subject: Subject | Sequence[Subject],
    only: Sequence[str] | None = None,
    *,
    cassettes: Path | None = None,
    expectations: Expectations | None = None,
    timelines: bool = False,
    seed: int = 0,
    examples: int = 0,
    scripts: Path | None = None,
) -> Report:
    """`check_backend` for a caller that has a running loop.

    `timelines` keeps the timeline of every item, not only of findings. `seed` is that of every random choice,
    `examples` how many cases are drawn for each property; the smallest that fails is written into the folder `scripts`.
    """
    chosen = [subject] if isinstance(subject, Subject) else list(subject)
    store = Store(cassettes) if cassettes else None
    expected = expectations or Expectations(today=today())
    checks = chosen_checks(only or ())
    runner = Runner(chosen, checks, store, expected, timelines=timelines, seed=seed, examples=examples, scripts=scripts)
    return await runner.play(runner.plan())


def check_backend(
    subject: Subject | Sequence[Subject],
    only: Sequence[str] | None = None,
    *,
    cassettes: Path | None = None,
    expectations: Expectations | None = None,
    seed: int = 0,
    scripts: Path | None = None,
) -> Report:
    """Run the catalogue on a backend, without pytest and without the network.

    `only` names families (`LIF`) or checks (`LIF-01`). `cassettes` is a folder of recordings to replay beside the
    scripted scenarios. `seed` is that of every random choice; `scripts` is a folder into which the smallest failing
    case of each property goes. Raises `UnknownCheck` for a name that is not in the catalogue.
    """
    running = acheck_backend(subject, only, cassettes=cassettes, expectations=expectations, seed=seed, scripts=scripts)
    return asyncio.run(running)
