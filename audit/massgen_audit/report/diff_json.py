"""Schema `massgen-audit-diff/1`: both sides of every finding that differs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from massgen_audit.compare import Change, Comparison
from massgen_audit.report.json_report import finding_document
from massgen_audit.report.options import RenderOptions
from massgen_audit.report.order import ordered
from massgen_audit.report.wording import json_text

SCHEMA = "massgen-audit-diff/1"


def render(found: Comparison, options: RenderOptions) -> str:
    return json_text(document(found))


def document(found: Comparison) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "before": found.before.root,
        "after": found.after.root,
        "types": {"added": list(found.added), "removed": list(found.removed)},
        "points": [
            {"backend": cell.backend, "point": cell.point, "before": cell.before.value, "after": cell.after.value}
            for cell in found.cells()
        ],
        "new": _changes(found.new),
        "gone": _changes(found.gone),
        "changed": _changes(found.changed),
        "unreadable": [{"path": path, "why": why} for path, why in sorted(found.unreadable)],
        "summary": {
            "new": len(found.new),
            "gone": len(found.gone),
            "changed": len(found.changed),
            "same": found.same,
        },
    }


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    by_finding = {id(change.now): change for change in changes}
    return [_change(by_finding[id(now)]) for now in ordered(change.now for change in by_finding.values())]


def _change(change: Change) -> dict[str, Any]:
    return {
        "backend": change.now.backend,
        "point": change.now.point,
        "code": change.now.code,
        "fingerprint": change.now.fingerprint,
        "before": finding_document(change.before) if change.before else None,
        "after": finding_document(change.after) if change.after else None,
    }
