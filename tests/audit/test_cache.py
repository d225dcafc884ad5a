"""Facts are kept by content, outside the checkout, and a bad cache is an empty one."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from massgen_audit import own
from massgen_audit.engine import run
from massgen_audit.facts.cache import FactCache, cache_file
from massgen_audit.facts.source import Source
from massgen_audit.model.repo import RepoModel
from massgen_audit.rule import load_rules
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import SETTLING, DirectoryTree, MemoryTree
from massgen_audit.values import Audit


def audited(file: Path, files: dict[str, str] = SKELETON) -> tuple[Audit, int]:
    source = Source(MemoryTree(files), FactCache(file))
    audit = run(RepoModel(source), load_rules())
    source.save()
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


class Watched(DirectoryTree):
    """A checkout some time after its last change, that knows what was read."""

    def __init__(self, root: Path, after: float = SETTLING + 1) -> None:
        newest = max(path.stat().st_ctime for path in root.rglob("*"))
        super().__init__(root, lambda: newest + after)
        self.seen: set[str] = set()

    def read(self, path: str) -> bytes:
        self.seen.add(path)
        return super().read(path)


def answered(tree: Watched, file: Path) -> tuple[int, set[str]]:
    """How long each file is, asked of a source with that cache; and the files that were read for it."""
    source = Source(tree, FactCache(file))
    length = sum(source.ask(path, "length", len) for path in tree.paths())
    source.save()
    return length, tree.seen


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "checkout" / "massgen").mkdir(parents=True)
    for name in ("a", "b", "c"):
        (tmp_path / "checkout" / "massgen" / f"{name}.py").write_text(f"{name} = 1\n")
    return tmp_path / "checkout"


def test_a_file_of_an_earlier_run_is_not_read(root: Path, tmp_path: Path) -> None:
    assert answered(Watched(root), tmp_path / "f") == (18, {"massgen/a.py", "massgen/b.py", "massgen/c.py"})
    assert answered(Watched(root), tmp_path / "f") == (18, set())


def test_a_file_that_changed_is_read_whatever_its_size_and_time_say(root: Path, tmp_path: Path) -> None:
    answered(Watched(root), tmp_path / "f")
    changed = root / "massgen" / "a.py"
    times = changed.stat()
    changed.write_text("a = 2\n")
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    (root / "massgen" / "b.py").write_text("b = 10\n")
    assert answered(Watched(root), tmp_path / "f") == (19, {"massgen/a.py", "massgen/b.py"})


def test_a_file_that_changed_a_moment_ago_is_read_again(root: Path, tmp_path: Path) -> None:
    answered(Watched(root, after=SETTLING - 1), tmp_path / "f")
    assert len(answered(Watched(root), tmp_path / "f")[1]) == 3


def test_a_link_is_read_each_time_and_never_followed_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("s = 12345\n")
    (root / "massgen" / "link.py").symlink_to(root / "massgen" / "a.py")
    answered(Watched(root), tmp_path / "f")
    (root / "massgen" / "link.py").unlink()
    (root / "massgen" / "link.py").symlink_to(tmp_path / "secret.py")
    assert answered(Watched(root), tmp_path / "f") == (18, {"massgen/link.py"})


def test_an_answer_of_another_auditor_is_not_used(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(Watched(root), tmp_path / "f")
    (tmp_path / "auditor").mkdir()
    (tmp_path / "auditor" / "rule.py").write_text("")
    monkeypatch.setattr(own, "FOLDER", str(tmp_path / "auditor"))
    assert len(answered(Watched(root), tmp_path / "f")[1]) == 3
