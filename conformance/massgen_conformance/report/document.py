"""The report as a JSON document, schema `massgen-conformance/1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, Final, TypeAlias

from massgen_conformance import __version__
from massgen_conformance.check import Check
from massgen_conformance.report.values import CheckResult, ItemResult, Report

SCHEMA: Final = "massgen-conformance/1"
Document: TypeAlias = dict[str, Any]

TIMELINES_OF_A_CHECK: Final = 3
TIMELINES_OF_A_PROVIDER: Final = 60
"""How many timelines of findings are kept: a backend that fails everywhere must not make a report of 100 MB."""


def document(report: Report, catalogue: Mapping[str, Check]) -> Document:
    """The whole report. `catalogue` gives each check's level, drive and requirement."""
    counts = {str(verdict): number for verdict, number in report.verdicts().items()}
    origin = report.origin
    return {
        "schema": SCHEMA,
        "run": {"target": origin.target, "started": origin.started, "seed": origin.seed, "kit": __version__},
        "providers": {
            provider: {
                "checks": {
                    name: _check(result, catalogue[name], report)
                    for name, result in bounded(report.checks(provider)).items()
                }
            }
            for provider in report.providers
        },
        "summary": {
            **counts,
            "items": len(report.items),
            "green": report.green,
            "problems": list(report.problems),
            "seconds": round(sum(item.seconds for item in report.items), 3),
        },
    }


def bounded(results: Mapping[str, CheckResult]) -> dict[str, CheckResult]:
    """The results of a provider, with as many timelines of findings as are kept."""
    left = TIMELINES_OF_A_PROVIDER
    kept: dict[str, CheckResult] = {}
    for name, result in results.items():
        drawn = min(left, TIMELINES_OF_A_CHECK, sum(bool(item.timeline) for item in result.failures))
        kept[name] = replace(result, failures=tuple(_first(result.failures, drawn)))
        left -= drawn
    return kept


def _first(items: Iterable[ItemResult], number: int) -> Iterator[ItemResult]:
    """The items, all but the first `number` timelines taken away."""
    for item in items:
        keeps = bool(item.timeline) and number > 0
        number -= keeps
        yield item if keeps else replace(item, timeline=())


def _check(result: CheckResult, check: Check, report: Report) -> Document:
    return {
        "verdict": str(result.verdict),
        "level": str(check.level),
        "drive": ",".join(check.drive),
        "evidence": result.evidence,
        "message": result.message,
        "items": result.items,
        "verdicts": {str(verdict): number for verdict, number in sorted(result.verdicts.items())},
        "seconds": round(result.seconds, 4),
        "requirement": check.requirement,
        "catches": check.catches,
        "failures": [_failure(item, report) for item in result.failures],
        "passed": [_passed(item) for item in result.passed if item.timeline],
    }


def _failure(item: ItemResult, report: Report) -> Document:
    details = asdict(item.failure) if item.failure else {}
    return {
        "item": item.name,
        "verdict": str(item.verdict),
        "message": item.message,
        **details,
        "repeat": report.origin.repeat(item.provider, item.check, item.case),
        "timeline": _timeline(item),
    }


def _passed(item: ItemResult) -> Document:
    return {"item": item.name, "evidence": item.evidence, "timeline": _timeline(item)}


def _timeline(item: ItemResult) -> list[Document]:
    """The moments of a run; empty and false fields are left out, for there are many."""
    return [
        {name: round(value, 6) if name == "at" else value for name, value in asdict(moment).items() if value}
        for moment in item.timeline
    ]
