"""A comparison for a pull request comment or a step summary: what is new in full, the rest folded."""

from __future__ import annotations

from massgen_audit.compare import Comparison
from massgen_audit.report.diff_words import Row, cell_rows, changed_rows, gone_rows, new_groups, totals
from massgen_audit.report.markdown import advised, code, escaped, within_limit
from massgen_audit.report.options import RenderOptions
from massgen_audit.report.wording import LABELS, SYMBOLS, remedy, where
from massgen_audit.values import Status


def render(found: Comparison, options: RenderOptions) -> str:
    head = f"## massgen-audit\n\n{escaped(totals(found))}\n"
    sections = [_types(found), *_new(found, options), _points(found)]
    sections += [_folded("Gone", gone_rows(found)), _folded("Changed", changed_rows(found))]
    return within_limit(head, [section for section in sections if section])


def _types(found: Comparison) -> str:
    told = [("Added", found.added), ("Removed", found.removed)]
    rows = [f"{word}: {', '.join(map(code, names))}." for word, names in told if names]
    return "\n" + " ".join(rows) + "\n" if rows else ""


def _new(found: Comparison, options: RenderOptions) -> list[str]:
    """A section each, so that what does not fit is counted."""
    sections = ["\n**New**\n\n"] if found.new or found.unreadable else []
    for group, was in new_groups(found):
        finding, advice = group.finding, remedy(group.finding, options)
        sections.append(
            f"- **{LABELS[finding.status]}** {finding.code} {escaped(group.subject)}{f' ({was})' if was else ''} "
            f"{code(where(finding.place))} {escaped(finding.message)}{f' {advised(advice)}' if advice else ''}\n"
        )
    return sections + [
        f"- **could not be read** {code(path)} {escaped(why)}\n" for path, why in sorted(found.unreadable)
    ]


def _points(found: Comparison) -> str:
    rows = [
        f"| {escaped(point)} | {_symbol(before)} | {_symbol(after)} | {escaped(types)} |"
        for point, types, before, after in cell_rows(found)
    ]
    if not rows:
        return ""
    return "\n".join(["", "| point | before | after | types |", "|---|---|---|---|", *rows, ""])


def _symbol(status: Status) -> str:
    return f"{escaped(SYMBOLS[status])} {LABELS[status]}"


def _folded(title: str, rows: list[Row]) -> str:
    if not rows:
        return ""
    lines = [f"- {row.code} {escaped(row.subject)}: {escaped(row.told)}" for row in rows]
    return "\n".join(["", f"<details><summary>{title}: {len(rows)}</summary>", "", *lines, "", "</details>", ""])
