"""The rule catalogue: generated, current, and whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from massgen_audit import rule, values, verdicts
from massgen_audit.api import audit_tree
from massgen_audit.docs import CATALOGUE, catalogue, rule_infos, rule_page
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import HEADINGS, Rule, load_duplication_rules, load_rules
from massgen_audit.testing import build
from massgen_audit.values import Fixable

ROOT = Path(__file__).parents[2]
RULES = (*load_rules(), *load_duplication_rules())


def test_the_committed_catalogue_is_current() -> None:
    written = (ROOT / CATALOGUE).read_text(encoding="utf-8")
    assert written == catalogue(RULES), "write it again: massgen-audit rules --format markdown > docs/audit-rules.md"


def test_every_link_of_the_catalogue_leads_to_a_heading() -> None:
    text = catalogue(RULES)
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^## (.*)$", text, re.M)
    }
    links = re.findall(r"\]\(#([^)]*)\)", text)
    assert len(links) == len(RULES)
    assert set(links) <= anchors


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_page_says_all_there_is_to_say(rule: Rule) -> None:
    page = rule_page(rule)
    for heading in HEADINGS:
        assert f"**{heading}.** " in page
        assert rule.sections[heading][1:] in page
    for example in (*rule.valid, *rule.invalid):
        assert example.title[1:] in page
    assert ("The fix:" in page) is (rule.fixable is not Fixable.NO)
    fences = re.findall(r"^(`{3,})", page, re.M)
    assert fences[::2] == fences[1::2]


@pytest.mark.parametrize("info", rule_infos(RULES), ids=lambda info: info.code)
def test_a_report_can_say_what_to_do(info: object) -> None:
    assert getattr(info, "remedy", ""), "the rule has no 'How to fix'"
    assert getattr(info, "summary", "")


def test_the_rule_that_the_manual_shows_is_a_rule() -> None:
    manual = (ROOT / "audit" / "README.md").read_text(encoding="utf-8")
    code = manual.partition("```python\n")[2].partition("```")[0]
    scope = {**vars(rule), **vars(values), **vars(verdicts), "RepoModel": RepoModel, "Unit": Unit}
    compiled = compile(code, "README.md", "exec")
    scope["__doc__"] = compiled.co_consts[0]
    exec(compiled, scope)
    shown = scope["RULE"]
    assert isinstance(shown, Rule)
    assert tuple(shown.sections) == HEADINGS
    for example in (*shown.valid, *shown.invalid):
        found = [
            (item.backend, str(item.status), f"{item.place.path}:{item.place.line}")
            for item in audit_tree(build(example), rules=[shown]).findings()
            if item.status is not values.Status.PRESENT
        ]
        assert found == [(item.backend, item.status, item.place) for item in example.expect]
