"""Workflow commands: an annotation a finding, on the line where the missing piece belongs.

Escaping after docs.github.com, "Workflow commands for GitHub Actions": `%`, CR and LF everywhere, `:` and `,` in
properties as well. Errors come first: GitHub shows ten annotations of each level for a step and drops the rest.
"""

from __future__ import annotations

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import Group, groups
from massgen_audit.report.wording import one_line, remedy, severity
from massgen_audit.values import Audit

_COMMANDS: dict[str, str] = {"error": "error", "warning": "warning", "note": "notice", "none": "notice"}


_ORDER = tuple(_COMMANDS)


def render(audit: Audit, options: RenderOptions) -> str:
    found = sorted(groups(audit, options.show or ATTENTION), key=lambda group: _ORDER.index(severity(group.finding)))
    lines = [_annotation(group, options) for group in found]
    lines += [
        f"::error file={escape_property(one_line(path))},line=1,title=unreadable::{escape_data(one_line(why))}"
        for path, why in sorted(audit.unreadable)
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotation(group: Group, options: RenderOptions) -> str:
    finding = group.finding
    place = finding.place
    properties = {"file": place.path, "line": str(place.line), "title": f"{finding.code} {finding.slug}"}
    if place.end_line > place.line:
        properties["endLine"] = str(place.end_line)
    joined = ",".join(f"{key}={escape_property(one_line(value))}" for key, value in properties.items())
    advice = remedy(finding, options)
    text = one_line(f"{group.subject}: {finding.message}") + (f"\n{advice}" if advice else "")
    return f"::{_COMMANDS[severity(finding)]} {joined}::{escape_data(text)}"


def escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
