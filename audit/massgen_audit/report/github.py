"""Workflow commands: an annotation a finding, on the line where the missing piece belongs.

Escaping after docs.github.com, "Workflow commands for GitHub Actions": `%`, CR and LF everywhere, `:` and `,` in
properties as well. GitHub shows ten annotations of each level for a step and drops the rest, so what comes after these
is told in the log, folded into one line.
"""

from __future__ import annotations

from collections import Counter

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import Group, groups
from massgen_audit.report.wording import one_line, remedy, severity
from massgen_audit.values import Audit

_COMMANDS: dict[str, str] = {"error": "error", "warning": "warning", "note": "notice", "none": "notice"}


_ORDER = tuple(_COMMANDS)
SHOWN = 10  # annotations of a level, of one step


def render(audit: Audit, options: RenderOptions) -> str:
    found = sorted(groups(audit, options.show or ATTENTION), key=lambda group: _ORDER.index(severity(group.finding)))
    unread = [_unread(path, why, options) for path, why in sorted(audit.unreadable)]
    levels = Counter({"error": len(unread)})
    lines, rest = unread[:SHOWN], [_no_command(line.removeprefix("::")) for line in unread[SHOWN:]]
    for group in found:
        level = _COMMANDS[severity(group.finding)]
        levels[level] += 1
        if levels[level] <= SHOWN:
            lines.append(_annotation(group, options))
        else:
            rest.append(_plain(group, options))
    if rest:
        lines += [f"::group::{len(rest)} more: GitHub shows {SHOWN} annotations of a level", *rest, "::endgroup::"]
    return "".join(f"{line}\n" for line in lines)


def _unread(path: str, why: str, options: RenderOptions) -> str:
    file = escape_property(one_line(options.located(path)))
    return f"::error file={file},line=1,title=unreadable::{escape_data(one_line(why))}"


def _plain(group: Group, options: RenderOptions) -> str:
    finding = group.finding
    place = f"{options.located(finding.place.path)}:{finding.place.line}"
    return _no_command(one_line(f"{finding.code} {place} {group.subject}: {finding.message}"))


def _no_command(line: str) -> str:
    """A line of the log in which the runner sees no command: the mark that may stand anywhere in it is broken up."""
    return line.replace("##[", "## [")


def _annotation(group: Group, options: RenderOptions) -> str:
    finding = group.finding
    place = finding.place
    file, title = options.located(place.path), f"{finding.code} {finding.slug}"
    properties = {"file": file, "line": str(place.line), "title": title}
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
