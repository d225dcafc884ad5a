"""Edits of syntax trees that migrations share. The editing library is imported when something is edited."""

from __future__ import annotations

import libcst as cst


def with_import(tree: cst.Module, statement: str) -> cst.Module:
    """`tree` with an import statement after the last one above its first class or function; unchanged if it has it."""
    line = cst.ensure_type(cst.parse_statement(statement, config=tree.config_for_parsing), cst.SimpleStatementLine)
    code = tree.code_for_node(line).strip()
    body = list(tree.body)
    last = -1
    for index, node in enumerate(body):
        if is_import(node):
            if tree.code_for_node(node.with_changes(leading_lines=[])).strip() == code:
                return tree
            last = index
        elif isinstance(node, cst.ClassDef | cst.FunctionDef):
            break
    if last >= 0:
        body.insert(last + 1, line)
        return tree.with_changes(body=body)
    start = 1 if body and _is_docstring(body[0]) else 0
    gap = [cst.EmptyLine(indent=False)] if start else []
    body.insert(start, line.with_changes(leading_lines=gap))
    return tree.with_changes(body=body)


def is_import(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and all(
        isinstance(item, cst.Import | cst.ImportFrom) for item in node.body
    )


def _is_docstring(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return False
    return isinstance(node.body[0], cst.Expr) and isinstance(
        node.body[0].value, cst.SimpleString | cst.ConcatenatedString
    )


def method_of(tree: cst.Module, owner: str, name: str) -> cst.FunctionDef | None:
    """The one method of that name of a class at module level."""
    for node in tree.body:
        if isinstance(node, cst.ClassDef) and node.name.value == owner:
            found = [item for item in node.body.body if isinstance(item, cst.FunctionDef) and item.name.value == name]
            return found[0] if len(found) == 1 else None
    return None
