"""Verdicts are kept only while nothing changed that they follow from, and a bad file is an empty one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from massgen_audit import own
from massgen_audit.api import judge
from massgen_audit.deciding import Judged
from massgen_audit.docs import rule_infos
from massgen_audit.facts.source import Source
from massgen_audit.kept import SETTLING, KeptVerdicts
from massgen_audit.rule import Rule, load_rules
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import DirectoryTree

RULES = tuple(rule for rule in load_rules() if rule.code in ("MG101", "MG201", "MG702", "MG704"))
ACME = "massgen/backend/acme.py"
SCRIPT = "scripts/test_hook_backends.py"  # asked for by MG704, and outside of what is listed


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path, text in SKELETON.items():
        (tmp_path / "checkout" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "checkout" / path).write_text(text)
    with (tmp_path / "checkout" / ACME).open("a") as file:
        file.write("# massgen-audit: ignore[MG131] an exception that is kept with the verdicts\n")
    return tmp_path / "checkout"


def later(checkout: Path) -> float:
    """A moment at which the last change of every file lies far enough back."""
    return max(path.stat().st_ctime for path in checkout.rglob("*")) + SETTLING + 1


def opened(checkout: Path, now: float | None = None) -> KeptVerdicts:
    moment = later(checkout) if now is None else now
    return KeptVerdicts(checkout.parent / "verdicts", DirectoryTree(checkout), lambda: moment)


def run(checkout: Path, rules: tuple[Rule, ...] = RULES, now: float | None = None) -> Judged:
    keep = opened(checkout, now)
    source = Source(DirectoryTree(checkout))
    found = judge(source, rules)
    found = Judged(found.audit, found.inline, rule_infos(rules))
    keep.store(found, source.asked)
    return found


def test_what_is_kept_comes_back_whole(checkout: Path) -> None:
    found = run(checkout, load_rules())
    assert found.inline
    assert opened(checkout).load() == found


def rewrite(path: Path) -> None:
    """Other content of the same length, with the times set back."""
    times = path.stat()
    path.write_text(path.read_text().replace("AcmeBackend", "AcneBackend"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace(path: Path) -> None:
    path.with_name("new.py").write_text(path.read_text())
    path.with_name("new.py").replace(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited, size and time as before": lambda root: rewrite(root / ACME),
    "replaced by another file": lambda root: replace(root / ACME),
    "removed": lambda root: (root / ACME).unlink(),
    "added": lambda root: (root / "massgen/backend/other.py").write_text("x = 1\n"),
    "added where it was looked for": lambda root: (
        (root / SCRIPT).parent.mkdir(exist_ok=True),
        (root / SCRIPT).write_text("BACKEND_CONFIGS = {}\n"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_of_any_file_ends_them(checkout: Path, change: Callable[[Path], object]) -> None:
    run(checkout)
    assert opened(checkout).load() is not None
    change(checkout)
    assert opened(checkout).load() is None


def test_a_change_of_the_auditor_ends_them(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(checkout)
    (tmp_path / "auditor").mkdir()
    (tmp_path / "auditor" / "rule.py").write_text("")
    monkeypatch.setattr(own, "FOLDER", str(tmp_path / "auditor"))
    assert opened(checkout).load() is None


def test_files_that_changed_a_moment_ago_are_not_trusted(checkout: Path) -> None:
    run(checkout, now=later(checkout) - 2)
    assert opened(checkout).load() is None


@pytest.mark.parametrize("content", ["", "garbage\n", "{}\n{}", "[]\n[]", "null\nnull"])
def test_a_damaged_file_counts_as_empty(checkout: Path, content: str) -> None:
    (checkout.parent / "verdicts").write_text(content)
    assert opened(checkout).load() is None


def test_a_body_that_is_not_ours_counts_as_empty(checkout: Path) -> None:
    run(checkout)
    head = (checkout.parent / "verdicts").read_text().partition("\n")[0]
    for body in ("", "{}", "[1]", json.dumps({"layout": "", "backends": [[1]], "evidence": []})):
        (checkout.parent / "verdicts").write_text(f"{head}\n{body}")
        assert opened(checkout).load() is None


def test_a_home_that_cannot_be_written_changes_nothing(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    keep = KeptVerdicts(tmp_path / "file" / "verdicts", DirectoryTree(checkout), lambda: later(checkout))
    keep.store(run(checkout), ())
    assert keep.load() is None
