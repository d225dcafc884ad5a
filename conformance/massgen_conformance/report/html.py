"""The report as one HTML file without outside resources: overview, findings, matrix, and a page for each check.

The pages of the checks are sections that their anchor opens (`#LIF-02`), so the file also works without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

from massgen_conformance.report.document import Document
from massgen_conformance.report.html_check import check_page
from massgen_conformance.report.html_parts import (
    NAMES,
    SIGN,
    WORST_FIRST,
    chip,
    families_of,
    file_of,
    marked,
    results_of,
)
from massgen_conformance.report.symptoms import shared
from massgen_conformance.report.terminal import totals

SCRIPT: Final = Path(__file__).with_name("page.js")
FINDINGS: Final = 200
"""Findings that are listed on the first page; the table has them all."""


def page(report: Document) -> str:
    """The whole page, as text."""
    checks = sorted({name for row in report["providers"].values() for name in row["checks"]})
    pages = "\n".join(check_page(report, checks, number) for number in range(len(checks)))
    sections = [_head(report), _overview(report), _in_common(report), _findings(report), _matrix(report, checks)]
    main = "\n".join(sections)
    script = f"<script>\n{SCRIPT.read_text(encoding='utf-8')}</script>"
    return file_of("Backend conformance", f"<main id=top>\n{main}\n</main>\n{pages}\n{script}")


def _head(report: Document) -> str:
    summary, run = report["summary"], report.get("run", {})
    state = "green" if summary["green"] else "not green"
    facts = [run.get("target"), str(run.get("started") or "").replace("T", " ").replace("+00:00", " UTC")]
    facts += [
        _counted(len(report["providers"]), "provider"),
        _counted(summary["items"], "item"),
        f"{summary['seconds']:.1f} s",
    ]
    facts += [f"kit {run['kit']}"] if run.get("kit") else []
    facts += [f"seed {run['seed']}"] if "seed" in run else []
    told = " · ".join(escape(fact) for fact in facts if fact)
    problems = "".join(f"<li>{escape(problem)}</li>" for problem in summary["problems"])
    return (
        f"<header><h1>Backend conformance <span class='state {state.replace(' ', '-')}'>{state}</span></h1>"
        f"<p class=facts>{told}</p>{_bar(summary)}<p class=sr>{escape(totals(report))}</p>"
        f"{f'<ul class=problems>{problems}</ul>' if problems else ''}</header>"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _bar(summary: dict[str, Any]) -> str:
    """The verdicts as parts of one bar, with their numbers under it."""
    counted = [(verdict, summary[verdict]) for verdict in reversed(WORST_FIRST) if summary[verdict]]
    parts = "".join(f"<i class={verdict} style='flex-grow:{number}'></i>" for verdict, number in counted)
    keys = "".join(f"<li>{chip(verdict)} <b>{number}</b> {NAMES[verdict]}</li>" for verdict, number in counted)
    return f"<div class=bar aria-hidden=true>{parts}</div><ul class=legend>{keys}</ul>"


def _overview(report: Document) -> str:
    """Providers by families: how many of the checks that apply hold."""
    families = sorted({family for row in report["providers"].values() for family in families_of(row["checks"])})
    heads = "".join(f"<th scope=col>{escape(family)}</th>" for family in families)
    rows = "".join(
        f"<tr><th scope=row>{escape(provider)}</th>{''.join(_share(row['checks'], family) for family in families)}</tr>"
        for provider, row in report["providers"].items()
    )
    if not rows:
        return "<p>Nothing was checked.</p>"
    table = f"<table class=overview><thead><tr><th>provider</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<section><h2>Providers by families</h2><div class=scroll tabindex=0>{table}</div></section>"


def _share(checks: dict[str, Any], family: str) -> str:
    results = [result["verdict"] for name, result in checks.items() if name.partition("-")[0] == family]
    applied = [verdict for verdict in results if verdict != "not_applicable"]
    if not applied:
        return "<td class=none title='not applicable'>-</td>"
    worst = next(verdict for verdict in WORST_FIRST if verdict in applied)
    held = sum(verdict in ("pass", "xfail") for verdict in applied)
    told = f"{held} of {len(applied)} hold"
    return f"<td class={worst} title='{told}'>{held if held == len(applied) else f'{held}/{len(applied)}'}</td>"


def _in_common(report: Document) -> str:
    """What most findings have in common: the first thing to read where much is wrong."""
    rows = "".join(
        f"<tr><th scope=row>{escape(each.told)}</th><td>{len(each.findings)}</td>"
        f"<td>{' '.join(f'<a href=#{escape(name)}>{escape(name)}</a>' for name in each.checks)}</td></tr>"
        for each in shared(report)
    )
    if not rows:
        return ""
    heads = "<thead><tr><th scope=col>symptom</th><th scope=col>items</th><th scope=col>checks</th></tr></thead>"
    table = f"<table class=common>{heads}<tbody>{rows}</tbody></table>"
    return f"<section><h2>What most findings have in common</h2><div class=scroll tabindex=0>{table}</div></section>"


def _findings(report: Document) -> str:
    """What is not green, each check of a provider once, as a link to its page."""
    found = [
        _finding(provider, name, result)
        for provider, row in report["providers"].items()
        for name, result in row["checks"].items()
        if result["verdict"] in ("fail", "stale", "not_testable")
    ]
    if not found:
        return ""
    more = f"<p>{len(found) - FINDINGS} more are in the table.</p>" if len(found) > FINDINGS else ""
    listed = "".join(found[:FINDINGS])
    return f"<section><h2>Findings <small>{len(found)}</small></h2><ul class=findings>{listed}</ul>{more}</section>"


def _finding(provider: str, check: str, result: dict[str, Any]) -> str:
    items = [failure for failure in result["failures"] if failure["verdict"] == result["verdict"]]
    of = f"<small>{len(items)} of {_counted(result['items'], 'item')}</small>" if items else ""
    message = items[0]["message"] if items else result["message"]
    name = f"<b><code>{escape(check)}</code> {escape(provider)} {of}</b>"
    return f"<li><a href='#{escape(check)}'>{chip(result['verdict'])}{name}<span>{escape(message)}</span></a></li>"


def _matrix(report: Document, checks: list[str]) -> str:
    providers = list(report["providers"])
    if not checks:
        return ""
    slanted = " slanted" if len(providers) > 5 else ""
    heads = "".join(
        f"<th scope=col data-p={number}><span>{escape(provider)}</span></th>"
        for number, provider in enumerate(providers)
    )
    body = "\n".join(_rows(report, checks))
    return (
        f"<section><h2>Checks</h2>{_filter(report)}<div class=scroll tabindex=0>"
        f"<table class='matrix{slanted}'><thead><tr><th scope=col>check</th>{heads}</tr></thead>{body}</table></div>"
        "<p id=none hidden>No check is left by this filter.</p></section>"
    )


def _filter(report: Document) -> str:
    """The controls, which a script brings to life."""
    verdicts = [verdict for verdict in WORST_FIRST if report["summary"][verdict]]
    buttons = "".join(
        f"<button type=button data-v={verdict} aria-pressed=true>{SIGN[verdict]} {NAMES[verdict]}</button>"
        for verdict in verdicts
    )
    options = "".join(
        f"<option value={number}>{escape(name)}</option>" for number, name in enumerate(report["providers"])
    )
    chosen = f"<select id=provider aria-label=provider><option value=''>all providers</option>{options}</select>"
    search = "<input id=find type=search placeholder='filter: LIF, usage, groq ...' aria-label='filter checks'>"
    return f"<form class=filter hidden>{search}{chosen if len(report['providers']) > 1 else ''}{buttons}</form>"


def _rows(report: Document, checks: list[str]) -> Iterator[str]:
    for family in families_of(checks):
        members = [name for name in checks if name.partition("-")[0] == family]
        rows = "".join(_row(name, results_of(report, name)) for name in members)
        title = f"<tr class=family><th colspan={len(report['providers']) + 1}>{escape(family)}</th></tr>"
        yield f"<tbody>{title}{rows}</tbody>"


def _row(name: str, results: list[tuple[str, dict[str, Any] | None]]) -> str:
    requirement = next(result["requirement"] for _, result in results if result)
    cells = "".join(_cell(number, name, provider, result) for number, (provider, result) in enumerate(results))
    link = f"<a href='#{escape(name)}'><b>{escape(name)}</b> <span>{marked(requirement)}</span></a>"
    return f"<tr class=row><th scope=row>{link}</th>{cells}</tr>"


def _cell(number: int, name: str, provider: str, result: dict[str, Any] | None) -> str:
    if result is None:
        return f"<td data-p={number}></td>"
    told = f"{provider}: {NAMES[result['verdict']]}, {result['evidence']}, {result['items']} items"
    told += f"\n{result['message']}" if result["message"] else ""
    link = f"<a href='#{escape(name)}' title='{escape(told)}'>{SIGN[result['verdict']]}</a>"
    return f"<td data-p={number} data-v={result['verdict']} class={result['verdict']}>{link}</td>"
