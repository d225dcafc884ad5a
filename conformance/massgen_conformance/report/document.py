"""The report as a JSON document, schema `massgen-conformance/1`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from massgen_conformance.check import Check
from massgen_conformance.report.values import CheckResult, ItemResult, Report

SCHEMA: Final = "massgen-conformance/1"
Document: TypeAlias = dict[str, Any]


def document(report: Report, catalogue: Mapping[str, Check]) -> Document:
    """The whole report. `catalogue` gives each check's level, drive and requirement."""
    counts = {str(verdict): number for verdict, number in report.verdicts().items()}
    return {
        "schema": SCHEMA,
        "providers": {
            provider: {
                "checks": {name: _check(result, catalogue[name]) for name, result in report.checks(provider).items()}
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


def _check(result: CheckResult, check: Check) -> Document:
    return {
        "verdict": str(result.verdict),
        "level": str(check.level),
        "drive": ",".join(check.drive),
        "evidence": result.evidence,
        "message": result.message,
        "items": result.items,
        "requirement": check.requirement,
        "failures": [_failure(item) for item in result.failures],
    }


def _failure(item: ItemResult) -> Document:
    details = asdict(item.failure) if item.failure else {}
    return {"item": item.name, "verdict": str(item.verdict), "message": item.message, **details}
