"""Schema massgen-audit/1: names and shape are what scripts outside this repository rely on."""

from __future__ import annotations

import json
from collections.abc import Callable

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.values import POINTS, Audit, BackendAudit, Finding, Status


def document(audit: Audit, options: RenderOptions) -> dict:
    return json.loads(RENDERERS["json"](audit, options))


def test_the_shape_is_the_promised_one(any_audit: Audit, options: RenderOptions) -> None:
    told = document(any_audit, options)
    assert told["schema"] == "massgen-audit/1"
    assert {"root", "backends", "repo", "summary"} <= set(told)
    assert set(told["summary"]) == {status.value for status in Status}
    for backend in told["backends"]:
        assert {"type", "class", "file", "points"} <= set(backend)
        assert list(backend["points"]) == [str(number) for number in POINTS]
        for point in backend["points"].values():
            assert point["status"] in told["summary"]
            for finding in point["findings"]:
                assert {"code", "status", "message", "evidence", "fixable"} <= set(finding)
                assert all({"path", "line", "kind", "note"} <= set(seen) for seen in finding["evidence"])


def test_one_finding_in_full(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    told = document(audit(backend("grok", finding(Status.MISSING))), options)
    assert told["backends"][0]["points"]["4"] == {
        "status": "missing",
        "findings": [
            {
                "code": "MG201",
                "slug": "class-exported",
                "status": "missing",
                "message": "export is missing",
                "tier": "required",
                "unit": "GrokBackend",
                "place": {"path": "massgen/backend/__init__.py", "line": 12, "col": 5, "end_line": 12, "end_col": 20},
                "evidence": [
                    {"path": "massgen/backend/grok.py", "line": 3, "col": 1, "end_line": 0, "end_col": 0}
                    | {"kind": "defines", "note": "the class", "via": []},
                    {"path": "massgen/backend/__init__.py", "line": 12, "col": 5, "end_line": 12, "end_col": 20}
                    | {"kind": "searched", "note": "belongs here", "via": ["A", "B"]},
                ],
                "fixable": "safe",
                "fingerprint": finding(Status.MISSING).fingerprint,
                "suppressed_by": "",
            }
        ],
    }


def test_the_summary_counts_the_cells(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    told = document(audit_named("forty backends"), options)
    assert told["summary"]["missing"] == 80
    assert sum(told["summary"].values()) == 40 * 15


def test_no_finding_is_lost(any_audit: Audit, options: RenderOptions) -> None:
    told = document(any_audit, options)
    in_points = sum(len(point["findings"]) for b in told["backends"] for point in b["points"].values())
    others = sum(len(backend["other"]) for backend in told["backends"])
    assert in_points + others + len(told["repo"]) == len(any_audit.findings())


def test_json_lines_are_the_same_findings(any_audit: Audit, options: RenderOptions) -> None:
    text = RENDERERS["jsonl"](any_audit, options)
    assert text.splitlines() == text.split("\n")[:-1], "whatever a reader takes for the end of a line"
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == len(any_audit.findings())
    assert sorted(line["fingerprint"] for line in lines) == sorted(f.fingerprint for f in any_audit.findings())
