"""`run`: the catalogue without pytest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from massgen_conformance.commands.problems import UsageProblem, require_writable
from massgen_conformance.commands.report import show
from massgen_conformance.commands.targets import chosen
from massgen_conformance.expectations import Expectations, load_expectations
from massgen_conformance.report import Origin, Report
from massgen_conformance.report.faces import write
from massgen_conformance.report.progress import progress
from massgen_conformance.search import share
from massgen_conformance.subject import Subject

WRITTEN = ("json", "html", "junit", "markdown", "badge")


def main(arguments: argparse.Namespace) -> int:
    """Run the checks that were asked for; 1 when the report is not green."""
    from massgen_conformance.check import CATALOGUE
    from massgen_conformance.providers import PLAYABLE
    from massgen_conformance.report import document
    from massgen_conformance.runner import UnknownCheck, today

    files = {face: path for face in WRITTEN if (path := getattr(arguments, face)) is not None}
    require_writable(*files.values())
    if arguments.examples < 0:
        raise UsageProblem(f"--examples is at least 1, not {arguments.examples}")
    subjects = chosen(arguments, arguments.provider or ["all"])
    path = arguments.expected_failures
    expectations = load_expectations(path, today()) if path else Expectations(today=today())
    started = datetime.now(UTC)
    try:
        report = _played(arguments, subjects, expectations)
    except UnknownCheck as error:
        raise UsageProblem(str(error)) from error
    if not report.items:
        report.problems.append("no item of the suite ran: none has a name that --item gives")
    report.origin = origin(arguments, started, len(subjects))
    report.problems += expectations.problems(CATALOGUE, {*PLAYABLE, *(subject.provider for subject in subjects)})
    rendered = document(report, CATALOGUE)
    write(rendered, files)
    return show(rendered, sys.stdout)


def _played(arguments: argparse.Namespace, subjects: Sequence[Subject], expectations: Expectations) -> Report:
    """The report of every item, played here or in several processes."""
    import asyncio

    from massgen_conformance.cassette.store import Store
    from massgen_conformance.runner import Runner, chosen_checks
    from massgen_conformance.shards import Order, Shards, jobs_for

    folder = _recordings(arguments.cassettes)
    checks = chosen_checks([*arguments.family, *arguments.check])
    store = Store(folder) if folder else None
    shaped = {name: getattr(arguments, name) for name in ("timelines", "seed", "examples", "scripts")}
    runner = Runner(subjects, checks, store, expectations, **shaped)
    planned = [item for item in runner.plan() if not arguments.item or item.name in arguments.item]
    jobs = jobs_for(planned, arguments.jobs)
    with progress(sys.stderr) as seen:
        if jobs == 1:
            return asyncio.run(runner.play(planned, seen))
        order = Order.of(runner, arguments.target, arguments.wire)
        with Shards(order, planned, jobs) as shards:
            for number, result in enumerate(shards.results(), 1):
                runner.report.items.append(result)
                seen(result, number, len(planned))
    return runner.report


def origin(arguments: argparse.Namespace, started: datetime, subjects: int) -> Origin:
    """Where the report comes from, with the command that runs an item of it again."""
    shaping = {"--target": arguments.target, "--wire": arguments.wire, "--cassettes": arguments.cassettes}
    shaping["--expected-failures"] = arguments.expected_failures
    words = [str(word) for option, value in shaping.items() if value for word in (option, value)]
    command = ("massgen-conformance", "run", *words)
    target, began = arguments.target or "the installed backends", started.isoformat(timespec="seconds")
    examples = arguments.examples or share(subjects)
    return Origin(target, began, command, "--item", arguments.seed, examples)


def _recordings(named: Path | None) -> Path | None:
    """The folder that was named, which must be there; without one `cassettes`, where that is."""
    if named is None:
        return Path("cassettes") if Path("cassettes").is_dir() else None
    if not named.is_dir():
        raise UsageProblem(f"there is no folder {named}")
    return named
