"""Every rule proves itself: its examples are the tests, and evidence that is taken away takes the verdict with it."""

from __future__ import annotations

import pytest

from massgen_audit.api import audit_tree
from massgen_audit.model.layout import UnusableCheckout
from massgen_audit.rule import HEADINGS, MiniRepo, Rule, load_duplication_rules, load_rules, select
from massgen_audit.skeleton import SKELETON
from massgen_audit.testing import build, build_files
from massgen_audit.tree import MemoryTree
from massgen_audit.values import Audit, Finding, Scope, Status

RULES = (*load_rules(), *load_duplication_rules())
SETTLED = (Status.PRESENT, Status.NOT_APPLICABLE)
# These judge what was decided about the verdicts of every other rule, and what a run shows of them.
ABOUT_DECISIONS = ("MG002", "MG003", "MG004", "MG008", "MG009")


def run(rule: Rule, example: MiniRepo) -> Audit:
    return audit_tree(build(example), rules=None if rule.code in ABOUT_DECISIONS else [rule])


def reported(rule: Rule, audit: Audit) -> list[Finding]:
    return [item for item in audit.findings() if item.code == rule.code and item.status not in SETTLED]


@pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(rule, example, id=f"{rule.code}-{example.title}") for rule in RULES for example in rule.valid],
)
def test_a_valid_example_is_clean(rule: Rule, example: MiniRepo) -> None:
    audit = run(rule, example)
    assert reported(rule, audit) == []
    assert audit.unreadable == ()


@pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(rule, example, id=f"{rule.code}-{example.title}") for rule in RULES for example in rule.invalid],
)
def test_an_invalid_example_is_found_where_it_is(rule: Rule, example: MiniRepo) -> None:
    found = [
        (item.backend, str(item.status), f"{item.place.path}:{item.place.line}")
        for item in reported(rule, run(rule, example))
    ]
    assert sorted(found) == sorted((item.backend, item.status, item.place) for item in example.expect)


def test_the_skeleton_is_complete_under_every_rule() -> None:
    audit = audit_tree(MemoryTree(SKELETON))
    assert [item for item in audit.findings() if item.status not in SETTLED] == []
    assert [audit.backends[0].point(number) for number in range(1, 16)] == [
        Status.NOT_APPLICABLE if number in (7, 9) else Status.PRESENT for number in range(1, 16)
    ]


# What these find present is an absence (nothing abstract, no leak, no drift): there is no evidence to take away.
NOTHING_TO_TAKE = {
    "MG001",
    "MG007",
    "MG102",
    "MG203",
    "MG231",
    "MG401",
    "MG808",
    "MG304",
    "MG404",
    "MG503",
    "MG805",
} | {rule.code for rule in load_duplication_rules()}


def proven(rule: Rule) -> tuple[dict[str, str], Finding] | None:
    """The skeleton, or else the first valid example, in which the rule finds something present."""
    for example in (MiniRepo("skeleton"), *rule.valid):
        files = {path: text for path, text in build_files(example.edits).items() if path not in example.removed}
        for item in audit_tree(MemoryTree(files), rules=[rule]).findings():
            if item.status is Status.PRESENT:
                return files, item
    return None


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.code not in NOTHING_TO_TAKE], ids=lambda rule: rule.code
)
def test_a_verdict_goes_with_its_evidence(rule: Rule) -> None:
    found = proven(rule)
    if found is None:
        assert rule.code in (*ABOUT_DECISIONS, "MG218", "MG219", "MG229")
        return
    files, whole = found
    taken = {
        (item.span.path, line)
        for item in whole.evidence
        for line in range(item.span.line, max(item.span.line, item.span.end_line) + 1)
    }
    for item in whole.evidence:
        lines = files[item.span.path].split("\n")
        lines[item.span.line - 1 : item.span.end_line] = [""] * (item.span.end_line - item.span.line + 1)
        files[item.span.path] = "\n".join(lines)
    try:
        audit = audit_tree(MemoryTree(files), rules=[rule])
    except UnusableCheckout:
        return
    left = [item for item in audit.findings() if item.code == rule.code and item.backend == whole.backend]
    again = [item for item in left if item.status is Status.PRESENT]
    assert not {(item.span.path, item.span.line) for finding in again for item in finding.evidence} & taken


def test_a_missing_finding_says_where_it_belongs_and_a_present_one_what_was_seen() -> None:
    for rule in RULES:
        for example in (*rule.valid, *rule.invalid):
            for item in run(rule, example).findings():
                kinds = {evidence.kind for evidence in item.evidence}
                if item.status is Status.MISSING:
                    assert "searched" in kinds, (rule.code, example.title)
                if item.status is Status.PRESENT:
                    assert kinds - {"searched"}, (rule.code, example.title)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_is_documented_under_every_heading(rule: Rule) -> None:
    assert tuple(rule.sections) == HEADINGS
    assert rule.summary[0].isupper() or rule.summary.startswith(("create_", "stream_", "get_"))


def test_codes_and_slugs_are_unique_and_every_point_has_a_rule() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.slug for rule in RULES}) == len(RULES)
    assert {rule.point for rule in RULES} == set(range(16))
    assert select(RULES, "mg201") is select(RULES, "class-imported")


def test_every_scope_is_used() -> None:
    assert {rule.scope for rule in RULES} == set(Scope)
