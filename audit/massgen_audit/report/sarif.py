"""SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

Every rule of the catalogue is listed, also those that found nothing, so that a viewer can explain a clean run. Proof
(`pass`, `notApplicable`) and what was accepted in writing are left out unless they are asked for: GitHub code scanning
reads neither `kind` nor `suppressions` and would open an alert for each. The fingerprint has a key of its own;
`primaryLocationLineHash` is computed by GitHub itself.

What GitHub takes, by docs.github.com, "SARIF support for code scanning": at most 25,000 results of a run, of which it
shows the 5,000 worst, 1,000 locations of a result, of which it shows 100, and 10 MB compressed. Columns are counted in
UTF-16, as the editors do that read such files, where the text of the lines is at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from massgen_audit import __version__
from massgen_audit.report.options import ACCEPTED, ATTENTION, RenderOptions, RuleInfo
from massgen_audit.report.order import Group, fingerprints, groups
from massgen_audit.report.wording import json_text, one_line, remedy, severity
from massgen_audit.values import POINTS, Audit, Evidence, Span, Status, Tier

FINGERPRINT = "massgenAuditFinding/v1"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "%SRCROOT%"  # what GitHub and editors take for the root of the repository
RESULTS, PLACES = 25_000, 100  # of a run, and of a result
_LEVELS: dict[Tier, str] = {Tier.REQUIRED: "error", Tier.CONDITIONAL: "error", Tier.RECOMMENDED: "note"}

_WORST_FIRST = ("error", "warning", "note", "none")

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
    found = groups(audit, options.show or ATTENTION)
    compared = any(finding.status is Status.BASELINED for finding in audit.findings())
    states = {Status.BASELINED: "unchanged"} if compared else {}
    told = [(group, states.get(group.finding.status, "new") if compared else "") for group in found]
    return document(audit, told, options)


def document(audit: Audit, found: Iterable[tuple[Group, str]], options: RenderOptions) -> str:
    """The document with these findings, each with its `baselineState` or an empty text."""
    run = _run(audit, found, options)
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _run(audit: Audit, found: Iterable[tuple[Group, str]], options: RenderOptions) -> dict[str, Any]:
    index = {rule.code: number for number, rule in enumerate(options.rules)}
    listed = sorted(found, key=lambda told: _WORST_FIRST.index(_level(told[0])))
    kept = listed[:RESULTS]
    ids = fingerprints(group for group, _ in kept)
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
                "toolExecutionNotifications": _notifications(audit, len(listed) - len(kept), options),
            }
        ],
        "columnKind": "utf16CodeUnits" if options.line else "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the repository."}}},
        "results": [_result(told, name, options, index) for told, name in zip(kept, ids, strict=True)],
        "properties": {"layout": audit.layout},
    }


def _notifications(audit: Audit, left_out: int, options: RenderOptions) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"level": "error", "message": {"text": one_line(why)}, "locations": [_location(Span(path), options)]}
        for path, why in sorted(audit.unreadable)
    ]
    if left_out:
        text = f"{left_out} results are left out: a run holds {RESULTS}"
        told.append({"level": "warning", "message": {"text": text}})
    return told


def _rule(rule: RuleInfo) -> dict[str, Any]:
    point = f"{rule.point} {POINTS[rule.point]}" if rule.point in POINTS else "checkout"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary.rstrip('.')}. {rule.why}".strip()},
        "help": {"text": rule.remedy or rule.summary, "markdown": rule.help or rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.tier]},
        "properties": {"tags": [rule.tier.value, rule.scope.value], "point": point},
    }


def _result(told: tuple[Group, str], name: str, options: RenderOptions, index: dict[str, int]) -> dict[str, Any]:
    group, state = told
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
        "locations": [_location(finding.place, options)],
        "partialFingerprints": {FINGERPRINT: name},
        "properties": {"backends": list(group.backends), "status": finding.status.value, "unit": finding.unit},
    }
    related = [_related(number, piece, options) for number, piece in enumerate(group.others[: PLACES - 1], start=1)]
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


def _related(number: int, evidence: Evidence, options: RenderOptions) -> dict[str, Any]:
    words = [evidence.kind, one_line(evidence.note), " > ".join(evidence.via)]
    text = ": ".join(word for word in words if word)
    return {"id": number, **_location(evidence.span, options), "message": {"text": text}}


def _location(span: Span, options: RenderOptions) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": span.line, "startColumn": _column(span.path, span.line, span.col, options)}
    if span.end_line:
        region["endLine"] = span.end_line
        if span.end_col:
            region["endColumn"] = _column(span.path, span.end_line, span.end_col, options)
    uri = quote(options.located(span.path), safe="/", errors="surrogateescape")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": _BASE}, "region": region}}


def _column(path: str, line: int, col: int, options: RenderOptions) -> int:
    """A column in the unit of `columnKind`: characters beyond the basic plane are two of UTF-16."""
    if options.line is None or col < 2:
        return col
    return col + sum(ord(char) > 0xFFFF for char in options.line(path, line)[: col - 1])
