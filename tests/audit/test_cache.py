"""Facts are kept by content, outside the checkout, and a bad cache is an empty one."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from massgen_audit.engine import run
from massgen_audit.facts.cache import FactCache, cache_file
from massgen_audit.facts.source import Source
from massgen_audit.model.repo import RepoModel
from massgen_audit.rule import load_rules
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import MemoryTree
from massgen_audit.values import Audit


def audited(file: Path, files: dict[str, str] = SKELETON) -> tuple[Audit, int]:
    source = Source(MemoryTree(files), FactCache(file))
    audit = run(RepoModel(source), load_rules())
    source.cache.save()
    return audit, source.parsed


def test_the_second_run_parses_nothing_and_says_the_same(tmp_path: Path) -> None:
    first, parsed = audited(tmp_path / "facts.bin")
    again, parsed_again = audited(tmp_path / "facts.bin")
    assert parsed > 5
    assert parsed_again == 0
    assert again == first


def test_only_the_file_that_changed_is_parsed_again(tmp_path: Path) -> None:
    audited(tmp_path / "facts.bin")
    changed = {**SKELETON, "massgen/cli.py": SKELETON["massgen/cli.py"] + "\n# changed\n"}
    assert audited(tmp_path / "facts.bin", changed)[1] == 1


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps([1]), pickle.dumps({b"k": b"v"})])
def test_a_damaged_cache_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "facts.bin"
    file.write_bytes(content)
    assert audited(file)[1] > 5


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (os.environ["EVIL"],)


def test_a_planted_cache_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIL", str(tmp_path / "evil"))
    file = tmp_path / "facts.bin"
    audited(file)
    kept = pickle.loads(file.read_bytes())
    file.write_bytes(pickle.dumps({key: pickle.dumps(Evil()) for key in kept}))
    audited(file)
    file.write_bytes(pickle.dumps(Evil()))
    audited(file)
    assert not (tmp_path / "evil").exists()


def test_facts_of_files_that_left_do_not_pile_up(tmp_path: Path) -> None:
    file = tmp_path / "facts.bin"
    for number in range(3):
        changed = {**SKELETON, "massgen/cli.py": SKELETON["massgen/cli.py"] + f"\n# {number}\n"}
        audited(file, changed)
    before = file.stat().st_size
    audited(file, {**SKELETON, "massgen/cli.py": SKELETON["massgen/cli.py"] + "\n# 9\n"})
    assert abs(file.stat().st_size - before) < 64


def test_a_home_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    assert audited(blocked / "facts.bin")[1] > 5


def test_two_checkouts_have_two_files(tmp_path: Path) -> None:
    assert cache_file("/a", tmp_path) != cache_file("/b", tmp_path)
    assert cache_file("/a", tmp_path).is_relative_to(tmp_path)
