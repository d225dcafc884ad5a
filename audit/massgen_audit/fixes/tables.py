"""Adds an entry to a module-level dict literal."""

from __future__ import annotations

import libcst as cst

from massgen_audit.fixes.containers import insert, position, text_of
from massgen_audit.fixes.edit import CannotFix


def with_entry(tree: cst.Module, table: str, key: str, entry: str) -> cst.Module:
    """`tree` whose dict `table` has `entry`, the source of a dict literal with one pair, where `key` belongs."""
    parsed = cst.parse_expression(entry, config=tree.config_for_parsing)
    assert isinstance(parsed, cst.Dict)
    found = next((value for node in tree.body if (value := _dict_of(node, table)) is not None), None)
    if found is None:
        raise CannotFix(f"there is no dict literal {table} at module level: add the entry by hand")
    keys = [text_of(item.key) or "" for item in found.elements if isinstance(item, cst.DictElement)]
    index = position(keys, key) if len(keys) == len(found.elements) else len(found.elements)
    changed = tree.deep_replace(found, insert(found, index, parsed.elements[0]))
    assert isinstance(changed, cst.Module)
    return changed


def _dict_of(node: cst.CSTNode, table: str) -> cst.Dict | None:
    if not isinstance(node, cst.SimpleStatementLine):
        return None
    for statement in node.body:
        targets: list[cst.BaseExpression] = []
        if isinstance(statement, cst.Assign):
            targets = [target.target for target in statement.targets]
        elif isinstance(statement, cst.AnnAssign):
            targets = [statement.target]
        else:
            continue
        named = any(isinstance(target, cst.Name) and target.value == table for target in targets)
        if named and isinstance(statement.value, cst.Dict):
            return statement.value
    return None
