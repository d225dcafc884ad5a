"""The page of one check in the HTML report: requirement, verdicts, and each finding with its timeline."""

from __future__ import annotations

from html import escape
from typing import Any

from massgen_conformance.report.document import Document
from massgen_conformance.report.html_parts import NAMES, chip, marked, results_of
from massgen_conformance.report.html_timeline import drawing

LABELS = {"expected": "expected", "actual": "actual", "where": "where", "stream": "the stream", "script": "the script"}


def check_page(report: Document, checks: list[str], number: int) -> str:
    """The section that `#ID` opens, with links to its neighbours."""
    name = checks[number]
    results = [(provider, result) for provider, result in results_of(report, name) if result]
    first = results[0][1]
    facts = f"{escape(first['level'])} · drive {escape(first['drive'])}"
    catches = f"<p class=catches>It catches: {marked(first['catches'])}</p>" if first.get("catches") else ""
    verdicts = "".join(_verdict(provider, result) for provider, result in results)
    details = "".join(_details(provider, result) for provider, result in results)
    return (
        f"<section class=check id='{escape(name)}'>{_ways(checks, number)}"
        f"<h2>{escape(name)} <small>{facts}</small></h2><p class=requirement>{marked(first['requirement'])}</p>"
        f"{catches}<ul class=verdicts>{verdicts}</ul>{details}</section>"
    )


def _ways(checks: list[str], number: int) -> str:
    before = checks[number - 1] if number else ""
    after = checks[number + 1] if number + 1 < len(checks) else ""
    links = [("#top", "All checks", "up"), (f"#{before}", f"‹ {before}", "prev"), (f"#{after}", f"{after} ›", "next")]
    shown = (f"<a class={kind} href='{escape(to)}'>{escape(told)}</a>" for to, told, kind in links if to != "#")
    return f"<nav>{''.join(shown)}</nav>"


def _verdict(provider: str, result: dict[str, Any]) -> str:
    told = f"{NAMES[result['verdict']]} · {result['items']} items · {result['evidence']}"
    reason = f"<small>{escape(result['message'])}</small>" if _tells(result) else ""
    return f"<li>{chip(result['verdict'])}<b>{escape(provider)}</b><span>{escape(told)}</span>{reason}</li>"


def _tells(result: dict[str, Any]) -> bool:
    """Whether the message is shown beside the verdict: not when a finding below says the same."""
    return bool(result["message"]) and not result["failures"]


def _details(provider: str, result: dict[str, Any]) -> str:
    findings = "".join(_finding(failure) for failure in result["failures"])
    passed = "".join(
        f"<details><summary>{chip('pass')}<code>{escape(item['item'])}</code></summary>"
        f"{drawing(item['timeline'])}</details>"
        for item in result.get("passed", [])
    )
    return findings + passed


def _finding(failure: dict[str, Any]) -> str:
    rows = [(label, failure[name]) for name, label in LABELS.items() if failure.get(name)]
    rows = rows or [("because", failure["message"])]
    told = "".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    wire = failure.get("wire", "")
    shown = f"<details class=wire><summary>The bytes</summary><pre>{escape(wire)}</pre></details>" if wire else ""
    return (
        f"<article class='finding {failure['verdict']}'><h3>{chip(failure['verdict'])}"
        f"<code>{escape(failure['item'])}</code></h3><dl>{told}</dl>{_repeat(failure.get('repeat', ''))}"
        f"{drawing(failure.get('timeline', []))}{shown}</article>"
    )


def _repeat(command: str) -> str:
    if not command:
        return ""
    button = "<button type=button class=copy hidden>copy</button>"
    return f"<div class=repeat><span>repeat it</span><code>{escape(command)}</code>{button}</div>"
