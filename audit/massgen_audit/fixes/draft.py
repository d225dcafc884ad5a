"""The texts of one round of fixes: a tree, what was changed in it, and which findings each change answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from massgen_audit.facts.digests import Cache
from massgen_audit.facts.source import Source
from massgen_audit.fixes.edit import CannotFix, FileEdit
from massgen_audit.model.repo import RepoModel
from massgen_audit.tree import Tree
from massgen_audit.values import Finding


class Draft:
    """Edits pile up per file; `answered` are the findings that changed something."""

    def __init__(self, tree: Tree, cache: Cache | None = None) -> None:
        self._tree = tree
        self._edits: dict[str, FileEdit] = {}
        self.model = RepoModel(Source(tree, cache))
        self.answered: list[Finding] = []

    @property
    def edits(self) -> list[FileEdit]:
        return list(self._edits.values())

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A fix of several files that stops half-way leaves none of its edits."""
        edits, answered = dict(self._edits), list(self.answered)
        try:
            yield
        except CannotFix:
            self._edits, self.answered = edits, answered
            raise

    def text(self, path: str) -> str | None:
        """The file as edited so far. Raises CannotFix if it is not UTF-8, FileNotFoundError never."""
        if path in self._edits:
            return self._edits[path].after
        try:
            return self._tree.read(path).decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise CannotFix(f"{path} is not UTF-8") from None

    def rewrite(self, finding: Finding, path: str, fix: Callable[[str], str]) -> None:
        """Applies a fix on text to one file; a fix that changes nothing leaves no edit."""
        text = self.text(path)
        if text is None:
            raise CannotFix(f"there is no {path}")
        after = fix(text)
        if after != text:
            self._note(finding, path, text, after)

    def create(self, finding: Finding, path: str, text: str) -> None:
        """Adds a file. Raises CannotFix if there is one of that name: it is somebody's."""
        if self.text(path) is not None:
            raise CannotFix(f"{path} is there already and is not what is missing: edit it by hand")
        self._note(finding, path, None, text)

    def _note(self, finding: Finding, path: str, before: str | None, after: str) -> None:
        earlier = self._edits.get(path)
        codes = {finding.code, *(earlier.codes if earlier else ())}
        self._edits[path] = FileEdit(path, earlier.before if earlier else before, after, tuple(sorted(codes)))
        self.answered.append(finding)


def merged(earlier: dict[str, FileEdit], later: Iterable[FileEdit]) -> dict[str, FileEdit]:
    """One edit a file: from its text before the first round to its text after the last."""
    whole = dict(earlier)
    for edit in later:
        first = whole.get(edit.path)
        codes = tuple(sorted({*edit.codes, *(first.codes if first else ())}))
        whole[edit.path] = FileEdit(edit.path, first.before if first else edit.before, edit.after, codes)
    return whole
