"""The edits of migration 0002: import statements, calls, and counters that become one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

if TYPE_CHECKING:
    from massgen_audit.migrate.tokens import Changes

_NEW = "_estimate_token_usage"


def changed(tree: cst.Module, changes: Changes) -> cst.Module:
    """`tree` with the changes at their lines."""
    wrapper = MetadataWrapper(tree)
    return wrapper.visit(_Edits(changes, wrapper.module))


class _Edits(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, changes: Changes, tree: cst.Module) -> None:
        super().__init__()
        self._changes, self._tree = changes, tree
        self._until = 0  # last line of the counters that the call before took the place of

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        line: int = self.get_metadata(PositionProvider, original_node).start.line
        if line in self._changes.imports and len(updated_node.body) == 1:
            return self._imported(updated_node, self._changes.imports[line])
        if line in self._changes.calls:
            return self._called(updated_node)
        if line in self._changes.counters:
            self._until, call = self._changes.counters[line]
            return updated_node.with_changes(body=[cst.Expr(cst.parse_expression(call))])
        if line <= self._until:
            return cst.RemoveFromParent()
        return updated_node

    def _imported(
        self, line: cst.SimpleStatementLine, statements: dict[str, str]
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        node = cst.ensure_type(line.body[0], cst.ImportFrom)
        names = [] if isinstance(node.names, cst.ImportStar) else list(node.names)
        kept = [alias for alias in names if cst.ensure_type(alias.name, cst.Name).value not in statements]
        parsed = (cst.parse_statement(text, config=self._tree.config_for_parsing) for text in statements.values())
        new = [cst.ensure_type(item, cst.SimpleStatementLine) for item in parsed]
        if not kept:
            new[0] = new[0].with_changes(leading_lines=line.leading_lines, trailing_whitespace=line.trailing_whitespace)
            return cst.FlattenSentinel(new)
        kept[-1] = kept[-1].with_changes(comma=names[-1].comma)
        rest = line.with_changes(body=[node.with_changes(names=kept)])
        return cst.FlattenSentinel([rest, *new])

    def _called(self, line: cst.SimpleStatementLine) -> cst.BaseStatement:
        expression = cst.ensure_type(line.body[0], cst.Expr)
        call = cst.ensure_type(expression.value, cst.Call)
        function = cst.ensure_type(call.func, cst.Attribute).with_changes(attr=cst.Name(_NEW))
        return line.with_changes(body=[expression.with_changes(value=call.with_changes(func=function)), *line.body[1:]])
