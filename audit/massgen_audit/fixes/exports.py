"""Adds a class to a package's exports: the import, and its name in `__all__` however that is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from massgen_audit.facts import python
from massgen_audit.facts.shapes import Module
from massgen_audit.fixes.edit import CannotFix, quote_of, quoted, rewritten

if TYPE_CHECKING:
    import libcst as cst


def add_import(source: str, package: str, module: str, name: str) -> str:
    """`source` of the `__init__.py` of `package` that offers `name` of the sibling `module`.

    The import is relative or absolute, as its neighbours are. A package whose `__getattr__` imports each name at its
    first use gets a row in the table that it reads, and the import for type checkers. A name that is bound already is
    left alone.
    """
    facts = _facts(source)
    if name in facts.bindings():
        return source
    if facts.function("__getattr__") is not None:
        quote = quote_of(source)
        return rewritten(source, lambda tree: _with_lazy_import(tree, package, module, name, quote))
    return rewritten(source, lambda tree: tree.with_changes(body=_with_import(tree, tree.body, package, module, name)))


def add_to_all(source: str, name: str) -> str:
    """`source` with `name` in `__all__`; unchanged if it is there in any form.

    Raises CannotFix where there is no `__all__`, or the name would be listed without existing.
    """
    facts = _facts(source)
    if any(export.name == name for export in facts.exports):
        return source
    if name not in facts.bindings() and facts.function("__getattr__") is None:
        raise CannotFix(f"{name} is not imported: import it first")
    literal = quoted(name, quote_of(source))
    return rewritten(source, lambda tree: _with_name(tree, name, literal))


def _facts(source: str) -> Module:
    try:
        return python.extract("__init__.py", source.encode())
    except SyntaxError as error:
        raise CannotFix(f"line {error.lineno} does not parse: repair the file first") from None


def _with_lazy_import(tree: cst.Module, package: str, module: str, name: str, quote: str) -> cst.Module:
    import libcst as cst
    import libcst.matchers as m

    from massgen_audit.fixes.lazy import with_row

    checking = m.If(test=m.Name("TYPE_CHECKING") | m.Attribute(attr=m.Name("TYPE_CHECKING")), body=m.IndentedBlock())
    body = []
    for node in with_row(tree, package, module, name, quote).body:
        if isinstance(node, cst.If) and m.matches(node, checking):
            imports = _with_import(tree, node.body.body, package, module, name)
            node = node.with_changes(body=node.body.with_changes(body=imports))
        body.append(node)
    return tree.with_changes(body=body)


def _with_import(
    tree: cst.Module,
    statements: Sequence[cst.BaseStatement | cst.BaseSmallStatement],
    package: str,
    module: str,
    name: str,
) -> list[cst.BaseStatement | cst.BaseSmallStatement]:
    """The statements of a module or block with the import where it sorts among its neighbours."""
    import libcst as cst

    body = list(statements)
    relative = [(index, found) for index, node in enumerate(body) if (found := _imported_from(node, "."))]
    absolute = [(index, found) for index, node in enumerate(body) if (found := _imported_from(node, f"{package}."))]
    prefix, places = (f"{package}.", absolute) if len(absolute) > len(relative) else (".", relative)
    parsed = cst.parse_statement(f"from {prefix}{module} import {name}\n", config=tree.config_for_parsing)
    line = cst.ensure_type(parsed, cst.SimpleStatementLine)
    smaller = [index for index, found in places if found.lower() <= module.lower()]
    if smaller:
        body.insert(smaller[-1] + 1, line)
    elif places:  # what stands above a block of imports stays above it
        first = cst.ensure_type(body[places[0][0]], cst.SimpleStatementLine)
        pair = (line.with_changes(leading_lines=first.leading_lines), first.with_changes(leading_lines=[]))
        body[places[0][0] : places[0][0] + 1] = pair
    else:
        body.insert(_after_imports(body), line)
    return body


def _imported_from(node: cst.CSTNode, prefix: str) -> str | None:
    """The module behind `prefix` that a top-level `from <prefix>module import ...` names."""
    import libcst as cst

    if not isinstance(node, cst.SimpleStatementLine) or not isinstance(node.body[0], cst.ImportFrom):
        return None
    statement = node.body[0]
    if statement.module is None:
        return None
    dots = "." * len(statement.relative)
    full = dots + cst.Module([]).code_for_node(statement.module)
    rest = full.removeprefix(prefix)
    return rest if rest != full and not rest.startswith(".") else None


def _after_imports(body: Sequence[cst.CSTNode]) -> int:
    """Behind the docstring and the last import."""
    import libcst as cst
    import libcst.matchers as m

    documented = bool(body) and m.matches(body[0], m.SimpleStatementLine(body=[m.Expr(m.SimpleString())]))
    index = 1 if documented else 0
    for number, node in enumerate(body):
        if isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Import | cst.ImportFrom):
            index = number + 1
    return index


def _with_name(tree: cst.Module, name: str, literal: str) -> cst.Module:
    import libcst as cst

    value = next((found for node in tree.body if _is_filled(found := _all_value(node))), None)
    if value is not None:
        changed = tree.deep_replace(value, _with_element(value, name, literal))
        return cst.ensure_type(changed, cst.Module)
    last = max((number for number, node in enumerate(tree.body) if _mentions_all(node)), default=None)
    if last is None:
        raise CannotFix("there is no __all__: write one that lists the package's exports")
    line = cst.parse_statement(f"__all__.append({literal})\n", config=tree.config_for_parsing)
    body = [*tree.body[: last + 1], line, *tree.body[last + 1 :]]
    return tree.with_changes(body=body)


def _all_value(node: cst.CSTNode) -> cst.BaseExpression | None:
    """The value of `__all__ = ...`, `__all__: ... = ...` or `__all__ += ...`."""
    import libcst as cst

    if not isinstance(node, cst.SimpleStatementLine):
        return None
    statement = node.body[0]
    if isinstance(statement, cst.Assign) and any(_is_all(target.target) for target in statement.targets):
        return statement.value
    if isinstance(statement, cst.AnnAssign | cst.AugAssign) and _is_all(statement.target):
        return statement.value
    return None


def _is_all(node: cst.CSTNode) -> bool:
    import libcst as cst

    return isinstance(node, cst.Name) and node.value == "__all__"


def _is_filled(value: cst.BaseExpression | None) -> bool:
    """A bracketed literal with elements; an empty one grows by `append`, and a new name goes the same way."""
    import libcst as cst

    bracketed = isinstance(value, cst.List) or (isinstance(value, cst.Tuple) and bool(value.lpar))
    return bracketed and isinstance(value, cst.List | cst.Tuple) and bool(value.elements)


def _with_element(value: cst.BaseExpression, name: str, literal: str) -> cst.BaseExpression:
    import libcst as cst

    from massgen_audit.fixes.containers import insert, position, text_of

    assert isinstance(value, cst.List | cst.Tuple)
    index = position([text_of(element.value) or "" for element in value.elements], name)
    return insert(value, index, cst.Element(cst.SimpleString(literal)))


def _mentions_all(node: cst.CSTNode) -> bool:
    import libcst.matchers as m

    return bool(m.findall(node, m.Name("__all__")))
