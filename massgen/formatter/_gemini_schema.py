"""The schema dialect of Gemini's `parameters`, a subset of OpenAPI 3.0, as JSON Schema.

Source: google-genai's `types.Schema`: types in capitals, `nullable`, 64-bit counts as text, and names in snake case
where a dictionary comes from the SDK. Google's own extras (`propertyOrdering`) stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Any

_TYPES = frozenset({"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"})
_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_NAMES = {
    "any_of": "anyOf",
    "min_items": "minItems",
    "max_items": "maxItems",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
    "property_ordering": "propertyOrdering",
    "prefix_items": "prefixItems",
    "additional_properties": "additionalProperties",
    "defs": "$defs",
    "ref": "$ref",
}
_SCHEMA = frozenset({"items", "additionalProperties", "not"})
_LISTS = frozenset({"anyOf", "allOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "$defs"})


def to_json_schema(schema: Mapping[str, Json]) -> dict[str, Json]:
    """`schema` as JSON Schema; what is JSON Schema already comes back equal."""
    written: dict[str, Json] = {}
    for key, value in schema.items():
        name = _NAMES.get(key, key)
        if name != "nullable":
            written[name] = _keyword(name, value)
    return _with_null(written) if schema.get("nullable") is True else written


def _keyword(name: str, value: Json) -> Json:
    if name == "type" and isinstance(value, str):
        return value.lower() if value in _TYPES else value
    if name in _COUNTS and isinstance(value, str) and value.isdigit():
        return int(value)
    if name in _SCHEMA and isinstance(value, Mapping):
        return to_json_schema(value)
    if name in _LISTS and isinstance(value, list):
        return [to_json_schema(inner) if isinstance(inner, Mapping) else inner for inner in value]
    if name in _MAPS and isinstance(value, Mapping):
        return {key: to_json_schema(inner) if isinstance(inner, Mapping) else inner for key, inner in value.items()}
    return value


def _with_null(schema: dict[str, Json]) -> dict[str, Json]:
    """The schema that allows null beside what it says. One without a type and a choice allows null already."""
    null = {"type": "null"}
    if isinstance(schema.get("anyOf"), list):
        return {**schema, "anyOf": [*schema["anyOf"], null]}
    if "$ref" in schema:
        return {"anyOf": [schema, null]}
    kind, values = schema.get("type"), schema.get("enum")
    if kind is not None:
        schema["type"] = [*(kind if isinstance(kind, list) else [kind]), "null"]
    if isinstance(values, list) and None not in values:
        schema["enum"] = [*values, None]
    return schema
