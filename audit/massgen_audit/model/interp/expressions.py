"""Expressions of the audited code as values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from massgen_audit.model.interp.values import (
    ABSENT,
    UNKNOWN,
    Closure,
    Instance,
    OneOf,
    Unknown,
    equal,
    is_plain,
    join,
    options,
    truth,
)
from massgen_audit.model.interp.world import Frame

Evaluate = Callable[[ast.expr, Frame], Any]

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def lift(function: Callable[..., Any], *args: Any) -> Any:
    """Applies a function of plain values to every combination of alternatives; UNKNOWN where it cannot be applied."""
    if any(isinstance(item, Unknown) for item in args):
        return UNKNOWN
    results: list[Any] = []
    for combination in product(*(options(item) for item in args)):
        if len(results) > 64:
            return UNKNOWN
        try:
            results.append(function(*combination) if all(map(_usable, combination)) else UNKNOWN)
        except Exception:
            results.append(UNKNOWN)
    return join(results)


def _usable(value: Any) -> bool:
    """Plain, or a container whose shape is known although some of its elements are not."""
    return isinstance(value, (dict, list, tuple)) or is_plain(value)


def binary(node: ast.BinOp, left: Any, right: Any) -> Any:
    function = _BINARY.get(type(node.op))
    if isinstance(left, (set, frozenset, dict)) and isinstance(right, (set, frozenset, dict)) and function:
        return lift(function, left, right)
    return lift(function, left, right) if function else UNKNOWN


def boolean(node: ast.BoolOp, values: Iterator[Any]) -> Any:
    """`and` / `or`: stops at the first operand that certainly decides; before it, joins what may decide."""
    deciding = isinstance(node.op, ast.Or)
    possible: list[Any] = []
    last: Any = UNKNOWN
    for last in values:
        verdict = truth(last)
        if verdict is deciding:
            return join((*possible, last))
        if verdict is None:
            possible.extend(option for option in options(last) if truth(option) is not (not deciding))
            last = join(option for option in options(last) if truth(option) is not deciding)
    return join((*possible, last))


def compare(node: ast.Compare, values: list[Any]) -> Any:
    results = [_compare_one(op, values[index], values[index + 1]) for index, op in enumerate(node.ops)]
    if any(result is False for result in results):
        return False
    return UNKNOWN if any(result is None for result in results) else True


def _compare_one(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    if isinstance(op, (ast.Eq, ast.NotEq)):
        result = equal(left, right)
        return result if result is None or isinstance(op, ast.Eq) else not result
    if isinstance(op, (ast.Is, ast.IsNot)):
        result = _identical(left, right)
        return result if result is None or isinstance(op, ast.Is) else not result
    if isinstance(op, (ast.In, ast.NotIn)):
        result = contains(left, right)
        return result if result is None or isinstance(op, ast.In) else not result
    function = _ORDER[type(op)]
    result = lift(function, left, right)
    return result if isinstance(result, bool) else None


def _identical(left: Any, right: Any) -> bool | None:
    if isinstance(left, OneOf):
        seen = {_identical(option, right) for option in left.options}
        return seen.pop() if len(seen) == 1 else None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left is right or equal(left, right)


def contains(item: Any, container: Any) -> bool | None:
    """Whether `item in container`; None if that is not known."""
    if isinstance(item, OneOf) or isinstance(container, OneOf):
        seen = {contains(one, box) for one in options(item) for box in options(container)}
        return seen.pop() if len(seen) == 1 else None
    if isinstance(container, dict):
        if not is_plain(item):
            return None
        value = container.get(item, ABSENT)
        return None if ABSENT in options(value) and value is not ABSENT else value is not ABSENT
    if isinstance(container, str):
        return item in container if isinstance(item, str) else None
    if isinstance(container, (list, tuple, set, frozenset)):
        seen = {equal(item, element) for element in container}
        return True if True in seen else (None if None in seen else False)
    return None


def joined_string(node: ast.JoinedStr, values: list[Any]) -> Any:
    """An f-string; known only if every part is a plain value without a format."""
    for part in node.values:
        if isinstance(part, ast.FormattedValue) and (part.format_spec is not None or part.conversion != -1):
            return UNKNOWN
    return lift(lambda *parts: "".join(map(str, parts)), *values)


def subscript(value: Any, key: Any) -> Any:
    """`value[key]`, for every alternative."""
    results = []
    for box, index in product(options(value), options(key)):
        results.append(_item(box, index))
    return join(results)


def _item(box: Any, index: Any) -> Any:
    if isinstance(box, dict) and is_plain(index):
        found = box.get(index, UNKNOWN)
        return join(option for option in options(found) if option is not ABSENT)
    if isinstance(box, (list, tuple, str)) and isinstance(index, (int, slice)):
        try:
            return box[index]
        except (IndexError, TypeError):
            return UNKNOWN
    return UNKNOWN


def display(node: ast.expr, evaluate: Evaluate, frame: Frame) -> Any:
    """List, tuple and set displays, with `*` unpacked where its operand is known."""
    elements: list[Any] = []
    for item in node.elts:  # type: ignore[attr-defined]  # the three displays share the attribute
        value = evaluate(item.value if isinstance(item, ast.Starred) else item, frame)
        if not isinstance(item, ast.Starred):
            elements.append(value)
        elif isinstance(value, (list, tuple, set, frozenset, dict)):
            elements.extend(value)
        else:
            elements.append(UNKNOWN)
    if isinstance(node, ast.Set):
        return {item for item in elements if _hashable(item)}
    return tuple(elements) if isinstance(node, ast.Tuple) else elements


def mapping(node: ast.Dict, evaluate: Evaluate, frame: Frame) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        inner = evaluate(value, frame)
        if key is None:
            found.update(inner if isinstance(inner, dict) else {})
            continue
        name = evaluate(key, frame)
        if _hashable(name):
            found[name] = inner
    return found


def iterable(value: Any, limit: int = 400) -> list[Any] | None:
    """The elements of a known iterable; None if they are not known or too many."""
    if isinstance(value, dict):
        return list(value) if len(value) <= limit else None
    if isinstance(value, (list, tuple, set, frozenset)) and len(value) <= limit:
        return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)
    return None


def comprehension(node: ast.expr, evaluate: Evaluate, assign: Callable[..., None], frame: Frame) -> Any:
    """List, set, dict and generator comprehensions over known iterables."""
    scope = Frame(frame.module, dict(frame.names), frame.owner, frame.receiver, frame.outer)
    found: list[Any] = []
    complete = _generate(node, 0, evaluate, assign, scope, found)
    if not complete:
        return UNKNOWN
    if isinstance(node, ast.DictComp):
        return {key: value for key, value in found if _hashable(key)}
    if isinstance(node, ast.SetComp):
        return {item for item in found if _hashable(item)}
    return found


def _generate(
    node: Any, index: int, evaluate: Evaluate, assign: Callable[..., None], scope: Frame, found: list[Any]
) -> bool:
    if index == len(node.generators):
        if isinstance(node, ast.DictComp):
            found.append((evaluate(node.key, scope), evaluate(node.value, scope)))
        else:
            found.append(evaluate(node.elt, scope))
        return True
    clause = node.generators[index]
    elements = iterable(evaluate(clause.iter, scope))
    if elements is None:
        return False
    for element in elements:
        assign(clause.target, element, scope)
        tests = [truth(evaluate(test, scope)) for test in clause.ifs]
        if None in tests and False not in tests:
            if not isinstance(node, ast.DictComp) or index + 1 < len(node.generators):
                return False
            found.append((evaluate(node.key, scope), join([evaluate(node.value, scope), ABSENT])))
            continue
        if all(tests) and not _generate(node, index + 1, evaluate, assign, scope, found):
            return False
    return True


def _hashable(value: Any) -> bool:
    if isinstance(value, (Instance, Closure)):
        return True
    try:
        hash(value)
    except TypeError:
        return False
    return True
