"""Renderers: an audit to a string. No I/O and no verdicts of their own."""

from __future__ import annotations

from collections.abc import Callable

from massgen_audit.report import (
    concise,
    csv_report,
    github,
    gitlab,
    html_report,
    json_report,
    junit,
    markdown,
    matrix,
    sarif,
    text,
)
from massgen_audit.report.options import ATTENTION, RenderOptions, RuleInfo
from massgen_audit.values import Audit

RENDERERS: dict[str, Callable[[Audit, RenderOptions], str]] = {
    "text": text.render,
    "concise": concise.render,
    "json": json_report.render,
    "jsonl": json_report.render_lines,
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
    "markdown": markdown.render,
    "csv": csv_report.render,
    "html": html_report.render,
    "matrix": matrix.render,
}

__all__ = ["ATTENTION", "RENDERERS", "RenderOptions", "RuleInfo"]
