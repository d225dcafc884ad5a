"""What findings have in common is told once, most important first."""

from __future__ import annotations

import pytest

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.report import Document, Failure, ItemResult, Report, document
from massgen_conformance.report.html import page
from massgen_conformance.report.markdown import markdown
from massgen_conformance.report.symptoms import symptom_of, symptoms
from massgen_conformance.report.terminal import failures, in_common, lines


def failed(check: str, case: str, expected: str, actual: str = "", stream: str = "") -> ItemResult:
    failure = Failure("It holds.", expected, actual, stream=stream)
    return ItemResult(check, "acme", case, Verdict.FAIL, message="no", failure=failure)


def reported(*items: ItemResult) -> Document:
    return document(Report(list(items)), CATALOGUE)


MANY = [
    *(failed("LIF-01", f"cut-{number}", "an error", "no chunks; it raised ReadError('')") for number in range(3)),
    *(failed(name, "reset", "an error", stream="no chunks; it raised ReadError('')") for name in ("ERR-03", "ERR-08")),
    *(failed("USG-02", f"at-{number}", f"usage of {number} + 2 tokens") for number in range(4)),
    failed("CON-01", "text", "'Hello'"),
    ItemResult("TOL-12", "acme", "tool", Verdict.NOT_TESTABLE, message="the subject did not get to a call; done"),
    ItemResult("LIF-04", "acme", "known", Verdict.XFAIL, message="known"),
]


def test_what_most_checks_see_comes_first_and_expected_failures_do_not_count() -> None:
    assert [(each.told, each.checks, len(each.findings)) for each in symptoms(reported(*MANY))] == [
        ("the stream raises ReadError", ["ERR-03", "ERR-08", "LIF-01"], 5),
        ("expected: usage of … + … tokens", ["USG-02"], 4),
        ("expected: …", ["CON-01"], 1),
        ("the subject did not get to a call", ["TOL-12"], 1),
    ]


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        ({"expected": "an error", "actual": "the generator raised KeyError('a')"}, "the stream raises KeyError"),
        ({"expected": "3 calls: f({'a': 1})"}, "expected: … calls: f({…: …})"),
        ({"expected": "x" * 100}, f"expected: {'x' * 72}…"),
        ({"expected": ""}, "asyncio said so"),
    ],
)
def test_a_symptom_is_the_same_whatever_its_numbers_and_names(finding: dict[str, str], told: str) -> None:
    assert symptom_of({"message": "asyncio said so; done", **finding}) == told


def test_items_of_a_check_that_fail_alike_are_told_once_with_the_names_of_the_others() -> None:
    told = list(failures(reported(*MANY)))
    assert [line for line in told if line.startswith("FAIL LIF-01")] == ["FAIL LIF-01[acme-cut-0]"]
    assert "    likewise:    LIF-01[acme-cut-1], LIF-01[acme-cut-2]" in told


def test_what_is_in_common_stands_after_the_findings_and_before_the_matrix() -> None:
    told = "\n".join(lines(reported(*MANY)))
    places = [told.index(words) for words in ("FAIL LIF-01", "have in common", "provider", "conformance not green")]
    assert places == sorted(places)


def test_names_of_checks_stay_in_the_width() -> None:
    wide = [failed(f"LIF-{number:02}", "cut", "one done") for number in range(1, 15)]
    for width in (60, 100, 200):
        assert max(map(len, list(in_common(reported(*wide), width))[1:])) <= width
    assert list(in_common(reported(*wide), 60))[-1].endswith(" ...")


def test_few_findings_need_no_summary() -> None:
    assert list(in_common(reported(*MANY[:3]))) == []


def test_page_and_markdown_tell_it_with_every_check() -> None:
    assert "| the stream raises ReadError | 5 | ERR-03 ERR-08 LIF-01 |" in markdown(reported(*MANY))
    shown = page(reported(*MANY)).partition("What most findings have in common")[2].partition("</section>")[0]
    assert "<th scope=row>the stream raises ReadError</th><td>5</td>" in shown
    for name in ("ERR-03", "ERR-08", "LIF-01"):
        assert f"<a href=#{name}>{name}</a>" in shown
    assert "have in common" not in page(reported(*MANY[:3])) + markdown(reported(*MANY[:3]))
