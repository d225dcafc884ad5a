"""Python's own functions and the methods of its plain values, as far as integrations use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from massgen_audit.model.interp.expressions import iterable, lift
from massgen_audit.model.interp.values import (
    ABSENT,
    UNKNOWN,
    ClassRef,
    Instance,
    OneOf,
    Unknown,
    is_plain,
    join,
    options,
    truth,
)

_STRING = frozenset(
    """
    lower upper strip lstrip rstrip split rsplit partition rpartition replace startswith endswith removeprefix
    removesuffix title capitalize join format casefold splitlines isdigit
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_SET = frozenset(["union", "intersection", "difference", "symmetric_difference", "copy", "issubset", "issuperset"])
MUTATORS = frozenset(
    ["add", "update", "append", "extend", "discard", "remove", "insert", "clear", "setdefault", "pop"],
)


def call_method(value: Any, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    """A method of a plain value; changes of containers happen in place."""
    if isinstance(value, str) and name in _STRING:
        return lift(lambda *plain: getattr(plain[0], name)(*plain[1:]), value, *args)
    if isinstance(value, dict):
        return _dict(value, name, args, keywords)
    if isinstance(value, (set, frozenset)) and name in _SET:
        sets = [set(iterable(item) or ()) if not isinstance(item, Unknown) else item for item in args]
        return lift(lambda *plain: getattr(plain[0], name)(*plain[1:]), value, *sets)
    if isinstance(value, (list, set)) and name in MUTATORS:
        return _mutate(value, name, args)
    return UNKNOWN


def _mutate(value: list[Any] | set[Any], name: str, args: list[Any]) -> Any:
    if name in ("update", "extend"):
        elements = [element for item in args for element in (iterable(item) or ())]
        method = getattr(value, name, None)
        if method is not None:
            method([item for item in elements if is_plain(item)] if isinstance(value, set) else elements)
        return None
    if name == "pop":
        return UNKNOWN
    method = getattr(value, name, None)
    try:
        return method(*args) if method is not None else UNKNOWN
    except (TypeError, ValueError, KeyError, IndexError):
        return UNKNOWN


def _dict(value: dict[Any, Any], name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    if name in ("get", "pop", "setdefault") and args:
        default = args[1] if len(args) > 1 else None
        results = [_entry(value, name, key, default) for key in options(args[0])]
        return join(results)
    if name == "update":
        for item in (*args, keywords):
            value.update(item if isinstance(item, dict) else {})
        return None
    if name == "items":
        return list(value.items())
    if name in ("keys", "values"):
        return list(getattr(value, name)())
    return value.copy() if name == "copy" else UNKNOWN


def _entry(value: dict[Any, Any], name: str, key: Any, default: Any) -> Any:
    if not is_plain(key) or isinstance(key, (list, dict, set)):
        return UNKNOWN
    found = value.pop(key, ABSENT) if name == "pop" else value.get(key, ABSENT)
    result = join(default if option is ABSENT else option for option in options(found))
    if name == "setdefault":
        value[key] = result
    return result


def _collection(make: Callable[[Any], Any]) -> Callable[..., Any]:
    def build(*args: Any) -> Any:
        if not args:
            return make(())
        return join(_gathered(make, option) for option in options(args[0]))

    return build


def _gathered(make: Callable[[Any], Any], value: Any) -> Any:
    elements = iterable(value)
    if elements is None:
        return UNKNOWN
    try:
        return make(elements)
    except TypeError:
        return UNKNOWN


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, (str, list, tuple, dict, set, frozenset)) else UNKNOWN


def _quantify(stop: bool) -> Callable[[Any], Any]:
    def quantify(value: Any) -> Any:
        elements = iterable(value)
        verdicts = {truth(item) for item in elements} if elements is not None else {None}
        if stop in verdicts:
            return stop
        return UNKNOWN if None in verdicts else not stop

    return quantify


def _next(value: Any, default: Any = UNKNOWN) -> Any:
    elements = iterable(value)
    if elements is None:
        return UNKNOWN
    return elements[0] if elements else default


def _isinstance(value: Any, kind: Any) -> Any:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not all(isinstance(item, type) for item in kinds) or isinstance(value, (Unknown, OneOf)):
        return UNKNOWN
    return not isinstance(value, (Instance, ClassRef)) and isinstance(value, kinds)


PLAIN_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "dict": dict, "list": list}


def _convert(make: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: lift(make, *args)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "set": _collection(set),
    "frozenset": _collection(set),
    "list": _collection(list),
    "tuple": _collection(tuple),
    "sorted": lambda value, **_: _gathered(lambda items: sorted(items, key=str), value),
    "dict": lambda *args, **keywords: {**(args[0] if args and isinstance(args[0], dict) else {}), **keywords},
    "str": lambda value="": value if isinstance(value, str) else lift(str, value),
    "int": _convert(int),
    "float": _convert(float),
    "bool": lambda value=False: UNKNOWN if truth(value) is None else truth(value),
    "len": _length,
    "any": _quantify(True),
    "all": _quantify(False),
    "next": _next,
    "isinstance": _isinstance,
    "cast": lambda _type, value: value,
}

FOREIGN: dict[str, Callable[..., Any]] = {
    "re.sub": lambda pattern, new, text, *_: lift(re.sub, pattern, new, text),
    "copy.deepcopy": lambda value, *_: value,
    "copy.copy": lambda value, *_: value,
    "typing.cast": lambda _type, value: value,
    "types.MappingProxyType": lambda value: value,
}
