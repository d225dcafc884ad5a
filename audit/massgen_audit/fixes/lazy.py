"""Adds a name to the table from which a module-level `__getattr__` imports at first use."""

from __future__ import annotations

import libcst as cst

from massgen_audit.fixes.containers import insert, position, text_of
from massgen_audit.fixes.edit import CannotFix, quoted


def with_row(tree: cst.Module, package: str, module: str, name: str, quote: str) -> cst.Module:
    """`tree` whose table gives `name` from the sibling `module`.

    The table maps modules to their names, or names to their modules. Raises CannotFix where there is neither.
    """
    for node in tree.body:
        for table in _tables(node):
            changed = _grown(table, package, module, name, quote)
            if changed is not None:
                return cst.ensure_type(tree.deep_replace(table, changed), cst.Module)
    raise CannotFix("__getattr__ reads no table that maps modules and names: add the name where it looks it up")


def _tables(node: cst.CSTNode) -> list[cst.Dict]:
    if not isinstance(node, cst.SimpleStatementLine):
        return []
    values = [item.value for item in node.body if isinstance(item, cst.Assign | cst.AnnAssign)]
    return [value for value in values if isinstance(value, cst.Dict) and value.elements]


def _grown(table: cst.Dict, package: str, module: str, name: str, quote: str) -> cst.BaseExpression | None:
    """The table with the name, the same table if it has it; None if it is no such table."""
    rows = [item for item in table.elements if isinstance(item, cst.DictElement)]
    if all(isinstance(row.value, cst.Tuple | cst.List) for row in rows):
        spelled = _spelled([text_of(row.key) or "" for row in rows], package, module)
        if spelled is None:
            return None
        present = next((row for row in rows if text_of(row.key) == spelled), None)
        if present is not None:
            return cst.ensure_type(table.deep_replace(present.value, _with_name(present.value, name, quote)), cst.Dict)
        return _with_pair(table, spelled, f"({quoted(name, quote)},)", quote)
    spelled = _spelled([text_of(row.value) or "" for row in rows], package, module)
    if spelled is None or any(text_of(row.key) == name for row in rows):
        return None if spelled is None else table
    return _with_pair(table, name, quoted(spelled, quote), quote)


def _spelled(modules: list[str], package: str, module: str) -> str | None:
    """`module` as the table spells its neighbours: absolute, relative or bare; None if these are no modules."""
    if not all(part.isidentifier() for text in modules for part in text.lstrip(".").split(".")):
        return None
    for prefix in (f"{package}.", "."):
        if any(text.startswith(prefix) for text in modules):
            return f"{prefix}{module}"
    return module if all(text.islower() for text in modules) else None


def _with_name(names: cst.BaseExpression, name: str, quote: str) -> cst.BaseExpression:
    assert isinstance(names, cst.Tuple | cst.List)
    present = [text_of(element.value) or "" for element in names.elements]
    if name in present:
        return names
    return insert(names, position(present, name), cst.Element(cst.SimpleString(quoted(name, quote))))


def _with_pair(table: cst.Dict, key: str, value: str, quote: str) -> cst.BaseExpression:
    keys = [text_of(item.key) or "" for item in table.elements if isinstance(item, cst.DictElement)]
    pair = cst.DictElement(cst.SimpleString(quoted(key, quote)), cst.parse_expression(value))
    return insert(table, position(keys, key), pair)
