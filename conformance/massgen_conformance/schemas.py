"""What a JSON Schema accepts, in the dialects in which providers take the schema of a tool.

Only the words that the kit's own schemas use, and Google's spellings of them: types in capitals and `nullable`. A
general validator would have to be told of those, and would have every user of the kit install it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from massgen_conformance.trace import JSON

TYPES: Final[Mapping[str, Callable[[JSON], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def accepts(schema: JSON, value: JSON, root: JSON = None) -> bool:
    """Whether `value` is what `schema` asks for. `ValueError` for a reference that leads nowhere."""
    root = schema if root is None else root
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        return accepts(_found(schema["$ref"], root), value, root)
    if value is None and schema.get("nullable"):
        return True
    chosen = [accepts(each, value, root) for each in schema.get("anyOf") or schema.get("oneOf") or ()]
    return (
        _typed(schema, value)
        and (not chosen or any(chosen))
        and ("enum" not in schema or value in schema["enum"])
        and (not isinstance(value, dict) or _members(schema, value, root))
        and (not isinstance(value, list) or all(accepts(schema.get("items", True), each, root) for each in value))
    )


def _typed(schema: JSON, value: JSON) -> bool:
    named = schema.get("type", list(TYPES))
    return any(TYPES[str(each).lower()](value) for each in (named if isinstance(named, list) else [named]))


def _members(schema: JSON, value: JSON, root: JSON) -> bool:
    known, others = schema.get("properties") or {}, schema.get("additionalProperties", True)
    return all(name in value for name in schema.get("required") or ()) and all(
        accepts(known.get(name, others), held, root) for name, held in value.items()
    )


def _found(reference: str, root: JSON) -> JSON:
    place = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(place, dict) or step not in place:
            raise ValueError(f"{reference} leads nowhere")
        place = place[step]
    return place
