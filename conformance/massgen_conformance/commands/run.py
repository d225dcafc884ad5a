"""`run`: the catalogue without pytest."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from massgen_conformance.commands.problems import UsageProblem, require_writable
from massgen_conformance.commands.report import show
from massgen_conformance.commands.targets import chosen
from massgen_conformance.expectations import Expectations, load_expectations


def main(arguments: argparse.Namespace) -> int:
    """Run the checks that were asked for; 1 when the report is not green."""
    import asyncio

    from massgen_conformance.check import CATALOGUE
    from massgen_conformance.providers import PROVIDERS
    from massgen_conformance.report import document
    from massgen_conformance.runner import UnknownCheck, acheck_backend, today

    require_writable(arguments.json, arguments.html)
    subjects = chosen(arguments, arguments.provider or ["all"])
    path = arguments.expected_failures
    expectations = load_expectations(path, today()) if path else Expectations(today=today())
    folder = _recordings(arguments.cassettes)
    only = [*arguments.family, *arguments.check]
    try:
        report = asyncio.run(acheck_backend(subjects, only, cassettes=folder, expectations=expectations))
    except UnknownCheck as error:
        raise UsageProblem(str(error)) from error
    report.problems += expectations.problems(CATALOGUE, {*PROVIDERS, *(subject.provider for subject in subjects)})
    rendered = document(report, CATALOGUE)
    if arguments.json:
        arguments.json.write_text(json.dumps(rendered, indent=1) + "\n", encoding="utf-8")
    return show(rendered, sys.stdout, html=arguments.html)


def _recordings(named: Path | None) -> Path | None:
    """The folder that was named, which must be there; without one `cassettes`, where that is."""
    if named is None:
        return Path("cassettes") if Path("cassettes").is_dir() else None
    if not named.is_dir():
        raise UsageProblem(f"there is no folder {named}")
    return named
