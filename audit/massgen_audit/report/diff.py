"""Renderers of a comparison: what is new, what is gone, what changed. No I/O and no verdicts of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from massgen_audit.compare import Comparison
from massgen_audit.report import concise, diff_json, diff_markdown, diff_text, github, sarif
from massgen_audit.report.options import RenderOptions
from massgen_audit.report.order import Group, grouped
from massgen_audit.values import Finding


def _concise(found: Comparison, options: RenderOptions) -> str:
    return concise.render(found.only_new(), options)


def _github(found: Comparison, options: RenderOptions) -> str:
    return github.render(found.only_new(), options)


def _sarif(found: Comparison, options: RenderOptions) -> str:
    """SARIF's own words for a comparison: `new`, `updated`, `absent`; what is as it was is left out."""
    told: list[tuple[Group, str]] = []
    states = ((found.new, "new"), (found.changed, "updated"))
    for changes, state in states:
        told += _stated((change.now for change in changes), state)
    told += _stated((change.before for change in found.gone if change.before is not None), "absent")
    return sarif.document(found.only_new(), told, options)


def _stated(findings: Iterable[Finding], state: str) -> list[tuple[Group, str]]:
    return [(group, state) for group in grouped(findings)]


RENDERERS: dict[str, Callable[[Comparison, RenderOptions], str]] = {
    "text": diff_text.render,
    "concise": _concise,
    "json": diff_json.render,
    "markdown": diff_markdown.render,
    "github": _github,
    "sarif": _sarif,
}
