"""Writing edits: all files or none, nothing outside the root, nothing over somebody else's change."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from massgen_audit.fixes.edit import FileEdit
from massgen_audit.fixes.write import Refused, apply, unified_diff


def edit(path: str, before: str | None, after: str) -> FileEdit:
    return FileEdit(path, before, after, ("MG201",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    checkout = tmp_path / "checkout"
    (checkout / "package").mkdir(parents=True)
    (checkout / "package" / "a.py").write_bytes("# größe\r\na = 1\r\n".encode())
    (checkout / "package" / "b.py").write_text("b = 1\n", encoding="utf-8")
    return checkout


A = edit("package/a.py", "# größe\r\na = 1\r\n", "# größe\r\na = 1\r\nc = 2\r\n")
B = edit("package/b.py", "b = 1\n", "b = 1\nd = 2\n")
NEW = edit("deep/er/new.yaml", None, "type: beta\n")


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_every_edit_is_written_byte_for_byte(root: Path) -> None:
    (root / "package" / "b.py").chmod(0o754)
    apply([A, B, NEW], root)
    assert contents(root) == {each.path: each.after.encode() for each in (NEW, A, B)}
    assert (root / "package" / "b.py").stat().st_mode & 0o777 == 0o754


REFUSED = [
    ("outside", edit("../evil.py", None, "x\n"), "outside"),
    ("absolute", edit("/tmp/evil.py", None, "x\n"), "outside"),
    ("backslash", edit("package\\evil.py", None, "x\n"), "outside"),
    ("changed since", edit("package/b.py", "b = 0\n", "b = 0\nd = 2\n"), "changed since"),
    ("gone since", edit("package/gone.py", "x\n", "y\n"), "changed since"),
    ("appeared since", edit("package/b.py", None, "d = 2\n"), "changed since"),
    ("a directory", edit("package", None, "d = 2\n"), "cannot be read"),
    ("below a file", edit("package/b.py/x.py", None, "d = 2\n"), "cannot be"),
    ("the same file twice", B, "two edits"),
]


@pytest.mark.parametrize(("bad", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_one_refused_edit_leaves_every_file_alone(root: Path, bad: FileEdit, message: str) -> None:
    before = contents(root)
    edits = [A, NEW, B, bad] if bad is B else [A, NEW, bad]
    with pytest.raises(Refused, match=message):
        apply(edits, root)
    assert contents(root) == before
    assert sorted(path.name for path in root.iterdir()) == ["package"]


def test_a_link_that_leaves_the_root_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside, target_is_directory=True)
    with pytest.raises(Refused, match="outside"):
        apply([A, edit("link/new.py", None, "x\n")], root)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_half_way_puts_everything_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = contents(root)
    genuine = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "b.py":
            raise error
        return genuine(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(Refused if isinstance(error, OSError) else KeyboardInterrupt):
        apply([A, NEW, B], root)
    assert contents(root) == before
    assert sorted(path.name for path in root.iterdir()) == ["package"]


def test_a_file_that_changes_while_the_others_are_prepared_is_not_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = os.fsync

    def meanwhile(descriptor: int) -> None:
        (root / "package" / "a.py").write_text("somebody else\n", encoding="utf-8")
        genuine(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(Refused, match="changed since"):
        apply([A, B], root)
    assert contents(root) == {"package/a.py": b"somebody else\n", "package/b.py": b"b = 1\n"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is what applies the patch here")
def test_the_diff_applies_with_git(root: Path) -> None:
    edits = [A, B, NEW, edit("package/c.py", None, "no newline at the end")]
    done = subprocess.run(
        ["git", "apply", "-"], cwd=root, input=unified_diff(edits).encode(), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert contents(root) == {each.path: each.after.encode() for each in edits}


def test_no_edits_are_no_diff() -> None:
    assert unified_diff([]) == ""
