"""Small changes inside a value of JSON: one leaf at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

JSON = Any  # the JSON edge


def changed_leaves(value: JSON, path: str = "") -> Iterator[tuple[str, JSON]]:
    """`(path, the whole value with one leaf changed)`: another text, an empty one, a count one more or below zero,
    the other truth, no value; and each key and item left out."""
    if not isinstance(value, (dict, list)):
        return
    for place in list(value) if isinstance(value, dict) else range(len(value)):
        here = f"{path}.{place}" if path else str(place)
        yield here, _without(value, place)
        for other in _others(value[place]):
            yield here, _with(value, place, other)
        for inner, changed in changed_leaves(value[place], here):
            yield inner, _with(value, place, changed)


def _others(leaf: JSON) -> tuple[JSON, ...]:
    if isinstance(leaf, bool):
        return (not leaf, 7)
    if isinstance(leaf, int):
        return (leaf + 1, -1, float(leaf), str(leaf))
    if isinstance(leaf, str):
        return (leaf + "x", "", 7)
    return ("x",)


def _without(value: JSON, place: Any) -> JSON:
    changed = copy.deepcopy(value)
    del changed[place]
    return changed


def _with(value: JSON, place: Any, other: JSON) -> JSON:
    changed = copy.copy(value)
    changed[place] = other
    return changed
