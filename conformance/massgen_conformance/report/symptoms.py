"""What findings have in common: a backend with one bug fails many items, and its author wants to read of it once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from massgen_conformance.report.document import Document

RAISED = re.compile(r"\braised (\w+)")
VARYING = re.compile(r"""'[^']*'|"[^"]*"|\d+(?:\.\d+)*""")
LONGEST = 72  # characters of what was expected
MANY = 6  # findings from which on it is told what they have in common
TOLD = 8  # symptoms that are told


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that goes wrong, and every finding of the report that shows it."""

    told: str
    findings: tuple[dict[str, Any], ...]

    @property
    def checks(self) -> list[str]:
        """The ids of the checks that see it, in the order of the report."""
        return list(dict.fromkeys(finding["item"].partition("[")[0] for finding in self.findings))


def symptoms(report: Document) -> list[Symptom]:
    """Of every finding that failed or could not be tested: what most checks see comes first."""
    results = (result for row in report["providers"].values() for result in row["checks"].values())
    found = [finding for result in results for finding in result["failures"] if finding["verdict"] != "xfail"]
    return sorted(alike(found), key=lambda each: (-len(each.checks), -len(each.findings)))


def shared(report: Document) -> list[Symptom]:
    """Where much is not green: what most checks see, if more than one finding shows it. That is what to mend first."""
    found = symptoms(report)
    if sum(len(each.findings) for each in found) < MANY:
        return []
    return [each for each in found if len(each.findings) > 1][:TOLD]


def alike(findings: Iterable[dict[str, Any]]) -> list[Symptom]:
    """The findings in groups that go wrong in the same way, in the order of the first of each."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        groups.setdefault(symptom_of(finding), []).append(finding)
    return [Symptom(told, tuple(group)) for told, group in groups.items()]


def symptom_of(finding: dict[str, Any]) -> str:
    """The exception that came out of the stream; else what was expected, whatever its numbers and names."""
    raised = RAISED.search(f"{finding.get('actual', '')} {finding.get('stream', '')} {finding['message']}")
    if raised:
        return f"the stream raises {raised[1]}"
    if expected := finding.get("expected"):
        return f"expected: {_short(expected)}"
    return _short(finding["message"].partition(";")[0])


def _short(text: str) -> str:
    same = VARYING.sub("…", " ".join(text.split()))
    return same if len(same) <= LONGEST else f"{same[:LONGEST]}…"
