"""A comparison for the terminal: points that differ, what is gone, what changed, what is new, one summary line."""

from __future__ import annotations

from massgen_audit.compare import Comparison
from massgen_audit.report.diff_words import Row, cell_rows, changed_rows, gone_rows, new_groups, totals
from massgen_audit.report.options import RenderOptions
from massgen_audit.report.paint import STYLES, Line, paint, plain
from massgen_audit.report.text import finding_lines, indented
from massgen_audit.report.wording import LABELS, one_line, wrapped


def render(found: Comparison, options: RenderOptions) -> str:
    lines = [*_types(found, options), *_points(found, options)]
    lines += _listed("gone", gone_rows(found), options)
    lines += _listed("changed", changed_rows(found), options)
    lines += _new(found, options)
    lines += [[(line, "bold")] for line in wrapped(one_line(totals(found)), options.width)]
    return paint(lines, colour=options.colour)


def _types(found: Comparison, options: RenderOptions) -> list[Line]:
    told = [("added", found.added), ("removed", found.removed)]
    texts = [f"{word} backend types: {', '.join(names)}" for word, names in told if names]
    lines = [plain(line) for text in texts for line in wrapped(one_line(text), options.width)]
    return [*lines, []] if lines else []


def _points(found: Comparison, options: RenderOptions) -> list[Line]:
    lines: list[Line] = []
    for point, types, before, after in cell_rows(found):
        arrow = " -> " if options.ascii_only else " → "
        lines.append(
            [
                (f"  {point:<27}", ""),
                (LABELS[before], STYLES[before]),
                (arrow, ""),
                (LABELS[after], STYLES[after]),
            ]
        )
        lines += indented(one_line(types), options)
    return [[("points", "bold")], *lines, []] if lines else []


def _listed(title: str, rows: list[Row], options: RenderOptions) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        lines.append([("  ", ""), (row.code, "bold"), (f" {one_line(row.subject)}", "")])
        lines += indented(one_line(row.told), options)
    return [[(title, "bold")], *lines, []] if lines else []


def _new(found: Comparison, options: RenderOptions) -> list[Line]:
    lines: list[Line] = []
    for group, was in new_groups(found):
        first, *rest = finding_lines(group, options)
        lines += [[*first, (f" {one_line(group.subject)}{f' ({was})' if was else ''}", "")], *rest]
    for path, why in sorted(found.unreadable):
        lines += indented(one_line(f"could not be read: {path}: {why}"), options)
    return [[("new", "bold")], *lines, []] if lines else []
