"""Runs of statements of a Python file with a fingerprint that survives renaming: what clones are found by.

A window is a shortest run of consecutive statements of one block, from or up to one of its statements, that has
`MINIMUM` syntax nodes. Names count by the order in which the window first uses them and constants by their type;
attributes, keywords and the keys of mappings count as written, because another key is another wire's field; so do the
arguments of a method that is given constants only. Docstrings, logging, imports and the declarations of a module or
class (constants, fields) are not part of a window.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate

from massgen_audit.facts.shapes import Window

MINIMUM = 40  # nodes: less than this is alike by chance
_RENAMED = (ast.Name, ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
_CONTEXTS = (ast.Load, ast.Store, ast.Del)
_LOGGERS = ("logger", "logging", "log", "print")
_BY_KEY = frozenset({"get", "pop", "setdefault"})
Token = tuple[str, str]  # what the node is, and the name that may be another one elsewhere


def extract(path: str, source: bytes) -> tuple[Window, ...]:
    """The windows of one file, block by block. Raises SyntaxError or ValueError if it is not Python."""
    found: list[Window] = []
    for number, (owner, block) in enumerate(_blocks(ast.parse(source, filename=path))):
        found.extend(_windows(number, [item for item in block if not _is_noise(item) and _acts(owner, item)]))
    return tuple(found)


def _blocks(tree: ast.AST) -> Iterator[tuple[ast.AST, list[ast.stmt]]]:
    """Every list of statements with the node it is a part of, outermost first."""
    queue: list[ast.AST] = [tree]
    for node in queue:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield node, block
                queue.extend(block)
        queue.extend(getattr(node, "handlers", ()))
        queue.extend(getattr(node, "cases", ()))


def _acts(owner: ast.AST, node: ast.stmt) -> bool:
    declares = isinstance(owner, (ast.Module, ast.ClassDef))
    return not declares or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def _is_noise(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if isinstance(value, ast.Constant):
        return True
    root = value.func if isinstance(value, ast.Call) else None
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id.startswith(_LOGGERS)


def _windows(number: int, block: list[ast.stmt]) -> Iterator[Window]:
    tokens = [list(_tokens(item)) for item in block]
    before = list(accumulate(map(len, tokens), initial=0))
    for start, end in _spans(before):
        mark = _fingerprint([token for part in tokens[start:end] for token in part])
        last: int = block[end - 1].end_lineno or block[end - 1].lineno
        yield Window(mark, number, start, end, before[start], before[end], _first_line(block[start]), last)


def _spans(before: list[int]) -> list[tuple[int, int]]:
    """From each statement on the shortest run that is large enough, and up to each statement likewise."""
    count = len(before) - 1
    spans: set[tuple[int, int]] = set()
    for edge in range(count):
        end = next((end for end in range(edge + 1, count + 1) if before[end] - before[edge] >= MINIMUM), None)
        start = next((start for start in range(edge, -1, -1) if before[edge + 1] - before[start] >= MINIMUM), None)
        spans |= {(edge, end)} if end is not None else set()
        spans |= {(start, edge + 1)} if start is not None else set()
    return sorted(spans)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min((node.lineno, *(int(item.lineno) for item in decorators)))


def _tokens(root: ast.AST) -> Iterator[Token]:
    stack: list[ast.AST] = [root]
    keys: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, _CONTEXTS) or (isinstance(node, ast.stmt) and node is not root and _is_noise(node)):
            continue
        yield (f"Key {node.value!r}", "") if isinstance(node, ast.Constant) and id(node) in keys else _token(node)
        keys.update(map(id, _keys(node)))
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _keys(node: ast.AST) -> Sequence[ast.AST | None]:
    """The expressions that a node uses as keys of a mapping, and the arguments of a call that says nothing else: a list
    of texts that are appended is no code.
    """
    if isinstance(node, ast.Dict):
        return node.keys
    if isinstance(node, ast.Subscript):
        return (node.slice,)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        plain = all(isinstance(argument, ast.Constant) for argument in node.args)
        return node.args if plain else node.args[:1] if node.func.attr in _BY_KEY else ()
    return ()


def _token(node: ast.AST) -> Token:
    kind = type(node).__name__
    if isinstance(node, _RENAMED):
        name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
        return kind, name or ""
    if isinstance(node, ast.Constant):
        return f"Constant {type(node.value).__name__}", ""
    if isinstance(node, ast.Attribute):
        return f"Attribute {node.attr}", ""
    if isinstance(node, ast.keyword):
        return f"keyword {node.arg}", ""
    return kind, ""


def _fingerprint(tokens: list[Token]) -> bytes:
    order: dict[str, int] = {}
    parts = (f"{kind} {order.setdefault(name, len(order))}" if name else kind for kind, name in tokens)
    return blake2b("\n".join(parts).encode(), digest_size=8).digest()
