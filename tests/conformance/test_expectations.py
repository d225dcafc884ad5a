"""Expected failures: what a file may say, and how it is judged on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from massgen_conformance.expectations import ExpectationError, Expectations, load_expectations

TODAY = date(2026, 11, 21)
ENTRY = """
- check: LIF-02
  provider: openai
  reason: the SDK takes a cut stream for a whole one
  link: https://example.com/issues/1
  expires: 2027-01-31
"""


def loaded(tmp_path: Path, text: str, today: date = TODAY) -> Expectations:
    path = tmp_path / "expected.yaml"
    path.write_text(text, encoding="utf-8")
    return load_expectations(path, today)


def test_an_entry_covers_its_check_and_provider_only(tmp_path: Path) -> None:
    expectations = loaded(tmp_path, ENTRY)
    entry = expectations.of("LIF-02", "openai")
    assert entry is not None
    assert entry.reason == "the SDK takes a cut stream for a whole one"
    assert expectations.of("LIF-02", "groq") is None
    assert expectations.of("LIF-01", "openai") is None


def test_an_empty_file_expects_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").entries == ()


@pytest.mark.parametrize(("day", "in_force"), [(date(2027, 1, 31), True), (date(2027, 2, 1), False)], ids=str)
def test_an_entry_holds_through_its_last_day(tmp_path: Path, day: date, in_force: bool) -> None:
    expectations = loaded(tmp_path, ENTRY, day)
    assert (expectations.of("LIF-02", "openai") is not None) is in_force
    assert any("expired" in problem for problem in expectations.problems({"LIF-02"}, {"openai"})) is not in_force


def test_unknown_checks_and_providers_are_problems(tmp_path: Path) -> None:
    found = loaded(tmp_path, ENTRY).problems({"LIF-01"}, {"groq"})
    assert [problem.split(" (")[0] for problem in found] == ["unknown check 'LIF-02'", "unknown provider 'openai'"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("check: LIF-01", "must be a list"),
        ("- check:LIF-01", "space missing after a colon"),
        ("- check: LIF-01\n  provider: x", "entry 1 lacks 'reason'"),
        (ENTRY.replace("reason: the SDK takes a cut stream for a whole one", "reason: ' '"), "lacks 'reason'"),
        (ENTRY.replace("2027-01-31", "soon"), "must be a date like 2027-01-31, not 'soon'"),
        (ENTRY.replace("2027-01-31", "2036-01-31"), "expires is 2036-01-31, more than a year away"),
        (ENTRY.replace("https://example.com/issues/1", "known"), "link must be an address.*not 'known'"),
        (ENTRY + "  because: x\n", "unknown field 'because'"),
        (ENTRY + ENTRY, "LIF-02 for openai is listed twice"),
        ("- [", "is not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ExpectationError, match=told):
        loaded(tmp_path, text)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError) as caught:
        loaded(tmp_path, "- check: A\n- provider: b\n")
    assert len(caught.value.problems) == 8


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError, match=r"absent\.yaml: cannot be read"):
        load_expectations(tmp_path / "absent.yaml", TODAY)
