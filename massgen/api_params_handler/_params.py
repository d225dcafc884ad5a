"""The caller's parameters put into the body of a request: a table of rules, one for each name.

A rule turns one value into a fragment of the body. Names without a rule go out as they are: providers add parameters
faster than anyone can list them. A value of None is not sent; 0, "", False and [] are values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from massgen.errors import ConfigurationError

Json = Any
Fragment = dict[str, Json]
Rule = Callable[[Json], Fragment]
"""Raises ValueError, with what to do instead, for a value that the wire cannot express."""


def at(*path: str) -> Rule:
    """The value as it is, at this path of the body."""

    def place(value: Json) -> Fragment:
        for key in reversed(path):
            value = {key: value}
        fragment: Fragment = value
        return fragment

    return place


def list_at(*path: str) -> Rule:
    """The value at this path, a single string as a list of one."""
    place = at(*path)
    return lambda value: place([value] if isinstance(value, str) else value)


def object_at(*path: str) -> Rule:
    """The value, which must be an object, at this path."""
    place = at(*path)

    def check(value: Json) -> Fragment:
        if not isinstance(value, Mapping):
            raise ValueError(f"it is {type(value).__name__}; give an object")
        return place(value)

    return check


def refused(instead: str) -> Rule:
    """A parameter that the wire does not have; `instead` says what to do."""

    def refuse(value: Json) -> Fragment:
        raise ValueError(f"this wire has no such parameter; {instead}")

    return refuse


STATELESS = refused("it keeps no conversation, so send the whole history")
"""For the id of an answer that the provider would have to remember."""


def only(accepted: Json, instead: str) -> Rule:
    """A parameter of which the wire has one value, its own behaviour, that needs no saying."""

    def check(value: Json) -> Fragment:
        if value != accepted:
            raise ValueError(f"this wire knows {accepted!r} only; {instead}")
        return {}

    return check


def gather(params: Mapping[str, Json], rules: Mapping[str, Rule], problems: list[str]) -> Fragment:
    """One fragment with all of `params`; two that say different things at one place are a problem."""
    gathered: Fragment = {}
    for name, value in params.items():
        try:
            fragment = rules[name](value) if name in rules else {name: value}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            problems.append(f"{name}: {error}")
            continue
        twice = sorted(_clashes(gathered, fragment))
        problems.extend(f"{name}: {path} is given twice, with different values; keep one" for path in twice)
        gathered = merged(gathered, fragment)
    return gathered


def merged(first: Mapping[str, Json], second: Mapping[str, Json]) -> Fragment:
    """Both, objects merged at every depth and `second` winning; neither is changed."""
    result = dict(first)
    for key, value in second.items():
        known = result.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[key] = merged(known, value) if both and known is not None else value
    return result


def _clashes(first: Mapping[str, Json], second: Mapping[str, Json], path: str = "") -> Iterator[str]:
    for key in first.keys() & second.keys():
        here, there = first[key], second[key]
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            yield from _clashes(here, there, f"{path}{key}.")
        elif here != there:
            yield f"{path}{key}"


@contextmanager
def collecting(problems: list[str]) -> Iterator[None]:
    """Turn a ConfigurationError inside into `problems`, so that all of them are reported at once."""
    try:
        yield
    except ConfigurationError as error:
        problems.extend(error.problems)
