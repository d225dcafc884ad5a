"""One row a finding and backend, every status, for a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

from massgen_audit.report.options import RenderOptions
from massgen_audit.report.order import ordered
from massgen_audit.report.wording import one_line
from massgen_audit.values import Audit

COLUMNS = ("backend", "point", "code", "slug", "tier", "status", "path", "line", "unit", "message", "fixable", "reason")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def render(audit: Audit, options: RenderOptions) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for f in ordered(audit.findings()):
        if options.show is not None and f.status not in options.show:
            continue
        at = f.place
        row = (f.backend, f.point, f.code, f.slug, f.tier, f.status, at.path, at.line, f.unit, f.message, f.fixable)
        writer.writerow([_cell(str(value)) for value in (*row, f.suppressed_by)])
    return out.getvalue()


def _cell(text: str) -> str:
    """A leading formula character is quoted: a spreadsheet must not execute what a checkout says."""
    text = one_line(text)
    return f"'{text}" if text.startswith(_FORMULA) else text
