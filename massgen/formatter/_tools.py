"""Tool definitions as neutral values, read from any provider's shape.

A schema is passed on as it is, key for key. Only Gemini's own dialect of schemas, under `parameters` of a declaration,
is read into JSON Schema for the other wires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from massgen.errors import ConfigurationError
from massgen.formatter._gemini_schema import to_json_schema

Json = Any

NO_PARAMETERS: Mapping[str, Json] = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call. `source` is the caller's definition and `shape` the wire that it was made for."""

    name: str
    description: str | None
    schema: Mapping[str, Json] | None
    strict: bool | None
    shape: str
    source: Mapping[str, Json]

    def left_out(self, wire: str) -> list[str]:
        """The keys of the definition for which the wire `wire` has no place."""
        if self.shape == wire:
            return []
        function = self.source.get("function")
        inner = function if isinstance(function, Mapping) else {}
        others = [key for key in (*self.source, *inner) if key not in _CARRIED and (key, wire) not in _CARRIED_TO]
        return [*others, *(["strict"] if self.strict and wire == "gemini" else [])]


_CARRIED = frozenset(
    {
        *("type", "function", "name", "description", "parameters", "strict", "input_schema", "inputSchema"),
        "parametersJsonSchema",
    }
)
_CARRIED_TO = frozenset({("cache_control", "anthropic")})


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool that the provider runs itself (`web_search`, `googleSearch`), verbatim."""

    source: Mapping[str, Json]


def read_tools(tools: Iterable[Json] | None) -> list[Tool | ServerTool]:
    """`tools` as neutral values. Raises ConfigurationError with every definition that has no name or no shape."""
    if isinstance(tools, str | Mapping) or not isinstance(tools, Iterable | None):
        raise ConfigurationError(f"tools: give a list of tool definitions, not {type(tools).__name__}")
    problems: list[str] = []
    found: list[Tool | ServerTool] = []
    for index, tool in enumerate(tools or ()):
        try:
            found.extend(_read(tool))
        except (ValueError, TypeError, AttributeError) as error:
            problems.append(f"tools[{index}]: it cannot be read: {error}")
    if problems:
        raise ConfigurationError(problems)
    return found


def _read(tool: Json) -> list[Tool | ServerTool]:
    if not isinstance(tool, Mapping):
        raise ValueError(f"it is {type(tool).__name__}; a tool is an object")
    function = tool.get("function")
    kind = tool.get("type")
    if kind in (None, "function") and isinstance(function, Mapping):
        return [_tool(function, "parameters", "chat", tool)]
    if kind == "function":
        return [_tool(tool, "parameters", "responses", tool)]
    if "input_schema" in tool and kind in (None, "custom"):
        return [_tool(tool, "input_schema", "anthropic", tool)]
    for key in _DECLARATIONS:
        if isinstance(tool.get(key), list):
            own = {name: value for name, value in tool.items() if name != key}
            return [*map(_declaration, tool[key]), *([ServerTool(own)] if own else [])]
    if kind is None and "name" in tool:
        key = "inputSchema" if "inputSchema" in tool else "parameters"  # MCP's own form, and the bare one
        return [_tool(tool, key, "bare", tool)]
    return [ServerTool(tool)]


def _tool(inner: Mapping[str, Json], key: str, shape: str, source: Mapping[str, Json]) -> Tool:
    name, schema = inner.get("name"), inner.get(key)
    if not isinstance(name, str) or not name:
        raise ValueError("the function has no name")
    if not isinstance(schema, Mapping | None):
        raise ValueError(f"the {key} of {name} are {type(schema).__name__}, not a JSON schema object")
    return Tool(name, inner.get("description"), schema, inner.get("strict"), shape, source)


_DECLARATIONS = ("functionDeclarations", "function_declarations")
_CAMEL = {"parameters_json_schema": "parametersJsonSchema", "response_json_schema": "responseJsonSchema"}


def _declaration(declaration: Mapping[str, Json]) -> Tool:
    source = {_CAMEL.get(key, key): value for key, value in declaration.items()}
    if "parametersJsonSchema" in source:
        return _tool(source, "parametersJsonSchema", "gemini", source)
    parameters = source.get("parameters")
    standard = to_json_schema(parameters) if isinstance(parameters, Mapping) else parameters
    return _tool({**source, "parameters": standard}, "parameters", "gemini", source)


def tool_names(tool: Mapping[str, Json]) -> list[str]:
    """The names by which a definition of any shape is allowed or excluded: of each function in it, or of the
    provider's own tool (`web_search`, `googleSearch`). Empty for what is no definition.
    """
    try:
        read = _read(tool)
    except (ValueError, TypeError, AttributeError):
        return []
    return [name for one in read for name in ([one.name] if isinstance(one, Tool) else _own_names(one.source))]


def _own_names(source: Mapping[str, Json]) -> list[str]:
    custom = source.get("custom")
    named = source.get("name") or (custom.get("name") if isinstance(custom, Mapping) else None) or source.get("type")
    return [named] if isinstance(named, str) else [key for key in source if isinstance(key, str)]


def only_named(tool: Mapping[str, Json], keep: Callable[[str], bool]) -> Mapping[str, Json] | None:
    """`tool` with those of its functions whose name is kept; itself where all are, None where none is."""
    if all(map(keep, tool_names(tool))):
        return tool
    key = next((key for key in _DECLARATIONS if isinstance(tool.get(key), list)), None)
    if key is None:
        return None
    declared = [declaration for declaration in tool[key] if keep(declaration["name"])]
    own = {name: value for name, value in tool.items() if name != key and keep(name)}
    return {**({key: declared} if declared else {}), **own} or None


def definitions(named: Mapping[str, Json] | None) -> list[dict[str, Json]]:
    """Functions by name, each a definition of any shape or an object that describes itself, in Chat's shape.

    An object describes itself with `description` and `parameters` (or `input_schema`, `inputSchema`).
    """
    return [_definition(name, value) for name, value in (named or {}).items()]


def _definition(name: str, value: Json) -> dict[str, Json]:
    if isinstance(value, Mapping):
        read = _read({"name": name, **value})[0]
        if not isinstance(read, Tool):
            raise ConfigurationError(f"tool {name!r}: its definition is no function: {sorted(value)}")
        description, schema, strict = read.description, read.schema, read.strict
    else:
        description, strict = getattr(value, "description", None), getattr(value, "strict", None)
        keys = ("parameters", "input_schema", "inputSchema")
        schema = next((found for key in keys if isinstance(found := getattr(value, key, None), Mapping)), None)
    function = {"name": name, "description": description, "parameters": schema or NO_PARAMETERS, "strict": strict}
    return {"type": "function", "function": {key: given for key, given in function.items() if given is not None}}
