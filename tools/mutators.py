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
FALSY = frozenset({"index", "arguments", "value", "status", "retries", "wait", "ticks", "text", "content", "reason"})
FALSY_ENDS = ("output_index", "content_index", "tokens", "_count", "TokenCount")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: the mutator's name, the line, what is around it (`Class.method`, or the row `NAMES['key']`), and the
    code at its place before and after it."""

    mutator: str
    line: int
    within: str
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
    nodes: list[tuple[cst.CSTNode, str]] = []
    _gather(module, "", nodes)
    for node, within in nodes:
        for name, mutator in MUTATORS.items():
            for other in mutator(node):
                told = _difference(*(" ".join(module.code_for_node(each).split()) for each in (node, other)))
                line = places[node].start.line  # type: ignore[attr-defined]
                yield Mutation(name, line, within or "module", *told, module, (node, other))


def _gather(node: cst.CSTNode, within: str, found: list[tuple[cst.CSTNode, str]]) -> None:
    """Every node from this one on, each with the dotted name of what is around it."""
    found.append((node, within))
    match node:
        case cst.FunctionDef(name=cst.Name(name)) | cst.ClassDef(name=cst.Name(name)):
            within = f"{within}.{name}".removeprefix(".")
        case cst.AnnAssign(target=cst.Name(name)) | cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]):
            within = within or name
        case cst.DictElement(key=cst.SimpleString(key) | cst.Integer(key)) if within:
            within = f"{within}[{key}]"
    for child in node.children:
        _gather(child, within, found)


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _difference(before: str, after: str) -> tuple[str, str]:
    """Two texts from a little before their first difference, each at most 60 characters."""
    same = next((at for at, (mine, other) in enumerate(zip(before, after, strict=False)) if mine != other), 0)
    start = max(0, same - 12) if len(before) > 60 else 0
    return before[start : start + 60], after[start : start + 60]


Mutator = Callable[[cst.CSTNode], Iterator[cst.CSTNode]]
"""What may stand in place of a node."""


def _sum_for_last(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if m.matches(node, m.AugAssign(operator=m.AddAssign())):
        assert isinstance(node, cst.AugAssign)
        yield cst.Assign([cst.AssignTarget(node.target)], node.value)
    is_sum = m.matches(node, m.BinaryOperation(operator=m.Add()))
    if is_sum and any(word in _code(node).lower() for word in COUNTED):
        assert isinstance(node, cst.BinaryOperation)
        yield node.right


def _left_open(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if m.matches(node, m.Expr(CLOSING)):
        yield cst.Pass()


def _unflushed(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if m.matches(node, m.Expr(ENDING)):
        yield cst.Pass()
    if m.matches(node, m.For(iter=ENDING)):
        assert isinstance(node, cst.For)
        yield node.with_changes(iter=cst.Tuple([]))


def _index_for_id(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A key made of an id and an index, without the id; a look-up by id that finds nothing."""
    pair = m.Tuple([m.Element(m.Name("item_id") | m.Name("call_id")), m.Element()])
    if m.matches(node, pair):
        assert isinstance(node, cst.Tuple)
        yield node.with_changes(elements=[cst.Element(cst.Name("None")), *node.elements[1:]])
    by_id = m.Attribute(attr=m.Name("_by_id"))
    if m.matches(node, m.Call(func=m.Attribute(value=by_id, attr=m.Name("get")))):
        yield cst.Name("None")


def _falsy_is_absent(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Zero, an empty text or list is taken for nothing; objects, which are never falsy, are left out."""
    if not isinstance(node, cst.Comparison) or len(node.comparisons) != 1 or not _may_be_falsy(node.left):
        return
    target = node.comparisons[0]
    if not m.matches(target.comparator, m.Name("None")):
        return
    if isinstance(target.operator, cst.IsNot):
        yield node.left
    elif isinstance(target.operator, cst.Is):
        yield cst.UnaryOperation(cst.Not(), node.left, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _may_be_falsy(node: cst.CSTNode) -> bool:
    leaf = node.attr if isinstance(node, cst.Attribute) else node
    return isinstance(leaf, cst.Name) and (leaf.value in FALSY or leaf.value.endswith(FALSY_ENDS))


def _catch_all(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.ExceptHandler) and node.type is not None and _code(node.type) != "BaseException":
        yield node.with_changes(type=cst.Name("BaseException"))


def _no_way_out(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A `break` that does not, and an early `return` of nothing that goes on."""
    if isinstance(node, cst.Break) or (isinstance(node, cst.Return) and node.value is None):
        yield cst.Pass()


def _without_finally(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Try) and node.finalbody is not None:
        yield cst.If(cst.Name("True"), node.body) if not node.handlers else node.with_changes(finalbody=None)


def _other_finish(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if m.matches(node, m.Attribute(m.Name("FinishStatus"))):
        assert isinstance(node, cst.Attribute)
        yield node.with_changes(attr=cst.Name("LENGTH" if node.attr.value == "STOP" else "STOP"))


def _other_kind(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if m.matches(node, m.Attribute(m.Name("ErrorKind"))):
        assert isinstance(node, cst.Attribute)
        yield node.with_changes(attr=cst.Name("SERVER" if node.attr.value == "BAD_REQUEST" else "BAD_REQUEST"))


def _branch_dropped(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What is done in a special case is not done; guards that only leave are another mutator's."""
    if not isinstance(node, cst.If) or node.orelse is not None or m.matches(node.test, m.Name("TYPE_CHECKING")):
        return
    steps = list(node.body.body)
    leaves = m.SimpleStatementLine([m.Return() | m.Raise() | m.Continue() | m.Break()])
    if not (len(steps) == 1 and m.matches(steps[0], leaves)):
        yield node.with_changes(test=cst.Name("False"))


def _difference_forgotten(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A provider's dialect without one of its differences."""
    if m.matches(node, m.Call(func=m.Name("ChatDialect"))):
        assert isinstance(node, cst.Call)
        for number, given in enumerate(node.args):
            if given.keyword is not None:
                yield node.with_changes(args=[*node.args[:number], *node.args[number + 1 :]])


MUTATORS: dict[str, Mutator] = {
    "the last count for the sum": _sum_for_last,
    "left open": _left_open,
    "not flushed at the end": _unflushed,
    "the index without the id": _index_for_id,
    "falsy is absent": _falsy_is_absent,
    "catches everything": _catch_all,
    "does not leave": _no_way_out,
    "without its finally": _without_finally,
    "another finish reason": _other_finish,
    "another kind of error": _other_kind,
    "a branch dropped": _branch_dropped,
    "a difference forgotten": _difference_forgotten,
}
