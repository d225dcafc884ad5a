"""SARIF 2.1.0 against the standard's schema, and what code scanning reads of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.report.sarif import FINGERPRINT
from massgen_audit.values import Audit, Status
from tests.audit.sarif_schema import validated

ALL = frozenset(Status)


def run_of(audit: Audit, options: RenderOptions) -> dict:
    return validated(RENDERERS["sarif"](audit, options))["runs"][0]


def test_every_audit_validates(any_audit: Audit, options: RenderOptions) -> None:
    run_of(any_audit, options)
    run_of(any_audit, replace(options, show=ALL, rules=()))


def test_the_schema_refuses_what_the_standard_refuses(
    audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    document = json.loads(RENDERERS["sarif"](audit_named("every status"), options))
    broken = [
        ("kind", "failed"),
        ("level", "fatal"),
        ("colour", "red"),
        ("locations", [{"physicalLocation": {"region": {"startLine": 0}}}]),
    ]
    for key, value in broken:
        copy = json.loads(json.dumps(document))
        copy["runs"][0]["results"][0][key] = value
        with pytest.raises(jsonschema.ValidationError):
            validated(json.dumps(copy))


def test_all_rules_are_listed_even_when_nothing_fired(
    audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    run = run_of(audit_named("clean"), options)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["MG106", "MG201", "MG999"]
    assert rules[1]["help"]["markdown"].startswith("# MG201")
    assert run["results"] == []
    assert run["columnKind"] == "unicodeCodePoints"


def test_each_status_has_its_kind(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    run = run_of(audit_named("every status"), replace(options, show=ALL))
    told = {r["properties"]["status"]: (r["kind"], r["level"]) for r in run["results"]}
    assert told == {
        "present": ("pass", "none"),
        "partial": ("fail", "warning"),
        "missing": ("fail", "error"),
        "planned": ("informational", "none"),
        "not_applicable": ("notApplicable", "none"),
        "unverifiable": ("review", "none"),
        "exempt": ("fail", "error"),
        "baselined": ("fail", "error"),
    }
    by_status = {r["properties"]["status"]: r for r in run["results"]}
    assert by_status["exempt"]["suppressions"][0]["justification"] == "agreed in issue 12"
    assert by_status["baselined"]["baselineState"] == "unchanged"
    assert by_status["missing"]["baselineState"] == "new"


def test_proof_is_left_out_unless_asked_for(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    kinds = {result["kind"] for result in run_of(audit_named("every status"), options)["results"]}
    assert kinds == {"fail", "informational", "review"}


def test_an_absence_points_at_its_place_and_relates_the_rest(
    audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    results = run_of(audit_named("every status"), options)["results"]
    missing = next(r for r in results if r["ruleId"] == "MG301")
    place = missing["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "massgen/backend/__init__.py"
    assert place["region"] == {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 20}
    assert missing["relatedLocations"][0]["message"]["text"] == "defines: the class"
    assert set(missing["partialFingerprints"]) == {FINGERPRINT}


def test_a_path_becomes_a_uri(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    run = run_of(audit_named("hostile text"), options)
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "massgen/configs/providers/gr%C3%B6%C3%9Fe/%E5%8D%98%E4%B8%80%3A%20a%2Cb%7Cc.yaml"
    invocation = run["invocations"][0]
    assert not invocation["executionSuccessful"]
    assert len(invocation["toolExecutionNotifications"]) == 1
