"""For a pull request comment or a step summary: the matrix, and the findings folded by backend.

GitHub refuses a comment above 65,536 characters, so what does not fit is counted instead of cut in the middle.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import Group, backends, cells, groups, since_words
from massgen_audit.report.wording import LABELS, SYMBOLS, one_line, remedy, where
from massgen_audit.values import POINTS, Audit, Status

LIMIT = 60_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def render(audit: Audit, options: RenderOptions) -> str:
    found = groups(audit, options.show or ATTENTION)
    head = "\n".join(["## massgen-audit", "", _verdict(audit, found), *_matrix(audit)]) + "\n"
    sections = [
        _section(list(members), options)
        for _, members in groupby(
            sorted(found, key=lambda group: (not group.backends, group.backends)), key=lambda group: group.backends
        )
    ]
    if audit.unreadable:
        rows = [f"- {code(path)}: {escaped(why)}" for path, why in sorted(audit.unreadable)]
        sections.insert(0, "\n".join(["", "**Could not be read**", "", *rows, ""]))
    return within_limit(head, sections)


def _verdict(audit: Audit, found: list[Group]) -> str:
    counts = cells(audit)
    if audit.since:
        return escaped(since_words(audit, ATTENTION))
    if not found and not audit.unreadable:
        return f"{len(audit.backends)} backend types, every point that applies is in place."
    told = ", ".join(f"{counts[status]} {LABELS[status]}" for status in Status if counts[status])
    return f"{len(audit.backends)} backend types, {len(found)} findings. Points: {told or 'none'}."


def _matrix(audit: Audit) -> list[str]:
    if not audit.backends:
        return []
    rows = [
        "| " + " | ".join([code(backend.type), *(SYMBOLS[backend.point(number)] for number in POINTS)]) + " |"
        for backend in backends(audit)
    ]
    used = cells(audit)
    symbols = " · ".join(f"{escaped(SYMBOLS[status])} {LABELS[status]}" for status in Status if used[status])
    points = " · ".join(f"{number} {escaped(name)}" for number, name in POINTS.items())
    header = "| type | " + " | ".join(str(number) for number in POINTS) + " |"
    return ["", header, "|---" + "|:-:" * len(POINTS) + "|", *rows, "", f"{symbols}<br>{points}"]


def _section(section: list[Group], options: RenderOptions) -> str:
    title = escape(one_line(section[0].subject))
    lines = ["", f"<details><summary><b>{title}</b>: {len(section)}</summary>", ""]
    for group in section:
        finding = group.finding
        advice = remedy(finding, options)
        tail = f" {advised(advice)}" if advice else ""
        lines.append(
            f"- **{LABELS[finding.status]}** {finding.code} {code(where(finding.place))} "
            f"{escaped(finding.message)}{tail}"
        )
    return "\n".join([*lines, "", "</details>", ""])


def advised(advice: str) -> str:
    """Advice names commands in backticks: those stay code, the rest is escaped."""
    words = re.findall("`[^`]*`|[^`]+|`", advice)
    return "→ " + "".join(code(word[1:-1]) if len(word) > 2 and word[0] == "`" else _escape(word) for word in words)


def within_limit(head: str, sections: list[str]) -> str:
    text, left_out = head, 0
    for section in sections:
        if len(text) + len(section) > LIMIT:
            left_out += 1
        else:
            text += section
    if left_out:
        text += f"\n{left_out} more sections did not fit: run `massgen-audit check`.\n"
    return text


def escaped(text: str) -> str:
    """Text that Markdown and HTML leave alone, also inside a table cell; `@` starts no mention."""
    return _escape(one_line(text))


def _escape(line: str) -> str:
    return _SPECIAL.sub(r"\\\1", escape(line, quote=False)).replace("@", "@<!-- -->")


def code(text: str) -> str:
    """A code span that holds `text`, whatever backticks and pipes it has."""
    line = one_line(text)
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if "`" in line else ""
    return f"{fence}{padding}{line}{padding}{fence}".replace("|", r"\|")
