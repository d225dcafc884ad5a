"""Tool definitions: any shape in, each wire's shape out, the schema key for key."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.errors import ConfigurationError

from .histories import FORMATTERS, json_values, texts

Json = Any

names = st.text(st.characters(categories=["Ll"], max_codepoint=127), min_size=1, max_size=8)
leaves = st.sampled_from(
    [
        {"type": "string", "enum": ["", "a"]},
        {"type": ["string", "null"]},
        {"$ref": "#/$defs/Node"},
        {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        {"type": "string", "format": "date-time", "pattern": "^\\d+$", "minLength": 0},
        {"const": False},
    ]
)
schemas = st.recursive(
    leaves,
    lambda inner: (
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(texts, inner, max_size=3)},
            optional={"required": st.lists(texts, max_size=2), "additionalProperties": st.booleans() | inner},
        )
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"prefixItems": st.lists(inner)})
        | st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)})
    ),
    max_leaves=8,
)
parameters = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(texts, schemas, max_size=3)},
    optional={
        "$defs": st.dictionaries(names, schemas, max_size=2),
        "additionalProperties": st.booleans(),
        "x-unknown": json_values,
    },
)

SHAPES = {
    "chat": lambda name, schema: {
        "type": "function",
        "function": {"name": name, "description": "d", "parameters": schema},
    },
    "responses": lambda name, schema: {"type": "function", "name": name, "description": "d", "parameters": schema},
    "anthropic": lambda name, schema: {"name": name, "description": "d", "input_schema": schema},
    "gemini": lambda name, schema: {
        "functionDeclarations": [{"name": name, "description": "d", "parametersJsonSchema": schema}]
    },
    "mcp": lambda name, schema: {"name": name, "description": "d", "inputSchema": schema},
    "bare": lambda name, schema: {"name": name, "description": "d", "parameters": schema},
}
WRITTEN = {
    "chat": SHAPES["chat"],
    "responses": lambda name, schema: {**SHAPES["responses"](name, schema), "strict": False},
    "anthropic": SHAPES["anthropic"],
    "gemini": SHAPES["gemini"],
    "ollama": SHAPES["chat"],
    "interactions": SHAPES["responses"],
}


@pytest.mark.parametrize("wire", FORMATTERS)
@pytest.mark.parametrize("shape", SHAPES)
@given(names, parameters)
def test_every_keyword_of_a_schema_survives(wire: str, shape: str, name: str, schema: Json) -> None:
    tools = [SHAPES[shape](name, schema)]
    before = copy.deepcopy(tools)
    assert FORMATTERS[wire].format_tools(tools) == [WRITTEN[wire](name, schema)]
    assert tools == before


@pytest.mark.parametrize("wire", FORMATTERS)
@pytest.mark.parametrize("none", [None, [], ()])
def test_no_tools_are_an_empty_list(wire: str, none: Json) -> None:
    assert FORMATTERS[wire].format_tools(none) == []


def test_gemini_declares_all_functions_in_one_entry() -> None:
    tools = [SHAPES["chat"](name, {"type": "object"}) for name in "abc"]
    (entry,) = FORMATTERS["gemini"].format_tools(tools)
    assert [declared["name"] for declared in entry["functionDeclarations"]] == ["a", "b", "c"]


WITHOUT_PARAMETERS = {
    "chat": {"type": "function", "function": {"name": "f"}},
    "responses": {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False},
    "anthropic": {"name": "f", "input_schema": {"type": "object", "properties": {}}},
    "gemini": {"functionDeclarations": [{"name": "f"}]},
    "ollama": {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}},
    "interactions": {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}},
}


@pytest.mark.parametrize("wire", FORMATTERS)
def test_a_tool_without_parameters_is_what_its_wire_wants(wire: str) -> None:
    assert FORMATTERS[wire].format_tools([{"type": "function", "function": {"name": "f"}}]) == [
        WITHOUT_PARAMETERS[wire]
    ]


@pytest.mark.parametrize(("strict", "told"), [(None, False), (False, False), (True, True)])
def test_responses_is_always_told_about_strict_because_its_default_is_true(strict: bool | None, told: bool) -> None:
    tool = {"type": "function", "function": {"name": "f", "strict": strict}}
    assert FORMATTERS["responses"].format_tools([tool])[0]["strict"] is told


@pytest.mark.parametrize(
    ("wire", "tool"),
    [
        ("chat", {"type": "custom", "custom": {"name": "sh", "format": {"type": "text"}}}),
        ("chat", {"type": "function", "function": {"name": "f", "strict": True}, "x": 1}),
        ("responses", {"type": "web_search"}),
        ("responses", {"type": "function", "name": "f", "parameters": {}, "strict": True, "defer_loading": True}),
        ("anthropic", {"type": "web_search_20260318", "name": "web_search", "max_uses": 1}),
        ("anthropic", {"name": "f", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}),
        ("gemini", {"googleSearch": {}}),
        ("interactions", {"type": "google_search"}),
        ("interactions", {"type": "mcp_server", "name": "s", "url": "https://example.com/mcp"}),
        ("interactions", {"type": "function", "name": "f", "parameters": {}, "defer_loading": True}),
    ],
)
def test_a_tool_in_the_wires_own_shape_goes_out_as_it_is(wire: str, tool: Json) -> None:
    assert FORMATTERS[wire].format_tools([tool]) == [tool]


def test_every_bad_definition_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        FORMATTERS["chat"].format_tools(["f", {"type": "function", "function": {}}, {"type": "function", "name": ""}])
    assert [problem[:8] for problem in caught.value.problems] == ["tools[0]", "tools[1]", "tools[2]"]


@pytest.mark.parametrize("wire", FORMATTERS)
@pytest.mark.parametrize("key", ["parameters", "input_schema", "inputSchema"])
def test_functions_by_name_may_be_definitions_or_objects(wire: str, key: str) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    expected = [WRITTEN[wire]("mcp__s__f", schema)]
    described = SimpleNamespace(description="d", **{key: schema})
    assert FORMATTERS[wire].format_mcp_tools({"mcp__s__f": described}) == expected
    assert FORMATTERS[wire].format_custom_tools({"mcp__s__f": {"description": "d", key: schema}}) == expected
    assert FORMATTERS[wire].format_mcp_tools({}) == []


CALLS = [
    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
    {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": '{"x": 1}'},
    {"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}},
    {"functionCall": {"id": "c1", "name": "f", "args": {"x": 1}}},
]


@pytest.mark.parametrize("call", CALLS)
def test_a_calls_name_arguments_and_id_are_found_in_any_shape(call: Json) -> None:
    formatter = FORMATTERS["chat"]
    assert formatter.extract_tool_name(call) == "f"
    assert formatter.extract_tool_arguments(call) == {"x": 1}
    assert formatter.extract_tool_call_id(call) == "c1"


@pytest.mark.parametrize("arguments", [None, "", "{", "[1]", "5"])
def test_arguments_that_are_no_object_are_an_empty_one(arguments: Json) -> None:
    call = {"function": {"arguments": arguments}}
    assert FORMATTERS["chat"].extract_tool_arguments(call) == {}
    assert FORMATTERS["chat"].extract_tool_name(call) == "unknown"
    assert FORMATTERS["chat"].extract_tool_call_id(call) == ""
