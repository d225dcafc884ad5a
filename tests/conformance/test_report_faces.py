"""What each face of a report says: JUnit, Markdown, badge, progress, and the comparison of two reports."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from massgen_conformance import cli
from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.report import ItemResult, Report, diff, document
from massgen_conformance.report.badge import badge
from massgen_conformance.report.document import TIMELINES_OF_A_CHECK
from massgen_conformance.report.faces import FACES
from massgen_conformance.report.junit import junit
from massgen_conformance.report.markdown import markdown
from massgen_conformance.report.progress import progress
from massgen_conformance.report.terminal import failures
from tests.conformance.report_samples import FAILURE, ORIGIN, TIMELINE, failed, green

Printed = pytest.CaptureFixture[str]


def test_junit_has_a_case_per_check_whose_name_does_not_depend_on_the_verdict() -> None:
    bad, good = Xml.fromstring(junit(failed())), Xml.fromstring(junit(green()))
    cases = {(case.get("classname"), case.get("name")): case for case in bad.iter("testcase")}
    assert ("conformance.acme", "LIF-01") in cases
    assert ("conformance.acme", "LIF-01") in {
        (case.get("classname"), case.get("name")) for case in good.iter("testcase")
    }
    told = cases["conformance.acme", "LIF-01"].findtext("failure") or ""
    for words in ("fail LIF-01[acme-text]", "exactly one done", "chunk 3", "repeat: pytest --target"):
        assert words in told
    assert {key: bad.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "1", "errors": "2", "skipped": "1",
    }  # fmt: skip
    assert cases["conformance.acme", "LIF-02"].get("time") == "0.5"


def test_markdown_has_the_matrix_and_none_of_a_subjects_text_as_markup() -> None:
    written = markdown(failed())
    assert written.startswith("## conformance not green: 1 not applicable, 2 pass, 1 not testable, 1 fail (5 items)")
    assert "| provider | LIF | RSN | USG |\n|---|---:|---:|---:|\n| acme | **1 of 2** | - | **0 of 1** |" in written
    assert "<summary><b>fail</b> <code>LIF-01[acme-text]</code></summary>" in written
    assert re.search(r"^````\n.*alert.*\n````$", written, re.MULTILINE), "the fence is longer than any in the text"
    outside = re.sub(r"^````\n.*?\n````$", "", written, flags=re.MULTILINE | re.DOTALL)
    assert "<script>" not in outside.replace("\\<script\\>", "")
    assert "details" not in markdown(green())


def test_markdown_tells_a_reason_once() -> None:
    items = [ItemResult("LIF-01", "acme", str(number), Verdict.NOT_TESTABLE, message="no") for number in range(3)]
    written = markdown(document(Report(items), CATALOGUE))
    assert "<code>LIF-01[acme-0]</code> and 2 more for the same reason" in written
    assert written.count("<details>") == 1


@pytest.mark.parametrize(
    ("report", "message", "color"),
    [
        (failed(), "2 of 4 checks", "red"),
        (green(), "3 of 3 checks", "brightgreen"),
        (document(Report(), CATALOGUE), "nothing checked", "orange"),
    ],
)
def test_a_badge_counts_the_checks_that_apply(report: dict[str, object], message: str, color: str) -> None:
    shown = json.loads(badge(report))
    assert (shown["schemaVersion"], shown["label"]) == (1, "conformance")
    assert (shown["message"], shown["color"]) == (message, color)


def test_a_difference_names_what_fails_newly_passes_newly_is_gone_and_is_new() -> None:
    worse = diff.compared(green(), failed())
    changes = {heading: [(each.provider, each.check) for each in found] for heading, found in worse.parts()}
    assert changes == {
        "newly failing": [("acme", "LIF-01"), ("acme", "USG-01")],
        "newly passing": [],
        "gone": [("acme", "CON-01")],
        "new": [("acme", "LIF-02"), ("acme", "RSN-01"), ("other", "LIF-01")],
    }
    assert worse.worse
    better = diff.compared(failed(), green())
    assert [change.check for change in better.passing] == ["LIF-01", "USG-01"]
    assert not better.worse
    assert "LIF-01  pass -> fail (LIF-01[acme-text])" in diff.as_text(worse)
    assert "| acme | LIF-01 | pass -\\> fail" in diff.as_markdown(worse)


def test_a_check_that_fails_in_more_items_than_before_fails_newly() -> None:
    one = ItemResult("LIF-01", "acme", "text", Verdict.FAIL, failure=FAILURE)
    before = document(Report([one]), CATALOGUE)
    after = document(Report([one, ItemResult("LIF-01", "acme", "eof", Verdict.FAIL)]), CATALOGUE)
    assert diff.compared(before, after).failing[0].items == ("LIF-01[acme-eof]",)
    assert not diff.compared(after, before).worse


def test_a_finding_tells_the_command_that_repeats_it() -> None:
    told = "\n".join(failures(failed()))
    words = "pytest --target acme.backends:make --provider acme --check LIF-01 --seed 0 -k 'LIF-01[acme-text]'"
    assert f"repeat:      {words}" in told
    assert "repeat:" not in "\n".join(
        failures(document(Report([ItemResult("LIF-01", "a", "b", Verdict.FAIL)]), CATALOGUE))
    )


def test_a_report_keeps_few_timelines_of_a_check_that_fails_everywhere() -> None:
    items = [
        ItemResult("LIF-01", "acme", str(number), Verdict.FAIL, failure=FAILURE, timeline=TIMELINE)
        for number in range(TIMELINES_OF_A_CHECK + 2)
    ]
    written = document(Report(items, origin=ORIGIN), CATALOGUE)["providers"]["acme"]["checks"]["LIF-01"]["failures"]
    assert [bool(failure["timeline"]) for failure in written] == [True] * TIMELINES_OF_A_CHECK + [False] * 2
    assert written[0]["timeline"][4] == {
        "at": 0.005, "kind": "chunk", "title": "done", "text": "'stop'", "wire": 57, "fault": True,
    }  # fmt: skip


def test_progress_is_a_line_per_provider_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with progress(out) as seen:
        for number, (provider, verdict) in enumerate(
            [("acme", Verdict.PASS), ("acme", Verdict.FAIL), ("other", Verdict.PASS)], 1
        ):
            seen(ItemResult("LIF-01", provider, "", verdict, seconds=0.5), number, 3)
    assert out.getvalue() == "acme: 2 items, 1 not green, 1.0 s\nother: 1 items, 0 not green, 0.5 s\n"


@pytest.fixture
def stored(tmp_path: Path) -> tuple[str, str]:
    """The files of a green and of a failed report."""
    for name, report in (("green", green()), ("failed", failed())):
        (tmp_path / f"{name}.json").write_text(json.dumps(report), encoding="utf-8")
    return str(tmp_path / "green.json"), str(tmp_path / "failed.json")


def test_a_stored_report_is_written_in_every_form(stored: tuple[str, str], tmp_path: Path, capsys: Printed) -> None:
    assert tuple(FACES) == cli.FORMATS
    for form, face in FACES.items():
        out = tmp_path / f"out.{form}"
        assert cli.main(["report", stored[1], "--format", form, "-o", str(out)]) == 1
        assert out.read_text(encoding="utf-8") == face(failed())
    assert cli.main(["report", stored[0]]) == 0
    assert "conformance green: 3 pass (3 items)" in capsys.readouterr().out


def test_two_stored_reports_are_compared(stored: tuple[str, str], capsys: Printed) -> None:
    assert cli.main(["report", "--diff", *stored]) == 1
    assert "2 newly failing, 0 newly passing, 1 gone, 3 new" in capsys.readouterr().out
    assert cli.main(["report", "--diff", *reversed(stored), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["newly_passing"][0]["check"] == "LIF-01"
    assert cli.main(["report", "--diff", *stored, "--format", "html"]) == 1
    drawn = capsys.readouterr().out
    assert "<h2>newly failing <small>2</small></h2>" in drawn
    assert "&lt;script&gt;" in drawn
    assert "<script>" not in drawn


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([], "name a report (FILE), or two of them with --diff OLD NEW"),
        (
            ["--diff", "{}", "{}", "--format", "badge"],
            "a difference has no form badge; it has text, json, html, markdown",
        ),
        (["{}", "--diff", "{}", "{}"], "a third cannot be named"),
        (["nowhere.json"], "cannot read nowhere.json"),
        (["{}", "-o", "absent/out"], "absent/out is not a file in an existing folder"),
    ],
)
def test_what_cannot_be_reported_is_a_usage_error(
    argv: list[str], told: str, stored: tuple[str, str], capsys: Printed
) -> None:
    assert cli.main(["report", *(word.format(stored[0]) for word in argv)]) == 2
    assert told in capsys.readouterr().err
