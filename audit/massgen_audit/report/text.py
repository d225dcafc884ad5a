"""The default report: matrix, findings by backend, one summary line. A clean audit is that line alone."""

from __future__ import annotations

from collections.abc import Sized
from itertools import groupby

from massgen_audit.report import matrix
from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import Group, cells, groups, since_words
from massgen_audit.report.paint import STYLES, Line, paint, plain
from massgen_audit.report.wording import LABELS, one_line, remedy, shortened, where, wrapped
from massgen_audit.values import SEVERITY, Audit, Fixable, Status

_INDENT = 4
_NARROW = 60  # cells under which a table of sentences is none
_MANY = 20  # findings that still are read in a minute


def render(audit: Audit, options: RenderOptions) -> str:
    """Findings whose status is in `options.show`, by default those that ask for a decision."""
    found = groups(audit, options.show or ATTENTION)
    lines: list[Line] = []
    if found or audit.unreadable:
        if audit.backends:
            lines += [*matrix.table(audit, options), [], *matrix.legend(audit, options), []]
        lines += _overview(found, options)
        lines += _sections(audit, found, options)
    return paint([*lines, *_summary(audit, options)], colour=options.colour)


def _overview(found: list[Group], options: RenderOptions) -> list[Line]:
    """Where there are many findings: each kind once, what most types lack first, before they are told one by one."""
    if len(found) <= _MANY or 0 < options.width < _NARROW:
        return []
    kinds: dict[tuple[str, Status], dict[str, None]] = {}
    for group in found:
        if group.finding.status not in (Status.MISSING, Status.PARTIAL):
            continue
        kinds.setdefault((group.finding.code, group.finding.status), {}).update(dict.fromkeys(group.backends))
    lines: list[Line] = [[("what should be there, and how many types lack it", "bold")]]
    for (code, status), types in sorted(kinds.items(), key=lambda kind: _weight(kind[0][1], kind[1])):
        what = options.summary(code).rstrip(".")
        lines.append(
            [
                ("  ", ""),
                (f"{LABELS[status]:<12}", STYLES[status]),
                (f" {len(types) or 1:>3}  ", ""),
                (f"{code} ", "bold"),
                (shortened(one_line(what), max(20, options.width - 26)) if options.width else one_line(what), ""),
            ]
        )
    return [*lines, []]


def _weight(status: Status, types: Sized) -> tuple[int, int]:
    return -SEVERITY.index(status), -len(types)


def _sections(audit: Audit, found: list[Group], options: RenderOptions) -> list[Line]:
    lines: list[Line] = []
    by_backends = sorted(found, key=lambda group: (not group.backends, group.backends))
    for _, members in groupby(by_backends, key=lambda group: group.backends):
        section = list(members)
        lines += [[(line, "bold")] for line in wrapped(_heading(audit, section[0]), options.width)]
        for group in section:
            lines += finding_lines(group, options)
        lines.append([])
    if audit.unreadable:
        lines.append([("could not be read", "bold")])
        for path, why in sorted(audit.unreadable):
            lines += indented(one_line(f"{path}: {why}"), options)
        lines.append([])
    return lines


def _heading(audit: Audit, group: Group) -> str:
    served = {(b.cls, b.file) for b in audit.backends if b.type in group.backends}
    if len(served) != 1 or not all(next(iter(served))):
        return one_line(group.subject)
    cls, file = served.pop()
    return one_line(f"{group.subject} ({cls}, {file})")


def finding_lines(group: Group, options: RenderOptions) -> list[Line]:
    finding = group.finding
    head: Line = [
        ("  ", ""),
        (LABELS[finding.status], STYLES[finding.status]),
        (f" {finding.code} ", "bold"),
        (one_line(where(finding.place)), "cyan"),
    ]
    body = [one_line(finding.message)]
    advice = remedy(finding, options)
    if advice:
        body.append(("-> " if options.ascii_only else "→ ") + advice)
    return [head, *(line for part in body for line in indented(part, options))]


def indented(text: str, options: RenderOptions) -> list[Line]:
    room = max(20, options.width - _INDENT) if options.width else 0
    return [plain(" " * _INDENT + line) for line in wrapped(text, room)]


def _summary(audit: Audit, options: RenderOptions) -> list[Line]:
    if not audit.backends:
        text = "No backend types found: is this the root of a checkout with massgen/backend/base.py?"
        return [plain(line) for line in wrapped(text, options.width)]
    counts = cells(audit)
    if audit.since:
        text = one_line(since_words(audit, ATTENTION) + _fixable(audit))
        return [[(line, "bold")] for line in wrapped(text, options.width)]
    types = f"{len(audit.backends)} backend type{'s' * (len(audit.backends) != 1)}"
    open_cells = sum(counts[status] for status in ATTENTION)
    if not open_cells and not groups(audit, ATTENTION) and not audit.unreadable:
        accepted = counts[Status.EXEMPT] + counts[Status.BASELINED]
        aside = f", {accepted} accepted in writing" if accepted else ""
        text = f"{types}, every point that applies is in place: {counts[Status.PRESENT]} proven{aside}. All good."
        return [[(line, "green")] for line in wrapped(text, options.width)]
    told = ", ".join(f"{counts[status]} {LABELS[status]}" for status in Status if counts[status])
    text = f"{types}: {told} of {len(audit.backends) * 15} points.{_fixable(audit)}"
    return [[(line, "bold")] for line in wrapped(text, options.width)]


def _fixable(audit: Audit) -> str:
    count = sum(
        group.finding.fixable is not Fixable.NO for group in groups(audit, frozenset({Status.MISSING, Status.PARTIAL}))
    )
    return f" `massgen-audit fix --diff` shows edits for {count} of the findings." if count else ""
