"""`report`: a stored report in any form, and two of them compared."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any, TextIO

from massgen_conformance.commands.problems import UsageProblem, require_writable
from massgen_conformance.report.document import SCHEMA


def main(arguments: argparse.Namespace) -> int:
    """Print or write the report; 1 when it is not green, or the newer of two is worse."""
    require_writable(arguments.output)
    if arguments.diff:
        return _compare(arguments)
    if arguments.file is None:
        raise UsageProblem("name a report (FILE), or two of them with --diff OLD NEW")
    report = read(arguments.file)
    if arguments.format == "text" and arguments.output is None:
        return show(report, sys.stdout)
    from massgen_conformance.report.faces import FACES

    _put(FACES[arguments.format](report), arguments.output)
    return 0 if report["summary"]["green"] else 1


def _compare(arguments: argparse.Namespace) -> int:
    from massgen_conformance.report import diff
    from massgen_conformance.report.html_diff import difference_page

    faces = {"text": diff.as_text, "json": diff.as_json, "html": difference_page, "markdown": diff.as_markdown}
    if arguments.file is not None:
        raise UsageProblem("--diff compares two reports, OLD and NEW; a third cannot be named")
    if arguments.format not in faces:
        raise UsageProblem(f"a difference has no form {arguments.format}; it has {', '.join(faces)}")
    difference = diff.compared(*(read(path) for path in arguments.diff))
    _put(faces[arguments.format](difference), arguments.output)
    return int(difference.worse)


def _put(text: str, path: Path | None) -> None:
    if path is None:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """A stored report. Raises `UsageProblem` for a file that is none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageProblem(f"cannot read {path}: {error}") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise UsageProblem(f"{path} is not a report of schema {SCHEMA}")
    return report


def show(report: dict[str, Any], out: TextIO) -> int:
    """Print matrix, findings and totals; the exit code."""
    from massgen_conformance.report.terminal import text

    out.write(text(report, width=shutil.get_terminal_size().columns, color=out.isatty()))
    return 0 if report["summary"]["green"] else 1
