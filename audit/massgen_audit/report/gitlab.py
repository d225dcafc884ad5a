"""GitLab code quality: one JSON array, https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import Group, fingerprints, groups
from massgen_audit.report.wording import json_text, one_line, severity
from massgen_audit.values import Audit

_SEVERITIES: dict[str, str] = {"error": "major", "warning": "minor", "note": "info", "none": "info"}


def render(audit: Audit, options: RenderOptions) -> str:
    found = groups(audit, options.show or ATTENTION)
    rows = [_row(group, name, options) for group, name in zip(found, fingerprints(found), strict=True)]
    rows += [_unread(path, why, options) for path, why in sorted(audit.unreadable)]
    return json_text(rows)


def _row(group: Group, fingerprint: str, options: RenderOptions) -> dict[str, Any]:
    finding = group.finding
    return {
        "description": one_line(f"{group.subject}: {finding.message}"),
        "check_name": f"{finding.code} {finding.slug}",
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[severity(finding)],
        "location": {"path": options.located(finding.place.path), "lines": {"begin": finding.place.line}},
    }


def _unread(path: str, why: str, options: RenderOptions) -> dict[str, Any]:
    return {
        "description": one_line(f"cannot be read: {why}"),
        "check_name": "unreadable",
        "fingerprint": blake2b(path.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
        "severity": "major",
        "location": {"path": options.located(path), "lines": {"begin": 1}},
    }
