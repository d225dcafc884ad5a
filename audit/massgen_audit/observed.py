"""What the conformance kit saw, read from its JSON report (`massgen-conformance run --json FILE`). The kit itself is
not imported: the report's schema is all that the two share.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "massgen-conformance/1"
VERDICTS = ("pass", "fail", "xfail", "stale", "not_testable", "not_applicable")
_CHECK = re.compile(r"[A-Z]{3,4}-\d\d")
_TIMES = re.compile(r" x\d+$")


class ReportError(Exception):
    """The file is no report of the kit that can be compared; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One run in which a check did not hold: what came instead, and the stream's chunk types as the kit counts them."""

    expected: str
    actual: str
    stream: str

    @property
    def kinds(self) -> frozenset[str]:
        """The types of the chunks that came."""
        told = self.stream.partition(";")[0]
        return frozenset(_TIMES.sub("", kind) for kind in told.split(", ") if kind and kind != "no chunks")

    @property
    def broke_off(self) -> bool:
        """Whether the stream raised or did not end, which the kit tells behind a semicolon."""
        return ";" in self.stream


@dataclass(frozen=True, slots=True)
class Seen:
    """The verdict of one check for one provider. `counts` says how many of its items have which verdict."""

    verdict: str
    counts: Mapping[str, int]
    failures: tuple[Failed, ...]

    @property
    def failing(self) -> int:
        """An expected failure is a failure: what was seen is the same."""
        return self.counts.get("fail", 0) + self.counts.get("xfail", 0)

    @property
    def always_failing(self) -> bool:
        """Every item to which the check applied failed."""
        others = sum(number for verdict, number in self.counts.items() if verdict != "not_applicable")
        return 0 < self.failing == others == len(self.failures)


@dataclass(frozen=True, slots=True)
class Observations:
    """A report: for each provider its checks by id."""

    providers: Mapping[str, Mapping[str, Seen]] = field(default_factory=dict)


def read(text: str) -> Observations:
    """Raises ReportError for what is no report of the kit, or one of another schema."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"this is no JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), str):
        raise ReportError("this is no report of the kit: `massgen-conformance run --json FILE` writes one")
    if document["schema"] != SCHEMA:
        raise ReportError(f"its schema is {document['schema']}, and {SCHEMA} is what can be read: use a kit that fits")
    providers = _mapping(document.get("providers"), "providers")
    return Observations({name: _provider(name, _mapping(row, name)) for name, row in providers.items()})


def _provider(name: str, row: Mapping[str, Any]) -> dict[str, Seen]:
    checks = _mapping(row.get("checks"), f"{name}: checks")
    strange = sorted(check for check in checks if not _CHECK.fullmatch(check))
    if strange:
        raise ReportError(f"{name}: {', '.join(strange[:3])} is no check: they have names such as LIF-01")
    return {check: _seen(f"{name} {check}", _mapping(told, f"{name} {check}")) for check, told in checks.items()}


def _seen(where: str, told: Mapping[str, Any]) -> Seen:
    verdict, items, failures = told.get("verdict"), told.get("items", 1), told.get("failures", [])
    if verdict not in VERDICTS:
        raise ReportError(f"{where}: the verdict is one of {', '.join(VERDICTS)}, not {verdict!r}")
    if not isinstance(items, int) or not isinstance(failures, list):
        raise ReportError(f"{where}: `items` is a number and `failures` a list")
    given = [_mapping(failure, f"{where}: a failure") for failure in failures]
    counts = _mapping(told.get("verdicts") or _counted(given, items), f"{where}: verdicts")
    if not all(key in VERDICTS and isinstance(number, int) for key, number in counts.items()):
        raise ReportError(f"{where}: `verdicts` counts items by verdict")
    failed = tuple(
        Failed(*(str(failure.get(name) or "") for name in ("expected", "actual", "stream")))
        for failure in given
        if failure.get("verdict") in ("fail", "xfail")
    )
    return Seen(verdict, counts, failed)


def _counted(failures: list[Mapping[str, Any]], items: int) -> dict[str, int]:
    """For a report without counts: what is not listed as a failure is taken to have passed."""
    failing = sum(failure.get("verdict") in ("fail", "xfail") for failure in failures)
    return {"fail": failing, "not_testable": len(failures) - failing, "pass": items - len(failures)}


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ReportError(f"{where}: a JSON object is expected here")
    return value
