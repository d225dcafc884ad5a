"""A checkout as it would be with edits applied, without writing anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from massgen_audit.fixes.edit import FileEdit
from massgen_audit.tree import Tree


class OverlayTree:
    """`tree` in which the edited files read as they would afterwards."""

    def __init__(self, tree: Tree, edits: Iterable[FileEdit]) -> None:
        self._tree = tree
        self._texts = {edit.path: edit.after.encode() for edit in edits}

    @property
    def root(self) -> str:
        return self._tree.root

    @property
    def unlisted(self) -> Mapping[str, str]:
        return self._tree.unlisted

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({*self._tree.paths(), *self._texts}))

    def read(self, path: str) -> bytes:
        return self._texts[path] if path in self._texts else self._tree.read(path)

    def mark(self, path: str) -> str | None:
        return None if path in self._texts else self._tree.mark(path)
