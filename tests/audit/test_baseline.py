"""Known debt may only shrink."""

from __future__ import annotations

import pytest

from massgen_audit import baseline
from massgen_audit.api import audit_tree
from massgen_audit.rule import Edit
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree
from massgen_audit.values import Audit, Status

BROKEN = (Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),)


def audited(*edits: Edit, known: str | None = None) -> Audit:
    return audit_tree(MemoryTree(build_files(edits)), baseline=None if known is None else ("base.txt", known))


def failing(audit: Audit) -> list[str]:
    bad = (Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED)
    return sorted(item.code for item in audit.findings() if item.status in bad)


def test_what_is_in_the_file_is_accepted() -> None:
    assert failing(audited(*BROKEN, known=baseline.write(audited(*BROKEN)))) == []


def test_what_is_not_in_the_file_fails() -> None:
    assert failing(audited(*BROKEN, known=baseline.HEADER)) == ["MG202"]


def test_a_line_that_nothing_matches_fails_at_its_place() -> None:
    audit = audited(known=baseline.write(audited(*BROKEN)))
    stale = [item for item in audit.findings() if item.code == "MG003" and item.status is Status.PARTIAL]
    assert [(item.place.path, item.place.line) for item in stale] == [("base.txt", 2)]


def test_lines_moved_by_edits_elsewhere_still_match() -> None:
    known = baseline.write(audited(*BROKEN))
    moved = (*BROKEN, Edit("massgen/backend/__init__.py", "from .acme", '"""Backends."""\n\nfrom .acme'))
    assert failing(audited(*moved, known=known)) == []


def test_the_text_is_stable_and_one_line_a_finding() -> None:
    text = baseline.write(audited(*BROKEN))
    assert text == baseline.write(audited(*BROKEN))
    assert len(text.splitlines()) == 2


def test_what_a_rewrite_would_add_is_known() -> None:
    entries = baseline.read(baseline.write(audited()))
    assert [item.code for item in baseline.grown(audited(*BROKEN), entries)] == ["MG202"]


@pytest.mark.parametrize("text", ["MG201 acme\n", "0123 MG201 acme acme\n", "{}\n"])
def test_a_file_that_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(baseline.BaselineError, match="line 1"):
        baseline.read(text)
