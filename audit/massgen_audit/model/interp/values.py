"""What an expression of the audited code can be known to be.

Plain Python values stand for themselves; the classes here stand for the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from massgen_audit.facts.shapes import Function
from massgen_audit.model.classes import ClassInfo


class Unknown:
    """Nothing is known."""

    def __repr__(self) -> str:
        return "UNKNOWN"


class Absent:
    """In a joined dict: the key may not be there."""

    def __repr__(self) -> str:
        return "ABSENT"


UNKNOWN = Unknown()
ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values, depending on a condition that is not known."""

    options: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ClassRef:
    info: ClassInfo


@dataclass(eq=False, slots=True)
class Instance:
    """An object of an audited class. Its constructor is followed when an attribute is first asked for."""

    info: ClassInfo
    attrs: dict[str, Any] = field(default_factory=dict)
    pending: tuple[list[Any], dict[str, Any]] | None = None
    made_at: tuple[str, int] = ("", 0)  # path and line of the call that made it
    arguments: dict[str, Any] = field(default_factory=dict)  # keywords of that call
    refused: bool = False  # its constructor certainly raises for these arguments

    def __repr__(self) -> str:
        return f"Instance({self.info.name})"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration."""

    enum: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Func:
    """A function, bound if `receiver` is given; `owner` is the class that defines it."""

    path: str
    fact: Function
    receiver: Any = None
    owner: ClassInfo | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function defined inside another, or a lambda, with the names it sees."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Any


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something of another distribution, by its dotted name."""

    chain: str


@dataclass(frozen=True, slots=True)
class ModuleRef:
    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of a plain value, e.g. `"Name".lower`."""

    value: Any
    name: str


@dataclass(frozen=True, slots=True)
class Super:
    receiver: Any
    after: ClassInfo


OPAQUE = (Unknown, OneOf, Instance, ClassRef, Func, Closure, Foreign, ModuleRef, Method, Super, Absent)
_LIMIT = 12


def is_plain(value: Any) -> bool:
    """Whether the value and everything in it is known."""
    if isinstance(value, OPAQUE):
        return False
    if isinstance(value, dict):
        return all(is_plain(item) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(is_plain(item) for item in value)
    return True


def options(value: Any) -> tuple[Any, ...]:
    return value.options if isinstance(value, OneOf) else (value,)


def same(left: Any, right: Any) -> bool:
    """Identity for objects, equality for plain values of one type."""
    if left is right:
        return True
    return type(left) is type(right) and is_plain(left) and is_plain(right) and bool(left == right)


def join(values: Iterable[Any]) -> Any:
    """One value for several alternatives; UNKNOWN stays visible as one of them."""
    found: list[Any] = []
    for value in values:
        for option in options(value):
            if not any(same(option, known) for known in found):
                found.append(option)
    if not found or len(found) > _LIMIT:
        return UNKNOWN
    return found[0] if len(found) == 1 else OneOf(tuple(found))


def truth(value: Any) -> bool | None:
    """Whether the value is true; None if that is not known."""
    if isinstance(value, OneOf):
        seen = {truth(option) for option in value.options}
        return seen.pop() if len(seen) == 1 else None
    if isinstance(value, (Unknown, Absent, Foreign)):
        return None
    if isinstance(value, dict):
        certain = [item for item in value.values() if not _may_be_absent(item)]
        return True if certain else (None if value else False)
    if isinstance(value, OPAQUE):
        return True
    return bool(value)


def _may_be_absent(value: Any) -> bool:
    return isinstance(value, OneOf) and ABSENT in value.options


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are equal; None if that is not known."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        seen = {equal(one, other) for one in options(left) for other in options(right)}
        return seen.pop() if len(seen) == 1 else None
    if is_plain(left) and is_plain(right):
        return bool(left == right)
    if isinstance(left, (Unknown, Foreign)) or isinstance(right, (Unknown, Foreign)):
        return None
    return left is right or (type(left) is type(right) and isinstance(left, (ClassRef, Func)) and left == right)
