"""The report as one HTML file without outside resources: checks by providers, each cell with its message."""

from __future__ import annotations

from html import escape
from typing import Any

from massgen_conformance.report.document import Document
from massgen_conformance.report.terminal import totals

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ddd; padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: #f4f4f4; }
.requirement { max-width: 34rem; color: #555; }
.pass { background: #e3f4e3; } .fail { background: #f8d0d0; } .stale { background: #ecd5f2; }
.xfail { background: #fdf0cc; } .not_testable { background: #ffe0b0; } .not_applicable { color: #888; }
pre { white-space: pre-wrap; margin: .3rem 0 0; max-width: 40rem; }
@media (prefers-color-scheme: dark) {
  body, thead th { background: #181818; color: #ddd; }
  td[class] { color: #222; } td.not_applicable, .requirement { color: #999; }
}
"""
DETAILS = ("item", "expected", "actual", "where", "stream", "wire")


def page(report: Document) -> str:
    """The whole page, as text."""
    providers = list(report["providers"])
    checks = sorted({name for row in report["providers"].values() for name in row["checks"]})
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in ("check", "requirement", *providers))
    rows = "\n".join(
        _row(name, [report["providers"][provider]["checks"].get(name) for provider in providers]) for name in checks
    )
    problems = "".join(f"<li>{escape(problem)}</li>" for problem in report["summary"]["problems"])
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>Backend conformance</title>"
        f"<style>{STYLE}</style></head>\n<body><h1>Backend conformance</h1>\n<p>{escape(totals(report))}</p>\n"
        f"{f'<ul>{problems}</ul>' if problems else ''}"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></body></html>\n"
    )


def _row(name: str, results: list[dict[str, Any] | None]) -> str:
    requirement = next(result["requirement"] for result in results if result)
    cells = "".join(_cell(result) for result in results)
    return f"<tr><th scope=row>{escape(name)}</th><td class=requirement>{escape(requirement)}</td>{cells}</tr>"


def _cell(result: dict[str, Any] | None) -> str:
    if result is None:
        return "<td></td>"
    title = f"{result['level']}, drive {result['drive']}, {result['evidence']}, {result['items']} items"
    body = escape(result["verdict"].replace("_", " "))
    notes = [_note(failure) for failure in result["failures"]] or [result["message"]]
    if any(notes):
        body = f"<details><summary>{body}</summary><pre>{escape(chr(10).join(notes))}</pre></details>"
    return f'<td class={result["verdict"]} title="{escape(title)}">{body}</td>'


def _note(failure: dict[str, Any]) -> str:
    lines = [f"{name}: {failure[name]}" for name in DETAILS if failure.get(name)]
    return "\n".join(lines if len(lines) > 1 else [failure["item"], failure["message"]])
