"""Walks over a syntax tree that leave out what nobody asks for: contexts (`Load`), operators, and fields without nodes.

Half of what `ast.walk` gives is such, and it looks at every field of every node to find the other half. Which fields of
a kind of node can hold nodes is found once per kind here.
"""

from __future__ import annotations

import ast
from typing import Final

_BARE: Final = frozenset(
    """
    ctx op ops id attr arg name module level asname tag simple is_async conversion kind type_comment type_ignores rest
    kwd_attrs
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_LEAVES: Final = (ast.Constant, ast.MatchSingleton, ast.Global, ast.Nonlocal)  # what they hold is no node


class _Parts(dict[type, tuple[str, ...]]):
    """The fields of a kind of node that can hold nodes, in order."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        fields = () if issubclass(kind, _LEAVES) else getattr(kind, "_fields", ())
        self[kind] = tuple(name for name in fields if name not in _BARE)
        return self[kind]


PARTS: Final = _Parts()


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right under a node, in the order of its fields."""
    found: list[ast.AST] = []
    for name in PARTS[type(node)]:
        part = getattr(node, name, None)
        if type(part) is list:
            found.extend(filter(None, part))  # a dict display has None for the key of `**`
        elif part is not None:
            found.append(part)
    return found


def walk(root: ast.AST) -> list[ast.AST]:
    """The node and all nodes under it in the order of `ast.walk`: level by level."""
    found = [root]
    for node in found:
        if PARTS[type(node)]:
            found += children(node)
    return found
