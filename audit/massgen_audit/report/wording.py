"""Words and symbols that several formats share."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from massgen_audit.report.options import RenderOptions
from massgen_audit.values import Finding, Fixable, Span, Status, Tier

SYMBOLS: dict[Status, str] = {
    Status.PRESENT: "●",
    Status.PARTIAL: "◐",
    Status.MISSING: "○",
    Status.PLANNED: "◌",
    Status.NOT_APPLICABLE: "–",
    Status.UNVERIFIABLE: "?",
    Status.EXEMPT: "~",
    Status.BASELINED: "=",
}
ASCII_SYMBOLS: dict[Status, str] = SYMBOLS | {
    Status.PRESENT: "+",
    Status.PARTIAL: "/",
    Status.MISSING: "x",
    Status.PLANNED: ".",
    Status.NOT_APPLICABLE: "-",
}
LABELS: dict[Status, str] = {status: status.value.replace("_", " ") for status in Status}

_BY_COMMAND: dict[Fixable, str] = {
    Fixable.SAFE: "`massgen-audit fix` does it",
    Fixable.UNSAFE: "`massgen-audit fix --unsafe` does it: read the diff",
    Fixable.SCAFFOLD: "`massgen-audit fix` writes a start for you to complete",
}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")
_NOT_PRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def where(span: Span) -> str:
    return f"{span.path}:{span.line}"


def severity(finding: Finding) -> str:
    """`error`, `warning`, `note` or `none`, in SARIF's words."""
    if finding.status not in (Status.MISSING, Status.PARTIAL):
        return "none"
    if finding.tier is Tier.RECOMMENDED:
        return "note"
    return "error" if finding.status is Status.MISSING else "warning"


def remedy(finding: Finding, options: RenderOptions) -> str:
    """What to do about a finding, in one line; empty where there is nothing to do."""
    if finding.status not in (Status.MISSING, Status.PARTIAL):
        return f"accepted: {one_line(finding.suppressed_by)}" if finding.suppressed_by else ""
    parts = (one_line(options.remedy(finding.code)).rstrip("."), _BY_COMMAND.get(finding.fixable, ""))
    return "; ".join(part for part in parts if part)


def one_line(text: str) -> str:
    """`text` on one line and safe to print: no control character reaches a terminal or a log parser."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", _SPACES.sub(" ", text)).strip()


def json_text(value: Any, indent: int | None = 2) -> str:
    """JSON with one line end, the last. Text stays readable, but for what is no text, and what ends a line for some
    readers: that is escaped, which JSON allows inside of its texts alone.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _NOT_PRINTED.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes: East Asian wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def shortened(text: str, width: int, mark: str = "…") -> str:
    """`text` cut to `width` cells, with `mark` where something was cut."""
    if cell_width(text) <= width:
        return text
    while text and cell_width(text + mark) > width:
        text = text[:-1]
    return text + mark


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells (0: unlimited). A longer word, such as a path, stays whole."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and width and cell_width(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines
