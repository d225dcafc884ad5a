"""What the pages of the HTML report share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any, Final

from massgen_conformance.report.document import Document

STYLE: Final = Path(__file__).with_name("page.css")
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What a file may load: nothing. A slip in these modules cannot call home either."""

BACKTICKS: Final = re.compile("`([^`]+)`")

WORST_FIRST: Final = ("fail", "stale", "not_testable", "xfail", "pass", "not_applicable")

SIGN: Final = {"fail": "✗", "stale": "S", "not_testable": "?", "xfail": "x", "pass": "✓", "not_applicable": "–"}
"""A sign beside the colour: not everybody sees the difference between two of them."""

NAMES: Final = {
    "fail": "fail",
    "stale": "stale expectation",
    "not_testable": "not testable",
    "xfail": "expected failure",
    "pass": "pass",
    "not_applicable": "not applicable",
}


def file_of(title: str, body: str) -> str:
    """A whole file with this body; it may load nothing."""
    return (
        f"<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<meta name=viewport content='width=device-width, initial-scale=1'><title>{escape(title)}</title>"
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n{body}</body></html>\n"
    )


def chip(verdict: str) -> str:
    """The coloured sign of a verdict."""
    return f"<span class='chip {verdict}' title='{NAMES[verdict]}'>{SIGN[verdict]}</span>"


def marked(text: str) -> str:
    """The text, escaped, with what stands between backticks as code."""
    return BACKTICKS.sub(r"<code>\1</code>", escape(text))


def families_of(checks: Iterable[str]) -> list[str]:
    """`LIF` of `LIF-01`, each once."""
    return list(dict.fromkeys(name.partition("-")[0] for name in checks))


def results_of(report: Document, check: str) -> list[tuple[str, dict[str, Any] | None]]:
    """The result of one check for each provider."""
    return [(provider, row["checks"].get(check)) for provider, row in report["providers"].items()]
