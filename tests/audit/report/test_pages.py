"""Markdown, HTML, JUnit, GitLab and CSV: parsed back, with hostile text inside."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree as ET

import pytest

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.report.html_parts import SHORT
from massgen_audit.report.markdown import LIMIT, code, escaped
from massgen_audit.values import POINTS, Audit, BackendAudit, Finding, Status


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "`plain`"),
        ("a`b", "`` a`b ``"),
        ("a``b", "``` a``b ```"),
        ("a|b", r"`a\|b`"),
        ("a\nb", "`a b`"),
    ],
)
def test_a_code_span_holds_anything(text: str, expected: str) -> None:
    assert code(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>", "&lt;script&gt;"),
        ("a*b_c", r"a\*b\_c"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("a|b", r"a\|b"),
        ("@team", "@<!-- -->team"),
        ("a & b", "a &amp; b"),
    ],
)
def test_markdown_text_means_itself(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_advice_keeps_its_commands_and_spaces(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    text = RENDERERS["markdown"](audit(backend("grok", finding(Status.MISSING))), options)
    assert r"and add it to \_\_all\_\_; `massgen-audit fix` does it" in text


def test_every_matrix_row_has_a_cell_for_each_point(any_audit: Audit, options: RenderOptions) -> None:
    text = RENDERERS["markdown"](any_audit, options)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == (len(any_audit.backends) + 2 if any_audit.backends else 0)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {len(POINTS) + 2}


def test_a_comment_stays_under_the_limit_and_counts_what_it_left_out(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    long = [backend(f"t{number}", finding(Status.MISSING, message=f"{number} " + "x" * 3000)) for number in range(40)]
    text = RENDERERS["markdown"](audit(*long), options)
    assert len(text) < LIMIT + 200
    told = re.search(r"(\d+) more sections did not fit", text)
    assert told
    assert text.count("<details>") + int(told[1]) == 40
    assert text.count("<details>") == text.count("</details>")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_takes_no_tag_from_a_checkout(any_audit: Audit, options: RenderOptions) -> None:
    parser = Tags()
    parser.feed(RENDERERS["html"](any_audit, options))
    assert parser.open == []
    allowed = (
        "html head meta title style body script main header section nav h1 h2 h3 p a strong small i span code "
        "ul li dl dt dd table thead tbody tr th td details summary div form input select option button"
    )
    assert parser.seen <= set(allowed.split())


def test_the_page_loads_nothing_and_has_no_markup_of_a_checkout(any_audit: Audit, options: RenderOptions) -> None:
    page = RENDERERS["html"](any_audit, options)
    assert "default-src 'none'" in page
    assert not re.search(r"""\s(?:src|href)="(?!#)|url\(|@import|<b>""", page)


def test_every_id_of_the_page_is_given_once_and_every_link_leads_to_one(
    any_audit: Audit, options: RenderOptions
) -> None:
    page = RENDERERS["html"](any_audit, options)
    given = re.findall(r'\sid="([^"]*)"', page)
    assert len(given) == len(set(given))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(given)
    assert all(re.fullmatch(r"[\w.:-]+", name) for name in given)


def test_a_finding_says_what_where_why_and_what_to_type(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    rules = tuple(replace(rule, why="Others import it from there.") for rule in options.rules)
    page = RENDERERS["html"](audit(backend("grok", finding(Status.MISSING))), replace(options, rules=rules))
    entry = page[page.index('<details class="finding missing" id="MG201-grok"') :]
    entry = re.sub(r"<[^>]*>", " ", entry[: entry.index("</details>")])
    for words in (
        "export is missing",
        "4 backend/__init__.py export · required",
        "looked here   massgen/backend/__init__.py:12",
        "massgen/backend/grok.py:3",
        "Others import it from there.",
        "Import it in massgen/backend/__init__.py",
        "massgen-audit fix --diff --backend grok",
        "massgen-audit explain MG201 grok",
    ):
        assert words in entry


def test_junit_counts_match_its_cases(any_audit: Audit, options: RenderOptions) -> None:
    root = ET.fromstring(RENDERERS["junit"](any_audit, options).split("\n", 1)[1])
    findings = any_audit.findings()
    assert len(root.findall(".//testcase")) == len(findings) + len(any_audit.unreadable)
    for suite in root:
        assert int(suite.get("tests", "0")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "0")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "0")) == len(suite.findall("testcase/skipped"))
    for count in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(count, "0")) == sum(int(suite.get(count, "-1")) for suite in root)
    assert int(root.get("errors", "0")) == len(root.findall(".//error")) == len(any_audit.unreadable)
    failed = sum(f.status in (Status.MISSING, Status.PARTIAL) for f in findings)
    assert len(root.findall(".//failure")) == failed


def test_gitlab_has_the_fields_its_parser_requires(any_audit: Audit, options: RenderOptions) -> None:
    for row in json.loads(RENDERERS["gitlab"](any_audit, options)):
        assert row["description"]
        assert row["fingerprint"]
        assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert row["location"]["lines"]["begin"] >= 1
        assert not row["location"]["path"].startswith(("/", "./"))
        assert "\n" not in row["description"]


def test_gitlab_has_a_fingerprint_for_each_finding_and_names_what_was_not_read(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    twice = [finding(Status.MISSING, message=text) for text in ("one", "two")]
    found = audit(backend("grok", *twice), unreadable=(("a.py", "too large"), ("b.py", "too large")))
    rows = json.loads(RENDERERS["gitlab"](found, options))
    assert len({row["fingerprint"] for row in rows}) == len(rows) == 4
    assert [row["location"]["path"] for row in rows[2:]] == ["a.py", "b.py"]


def test_csv_reads_back_with_a_row_a_finding(any_audit: Audit, options: RenderOptions) -> None:
    rows = list(csv.DictReader(StringIO(RENDERERS["csv"](any_audit, options))))
    assert len(rows) == len(any_audit.findings())
    assert all(None not in row and None not in row.values() for row in rows)


def test_csv_text_is_never_a_formula(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    for sign in "=+-@\t\r\n＝＋－＠":
        bad = f'{sign}=HYPERLINK("x"),{sign}1'
        told = finding(Status.EXEMPT, message=bad, unit=bad, slug=bad, suppressed_by=bad, evidence=())
        text = RENDERERS["csv"](audit(backend(bad, told)), options)
        (row,) = csv.DictReader(StringIO(text), strict=True)
        assert {name: cell[:1] for name, cell in row.items() if "HYPERLINK" in cell} == dict.fromkeys(
            ("backend", "slug", "unit", "message", "reason"), "'"
        )


def test_the_page_names_every_point_without_a_pointer(
    audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    text = re.sub(r"<[^>]*>", "", RENDERERS["html"](audit_named("clean"), options))
    assert all(f"{number} {name}" in text for number, name in POINTS.items())
    assert set(SHORT) == set(POINTS)
