"""Adds a row to a dict literal from backend type to `package.module:Class`."""

from __future__ import annotations

import ast
import re

from massgen_audit.fixes.edit import CannotFix, dict_literal, quote_of, quoted, rewritten

_TARGET = re.compile(r"(?P<package>(?:\w+\.)*)(?P<module>\w+)(?P<separator>[:.])(?P<cls>\w+)")


def add_row(source: str, table: str, type_: str, module: str, cls: str) -> str:
    """`source` whose dict `table` names `cls` of the sibling `module` for the type; unchanged if it has the key.

    The value is written as the rows beside it are. Raises CannotFix where there is no such table of strings.
    """
    from massgen_audit.fixes.tables import with_entry

    rows = _rows(source, table)
    if type_ in rows:
        return source
    quote = quote_of(source)
    key, value = (quoted(text, quote) for text in (type_, _target(rows, table, module, cls)))
    return rewritten(source, lambda tree: with_entry(tree, table, type_, f"{{{key}: {value}}}"))


def _rows(source: str, table: str) -> dict[str, str]:
    literal = dict_literal(source, table)
    if literal is None:
        raise CannotFix(f"there is no dict literal {table}: add the type where the factory looks it up")
    return {
        key.value: value.value
        for key, value in zip(literal.keys, literal.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
        if isinstance(key.value, str) and isinstance(value.value, str)
    }


def _target(rows: dict[str, str], table: str, module: str, cls: str) -> str:
    shapes = [(row, match) for row in rows.values() if (match := _TARGET.fullmatch(row))]
    for row, match in shapes:
        if match["cls"] == cls:
            return row
    if not shapes:
        raise CannotFix(f"the rows of {table} do not name a module and a class: add the type by hand")
    match = shapes[-1][1]
    return f"{match['package']}{module}{match['separator']}{cls}"
