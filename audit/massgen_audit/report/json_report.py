"""Schema `massgen-audit/1`, complete whatever is shown, and the same findings as JSON lines.

`summary` counts the matrix's cells by status. Point 0 holds what concerns a backend but none of the fifteen rows.
"""

from __future__ import annotations

from typing import Any

from massgen_audit.report.options import RenderOptions
from massgen_audit.report.order import backends, cells, ordered
from massgen_audit.report.wording import json_text
from massgen_audit.values import POINTS, Audit, BackendAudit, Evidence, Finding, Span, Status

SCHEMA = "massgen-audit/1"


def render(audit: Audit, options: RenderOptions) -> str:
    return json_text(document(audit))


def render_lines(audit: Audit, options: RenderOptions) -> str:
    """One finding a line, in the order of `render`, with its backend and point beside it."""
    rows = [f for backend in backends(audit) for f in ordered(backend.findings)] + ordered(audit.repo)
    return "".join(
        json_text({"backend": f.backend, "point": f.point, **finding_document(f)}, indent=None) for f in rows
    )


def document(audit: Audit) -> dict[str, Any]:
    counts = cells(audit)
    return {
        "schema": SCHEMA,
        "root": audit.root,
        "layout": audit.layout,
        **({"since": audit.since} if audit.since else {}),
        "backends": [_backend(backend) for backend in backends(audit)],
        "repo": [finding_document(finding) for finding in ordered(audit.repo)],
        "summary": {status.value: counts[status] for status in Status},
        "unreadable": [{"path": path, "why": why} for path, why in sorted(audit.unreadable)],
        "rules": sorted(audit.rules_run),
    }


def _backend(backend: BackendAudit) -> dict[str, Any]:
    by_point: dict[int, list[Finding]] = {number: [] for number in (*POINTS, 0)}
    for finding in ordered(backend.findings):
        by_point[finding.point].append(finding)
    return {
        "type": backend.type,
        "class": backend.cls,
        "file": backend.file,
        "points": {
            str(number): {
                "status": backend.point(number).value,
                "findings": [finding_document(f) for f in by_point[number]],
            }
            for number in POINTS
        },
        "other": [finding_document(finding) for finding in by_point[0]],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "slug": finding.slug,
        "status": finding.status.value,
        "message": finding.message,
        "tier": finding.tier.value,
        "unit": finding.unit,
        "place": _span(finding.place),
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "fixable": finding.fixable.value,
        "fingerprint": finding.fingerprint,
        "suppressed_by": finding.suppressed_by,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**_span(evidence.span), "kind": evidence.kind, "note": evidence.note, "via": list(evidence.via)}


def _span(span: Span) -> dict[str, Any]:
    return {"path": span.path, "line": span.line, "col": span.col, "end_line": span.end_line, "end_col": span.end_col}
