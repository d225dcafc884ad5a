"""What the parts of the HTML page share: names, anchors, small pieces of markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

from massgen_audit.report.wording import LABELS, SYMBOLS, one_line
from massgen_audit.values import Audit, Status

STYLE: Final = Path(__file__).with_name("page.css")
SCRIPT: Final = Path(__file__).with_name("page.js")
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What the file may load: nothing. A slip in these modules cannot call home either."""

# Worst first: what is missing is read first.
WORST_FIRST: Final = (
    Status.MISSING,
    Status.PARTIAL,
    Status.UNVERIFIABLE,
    Status.PLANNED,
    Status.BASELINED,
    Status.EXEMPT,
    Status.PRESENT,
    Status.NOT_APPLICABLE,
)
SHORT: Final[dict[int, str]] = {
    1: "class",
    2: "formatter",
    3: "params handler",
    4: "export",
    5: "create_backend",
    6: "registry",
    7: "validator",
    8: "pricing",
    9: "base params",
    10: "handler params",
    11: "tests",
    12: "examples",
    13: "schema page",
    14: "guide",
    15: "tables",
}
_OWN_IDS: Final = ("top", "find", "type", "point", "tier", "none", "left", "copied")
_BACKTICKS: Final = re.compile("`([^`]+)`")
_NOT_A_NAME: Final = re.compile(r"[^\w.-]+")


class Anchors:
    """Ids of a page, each once. `of` gives the same id for the same thing; a name that is taken gets a number."""

    def __init__(self) -> None:
        self._taken = set(_OWN_IDS)
        self._given: dict[object, str] = {}

    def of(self, thing: object, name: str) -> str:
        if thing not in self._given:
            plain = _NOT_A_NAME.sub("-", name).strip("-") or "x"
            free = (plain, *(f"{plain}-{number}" for number in range(2, len(self._taken) + 3)))
            self._given[thing] = next(each for each in free if each not in self._taken)
            self._taken.add(self._given[thing])
        return self._given[thing]


def anchors(audit: Audit) -> Anchors:
    """With the ids of the types given first, in their order: `#groq` is that of `groq`."""
    made = Anchors()
    for name in sorted(backend.type for backend in audit.backends):
        made.of(("type", name), name)
    return made


def file_of(title: str, body: str) -> str:
    """A whole file with this body; it may load nothing."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n{body}\n"
        f"<script>\n{SCRIPT.read_text(encoding='utf-8')}</script></body></html>\n"
    )


def text(words: str) -> str:
    return escape(one_line(words))


def marked(words: str) -> str:
    """The words, escaped, with what stands between backticks as code."""
    return _BACKTICKS.sub(r"<code>\1</code>", text(words))


def chip(status: Status) -> str:
    """The coloured sign of a status; its name is for those who do not see it."""
    return f'<span class="chip {status.value}" title="{LABELS[status]}">{SYMBOLS[status]}</span>'


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def command(line: str) -> str:
    """A line for the shell with a button that copies it, which a script shows."""
    return f'<p class="command"><code>{text(line)}</code><button type="button" class="copy" hidden>copy</button></p>'


def listed(items: Iterable[str], style: str) -> str:
    inner = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="{style}">{inner}</ul>' if inner else ""
