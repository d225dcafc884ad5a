"""A small language for the shape of a request's JSON: checkers are values that are composed into tables.

A checker takes a value and the place at which it stands, and returns the problems as sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from massgen_conformance.speakers.base import JSON

Checker: TypeAlias = Callable[[JSON, str], list[str]]


def _kind(name: str, holds: Callable[[JSON], bool]) -> Checker:
    def check(value: JSON, place: str) -> list[str]:
        return [] if holds(value) else [f"{place} is {name}, not {_shown(value)}"]

    return check


def _shown(value: JSON) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


text = _kind("text", lambda value: isinstance(value, str))
name = _kind("non-empty text", lambda value: isinstance(value, str) and value != "")
integer = _kind("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool))
number = _kind("a number", _is_number)
boolean = _kind("true or false", lambda value: isinstance(value, bool))
mapping = _kind("an object", lambda value: isinstance(value, dict))
null = _kind("null", lambda value: value is None)


def anything(value: JSON, place: str) -> list[str]:
    """Any JSON but null."""
    return [f"{place} is null"] if value is None else []


def schema(value: JSON, place: str) -> list[str]:
    """A JSON Schema of a tool's arguments: an object schema."""
    if not isinstance(value, dict):
        return [f"{place} is a JSON Schema object, not {_shown(value)}"]
    if str(value.get("type", "")).lower() != "object":
        return [f"{place}.type is 'object', not {_shown(value.get('type'))}"]
    properties = value.get("properties", {})
    return [] if isinstance(properties, dict) else [f"{place}.properties is an object, not {_shown(properties)}"]


def one_of(*values: str) -> Checker:
    """One of these words."""
    return _kind(f"one of {', '.join(values)}", lambda value: isinstance(value, str) and value in values)


def nullable(inner: Checker) -> Checker:
    """Null, or what `inner` takes."""
    return lambda value, place: [] if value is None else inner(value, place)


def listing(item: Checker, *, least: int = 0) -> Checker:
    """A list of at least `least` items."""

    def check(value: JSON, place: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{place} is a list, not {_shown(value)}"]
        if len(value) < least:
            return [f"{place} has at least {least} item(s), not {len(value)}"]
        return [problem for number, entry in enumerate(value) for problem in item(entry, f"{place}[{number}]")]

    return check


def either(*checkers: Checker) -> Checker:
    """What one of the checkers takes; else the problems of one that takes the value's kind, if there is one."""

    def check(value: JSON, place: str) -> list[str]:
        found = [checker(value, place) for checker in checkers]
        inside = [problems for problems in found if problems and not problems[0].startswith(f"{place} is ")]
        return [] if not all(found) else min(inside or found, key=len)

    return check


def record(required: Mapping[str, Checker], optional: Mapping[str, Checker] | None = None) -> Checker:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: JSON, place: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{place} is an object, not {_shown(value)}"]
        prefix = f"{place}." if place else ""
        problems = [f"{prefix}{field} is missing" for field in required if field not in value]
        for field, held in value.items():
            if field in known:
                problems += known[field](held, f"{prefix}{field}")
            else:
                problems.append(f"{prefix}{field} is unknown to the provider")
        return problems

    return check


def tagged(key: str, variants: Mapping[str, Checker], *, default: str | None = None) -> Checker:
    """An object whose `key` says which of the variants it is."""

    def check(value: JSON, place: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{place} is an object, not {_shown(value)}"]
        tag = value.get(key, default)
        if tag not in variants:
            return [f"{place}.{key} is one of {', '.join(variants)}, not {_shown(tag)}"]
        return variants[str(tag)](value, place)

    return check
