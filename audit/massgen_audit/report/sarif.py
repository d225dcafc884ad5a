"""SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

Every rule of the catalogue is listed, also those that found nothing, so that a viewer can explain a clean run. Proof
(`pass`, `notApplicable`) is left out unless it is asked for: GitHub code scanning does not read `kind` and would open
an alert for it. The fingerprint has a key of its own; `primaryLocationLineHash` is computed by GitHub itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from massgen_audit import __version__
from massgen_audit.report.options import ACCEPTED, ATTENTION, RenderOptions, RuleInfo
from massgen_audit.report.order import Group, groups
from massgen_audit.report.wording import one_line, remedy, severity
from massgen_audit.values import POINTS, Audit, Evidence, Span, Status, Tier

FINGERPRINT = "massgenAuditFinding/v1"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "CHECKOUT"
_LEVELS: dict[Tier, str] = {Tier.REQUIRED: "error", Tier.CONDITIONAL: "error", Tier.RECOMMENDED: "note"}

KINDS: dict[Status, str] = {
    Status.PRESENT: "pass",
    Status.PARTIAL: "fail",
    Status.MISSING: "fail",
    Status.PLANNED: "informational",
    Status.NOT_APPLICABLE: "notApplicable",
    Status.UNVERIFIABLE: "review",
    Status.EXEMPT: "fail",
    Status.BASELINED: "fail",
}


def render(audit: Audit, options: RenderOptions) -> str:
    found = groups(audit, options.show or ATTENTION | ACCEPTED)
    compared = any(group.finding.status is Status.BASELINED for group in found)
    states = {Status.BASELINED: "unchanged"} if compared else {}
    told = [(group, states.get(group.finding.status, "new") if compared else "") for group in found]
    return document(audit, told, options)


def document(audit: Audit, found: Iterable[tuple[Group, str]], options: RenderOptions) -> str:
    """The document with these findings, each with its `baselineState` or an empty text."""
    run = _run(audit, found, options)
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _run(audit: Audit, found: Iterable[tuple[Group, str]], options: RenderOptions) -> dict[str, Any]:
    index = {rule.code: number for number, rule in enumerate(options.rules)}
    return {
        "tool": {
            "driver": {
                "name": "massgen-audit",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in options.rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not audit.unreadable,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": one_line(why)}, "locations": [_location(Span(path))]}
                    for path, why in sorted(audit.unreadable)
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the audited checkout."}}},
        "results": [_result(group, options, index, state) for group, state in found],
        "properties": {"layout": audit.layout},
    }


def _rule(rule: RuleInfo) -> dict[str, Any]:
    point = f"{rule.point} {POINTS[rule.point]}" if rule.point in POINTS else "checkout"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.remedy or rule.summary, "markdown": rule.help or rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.tier]},
        "properties": {"tags": [rule.tier.value, rule.scope.value], "point": point},
    }


def _result(group: Group, options: RenderOptions, index: dict[str, int], state: str) -> dict[str, Any]:
    finding = group.finding
    advice = remedy(finding, options) if finding.status not in ACCEPTED else ""
    text = one_line(f"{group.subject}: {finding.message}") + (f"\n{advice}" if advice else "")
    result: dict[str, Any] = {"ruleId": finding.code}
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    result |= {
        "kind": KINDS[finding.status],
        "level": _level(group),
        "message": {"text": text},
        "locations": [_location(finding.place)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {"backends": list(group.backends), "status": finding.status.value, "unit": finding.unit},
    }
    related = [_related(number, evidence) for number, evidence in enumerate(group.others, start=1)]
    if related:
        result["relatedLocations"] = related
    if finding.status is Status.EXEMPT:
        reason = one_line(finding.suppressed_by)
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    if state:
        result["baselineState"] = state
    return result


def _level(group: Group) -> str:
    """Accepted debt weighs what it would without the acceptance; what is no `fail` has no level (SARIF 3.27.10)."""
    accepted = group.finding.status in ACCEPTED
    return _LEVELS[group.finding.tier] if accepted else severity(group.finding)


def _related(number: int, evidence: Evidence) -> dict[str, Any]:
    words = [evidence.kind, one_line(evidence.note), " > ".join(evidence.via)]
    text = ": ".join(word for word in words if word)
    return {"id": number, **_location(evidence.span), "message": {"text": text}}


def _location(span: Span) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": span.line, "startColumn": span.col}
    if span.end_line:
        region["endLine"] = span.end_line
        if span.end_col:
            region["endColumn"] = span.end_col
    uri = quote(span.path, safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": _BASE}, "region": region}}
