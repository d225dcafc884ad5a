"""The outline of answers: which kinds of events they have, which fields those have, and of which types. No values.

Two outlines are compared for what a client may have built on: a kind of event, a field or a type that is not there any
more. What is there beside it is no drift: clients pass over what they do not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = Any  # the JSON edge

NAMES = {str: "a string", bool: "a boolean", int: "a number", float: "a number", dict: "an object", list: "a list"}


@dataclass(frozen=True, slots=True)
class Outline:
    """The types of each field, by the kind of its event and its path in it: `{"message_start": {".type": ...}}`."""

    kinds: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def has(self, kind: str, path: str = "") -> bool:
        return path in self.kinds.get(kind, {}) if path else kind in self.kinds


def outline(events: Iterable[bytes]) -> Outline:
    """The outline of the events of one answer, framed in whatever way; an event without JSON is left out."""
    kinds: dict[str, dict[str, set[str]]] = {}
    for event in events:
        begin, end = event.find(b"{"), event.rfind(b"}")
        try:
            value = json.loads(event[begin : end + 1])
        except ValueError:
            continue
        known = kinds.setdefault(kind_of(value), {})
        for path, told in fields(value):
            known.setdefault(path, set()).update(told)
    return Outline({kind: {path: frozenset(told) for path, told in paths.items()} for kind, paths in kinds.items()})


def kind_of(value: JSON) -> str:
    """What the event calls itself, "" where its protocol has no word for that."""
    told = value.get("type") or value.get("object") or ""
    return told if isinstance(told, str) else ""


def fields(value: JSON, place: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every field with its type; nothing is said of a null, which may stand for any."""
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{place}.{name}"
            yield path, {NAMES[type(inner)]} if inner is not None else set()
            yield from fields(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield f"{place}[]", {NAMES[type(inner)]} if inner is not None else set()
            yield from fields(inner, f"{place}[]")


def drift(before: Iterable[Outline], now: Outline, third: Outline | None = None) -> list[str]:
    """What every answer before had and this one has not, or has with another type, one line each.

    `third` is what somebody else says of the same wire; a line tells whether it has the missing thing too.
    """
    known = list(before)
    lines = []
    for kind in sorted(set.intersection(*(set(each.kinds) for each in known))) if known else ():
        if not now.has(kind):
            lines.append(f"no event {kind or 'of this kind'} any more" + _agrees(third, kind))
            continue
        always = set.intersection(*(set(each.kinds[kind]) for each in known))
        for path in sorted(always):
            lines += _of_field(known, now, third, kind, path)
    return lines


def _of_field(known: list[Outline], now: Outline, third: Outline | None, kind: str, path: str) -> list[str]:
    if not now.has(kind, path):
        above = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
        unknown = above and not now.kinds[kind].get(above)  # what it stands in is gone, null or empty
        return (
            []
            if unknown or path.endswith("[]")
            else [f"{kind}{path} is not sent any more" + _agrees(third, kind, path)]
        )
    types = frozenset[str]().union(*(each.kinds[kind][path] for each in known))
    told = now.kinds[kind][path]
    if types and told and not types & told:
        return [f"{kind}{path} is {' or '.join(sorted(told))}, and was {' or '.join(sorted(types))}"]
    return []


def _agrees(third: Outline | None, kind: str, path: str = "") -> str:
    return "; the kit's player sends it as well" if third is not None and third.has(kind, path) else ""
