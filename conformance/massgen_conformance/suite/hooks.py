"""The pytest hooks of a run for which a provider was named; without one, none of this is imported."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from massgen_conformance.cassette import sidecar as sidecars
from massgen_conformance.cassette.errors import CassetteError
from massgen_conformance.check import CATALOGUE
from massgen_conformance.providers import PLAYABLE
from massgen_conformance.report import ItemResult, Origin, Report, document
from massgen_conformance.report.faces import write
from massgen_conformance.report.terminal import lines
from massgen_conformance.runner import Item, Runner, today
from massgen_conformance.shards import Order, Shards, jobs_for
from massgen_conformance.suite import settings as settings_of
from massgen_conformance.suite.fresh import live_settings, record_what_is_asked
from massgen_conformance.suite.items import CATALOGUE_HERE, PROPERTY, CheckItem, decoded
from massgen_conformance.suite.settings import Settings

SUITE = Path(__file__).with_name("test_conformance.py")
PACKAGE = "massgen_conformance.suite"
PYTESTS_OWN = "fE"  # what pytest's short summary lists unless `-r` says otherwise
NAME = "massgen_conformance_run"


def take_part(config: pytest.Config) -> None:
    """Read the options and join the run; without other arguments the suite is all that is collected."""
    try:
        settings = settings_of.read(config)
    except ValueError as problem:
        raise pytest.UsageError(str(problem)) from problem
    if config.args_source is not config.ArgsSource.ARGS:
        config.args[:] = [str(SUITE)]
    alone = all(argument in (str(SUITE), PACKAGE) for argument in config.args)
    if alone and config.option.tbstyle == "auto":
        config.option.tbstyle = "no"  # the summary tells every finding, with more than a traceback would
    if alone and config.option.reportchars == PYTESTS_OWN:
        config.option.reportchars = "N"  # nothing: the summary names every item
    is_worker = hasattr(config, "workerinput")
    run = ConformanceRun(settings, is_worker=is_worker, records=not (is_worker or config.option.collectonly))
    config.pluginmanager.register(run, NAME)


class ConformanceRun:
    """Collects the items, plays them on one loop before one player, and reports."""

    def __init__(self, settings: Settings, *, is_worker: bool = False, records: bool = True) -> None:
        self.settings = settings
        self.report = Report()
        self._is_worker, self._records = is_worker, records and not settings.offline
        self._problems: list[str] = []
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._open = ExitStack()
        self._loop: asyncio.Runner | None = None
        self._runner: Runner | None = None
        self._planned: list[Item] | None = None
        self._chosen: list[Item] = []
        self._shards: Shards | None = None

    def pytest_report_header(self) -> list[str]:
        settings = self.settings
        names = ", ".join(f"{subject.provider} ({subject.wire})" for subject in settings.subjects)
        network = "offline" if settings.offline else "the network is open"
        return [
            f"conformance: {names}; target {settings.target}; {len(settings.checks)} checks; {network}; "
            f"seed {settings.seed}",
            f"recordings: {age_of(settings, today())}",
        ]

    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: object) -> list[CheckItem] | None:
        if obj is not CATALOGUE_HERE or name != "conformance":
            return None
        return [CheckItem.from_parent(collector, name=item.name, item=item, play=self.play) for item in self.planned()]

    def planned(self) -> list[Item]:
        """Every item, with what must be recorded first recorded."""
        if self._planned is None:
            if self.settings.live:
                self.settings = live_settings(self.settings, self._open)
            settings = self.settings
            if self._records:
                self._problems += self.loop().run(record_what_is_asked(settings))
            runner = Runner(
                settings.subjects,
                settings.checks,
                settings.store,
                settings.expectations,
                offline=settings.offline,
                live=settings.live,
                stored=settings.stored,
                timelines=settings.timelines,
                seed=settings.seed,
                examples=settings.examples,
                scripts=settings.scripts,
            )
            self._planned, self._runner = runner.plan(), runner
            self.report.planned, self.report.expected = runner.report.planned, runner.report.expected
            self._problems += runner.report.problems
        return self._planned

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._chosen = [each.item for each in session.items if isinstance(each, CheckItem)]

    def play(self, item: Item) -> ItemResult:
        """The verdict of one item, played on the session's loop or by one of several processes."""
        assert self._runner is not None  # the item came from `planned`
        if not self._runner.running and self._shards is None:
            settings = self.settings
            jobs = jobs_for(self._chosen, settings.jobs) if settings.offline else 1
            if jobs > 1:
                self._shards = self._open.enter_context(
                    Shards(Order.of(self._runner, settings.target, settings.wire), self._chosen, jobs)
                )
            else:
                self._open.enter_context(self._runner)
        return self._shards.result_of(item) if self._shards else self.loop().run(self._runner.run(item))

    def loop(self) -> asyncio.Runner:
        if self._loop is None:
            self._loop = asyncio.Runner()
            self._open.callback(finished, self._loop)
        return self._loop

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.report.items += [decoded(str(value)) for name, value in report.user_properties if name == PROPERTY]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._is_worker or session.config.option.collectonly:
            return
        known = {*PLAYABLE, *(subject.provider for subject in self.settings.subjects)}
        self.report.problems = [*self._problems, *self.settings.expectations.problems(CATALOGUE, known)]
        if not self.report.items:
            self.report.problems.append(f"no item of the suite ran{self._why_nothing()}")
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and self.not_green():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.report.origin = Origin(
            self.settings.target,
            self._started,
            tuple(self.settings.again),
            seed=self.settings.seed,
            examples=self.settings.examples,
        )
        write(document(self.report, CATALOGUE), self.settings.files)

    def _why_nothing(self) -> str:
        if self._planned is None:
            return f"; give pytest no other arguments, or add: --pyargs {PACKAGE}"
        return f": all {len(self._planned)} were deselected" if self._planned else ""

    def not_green(self) -> bool:
        """Whether the conformance part must fail a run in which every pytest item passed."""
        return not self.report.green

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if config.option.collectonly:
            return
        written = document(self.report, CATALOGUE)
        terminalreporter.section("conformance")
        color, width = terminalreporter.hasmarkup, terminalreporter._tw.fullwidth
        for line in lines(written, width=width, color=color, written=self.settings.files.values()):
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        self._open.close()


def finished(loop: asyncio.Runner) -> None:
    """Close a loop with the tasks and generators that a subject has left; how they take it is no finding any more."""
    loop.get_loop().set_exception_handler(lambda _loop, _context: None)
    loop.close()


def age_of(settings: Settings, day: date) -> str:
    """How many recordings there are for the run's providers, how old the oldest is, and which are expired."""
    wanted = {subject.provider for subject in settings.subjects}
    ages, states = [], []
    for provider, name in settings.store.names():
        if provider not in wanted:
            continue
        path = settings.store.path(provider, name)
        try:
            states.append(str(sidecars.state_of(path, day)))
            beside = settings.store.sidecar_path(provider, name)
            ages += [(day - sidecars.load(beside).recorded_at).days] if beside.is_file() else []
        except CassetteError:
            states.append("unreadable")
    counted = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    oldest = f"; the oldest is {max(ages)} days old" if ages else ""
    return f"{counted or 'none'} in {settings.store.root}{oldest}"
