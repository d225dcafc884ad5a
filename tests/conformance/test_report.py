"""Reports: how items fold to verdicts, and what each face says of them."""

from __future__ import annotations

import json

import pytest

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.report import Document, Failure, ItemResult, Report, document
from massgen_conformance.report.terminal import failures, matrix, totals
from massgen_conformance.runner import checks

assert checks  # the catalogue is filled by importing the runner

V = Verdict


def report(*verdicts: Verdict, check: str = "LIF-01", expected: str = "") -> Report:
    items = [ItemResult(check, "acme", f"case-{number}", verdict) for number, verdict in enumerate(verdicts)]
    return Report(items, {("acme", check): len(items)}, {("acme", check): expected} if expected else {})


@pytest.mark.parametrize(
    ("verdicts", "folded"),
    [
        ((V.PASS, V.PASS), V.PASS),
        ((V.PASS, V.FAIL, V.NOT_TESTABLE), V.FAIL),
        ((V.PASS, V.NOT_TESTABLE), V.NOT_TESTABLE),
        ((V.PASS, V.XFAIL), V.XFAIL),
        ((V.XFAIL, V.NOT_TESTABLE), V.NOT_TESTABLE),
        ((V.PASS, V.NOT_APPLICABLE), V.PASS),
        ((V.NOT_APPLICABLE,), V.NOT_APPLICABLE),
    ],
)
def test_a_check_is_as_good_as_its_worst_item(verdicts: tuple[Verdict, ...], folded: Verdict) -> None:
    assert report(*verdicts).checks("acme")["LIF-01"].verdict is folded


@pytest.mark.parametrize("verdict", [V.PASS, V.NOT_APPLICABLE])
def test_an_expected_failure_that_does_not_fail_is_stale(verdict: Verdict) -> None:
    stale = report(verdict, expected="a reason; a link")
    assert stale.checks("acme")["LIF-01"].verdict is V.STALE
    assert not stale.green


def test_a_check_of_which_items_were_left_out_is_not_called_stale() -> None:
    partial = report(V.PASS, expected="a reason; a link")
    partial.planned = {("acme", "LIF-01"): 2}
    assert partial.checks("acme")["LIF-01"].verdict is V.PASS


@pytest.mark.parametrize(
    ("verdict", "green"),
    [(V.PASS, True), (V.FAIL, False), (V.NOT_TESTABLE, False), (V.XFAIL, True), (V.NOT_APPLICABLE, False)],
)
def test_green_means_that_something_was_decided_and_nothing_is_wrong(verdict: Verdict, green: bool) -> None:
    assert report(verdict).green is green


def test_a_problem_of_the_run_is_never_green() -> None:
    troubled = report(V.PASS)
    troubled.problems.append("an expectation is expired")
    assert not troubled.green
    assert not Report().green


@pytest.mark.parametrize(
    ("evidences", "shown"),
    [(("synthetic", "recorded"), "recorded"), (("recorded", "live"), "live"), (("synthetic",), "synthetic")],
)
def test_the_strongest_evidence_is_shown(evidences: tuple[str, ...], shown: str) -> None:
    items = [ItemResult("LIF-01", "acme", each, V.PASS, each) for each in evidences]
    assert Report(items).checks("acme")["LIF-01"].evidence == shown


def test_evidence_of_what_was_not_tested_does_not_count() -> None:
    items = [
        ItemResult("LIF-01", "acme", "a", V.NOT_TESTABLE, "recorded"),
        ItemResult("LIF-01", "acme", "b", V.PASS, "synthetic"),
    ]
    assert Report(items).checks("acme")["LIF-01"].evidence == "synthetic"


def failing(wire: str = "bytes 0 to 9 of 90: b'data: {}'") -> Document:
    failure = Failure("One done.", "exactly one done", "2 of them", "chunk 3", "content, done x2", wire)
    items = [
        ItemResult("LIF-01", "acme", "text", V.FAIL, message="expected one", failure=failure),
        ItemResult("USG-01", "acme", "text", V.NOT_TESTABLE, message="no stream"),
        ItemResult("LIF-01", "other", "text", V.PASS),
    ]
    return document(Report(items, problems=["expired on 2026-01-01: X"]), CATALOGUE)


def test_the_document_has_the_promised_shape() -> None:
    written = json.loads(json.dumps(failing()))
    assert written["schema"] == "massgen-conformance/1"
    check = written["providers"]["acme"]["checks"]["LIF-01"]
    promised = {"verdict", "level", "drive", "evidence", "message", "items"}
    assert promised <= check.keys()
    assert (check["verdict"], check["level"], check["items"]) == ("fail", "must", 1)
    assert written["summary"]["fail"] == 1
    assert written["summary"]["green"] is False


def test_the_terminal_tells_every_finding_with_its_place_and_the_wire() -> None:
    told = "\n".join(failures(failing()))
    for words in ("FAIL LIF-01[acme-text]", "exactly one done", "2 of them", "chunk 3", "b'data: {}'"):
        assert words in told
    assert "NOT TESTABLE USG-01[acme-text]" in told
    assert "no stream" in told
    assert "PROBLEM expired" in told


def test_the_matrix_counts_by_provider_and_family() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in matrix(failing()).splitlines() if line}
    assert rows["provider"] == ["LIF", "USG"]
    assert rows["acme"] == ["1F", "1?"]
    assert rows["other"] == ["1"]


def test_a_family_that_concerns_nobody_has_no_column() -> None:
    written = failing()
    for row in written["providers"].values():
        for name, check in row["checks"].items():
            check["verdict"] = "not_applicable" if name.startswith("USG") else check["verdict"]
    assert matrix(written).split("\n")[0].split() == ["provider", "LIF"]


def test_totals_say_whether_the_run_is_green() -> None:
    assert totals(failing()) == "conformance not green: 1 pass, 1 not testable, 1 fail (3 items)"
    assert totals(document(report(V.PASS), CATALOGUE)) == "conformance green: 1 pass (1 items)"
    assert "nothing was checked" in totals(document(Report(), CATALOGUE))
