"""Python functions as tools: their schema, what may be passed to them, and how they run."""

from __future__ import annotations

import asyncio
import inspect
import types
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

JSON = Any  # the JSON edge

NAMES: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}
TAKEN: dict[str, tuple[type[Any], ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def definition(function: Callable[..., Any]) -> JSON:
    """A function as a tool that can be offered."""
    said = inspect.getdoc(function) or ""
    return {
        "type": "function",
        "function": {"name": function.__name__, "description": said, "parameters": parameters(function)},
    }


def parameters(function: Callable[..., Any]) -> JSON:
    """The JSON Schema of the arguments."""
    hints = get_type_hints(function)
    wanted = inspect.signature(function).parameters
    properties = {name: schema_of(hints.get(name, Any)) for name in wanted}
    required = [name for name, each in wanted.items() if each.default is inspect.Parameter.empty]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def schema_of(hint: Any) -> JSON:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"type": "string", "enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(each) for each in inner]}
    if hint is type(None):
        return {"type": "null"}
    name = NAMES.get(origin or hint)
    if name is None:
        return {}
    return {"type": name, "items": schema_of(inner[0])} if name == "array" and inner else {"type": name}


def wrong(schema: JSON, arguments: JSON) -> list[str]:
    """What is wrong with the arguments, as sentences; the names are those of the schema."""
    known = schema["properties"]
    found = [f"{name} is missing" for name in schema["required"] if name not in arguments]
    found += [f"there is no argument {name}" for name in arguments if name not in known]
    misfits = [name for name, value in arguments.items() if name in known and not fits(known[name], value)]
    return found + [f"{name} does not fit {known[name]}" for name in misfits]


def fits(schema: JSON, value: JSON) -> bool:
    if "anyOf" in schema:
        return any(fits(each, value) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if kind is None:
        return True
    if isinstance(value, bool) and kind != "boolean":
        return False
    if not isinstance(value, TAKEN[kind]):
        return False
    return not isinstance(value, list) or all(fits(schema.get("items", {}), each) for each in value)


async def results_of(function: Callable[..., Any], arguments: JSON) -> AsyncIterator[Any]:
    """What a function gives, step by step; the last is its result. A blocking one runs in a thread."""
    if inspect.isasyncgenfunction(function):
        async with aclosing(function(**arguments)) as steps:
            async for step in steps:
                yield step
    elif inspect.iscoroutinefunction(function):
        yield await function(**arguments)
    else:
        yield await asyncio.to_thread(function, **arguments)
