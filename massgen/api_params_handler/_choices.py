"""Parameters that every wire has in a form of its own: which tool to call, and the format of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Any

_MODES = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`mode` is `auto`, `none`, `required` or `named`; `name` is the tool's for the last."""

    mode: str
    name: str | None = None


def tool_choice(value: Json) -> ToolChoice | None:
    """The choice in any wire's form; None for an object that only one wire knows. Raises ValueError for other words."""
    if isinstance(value, str):
        if value not in _MODES:
            raise ValueError(f"{value!r} is none of auto, none, required; name a tool as {{'type': 'function', ...}}")
        return ToolChoice(_MODES[value])
    if not isinstance(value, Mapping):
        raise ValueError(f"it is {type(value).__name__}, neither a word nor an object")
    kind = value.get("type")
    function = value.get("function")
    name = function.get("name") if isinstance(function, Mapping) else value.get("name")
    if kind in ("function", "tool") and isinstance(name, str):
        return ToolChoice("named", name)
    return ToolChoice(_MODES[kind]) if kind in _MODES and len(value) == 1 else None


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """`kind` is `text`, `json_object` or `json_schema`; `spec` holds the schema with its `name` and `strict`."""

    kind: str
    spec: Mapping[str, Json]

    @property
    def schema(self) -> Json:
        return self.spec.get("schema")


def answer_format(value: Json) -> AnswerFormat:
    """`response_format` in Chat's nested or Responses' flat form. Raises ValueError for anything else."""
    if not isinstance(value, Mapping) or value.get("type") not in ("text", "json_object", "json_schema"):
        raise ValueError("give {'type': 'text' | 'json_object'} or {'type': 'json_schema', 'json_schema': {...}}")
    nested = value.get("json_schema")
    spec = nested if isinstance(nested, Mapping) else {key: given for key, given in value.items() if key != "type"}
    if value["type"] == "json_schema":
        if not isinstance(spec.get("schema"), Mapping):
            raise ValueError("a json_schema format needs its schema, an object")
        spec = {"name": "response", **spec}
    return AnswerFormat(value["type"], spec)


def without_tool_fields(body: dict[str, Json], problems: list[str]) -> dict[str, Json]:
    """The body without the fields that a provider refuses when there are no tools. Demanding a call is a problem."""
    if "tools" in body:
        return body
    if body.get("tool_choice", "auto") not in ("auto", "none"):
        problems.append("tool_choice: it demands a tool call, and there are no tools")
    return {name: value for name, value in body.items() if name not in ("tool_choice", "parallel_tool_calls")}
