"""Tool definitions as neutral values, read from any provider's shape. A schema is passed on as it is, key for key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from massgen.errors import ConfigurationError

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
    declarations = tool.get("functionDeclarations") or tool.get("function_declarations")
    if isinstance(declarations, list):
        return [_declaration(declaration) for declaration in declarations]
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


def _declaration(declaration: Mapping[str, Json]) -> Tool:
    key = next((k for k in ("parametersJsonSchema", "parameters_json_schema") if k in declaration), "parameters")
    return _tool(declaration, key, "gemini", declaration)


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
