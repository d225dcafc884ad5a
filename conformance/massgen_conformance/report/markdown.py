"""The report as Markdown, for the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from massgen_conformance.report.document import Document
from massgen_conformance.report.symptoms import shared
from massgen_conformance.report.terminal import totals, undecided

DETAILS = ("requirement", "expected", "actual", "where", "stream")
FINDINGS = 50
"""Findings that are told: a summary of GitHub's is at most 1 MiB."""

LONGEST = 2000
"""Characters of one field that are told."""

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(report: Document) -> str:
    """Totals, the matrix of providers by families, what findings have in common, and each finding to be opened."""
    findings = list(_findings(report))
    more = f"\n{len(findings) - FINDINGS} more are in the JSON report.\n" if len(findings) > FINDINGS else ""
    problems = "".join(f"- {plain(problem)}\n" for problem in report["summary"]["problems"])
    parts = [f"## {totals(report)}\n", problems, _matrix(report), _in_common(report), *findings[:FINDINGS], more]
    return "\n".join(part for part in parts if part)


def _matrix(report: Document) -> str:
    families = sorted({name.partition("-")[0] for row in report["providers"].values() for name in row["checks"]})
    if not families:
        return ""
    lines = [f"| provider | {' | '.join(families)} |", f"|---{'|---:' * len(families)}|"]
    for provider, row in report["providers"].items():
        cells = " | ".join(_cell(row["checks"], family) for family in families)
        lines.append(f"| {plain(provider)} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(checks: dict[str, Any], family: str) -> str:
    verdicts = [result["verdict"] for name, result in checks.items() if name.partition("-")[0] == family]
    applied = [verdict for verdict in verdicts if verdict != "not_applicable"]
    wrong = [verdict for verdict in applied if verdict not in ("pass", "xfail")]
    if not applied:
        return "-"
    return f"**{len(applied) - len(wrong)} of {len(applied)}**" if wrong else str(len(applied))


def _in_common(report: Document) -> str:
    found = shared(report)
    if not found:
        return ""
    rows = [f"| {plain(each.told)} | {len(each.findings)} | {' '.join(each.checks)} |" for each in found]
    return "\n".join(["| what most findings have in common | items | checks |", "|---|---:|---|", *rows]) + "\n"


def _findings(report: Document) -> Iterator[str]:
    for row in report["providers"].values():
        for name, result in row["checks"].items():
            if result["verdict"] == "stale":
                yield f"**stale {name}**: {plain(result['message'])}\n"
            for failure in result["failures"]:
                if failure["verdict"] == "fail":
                    yield _finding(failure)
        yield from (_finding(alike[0], len(alike) - 1) for alike in undecided(row["checks"].values()))


def _finding(failure: dict[str, Any], more: int = 0) -> str:
    verdict = failure["verdict"].replace("_", " ")
    lines = [f"- {name}: {plain(failure[name][:LONGEST])}" for name in DETAILS if failure.get(name)]
    lines = lines or [plain(failure["message"][:LONGEST])]
    fenced = [failure[name][:LONGEST] for name in ("wire", "repeat") if failure.get(name)]
    blocks = "".join(f"\n\n{_fence(text)}" for text in fenced)
    others = f" and {more} more for the same reason" if more else ""
    heading = f"<summary><b>{verdict}</b> <code>{escape(failure['item'])}</code>{others}</summary>"
    return f"<details>{heading}\n\n{chr(10).join(lines)}{blocks}\n\n</details>\n"


def _fence(text: str) -> str:
    """A code block that its text cannot close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def plain(text: str) -> str:
    """The text as it is, on one line, none of it markup."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
