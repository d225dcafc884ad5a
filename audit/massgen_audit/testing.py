"""Builds an example's checkout in memory: for rule tests, fix tests and anyone who writes a rule."""

from __future__ import annotations

from collections.abc import Iterable

from massgen_audit.rule import Edit, MiniRepo
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import MemoryTree


def build_files(edits: Iterable[Edit]) -> dict[str, str]:
    """The skeleton with the edits applied. Raises ValueError if an edit's `old` does not occur exactly once."""
    files = dict(SKELETON)
    for edit in edits:
        if not edit.old:
            files[edit.path] = edit.new
            continue
        text = files.get(edit.path, "")
        if text.count(edit.old) != 1:
            raise ValueError(f"{edit.path}: {edit.old!r} occurs {text.count(edit.old)} times, not once")
        files[edit.path] = text.replace(edit.old, edit.new)
    return files


def build(example: MiniRepo) -> MemoryTree:
    """The checkout of one example."""
    files = build_files(example.edits)
    return MemoryTree({path: text for path, text in files.items() if path not in example.removed}, root=example.title)
