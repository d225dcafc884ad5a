"""A badge: the JSON that an endpoint badge of shields.io reads (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

import json

from massgen_conformance.report.document import Document


def badge(report: Document) -> str:
    """How many of the checks that apply hold, and whether the run is green."""
    summary = report["summary"]
    applied = sum(summary[verdict] for verdict in ("pass", "fail", "xfail", "stale", "not_testable"))
    held = summary["pass"] + summary["xfail"]
    color = "brightgreen" if summary["green"] else "red" if summary["fail"] or summary["stale"] else "orange"
    message = "nothing checked" if not applied else f"{held} of {applied} checks"
    drawn = {"schemaVersion": 1, "label": "conformance", "message": message, "color": color}
    return json.dumps({**drawn, "isError": not summary["green"]}) + "\n"
