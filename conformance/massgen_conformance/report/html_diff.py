"""The difference of two reports as one HTML file."""

from __future__ import annotations

from html import escape

from massgen_conformance.report.diff import Change, Difference
from massgen_conformance.report.html_parts import chip, file_of

TITLE = "Conformance compared"


def difference_page(difference: Difference) -> str:
    """The whole page: what changed, under its heading."""
    state, told = ("not-green", "worse") if difference.worse else ("green", "not worse")
    parts = [f"<header><h1>{TITLE} <span class='state {state}'>{told}</span></h1></header>"]
    for heading, changes in difference.parts():
        listed = "".join(map(_line, changes))
        body = f"<ul class='findings changes'>{listed}</ul>" if changes else "<p class=facts>none</p>"
        parts.append(f"<section><h2>{heading} <small>{len(changes)}</small></h2>{body}</section>")
    return file_of(TITLE, f"<main>{''.join(parts)}</main>")


def _line(change: Change) -> str:
    verdicts = " → ".join(chip(verdict) for verdict in (change.before, change.after) if verdict)
    told = "; ".join(part for part in (", ".join(change.items), change.message) if part)
    name = f"<b><code>{escape(change.check)}</code> {escape(change.provider)}</b>"
    return f"<li><div><span>{verdicts}</span>{name}<span>{escape(told)}</span></div></li>"
