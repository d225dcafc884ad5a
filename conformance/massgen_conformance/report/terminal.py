"""The report in the terminal: every failure with its place, what they have in common, providers by families.

What says most stands last, where a terminal shows it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from massgen_conformance.report.document import Document
from massgen_conformance.report.symptoms import Symptom, alike, shared

if TYPE_CHECKING:
    from rich.text import Text

SIGNS = {
    "fail": ("F", "bold red"),
    "stale": ("S", "bold magenta"),
    "not_testable": ("?", "bold yellow"),
    "xfail": ("x", "yellow"),
    "pass": ("", "green"),
    "not_applicable": ("-", "dim"),
}
LONGEST_FAMILY = "META"
LISTED = 4  # items that are named where many share a reason
DETAILS = ("requirement", "expected", "actual", "where", "stream", "wire", "script", "repeat")
WIRE_WIDTH = 480  # characters; the JSON and HTML reports have more
LEGEND = "a number counts checks that pass; F fail, S stale expectation, ? not testable, x expected failure, - n/a"


def matrix(report: Document, *, width: int = 100, color: bool = False) -> str:
    """Providers by families: how many checks pass, and the number and sign of those that do not."""
    from rich.console import Console
    from rich.table import Table

    families = sorted(_concerned(report))
    tight = len("provider") + (len(LONGEST_FAMILY) + 1) * len(families) > width
    table = Table(pad_edge=False, box=None, collapse_padding=tight)
    table.add_column("provider")
    for family in families:
        table.add_column(family, justify="right")
    for provider, row in report["providers"].items():
        table.add_row(provider, *(_cell(row["checks"], family) for family in families))
    out = io.StringIO()
    Console(file=out, width=max(width, 60), force_terminal=color, color_system="standard" if color else None).print(
        table
    )
    return out.getvalue() + LEGEND


def _concerned(report: Document) -> set[str]:
    """The families of which something was applicable; one that concerns nobody here has no column."""
    rows = [row["checks"] for row in report["providers"].values()]
    every = {name.partition("-")[0] for row in rows for name in row}
    concerned = {
        name.partition("-")[0] for row in rows for name, result in row.items() if result["verdict"] != "not_applicable"
    }
    return concerned or every


def _cell(checks: dict[str, Any], family: str) -> Text:
    from rich.text import Text

    verdicts = [result["verdict"] for name, result in checks.items() if name.partition("-")[0] == family]
    cell = Text()
    for verdict, (sign, style) in reversed(SIGNS.items()):
        number = verdicts.count(verdict)
        if number and (sign != "-" or number == len(verdicts)):
            cell.append(f" {number}{sign}" if sign != "-" else " -", style)
    return cell


def failures(report: Document) -> Iterator[str]:
    """Every result that is not green, as lines: the item, what is required, expected, actual, where, the wire.

    Items of a check that go wrong in the same way are told once, with the names of the others.
    """
    for row in report["providers"].values():
        for name, result in row["checks"].items():
            if result["verdict"] == "stale":
                yield f"STALE {name}: {result['message']}"
            for group in alike(failure for failure in result["failures"] if failure["verdict"] == "fail"):
                yield from _failure(group)
        yield from _undecided(row["checks"].values())
    for problem in report["summary"]["problems"]:
        yield f"PROBLEM {problem}"


def _failure(group: Symptom) -> Iterator[str]:
    failure, *others = group.findings
    yield f"FAIL {failure['item']}"
    details = [(name, failure.get(name)) for name in DETAILS]
    shown = [(name, value) for name, value in details if value]
    if not failure.get("requirement"):
        shown.insert(0, ("because", failure["message"]))
    if others:
        shown.append(("likewise", _named(others)))
    for name, value in shown:
        yield f"    {name + ':':<13}{_end_of(value) if name == 'wire' else value}"


def _named(items: Sequence[dict[str, Any]]) -> str:
    rest = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(item["item"] for item in items[:LISTED]) + rest


def _end_of(wire: str) -> str:
    """The end of an answer, which says most; its beginning is in the report."""
    return wire if len(wire) <= WIRE_WIDTH else f"{wire[:12]} ... {wire[-WIRE_WIDTH:]}"


def undecided(results: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """What could not be tested, by reason: a subject that cannot be made has one reason for everything."""
    items: dict[str, list[dict[str, Any]]] = {}
    for failure in (failure for result in results for failure in result["failures"]):
        if failure["verdict"] == "not_testable":
            items.setdefault(failure["message"], []).append(failure)
    yield from items.values()


def _undecided(results: Iterable[dict[str, Any]]) -> Iterator[str]:
    for group in undecided(results):
        yield f"NOT TESTABLE {_named(group)}"
        yield f"    {'because:':<13}{group[0]['message']}"
        if group[0].get("repeat"):
            yield f"    {'repeat:':<13}{group[0]['repeat']}"


def in_common(report: Document, width: int = 100) -> Iterator[str]:
    """What to mend first, as lines: each symptom, how many checks and items show it, and which checks."""
    found = shared(report)
    if found:
        yield "What most findings have in common (checks, items):"
    for each in found:
        yield f"{len(each.checks):6}{len(each.findings):6}  {each.told}"
        yield f"{'':14}{_fitting(each.checks, width - 14)}"


def _fitting(names: Sequence[str], width: int) -> str:
    """As many of the names as there is room for, one at least."""
    kept = [name for number, name in enumerate(names) if not number or len(" ".join(names[: number + 1])) < width - 4]
    return " ".join(kept) + (" ..." if len(kept) < len(names) else "")


def text(report: Document, *, width: int = 100, color: bool = False) -> str:
    """The whole report: findings, what they have in common, matrix, totals."""
    return "\n".join(lines(report, width=width, color=color)) + "\n"


def lines(report: Document, *, width: int = 100, color: bool = False, written: Iterable[Path] = ()) -> Iterator[str]:
    """The whole report; `written` are files that are named before the totals."""
    yield from failures(report)
    yield from in_common(report, width)
    if report["providers"]:
        yield matrix(report, width=width, color=color)
    for path in written:
        yield f"written: {path}"
    yield totals(report)


def totals(report: Document) -> str:
    """One line: how many checks have each verdict."""
    summary = report["summary"]
    counted = [f"{summary[verdict]} {verdict.replace('_', ' ')}" for verdict in SIGNS if summary[verdict]]
    state = "green" if summary["green"] else "not green"
    return f"conformance {state}: {', '.join(reversed(counted)) or 'nothing was checked'} ({summary['items']} items)"
