"""Tools whose schemas are hard to convert: for each, arguments that they accept and arguments that they refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from massgen_conformance.scenario import JSON, Scenario
from massgen_conformance.scenarios.text import TEXT

DEPTH = 8
DESCRIBED: Final = "The place-5f1d of which the weather is asked."


@dataclass(frozen=True, slots=True)
class Declared:
    """A tool's schema, with arguments on both sides of it."""

    name: str
    schema: JSON
    accepted: tuple[JSON, ...]
    refused: tuple[JSON, ...]

    @property
    def scenario(self) -> Scenario:
        """A question to a model that is offered the tool."""
        function = {"name": "look_up", "description": "Looks something up.", "parameters": self.schema}
        tools = ({"type": "function", "function": function},)
        return Scenario(f"schema-{self.name}", TEXT.turns, TEXT.messages, tools, needs=frozenset({"tools"}))


def _object(required: tuple[str, ...] = (), /, **properties: Any) -> JSON:
    return {"type": "object", "properties": properties, "required": list(required)}


def _nested(depth: int) -> JSON:
    inner: JSON = {"type": "string"}
    for _ in range(depth):
        inner = _object(("inside",), inside=inner)
    return inner


def _filled(depth: int, value: JSON) -> JSON:
    for _ in range(depth):
        value = {"inside": value}
    return value


_PLACE = _object(("city",), city={"type": "string", "description": DESCRIBED}, inside={"$ref": "#/$defs/place"})

SCHEMAS: Final = (
    Declared(
        "references",
        {**_object(("where",), where={"$ref": "#/$defs/place"}), "$defs": {"place": _PLACE}},
        ({"where": {"city": "Oslo"}}, {"where": {"city": "Oslo", "inside": {"city": "Norway"}}}),
        ({"where": "Oslo"}, {"where": {}}, {"where": {"city": "Oslo", "inside": {"city": 1}}}, {}),
    ),
    Declared(
        "any-of",
        _object(("when",), when={"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
        ({"when": "today"}, {"when": 3}, {"when": None}),
        ({"when": 1.5}, {"when": ["today"]}, {}),
    ),
    Declared(
        "empty-word",
        _object(unit={"type": "string", "enum": ["", "C", "F"]}),
        ({}, {"unit": ""}, {"unit": "C"}),
        ({"unit": "K"}, {"unit": None}),
    ),
    Declared(
        "two-types",
        _object(
            note={"type": ["string", "null"]}, grid={"type": "array", "items": _object(("x",), x={"type": "number"})}
        ),
        ({"note": None}, {"note": "dry"}, {"grid": []}, {"grid": [{"x": 1.5}]}),
        ({"note": 1}, {"grid": [1.5]}, {"grid": [{}]}, {"grid": None}),
    ),
    Declared(
        "other-properties",
        {**_object(counts={**_object(), "additionalProperties": {"type": "integer"}}), "additionalProperties": False},
        ({}, {"counts": {"rain": 3}}),
        ({"counts": {"rain": "much"}}, {"sun": 1}),
    ),
    Declared(
        "deep",
        _nested(DEPTH),
        (_filled(DEPTH, "found"),),
        (_filled(DEPTH, 1), _filled(DEPTH - 1, "found")),
    ),
)
