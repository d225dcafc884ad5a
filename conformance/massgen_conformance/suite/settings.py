"""What a run is asked to do, read from pytest's options and checked at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from massgen_conformance.cassette.record import Mode
from massgen_conformance.cassette.store import Store
from massgen_conformance.check import Check
from massgen_conformance.expectations import Expectations, load_expectations
from massgen_conformance.runner import select, today
from massgen_conformance.search import share
from massgen_conformance.subject import Subject
from massgen_conformance.targets import load_target, subjects

if TYPE_CHECKING:
    import pytest

CASSETTES = "cassettes"
SHAPING = ("--target", "--wire", "--cassettes", "--expected-failures")
WRITTEN = ("json", "html", "junit", "markdown", "badge")


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the suite."""

    target: str
    subjects: Sequence[Subject]
    checks: Sequence[Check]
    store: Store
    expectations: Expectations
    mode: Mode = Mode.NONE
    live: bool = False
    stored: Store | None = None  # the recordings that were there before a run that makes its own
    files: Mapping[str, Path] = field(default_factory=dict)  # what to write, by the name of its form
    timelines: bool = False  # also of what is green
    seed: int = 0  # of every random choice
    examples: int = 1  # cases that are drawn for each property
    scripts: Path | None = None  # where the smallest that fails is written
    wire: str = ""
    jobs: int | None = None  # processes; None: as many as are worth it
    again: Sequence[str] = ()  # what runs the same suite again
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # the environment, for recording only

    @property
    def offline(self) -> bool:
        return not self.live and self.mode is Mode.NONE


def read(config: pytest.Config) -> Settings:
    """The settings of this run. Raises `ValueError` (`TargetError`, `UnknownCheck`, `ExpectationError`)."""
    option = config.getoption
    target, factory = load_target(option("--target"))
    chosen = subjects(option("--provider"), factory, option("--wire"))
    expected = option("--expected-failures")
    mode = _mode(option("--record-mode", default=None))
    folder = config.rootpath / (option("--cassettes") or CASSETTES)
    if option("--cassettes") and mode is Mode.NONE and not option("--live") and not folder.is_dir():
        raise ValueError(f"--cassettes: there is no folder {option('--cassettes')}")
    return Settings(
        target=target,
        subjects=chosen,
        checks=select(option("--family"), option("--check")),
        store=Store(folder),
        expectations=load_expectations(Path(expected), today()) if expected else Expectations(today=today()),
        mode=mode,
        live=option("--live"),
        files=_files(config),
        timelines=option("--conformance-timelines"),
        seed=option("--seed"),
        examples=_examples(option("--examples"), len(chosen)),
        scripts=config.rootpath / option("--scripts"),
        wire=option("--wire"),
        jobs=_jobs(config),
        again=_again(config),
        keys=dict(os.environ),
    )


def _examples(number: int | None, subjects: int) -> int:
    if number is not None and number < 1:
        raise ValueError(f"--examples is at least 1, not {number}: a property without a case shows nothing")
    return number or share(subjects)


def _mode(name: str | None) -> Mode:
    try:
        return Mode(name or "none")
    except ValueError:
        modes = ", ".join(Mode)
        raise ValueError(
            f"--record-mode {name} is pytest-recording's; this suite has {modes}. "
            "Disable that plugin for this run with: -p no:recording"
        ) from None


def _jobs(config: pytest.Config) -> int | None:
    """How many processes may play. A debugger needs the items here, and pytest-xdist has processes of its own."""
    if config.option.usepdb or config.option.trace or hasattr(config, "workerinput"):
        return 1
    jobs: int | None = config.getoption("--conformance-jobs")
    if jobs is not None and jobs < 1:
        raise ValueError(f"--conformance-jobs is a number of processes, 1 or more, not {jobs}")
    return jobs


def _again(config: pytest.Config) -> list[str]:
    """The command that runs the suite again with the options that shape it."""
    whole = [] if config.args_source is not config.ArgsSource.ARGS else ["--pyargs", "massgen_conformance.suite"]
    given = {name: config.getoption(name) for name in SHAPING}
    return ["pytest", *whole, *(word for name, value in given.items() if value for word in (name, value))]


def _files(config: pytest.Config) -> dict[str, Path]:
    named = {face: config.getoption(f"--conformance-{face}") for face in WRITTEN}
    return {face: _writable(f"--conformance-{face}", name) for face, name in named.items() if name}


def _writable(option: str, name: str) -> Path:
    """A file that can be written when the run is over; better to know before it."""
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"{option}: {name} is not a file in an existing folder")
    return path
