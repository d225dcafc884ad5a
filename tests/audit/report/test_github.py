"""Workflow commands: what a hostile message must not be able to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.report.github import escape_data, escape_property
from massgen_audit.values import Audit, BackendAudit, Finding, Status, Tier
from tests.audit.report.conftest import NASTY

COMMAND = re.compile(r"::(error|warning|notice) file=[^:,]*,line=\d+,title=[^:,]*(,endLine=\d+)?::\S.*")


def unescape(text: str) -> str:
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


@given(st.text())
def test_escaping_is_reversible_and_leaves_no_separator(text: str) -> None:
    assert unescape(escape_property(text)) == text
    assert not set(":,\r\n") & set(escape_property(text))
    assert not set("\r\n") & set(escape_data(text))


def test_every_line_is_one_command_and_the_rest_is_folded(any_audit: Audit, options: RenderOptions) -> None:
    shown, group, rest = RENDERERS["github"](any_audit, options).partition("::group::")
    for line in shown.splitlines():
        assert COMMAND.fullmatch(line), line
    if group:
        heading, *plain, end = rest.splitlines()
        assert heading == f"{len(plain)} more: GitHub shows 10 annotations of a level"
        assert end == "::endgroup::"
        assert all(re.match(r"MG\d+ \S+:\d+ ", line) and "##[" not in line for line in plain)


def test_a_level_has_ten_annotations_and_nothing_is_lost(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    table = [(Status.MISSING, "error", 13), (Status.PARTIAL, "warning", 10), (Status.PLANNED, "notice", 12)]
    many = [
        backend(f"type-{name}-{number}", finding(status, message=f"{NASTY} {name} {number}."))
        for status, name, count in table
        for number in range(count)
    ]
    text = RENDERERS["github"](audit(*many, unreadable=(("a,b", "why"),)), options)
    lines = text.splitlines()
    assert {name: sum(line.startswith(f"::{name} ") for line in lines) for _, name, _ in table} == {
        "error": 10,
        "warning": 10,
        "notice": 10,
    }
    assert lines[0].startswith("::error file=a%2Cb,line=1,title=unreadable::")
    assert len(lines) == 13 + 10 + 12 + 1 + 2, "a line each, and those around what is folded"
    assert all(f"{name} {number}." in text for _, name, count in table for number in range(count))
    assert sum(line.lstrip().startswith("::") for line in lines) == 32, "thirty, and the ends of what is folded"
    assert "##[" not in text.partition("::group::")[2]


def test_paths_begin_where_the_repository_does(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    found = audit(backend("grok", finding(Status.MISSING)), unreadable=(("b.py", "why"),))
    inside = replace(options, inside="vendor/x")
    text = RENDERERS["github"](found, inside)
    assert re.findall("file=([^,]*),", text) == ["vendor/x/b.py", "vendor/x/massgen/backend/__init__.py"]
    rows = json.loads(RENDERERS["gitlab"](found, inside))
    assert [row["location"]["path"] for row in rows] == ["vendor/x/massgen/backend/__init__.py", "vendor/x/b.py"]
    run = json.loads(RENDERERS["sarif"](found, inside))["runs"][0]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "vendor/x/massgen/backend/__init__.py", "uriBaseId": "%SRCROOT%"}


def test_level_follows_status_and_tier(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    table = [
        (Status.MISSING, Tier.REQUIRED, "error"),
        (Status.MISSING, Tier.CONDITIONAL, "error"),
        (Status.MISSING, Tier.RECOMMENDED, "notice"),
        (Status.PARTIAL, Tier.REQUIRED, "warning"),
        (Status.PARTIAL, Tier.RECOMMENDED, "notice"),
        (Status.UNVERIFIABLE, Tier.REQUIRED, "notice"),
    ]
    for status, tier, command in table:
        text = RENDERERS["github"](audit(backend("grok", finding(status, tier=tier))), options)
        assert text.startswith(f"::{command} file=massgen/backend/"), (status, tier)
