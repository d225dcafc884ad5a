"""SARIF 2.1.0 against the standard's schema, and what code scanning reads of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from massgen_audit.cli import main
from massgen_audit.docs import rule_infos
from massgen_audit.report import ATTENTION, RENDERERS, RenderOptions
from massgen_audit.report.sarif import FINGERPRINT, RESULTS
from massgen_audit.rule import load_duplication_rules, load_rules
from massgen_audit.values import Audit, BackendAudit, Evidence, Finding, Span, Status, Tier
from tests.audit.report.conftest import make_audit
from tests.audit.repositories import edit, skeleton
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


def test_what_was_accepted_opens_no_alert(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    run = run_of(audit_named("every status"), options)
    assert {result["properties"]["status"] for result in run["results"]} == {status.value for status in ATTENTION}
    assert {result["baselineState"] for result in run["results"]} == {"new"}


def test_a_run_holds_no_more_than_is_taken_and_keeps_the_worst(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    light = finding(Status.PARTIAL, tier=Tier.RECOMMENDED)
    pieces = tuple(Evidence(Span("a.py", number), "calls") for number in range(1, 1500))
    heavy = finding(Status.MISSING, code="MG999", evidence=pieces)
    notes = tuple(replace(light, message=f"{number}", unit=f"{number}") for number in range(RESULTS))
    document = json.loads(RENDERERS["sarif"](audit(backend("grok", *notes, heavy)), options))
    run = document["runs"][0]
    assert len(run["results"]) == RESULTS == 25_000
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("MG999", "error")
    assert len(first["locations"]) + len(first["relatedLocations"]) == 100
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "1 results are left out: a run holds 25000"


def test_fingerprints_differ_and_hold_no_line(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    def ids(moved: int) -> list[str]:
        evidence = (Evidence(Span("a.py", 3 + moved, 1 + moved, 4 + moved, 2), "searched"),)
        twice = [finding(Status.MISSING, evidence=evidence, message=text) for text in ("one", "two", "three")]
        run = run_of(audit(backend("grok", *twice), backend("groq", twice[0])), options)
        return [result["partialFingerprints"][FINGERPRINT] for result in run["results"]]

    assert len(set(ids(0))) == 3
    assert ids(0) == ids(40)


def test_columns_are_counted_in_utf_16_where_the_text_is_at_hand(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    line = 'x = "\U0001f600é漢" + why'
    start = line.index("why") + 1
    evidence = (Evidence(Span("a.py", 2, start, 2, start + 3), "searched"),)
    found = audit(backend("grok", finding(Status.MISSING, evidence=evidence)))
    lines = {("a.py", 2): line}
    run = run_of(found, replace(options, line=lambda path, number: lines[path, number]))
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    units = line.encode("utf-16-le")
    begin, end = 2 * (region["startColumn"] - 1), 2 * (region["endColumn"] - 1)
    assert units[begin:end].decode("utf-16-le") == "why"
    assert run["columnKind"] == "utf16CodeUnits"


def test_the_command_reads_the_lines_that_it_points_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = skeleton(tmp_path / "repository", "third_party/checkout")
    edit(root, "massgen/backend/acme.py", '        yield StreamChunk(type="done")\n', f"        {SMILE}\n")
    assert main(["check", str(root), "--no-cache", "--format", "sarif"]) == 1
    run = validated(capsys.readouterr().out)["runs"][0]
    (place,) = [result["locations"][0]["physicalLocation"] for result in run["results"] if result["ruleId"] == "MG124"]
    assert place["artifactLocation"]["uri"] == "third_party/checkout/massgen/backend/acme.py"
    units = f"        {SMILE}".encode("utf-16-le")
    region = place["region"]
    told = units[2 * (region["startColumn"] - 1) : 2 * (region["endColumn"] - 1)].decode("utf-16-le")
    assert told == 'StreamChunk(type="odd")'


SMILE = 'yield "\U0001f600", StreamChunk(type="odd")'


def test_what_is_said_of_a_rule_is_within_what_is_shown() -> None:
    rules = rule_infos((*load_rules(), *load_duplication_rules()))
    run = run_of(make_audit(), RenderOptions(rules=rules))
    for rule in run["tool"]["driver"]["rules"]:
        assert 20 < len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["name"]) <= 255
        assert rule["help"]["text"]
        assert rule["help"]["markdown"].startswith("# MG")
        assert len(rule["properties"]["tags"]) <= 10


def test_a_path_becomes_a_uri(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    run = run_of(audit_named("hostile text"), options)
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "massgen/configs/providers/gr%C3%B6%C3%9Fe/%E5%8D%98%E4%B8%80%3A%20a%2Cb%7Cc.yaml"
    invocation = run["invocations"][0]
    assert not invocation["executionSuccessful"]
    assert len(invocation["toolExecutionNotifications"]) == 1
