"""The terminal's report: matrix, findings, summary."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from massgen_audit.report import RENDERERS, RenderOptions
from massgen_audit.report.wording import ASCII_SYMBOLS, SYMBOLS, cell_width, one_line, shortened, wrapped
from massgen_audit.values import Audit, BackendAudit, Finding, Status

EXPECTED = """\
      1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
grok  –  –  –  ○  –  –  –  –  –  –  –  –  –  –  –

○ missing 1   – not applicable 14
1 backend class   2 formatter   3 API params handler   4 backend/__init__.py export   5 cli.py create_backend
6 capabilities registry   7 config validator   8 pricing   9 base excluded params   10 handler excluded params
11 tests   12 example configs   13 docs: yaml_schema   14 docs: backends guide   15 generated tables

grok (GrokBackend, massgen/backend/grok.py)
  missing MG201 massgen/backend/__init__.py:12
    export is missing
    → Import it in massgen/backend/__init__.py and add it to __all__; `massgen-audit fix` does it

1 backend type: 1 missing, 14 not applicable of 15 points. `massgen-audit fix --diff` shows edits for 1 of the
findings.
"""


def test_a_missing_export_reads_like_this(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    one = audit(backend("grok", finding(Status.MISSING)))
    assert RENDERERS["text"](one, replace(options, width=114)) == EXPECTED


def test_a_clean_audit_is_one_friendly_line(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    text = RENDERERS["text"](audit_named("clean"), options)
    assert text == "1 backend type, every point that applies is in place: 15 proven. All good.\n"


def test_no_backends_asks_whether_this_is_a_checkout(
    audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    assert "No backend types found" in RENDERERS["text"](audit_named("no backends"), options)
    assert RENDERERS["matrix"](audit_named("no backends"), options) == "No backend types found.\n"


def test_an_unreadable_file_is_never_called_clean(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    unread = replace(audit_named("clean"), unreadable=(("massgen/cli.py", "line 3: invalid syntax"),))
    text = RENDERERS["text"](unread, options)
    assert "All good" not in text
    assert "massgen/cli.py: line 3: invalid syntax" in text


@pytest.mark.parametrize("width", [20, 33, 48, 80, 200])
@pytest.mark.parametrize("name", ["text", "matrix"])
def test_only_a_word_that_cannot_be_broken_exceeds_the_width(
    name: str, width: int, any_audit: Audit, options: RenderOptions
) -> None:
    for line in RENDERERS[name](any_audit, replace(options, width=width)).splitlines():
        longest = max((cell_width(word) for word in line.split()), default=0)
        heading = re.match(r"  \S+( \S+)? MG\d+ \S.*:\d+$", line)
        assert cell_width(line) <= max(width, longest + 4, 24) or heading, line


def test_every_point_has_a_column_however_narrow_the_terminal(
    audit_named: Callable[[str], Audit], options: RenderOptions
) -> None:
    text = RENDERERS["matrix"](audit_named("every status"), replace(options, width=20))
    cells = "".join(re.findall(r"^grok(.*)$", text, flags=re.MULTILINE))
    expected = "".join(SYMBOLS[status] for status in Status) + SYMBOLS[Status.NOT_APPLICABLE] * 7
    assert cells.replace(" ", "") == expected


def test_columns_align_under_wide_characters(
    audit: Callable[..., Audit], backend: Callable[..., BackendAudit], options: RenderOptions
) -> None:
    text = RENDERERS["matrix"](audit(backend("漢字"), backend("grok"), backend("x" * 60)), options)
    rows = text.splitlines()[1:4]
    assert len({cell_width(row) for row in rows}) == 1
    assert any("…" in row for row in rows)


def test_ascii_terminals_get_ascii_symbols(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    for name in ("text", "matrix"):
        assert RENDERERS[name](audit_named("every status"), replace(options, ascii_only=True)).isascii()
    assert len(set(ASCII_SYMBOLS.values())) == len(set(SYMBOLS.values())) == len(Status)


def test_colour_adds_escape_codes_and_nothing_else(any_audit: Audit, options: RenderOptions) -> None:
    plain = RENDERERS["text"](any_audit, options)
    coloured = RENDERERS["text"](any_audit, replace(options, colour=True))
    assert "\x1b[" in coloured or not any_audit.backends
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\n c", "a b c"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb", "a\\x202eb"),
        ("  spaced  ", "spaced"),
        ("ünï 漢字", "ünï 漢字"),
    ],
)
def test_text_for_a_line_is_one_safe_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 0, ["one two three"]),
        ("a/very/long/path x", 4, ["a/very/long/path", "x"]),
        ("漢字 漢字 漢字", 9, ["漢字 漢字", "漢字"]),
        ("", 5, [""]),
    ],
)
def test_wrapping_counts_cells_and_keeps_words(text: str, width: int, expected: list[str]) -> None:
    assert wrapped(text, width) == expected


def test_shortening_never_exceeds_the_width() -> None:
    assert shortened("漢字漢字", 5) == "漢字…"
    assert shortened("abc", 3) == "abc"


def test_many_findings_are_first_told_by_kind(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    lines = RENDERERS["text"](audit_named("forty backends"), options).splitlines()
    start = lines.index("what should be there, and how many types lack it")
    assert lines[start + 1] == "  missing       40  MG106 The class names its provider"
    assert lines[start + 2] == "  missing       40  MG201 The class is exported"
    assert lines[start + 3] == ""


def test_a_few_findings_are_told_at_once(audit_named: Callable[[str], Audit], options: RenderOptions) -> None:
    assert "how many types" not in RENDERERS["text"](audit_named("every status"), options)


def test_what_is_said_of_one_place_for_several_types_is_said_once(
    audit: Callable[..., Audit],
    backend: Callable[..., BackendAudit],
    finding: Callable[..., Finding],
    options: RenderOptions,
) -> None:
    both = audit(*(backend(name, finding(Status.MISSING, unit=f"{name} -> GrokBackend")) for name in ("a", "b")))
    assert RENDERERS["text"](both, options).count("export is missing") == 1
