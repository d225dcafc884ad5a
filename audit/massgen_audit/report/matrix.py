"""Backends by points, one symbol a cell, with its legend; in bands where the terminal is narrow."""

from __future__ import annotations

from massgen_audit.report.options import RenderOptions
from massgen_audit.report.order import backends, cells
from massgen_audit.report.paint import STYLES, Line, paint, plain
from massgen_audit.report.wording import (
    ASCII_SYMBOLS,
    LABELS,
    SYMBOLS,
    cell_width,
    one_line,
    shortened,
    wrapped,
)
from massgen_audit.values import POINTS, Audit, Status

_COLUMN = 3  # cells: a two-digit point number and a space
_NAME_AT_MOST = 24


def render(audit: Audit, options: RenderOptions) -> str:
    """The matrix alone, as `massgen-audit matrix` prints it."""
    if not audit.backends:
        return "No backend types found.\n"
    return paint([*table(audit, options), [], *legend(audit, options)], colour=options.colour)


def table(audit: Audit, options: RenderOptions) -> list[Line]:
    """A header and a row a backend; repeated for the next points where `width` does not hold all fifteen."""
    numbers = list(POINTS)
    name_width = min(_NAME_AT_MOST, max(cell_width(backend.type) for backend in audit.backends))
    if options.width:
        name_width = max(4, min(name_width, options.width - 4 * _COLUMN))
    fitting = (options.width - name_width) // _COLUMN if options.width else len(numbers)
    per_band = max(1, fitting)
    lines: list[Line] = []
    for start in range(0, len(numbers), per_band):
        if lines:
            lines.append([])
        lines += _band(audit, numbers[start : start + per_band], name_width, options)
    return lines


def _band(audit: Audit, numbers: list[int], name_width: int, options: RenderOptions) -> list[Line]:
    symbols = ASCII_SYMBOLS if options.ascii_only else SYMBOLS
    lines: list[Line] = [[(" " * name_width + "".join(f"{number:>{_COLUMN}}" for number in numbers), "bold")]]
    for backend in backends(audit):
        name = shortened(one_line(backend.type), name_width, "~" if options.ascii_only else "…")
        row: Line = [(name + " " * (name_width - cell_width(name)), "")]
        for number in numbers:
            status = backend.point(number)
            row += [(" " * (_COLUMN - 1), ""), (symbols[status], STYLES[status])]
        lines.append(row)
    return lines


def legend(audit: Audit, options: RenderOptions) -> list[Line]:
    """The symbols in use with how often each occurs, and the points by number."""
    symbols = ASCII_SYMBOLS if options.ascii_only else SYMBOLS
    counts = cells(audit)
    used = [f"{symbols[status]} {LABELS[status]} {counts[status]}" for status in Status if counts[status]]
    points = [f"{number} {name}" for number, name in POINTS.items()]
    return [plain(line) for items in (used, points) for line in _packed(items, options.width)]


def _packed(items: list[str], width: int) -> list[str]:
    """Items three spaces apart, wrapped between items; inside one only if it is wider than a line."""
    glued = " ".join(item.replace(" ", "\0") + "\0\0" for item in items)
    lines = [line.replace("\0", " ").rstrip() for line in wrapped(glued, width)]
    return [part for line in lines for part in (wrapped(line, width) if 0 < width < cell_width(line) else [line])]
