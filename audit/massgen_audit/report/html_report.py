"""One self-contained page: the matrix with the reasons behind each cell, then every finding that is shown."""

from __future__ import annotations

from html import escape

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import Group, backends, cells, groups, ordered, since_words
from massgen_audit.report.wording import LABELS, SYMBOLS, one_line, remedy, where
from massgen_audit.values import POINTS, Audit, BackendAudit, Status

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #1d2129; background: #fff }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { padding: .25rem .5rem; text-align: left; vertical-align: top }
thead th { border-bottom: 2px solid #c5cad3 } tbody tr + tr > * { border-top: 1px solid #e3e6eb }
.cell { text-align: center; cursor: help } code { font-size: .92em }
td { max-width: 34rem; overflow-wrap: anywhere } td:nth-child(3) { max-width: 13rem }
td:nth-child(-n+2) { white-space: nowrap } p { max-width: 60rem }
.present { color: #1a7f37 } .partial { color: #9a6700 } .missing { color: #c62828; font-weight: 700 }
.planned { color: #0b6e99 } .unverifiable { color: #8250df }
.not_applicable, .exempt, .baselined { color: #6e7681 }
""".strip()


def render(audit: Audit, options: RenderOptions) -> str:
    found = groups(audit, options.show or ATTENTION)
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>massgen-audit</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>\n{_STYLE}\n</style></head><body>",
        f"<h1>massgen-audit</h1><p>{_e(audit.layout)}</p>",
        *([f"<p>{_e(since_words(audit, ATTENTION))}</p>"] if audit.since else []),
        *_matrix(audit),
        *_findings(found, options),
        *(f"<p>Could not be read: <code>{_e(path)}</code>: {_e(why)}</p>" for path, why in sorted(audit.unreadable)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _matrix(audit: Audit) -> list[str]:
    if not audit.backends:
        return ["<p>No backend types found.</p>"]
    header = "".join(f'<th class="cell" title="{_e(name)}">{number}</th>' for number, name in POINTS.items())
    rows = [
        f"<tr><th><code>{_e(backend.type)}</code></th>{''.join(_cell(backend, number) for number in POINTS)}</tr>"
        for backend in backends(audit)
    ]
    counts = cells(audit)
    legend = " · ".join(
        f'<span class="{status.value}">{SYMBOLS[status]} {LABELS[status]} {counts[status]}</span>'
        for status in Status
        if counts[status]
    )
    named = " · ".join(f"{number} {_e(name)}" for number, name in POINTS.items())
    head = f"<table><thead><tr><th>type</th>{header}</tr></thead><tbody>"
    return [head, *rows, f"</tbody></table><p>{legend}</p><p>{named}</p>"]


def _cell(backend: BackendAudit, number: int) -> str:
    status = backend.point(number)
    reasons = [
        f"{f.code} {LABELS[f.status]}: {one_line(f.message)}" for f in ordered(backend.findings) if f.point == number
    ]
    title = escape("\n".join([f"{POINTS[number]}: {LABELS[status]}", *reasons]))
    return f'<td class="cell {status.value}" title="{title}">{SYMBOLS[status]}</td>'


def _findings(found: list[Group], options: RenderOptions) -> list[str]:
    if not found:
        return ["<p>Every point that applies is in place.</p>"]
    rows = [_row(group, options) for group in found]
    header = "<tr><th>status</th><th>code</th><th>backends</th><th>where it belongs</th><th>finding</th></tr>"
    return [f"<table><thead>{header}</thead><tbody>", *rows, "</tbody></table>"]


def _row(group: Group, options: RenderOptions) -> str:
    finding = group.finding
    advice = remedy(finding, options)
    columns = [
        f'<span class="{finding.status.value}">{LABELS[finding.status]}</span>',
        _e(finding.code),
        _e(group.subject),
        f"<code>{_e(where(finding.place))}</code>",
        _e(finding.message) + (f"<br>{_e(advice)}" if advice else ""),
    ]
    return "<tr>" + "".join(f"<td>{column}</td>" for column in columns) + "</tr>"


def _e(text: str) -> str:
    return escape(one_line(text))
