"""On real checkouts of MassGen: take one integration point out, fix it, and find the checkout as it was.

Name their directories in MASSGEN_AUDIT_CHECKOUTS, separated as in PATH. They are only read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from massgen_audit.api import audit_tree
from massgen_audit.fixes.edit import FileEdit, is_addition
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.plan import plan_fixes
from massgen_audit.tree import DirectoryTree, Tree
from massgen_audit.values import POINTS, Audit, Status
from tests.audit.kept import Kept

CHECKOUTS = [path for path in os.environ.get("MASSGEN_AUDIT_CHECKOUTS", "").split(os.pathsep) if path]
INIT = "massgen/backend/__init__.py"
CLI = "massgen/cli.py"
KEPT = Kept()
CAPABILITIES = "massgen/backend/capabilities.py"

if not CHECKOUTS:
    pytest.skip("MASSGEN_AUDIT_CHECKOUTS names no checkout", allow_module_level=True)


class Without:
    """A tree without some files and with others replaced."""

    def __init__(self, tree: Tree, hidden: frozenset[str], texts: dict[str, str]) -> None:
        self._tree, self._hidden, self._texts, self.root = tree, hidden, texts, tree.root
        self.unlisted = tree.unlisted

    def paths(self) -> tuple[str, ...]:
        return tuple(path for path in self._tree.paths() if path not in self._hidden)

    def read(self, path: str) -> bytes:
        if path in self._hidden:
            raise FileNotFoundError(path)
        return self._texts[path].encode() if path in self._texts else self._tree.read(path)

    def mark(self, path: str) -> str | None:
        return None if path in self._hidden or path in self._texts else self._tree.mark(path)


@cache
def original(root: str) -> tuple[DirectoryTree, Audit]:
    tree = DirectoryTree(Path(root))
    return tree, audit_tree(tree, cache=KEPT)


def cut(text: str, pattern: str) -> str:
    after, count = re.subn(pattern, "", text, count=1, flags=re.MULTILINE | re.DOTALL)
    assert count == 1, f"{pattern} is not in this checkout"
    return after


def no_export(tree: Tree, cls: str) -> Without:
    text = tree.read(INIT).decode()
    return Without(tree, frozenset(), {INIT: cut(cut(text, rf'^    "{cls}",\n'), rf"^from \.\w+ import {cls}\n")})


def no_branch(tree: Tree, name: str) -> Without:
    text = tree.read(CLI).decode()
    arm = rf'^    elif backend_type == "{name}":\n.*?(?=^    el(if|se)\b)'
    return Without(tree, frozenset(), {CLI: cut(text, arm)})


def no_entry(tree: Tree, name: str) -> Without:
    text = tree.read(CAPABILITIES).decode()
    return Without(
        tree, frozenset(), {CAPABILITIES: cut(text, rf'^    "{name}": BackendCapabilities\(\n.*?^    \),\n')}
    )


def no_example(tree: Tree, name: str) -> Without:
    typed = re.compile(rf"^[^#\n]*\btype:\s*[\"']?{name}\b".encode(), re.MULTILINE)
    configs = [path for path in tree.paths() if path.startswith("massgen/configs/")]
    return Without(tree, frozenset(path for path in configs if typed.search(tree.read(path))), {})


CASES: list[tuple[int, Callable[[Tree, str], Without], str, str]] = [
    (4, no_export, "GrokBackend", "grok"),
    (4, no_export, "ClaudeBackend", "claude"),
    (4, no_export, "ResponseBackend", "openai"),
    (5, no_branch, "grok", "grok"),
    (5, no_branch, "groq", "groq"),
    (5, no_branch, "qwen", "qwen"),
    (5, no_branch, "claude_code", "claude_code"),
    (6, no_entry, "grok", "grok"),
    (6, no_entry, "together", "together"),
    (12, no_example, "grok", "grok"),
    (12, no_example, "gemini", "gemini"),
]


def points(audit: Audit, name: str) -> dict[int, Status]:
    found = next(item for item in audit.backends if item.type == name)
    return {number: found.point(number) for number in POINTS}


@pytest.mark.parametrize("root", CHECKOUTS, ids=lambda root: Path(root).name)
@pytest.mark.parametrize(
    ("point", "take_out", "what", "name"), CASES, ids=lambda value: getattr(value, "__name__", value)
)
def test_exactly_the_point_that_was_taken_out_comes_back(
    root: str, point: int, take_out: Callable[[Tree, str], Without], what: str, name: str
) -> None:
    whole_tree, whole = original(root)
    tree = take_out(whole_tree, what)
    broken = audit_tree(tree, cache=KEPT)
    assert points(broken, name)[point] is Status.MISSING
    edits = plan_fixes(
        only(broken, name, point), tree, unsafe=True, audited=lambda t: only(audit_tree(t, cache=KEPT), name, point)
    )
    fixed = audit_tree(OverlayTree(tree, edits), cache=KEPT)
    expected = points(whole, name)
    if take_out is no_entry:
        assert points(fixed, name)[point] is Status.PARTIAL
    else:
        assert points(fixed, name) == expected
    assert all_additions(edits)


def only(audit: Audit, name: str, point: int) -> Audit:
    """The audit as if it had looked at one point of one type."""
    found = [item for item in audit.backends if item.type == name]
    return replace(
        audit,
        backends=tuple(replace(b, findings=tuple(f for f in b.findings if f.point == point)) for b in found),
        repo=(),
    )


def all_additions(edits: list[FileEdit]) -> bool:
    return all(edit.before is None or _keeps(edit.path, edit.before, edit.after) for edit in edits)


def _keeps(path: str, before: str, after: str) -> bool:
    """Whether everything that was there is still there: tokens of Python, lines of a page."""
    if path.endswith(".py"):
        return is_addition(before, after)
    lines = iter(after.splitlines())
    return all(line in lines for line in before.splitlines())


@pytest.mark.parametrize("root", CHECKOUTS, ids=lambda root: Path(root).name)
def test_everything_that_can_be_fixed_is_fixed_in_one_run(root: str) -> None:
    tree, audit = original(root)
    edits = plan_fixes(audit, tree, unsafe=True, cache=KEPT)
    fixed = OverlayTree(tree, edits)
    assert plan_fixes(audit_tree(fixed, cache=KEPT), fixed, unsafe=True, cache=KEPT) == []
    assert all_additions(edits)
