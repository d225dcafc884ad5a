"""Each of the catalogue's 112 codes is a rule, or is judged elsewhere for a written reason."""

from __future__ import annotations

import csv
from pathlib import Path
from runpy import run_path

from massgen_audit.folded import FOLDED
from massgen_audit.model.concerns import CODES
from massgen_audit.rule import load_duplication_rules, load_rules

ROOT = Path(__file__).parents[2]
NUMBERS = (
    (1, 7), (101, 112), (120, 127), (130, 138), (151, 153), (161, 165), (201, 203), (211, 217), (221, 231), (241, 243),
    (301, 304), (401, 404), (501, 503), (601, 608), (701, 706), (801, 806), (901, 902), (907, 907), (911, 914),
    (921, 922),
)  # fmt: skip
CATALOGUE = {f"MG{n:03}" for first, last in NUMBERS for n in range(first, last + 1)} | {
    f"MGD{n:02}" for n in (1, 2, 3, 4)
}


def test_the_catalogue_has_112_codes() -> None:
    assert len(CATALOGUE) == 112


def test_every_code_is_a_rule_or_folded_and_never_both() -> None:
    rules = {rule.code for rule in (*load_rules(), *load_duplication_rules())}
    assert set(FOLDED) & rules == set()
    assert CATALOGUE - rules == set(FOLDED)


def test_what_a_code_is_folded_into_exists_and_the_reason_is_said() -> None:
    rules = {rule.code for rule in load_rules()}
    for code, folded in FOLDED.items():
        assert folded.into in rules | {"kit"}, code
        assert len(folded.reason) > 10, code


def test_the_rules_about_duplicated_code_are_run_by_dup_alone() -> None:
    assert [rule.code for rule in load_duplication_rules()] == sorted(CODES.values())
    assert not {rule.code for rule in load_rules()} & set(CODES.values())


def test_the_page_of_what_was_read_is_current() -> None:
    script = run_path(str(ROOT / "docs" / "scripts" / "generate_precision_page.py"))
    assert (ROOT / "docs" / "audit-precision.md").read_text() == script["render"]()


def test_at_least_150_verdicts_were_read_over_points_and_statuses() -> None:
    with (ROOT / "tests" / "audit" / "data" / "read_verdicts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 150
    assert {int(row["point"]) for row in rows} == set(range(16))
    assert {row["code"] for row in rows} <= {rule.code for rule in load_rules()}


def test_at_least_30_groups_of_duplicated_code_were_read() -> None:
    with (ROOT / "tests" / "audit" / "data" / "read_duplicates.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 30
    assert {row[column] for row in rows for column in ("copy", "concern", "instead")} <= {"right", "wrong", "-"}
