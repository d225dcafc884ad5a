"""Two reports compared, check by check: what fails newly, what passes newly, what is gone, what is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from massgen_conformance.report.document import Document
from massgen_conformance.report.markdown import plain

GREEN = ("pass", "xfail", "not_applicable")
SCHEMA = "massgen-conformance-diff/1"

Key: TypeAlias = tuple[str, str]
"""Provider and check."""


@dataclass(frozen=True, slots=True)
class Change:
    """One check of one provider that differs; a verdict is empty where a report does not have it."""

    provider: str
    check: str
    before: str
    after: str
    message: str = ""
    items: tuple[str, ...] = ()  # that are not green afterwards and were not so before


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two reports."""

    failing: tuple[Change, ...]  # green before, or items that were
    passing: tuple[Change, ...]
    gone: tuple[Change, ...]
    new: tuple[Change, ...]

    @property
    def worse(self) -> bool:
        """Whether something fails that did not: a check newly, or a check that is new."""
        return bool(self.failing) or any(change.after not in GREEN for change in self.new)

    def parts(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        yield "newly failing", self.failing
        yield "newly passing", self.passing
        yield "gone", self.gone
        yield "new", self.new


def compared(old: Document, new: Document) -> Difference:
    """What is different in `new`. A check that failed before and fails now in more items is newly failing."""
    before, after = _checks(old), _checks(new)
    both = [_change(key, before[key], after[key]) for key in after if key in before]
    return Difference(
        failing=tuple(change for change in both if change.after not in GREEN and _newly(change)),
        passing=tuple(change for change in both if change.after in GREEN and change.before not in GREEN),
        gone=tuple(_change(key, result, None) for key, result in before.items() if key not in after),
        new=tuple(_change(key, None, result) for key, result in after.items() if key not in before),
    )


def _newly(change: Change) -> bool:
    return change.before in GREEN or bool(change.items)


def _checks(report: Document) -> dict[Key, dict[str, Any]]:
    return {
        (provider, name): result
        for provider, row in report["providers"].items()
        for name, result in row["checks"].items()
    }


def _change(key: Key, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    earlier = {failure["item"] for failure in (before or {}).get("failures", []) if failure["verdict"] not in GREEN}
    later = [failure["item"] for failure in (after or {}).get("failures", []) if failure["verdict"] not in GREEN]
    return Change(
        *key,
        before["verdict"] if before else "",
        after["verdict"] if after else "",
        after["message"] if after and after["verdict"] not in GREEN else "",
        tuple(item for item in later if item not in earlier),
    )


def as_text(difference: Difference) -> str:
    """Every change on a line, under its heading; and the counts."""
    lines = []
    for heading, changes in difference.parts():
        lines += [heading] if changes else []
        lines += [f"    {change.provider:<16}{change.check:<8}{_told(change)}" for change in changes]
    return "\n".join([*lines, _counts(difference)]) + "\n"


def _told(change: Change) -> str:
    verdicts = " -> ".join(verdict.replace("_", " ") for verdict in (change.before, change.after) if verdict)
    items = f" ({', '.join(change.items)})" if change.items else ""
    return f"{verdicts}{items}{': ' + change.message if change.message else ''}"


def _counts(difference: Difference) -> str:
    return ", ".join(f"{len(changes)} {heading}" for heading, changes in difference.parts())


def as_markdown(difference: Difference) -> str:
    """A table per heading that has changes."""
    parts = [f"## Conformance: {_counts(difference)}\n"]
    for heading, changes in difference.parts():
        if changes:
            rows = [f"| {plain(change.provider)} | {change.check} | {plain(_told(change))} |" for change in changes]
            table = "\n".join(["| provider | check | change |", "|---|---|---|", *rows])
            parts.append(f"### {heading}\n\n{table}\n")
    return "\n".join(parts)


def as_json(difference: Difference) -> str:
    """The changes by heading, schema `massgen-conformance-diff/1`."""
    told = {
        heading.replace(" ", "_"): [
            {name: getattr(change, name) for name in ("provider", "check", "before", "after", "message", "items")}
            for change in changes
        ]
        for heading, changes in difference.parts()
    }
    return json.dumps({"schema": SCHEMA, **told, "worse": difference.worse}, indent=1) + "\n"
