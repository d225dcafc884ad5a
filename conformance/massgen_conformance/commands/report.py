"""`report`: a stored report, as it was shown when it was made."""

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
    """Print the report; 1 when it is not green."""
    require_writable(arguments.html)
    try:
        report = json.loads(arguments.file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageProblem(f"cannot read {arguments.file}: {error}") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise UsageProblem(f"{arguments.file} is not a report of schema {SCHEMA}")
    return show(report, sys.stdout, html=arguments.html)


def show(report: dict[str, Any], out: TextIO, *, html: Path | None = None) -> int:
    """Print matrix, failures and totals, write the page if asked; the exit code."""
    from massgen_conformance.report.html import page
    from massgen_conformance.report.terminal import failures, matrix, totals

    width = shutil.get_terminal_size().columns
    lines = [matrix(report, width=width, color=out.isatty()), *failures(report), totals(report)]
    out.write("\n".join(lines) + "\n")
    if html:
        html.write_text(page(report), encoding="utf-8")
    return 0 if report["summary"]["green"] else 1
