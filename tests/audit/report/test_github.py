"""Workflow commands: what a hostile message must not be able to do."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.report.github import escape_data, escape_property
from massgen_audit.values import Audit, BackendAudit, Finding, Status, Tier

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


def test_every_line_is_one_command(any_audit: Audit, options: RenderOptions) -> None:
    for line in RENDERERS["github"](any_audit, options).splitlines():
        assert COMMAND.fullmatch(line), line


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
