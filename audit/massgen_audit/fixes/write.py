"""Shows edits as a diff, and writes them: all files or none."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from massgen_audit.fixes.edit import FileEdit

_NO_NEWLINE = "\\ No newline at end of file\n"


class Refused(Exception):
    """Nothing was written; the message says which file is at fault and what to do."""


def unified_diff(edits: Sequence[FileEdit]) -> str:
    """The edits as one patch that `git apply` and `patch -p1` take."""
    return "".join(_diff(edit) for edit in sorted(edits, key=lambda edit: edit.path))


def _diff(edit: FileEdit) -> str:
    source = "/dev/null" if edit.before is None else f"a/{edit.path}"
    lines = difflib.unified_diff(_lines(edit.before or ""), _lines(edit.after), source, f"b/{edit.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines as patch tools count them: only a line feed ends one."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def apply(edits: Sequence[FileEdit], root: Path) -> None:
    """Writes every edit under `root`, or raises Refused and leaves every file as it was.

    Each file is written beside its target and renamed over it, so that no reader sees half a file. A file that is not
    as it was when it was read, and a path that leaves `root`, also through a link, are refused.
    """
    targets = [_target(edit, root.resolve()) for edit in edits]
    if len(set(targets)) != len(targets):
        raise Refused("two edits are of one file: make them one edit")
    with ExitStack() as cleanup:
        staged = [_staged(edit, target, cleanup) for edit, target in zip(edits, targets, strict=True)]
        for edit, target in zip(edits, targets, strict=True):
            _check_unchanged(edit, target)
        _commit(edits, targets, staged)
        cleanup.pop_all()


def _target(edit: FileEdit, root: Path) -> Path:
    path = PurePosixPath(edit.path)
    target = root / path
    if path.is_absolute() or ".." in path.parts or "\\" in edit.path or not target.resolve().is_relative_to(root):
        raise Refused(f"{edit.path} is outside {root}: nothing was written")
    _check_unchanged(edit, target)
    return target.resolve()


def _check_unchanged(edit: FileEdit, target: Path) -> None:
    try:
        current: bytes | None = target.read_bytes()
    except FileNotFoundError:
        current = None
    except OSError as error:
        raise Refused(f"{edit.path} cannot be read ({type(error).__name__}): nothing was written") from None
    if current != (None if edit.before is None else edit.before.encode()):
        raise Refused(f"{edit.path} has changed since it was read: run the fix again, nothing was written")


def _staged(edit: FileEdit, target: Path, cleanup: ExitStack) -> Path:
    """The new content in a file beside the target; `cleanup` removes it and the directories made for it."""
    try:
        for directory in reversed([p for p in (target.parent, *target.parent.parents) if not p.exists()]):
            directory.mkdir()
            cleanup.callback(_remove_directory, directory)
        temporary = target.with_name(f".{target.name}.massgen-audit")
        with temporary.open("xb") as file:
            cleanup.callback(temporary.unlink, missing_ok=True)
            file.write(edit.after.encode())
            file.flush()
            os.fsync(file.fileno())
        if edit.before is not None:
            temporary.chmod(target.stat().st_mode & 0o7777)
    except OSError as error:
        raise Refused(f"{edit.path} cannot be written ({error.strerror}): nothing was written") from None
    return temporary


def _commit(edits: Sequence[FileEdit], targets: Sequence[Path], staged: Sequence[Path]) -> None:
    done: list[tuple[FileEdit, Path]] = []
    try:
        for edit, target, temporary in zip(edits, targets, staged, strict=True):
            temporary.replace(target)
            done.append((edit, target))
    except BaseException as error:
        for written, target in reversed(done):
            _restore(written, target)
        if not isinstance(error, OSError):
            raise
        raise Refused(f"{edit.path} cannot be replaced ({error.strerror}): every file is as it was") from None


def _restore(edit: FileEdit, target: Path) -> None:
    if edit.before is None:
        target.unlink(missing_ok=True)
    else:
        target.write_bytes(edit.before.encode())


def _remove_directory(directory: Path) -> None:
    with suppress(OSError):  # something else was put there meanwhile: it stays
        directory.rmdir()
