"""The elements of `__all__`, in every form it is written: assigned, `+=`, `append`, `extend`, under `if` and `try`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from massgen_audit.facts.shapes import Export, Place


class ExportCollector:
    def __init__(self, place: Callable[[ast.AST], Place]) -> None:
        self._place = place
        self.found: list[Export] = []
        self.start: Place | None = None

    def see(self, node: ast.stmt) -> None:
        """Takes one simple statement; the caller has already walked into `if` and `try`."""
        for value in _values(node):
            if self.start is None:
                self.start = self._place(node)
            self.found.extend(self._elements(value))

    def _elements(self, value: ast.expr) -> Iterator[Export]:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield Export(value.value, self._place(value))
        elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
            for item in value.elts:
                yield from self._elements(item.value if isinstance(item, ast.Starred) else item)
        elif isinstance(value, ast.BinOp):
            yield from self._elements(value.left)
            yield from self._elements(value.right)


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _values(node: ast.stmt) -> Iterator[ast.expr]:
    """The expressions whose elements the statement puts into `__all__`."""
    if isinstance(node, ast.Assign):
        if any(map(_is_all, node.targets)):
            yield node.value
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        if _is_all(node.target) and node.value is not None:
            yield node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        func = node.value.func
        if isinstance(func, ast.Attribute) and _is_all(func.value) and func.attr in ("append", "extend", "insert"):
            yield from node.value.args[-1:]
