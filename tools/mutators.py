"""Mutations of backend idioms: each is a bug that a backend really has had, planted at every place that fits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider

CLOSING = m.Await(m.Call(func=m.Attribute(attr=m.Name("aclose") | m.Name("close") | m.Name("disconnect"))))
ENDING = m.Call(func=m.Attribute(attr=m.Name("close") | m.Name("flush") | m.Name("end_open_blocks")))
COUNTED = ("usage", "tokens", "count", "total", "seen")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: the mutator's name, the line, and the code at its place before and after it."""

    mutator: str
    line: int
    before: str
    after: str
    module: cst.Module = field(repr=False)
    change: tuple[cst.CSTNode, cst.CSTNode] = field(repr=False)

    @property
    def source(self) -> str:
        """The whole file after the change."""
        changed = self.module.deep_replace(*self.change)
        assert isinstance(changed, cst.Module)
        return changed.code


def mutations(source: str) -> Iterator[Mutation]:
    """Every mutation of a module."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    module, places = wrapper.module, wrapper.resolve(PositionProvider)
    nodes: list[cst.CSTNode] = []
    _gather(module, nodes)
    for node in nodes:
        for name, mutator in MUTATORS.items():
            other = mutator(node)
            if other is not None:
                told = [" ".join(module.code_for_node(each).split())[:60] for each in (node, other)]
                yield Mutation(name, places[node].start.line, *told, module, (node, other))  # type: ignore[attr-defined]


def _gather(node: cst.CSTNode, found: list[cst.CSTNode]) -> None:
    found.append(node)
    for child in node.children:
        _gather(child, found)


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _sum_for_last(node: cst.CSTNode) -> cst.CSTNode | None:
    if m.matches(node, m.AugAssign(operator=m.AddAssign())):
        assert isinstance(node, cst.AugAssign)
        return cst.Assign([cst.AssignTarget(node.target)], node.value)
    is_sum = m.matches(node, m.BinaryOperation(operator=m.Add()))
    if is_sum and any(word in _code(node).lower() for word in COUNTED):
        assert isinstance(node, cst.BinaryOperation)
        return node.right
    return None


def _left_open(node: cst.CSTNode) -> cst.CSTNode | None:
    return cst.Pass() if m.matches(node, m.Expr(CLOSING)) else None


def _unflushed(node: cst.CSTNode) -> cst.CSTNode | None:
    if m.matches(node, m.Expr(ENDING)):
        return cst.Pass()
    if m.matches(node, m.For(iter=ENDING)):
        assert isinstance(node, cst.For)
        return node.with_changes(iter=cst.Tuple([]))
    return None


def _index_for_id(node: cst.CSTNode) -> cst.CSTNode | None:
    """A key made of an id and an index, without the id; a look-up by id that finds nothing."""
    pair = m.Tuple([m.Element(m.Name("item_id") | m.Name("call_id")), m.Element()])
    if m.matches(node, pair):
        assert isinstance(node, cst.Tuple)
        return node.with_changes(elements=[cst.Element(cst.Name("None")), *node.elements[1:]])
    by_id = m.Attribute(attr=m.Name("_by_id"))
    if m.matches(node, m.Call(func=m.Attribute(value=by_id, attr=m.Name("get")))):
        return cst.Name("None")
    return None


def _falsy_is_absent(node: cst.CSTNode) -> cst.CSTNode | None:
    nothing = m.Name("None")
    if m.matches(node, m.Comparison(comparisons=[m.ComparisonTarget(operator=m.IsNot(), comparator=nothing)])):
        assert isinstance(node, cst.Comparison)
        return node.left if node.lpar or not m.matches(node.left, m.NamedExpr()) else None
    if m.matches(node, m.Comparison(comparisons=[m.ComparisonTarget(operator=m.Is(), comparator=nothing)])):
        assert isinstance(node, cst.Comparison)
        return cst.UnaryOperation(cst.Not(), node.left, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return None


def _catch_all(node: cst.CSTNode) -> cst.CSTNode | None:
    if isinstance(node, cst.ExceptHandler) and node.type is not None and _code(node.type) != "BaseException":
        return node.with_changes(type=cst.Name("BaseException"))
    return None


def _no_way_out(node: cst.CSTNode) -> cst.CSTNode | None:
    """A `break` that does not, and an early `return` of nothing that goes on."""
    if isinstance(node, cst.Break) or (isinstance(node, cst.Return) and node.value is None):
        return cst.Pass()
    return None


MUTATORS: dict[str, Callable[[cst.CSTNode], cst.CSTNode | None]] = {
    "the last count for the sum": _sum_for_last,
    "left open": _left_open,
    "not flushed at the end": _unflushed,
    "the index without the id": _index_for_id,
    "falsy is absent": _falsy_is_absent,
    "catches everything": _catch_all,
    "does not leave": _no_way_out,
}
