"""What the formats for people say of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from massgen_audit.compare import OPEN, Change, Comparison
from massgen_audit.report.order import Group, grouped, ordered
from massgen_audit.report.wording import LABELS
from massgen_audit.values import POINTS, Finding, Status


@dataclass(frozen=True, slots=True)
class Row:
    """Changes that say the same of several backend types."""

    code: str
    subject: str
    told: str


def new_groups(found: Comparison) -> list[tuple[Group, str]]:
    """New findings, each with what it was before where it is not wholly new."""
    was = {id(change.now): _was(change) for change in found.new}
    parts: dict[str, list[Finding]] = {}
    for change in found.new:
        parts.setdefault(was[id(change.now)], []).append(change.now)
    told = [(group, words) for words, findings in parts.items() for group in grouped(findings)]
    order = {id(finding): number for number, finding in enumerate(ordered(change.now for change in found.new))}
    return sorted(told, key=lambda pair: (not pair[0].backends, pair[0].backends, order[id(pair[0].finding)]))


def gone_rows(found: Comparison) -> list[Row]:
    return _rows(found.gone, lambda change: f"was {_label(change.before)}, {_ending(change.after)}")


def changed_rows(found: Comparison) -> list[Row]:
    return _rows(found.changed, _difference)


def cell_rows(found: Comparison) -> list[tuple[str, str, Status, Status]]:
    """Points that differ: those of one kind once, with all the types concerned."""
    kinds: dict[tuple[int, Status, Status], list[str]] = {}
    for cell in found.cells():
        kinds.setdefault((cell.point, cell.before, cell.after), []).append(cell.backend)
    return [
        (f"{point} {POINTS[point]}", ", ".join(types), before, after)
        for (point, before, after), types in sorted(kinds.items(), key=lambda pair: (pair[0], pair[1]))
    ]


def totals(found: Comparison) -> str:
    if not (found.new or found.gone or found.changed):
        return f"{found.before.root} and {found.after.root} have the same findings ({found.same})."
    return (
        f"{found.before.root} to {found.after.root}: {len(found.new)} new, {len(found.gone)} gone, "
        f"{len(found.changed)} changed, {found.same} as before."
    )


def _rows(changes: Iterable[Change], words: Callable[[Change], str]) -> list[Row]:
    kinds: dict[tuple[str, str], dict[str, None]] = {}
    by_finding = {id(change.now): change for change in changes}
    for now in ordered(change.now for change in by_finding.values()):
        types = kinds.setdefault((now.code, words(by_finding[id(now)])), {})
        if now.backend:
            types[now.backend] = None
    return [Row(code, ", ".join(types) or "repository", told) for (code, told), types in kinds.items()]


def _was(change: Change) -> str:
    """Empty for a finding that was not open."""
    before = change.before
    return "" if before is None or before.status not in OPEN else f"was {_label(before)}"


def _ending(after: Finding | None) -> str:
    if after is None:
        return "nothing is judged there any more"
    return f"{_label(after)}: {after.suppressed_by or after.message}"


def _difference(change: Change) -> str:
    if change.before is None or change.after is None:
        return change.now.message
    if change.before.status is not change.after.status:
        return f"was {_label(change.before)}, {_label(change.after)}: {change.after.message}"
    return f"{change.after.message} (was: {change.before.message})"


def _label(finding: Finding | None) -> str:
    return LABELS[finding.status] if finding else "absent"
