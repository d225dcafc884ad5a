"""GitLab code quality: one JSON array, https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

import json

from massgen_audit.report.options import ATTENTION, RenderOptions
from massgen_audit.report.order import groups
from massgen_audit.report.wording import severity
from massgen_audit.values import Audit

_SEVERITIES: dict[str, str] = {"error": "major", "warning": "minor", "note": "info", "none": "info"}


def render(audit: Audit, options: RenderOptions) -> str:
    rows = [
        {
            "description": f"{group.subject}: {group.finding.message}",
            "check_name": f"{group.finding.code} {group.finding.slug}",
            "fingerprint": group.finding.fingerprint,
            "severity": _SEVERITIES[severity(group.finding)],
            "location": {"path": group.finding.place.path, "lines": {"begin": group.finding.place.line}},
        }
        for group in groups(audit, options.show or ATTENTION)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
