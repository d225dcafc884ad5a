"""Tools in every shape: nothing is lost on the way there and back, and what has no place is named."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from massgen.backend import LLMBackend
from massgen.backend.factory import BACKENDS, backend_class
from massgen.backend.tool_handlers import ToolFormat, ToolHandlerMixin
from massgen.errors import ConfigurationError

Json = Any
HANDLER = ToolHandlerMixin()
FORMATS = list(ToolFormat)

NODE = {
    "type": "object",
    "properties": {
        "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
        "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": ["string", "null"]}, "minItems": 1},
    },
    "required": ["unit"],
    "additionalProperties": False,
    "$defs": {"Node": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}},
}

words = st.text(st.characters(categories=["Ll"], max_codepoint=127), min_size=1, max_size=6)
scalars = st.sampled_from(
    [
        {"type": "string", "enum": ["", "a"], "description": "d"},
        {"type": ["integer", "null"], "minimum": 0},
        {"$ref": "#/$defs/Node"},
        {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        {"type": "string", "nullable": True, "format": "date-time", "pattern": "^x$"},
        {"const": False},
        {},
    ]
)
schemas = st.recursive(
    scalars,
    lambda inner: (
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(words | st.just("nullable"), inner, max_size=3)},
            optional={"required": st.lists(words, max_size=2), "additionalProperties": st.booleans() | inner},
        )
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 3)})
        | st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2)})
    ),
    max_leaves=6,
)
parameters = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(words, schemas, max_size=3)},
    optional={"$defs": st.dictionaries(words, schemas, max_size=2), "required": st.lists(words, max_size=2)},
)
functions = st.fixed_dictionaries(
    {"name": words, "parameters": parameters}, optional={"description": st.text(max_size=9), "strict": st.booleans()}
)


def chat(*given_functions: Json) -> list[Json]:
    return [{"type": "function", "function": function} for function in given_functions]


def meaning(tools: Json) -> list[tuple[Json, ...]]:
    """What the definitions say. No `strict` is `strict: false` on every wire that knows the word."""
    return [
        (f["name"], f.get("description"), f["parameters"], f.get("strict") or False)
        for f in (tool["function"] for tool in tools)
    ]


@pytest.mark.parametrize("first", FORMATS)
@pytest.mark.parametrize("second", FORMATS)
@settings(max_examples=20)
@given(st.lists(functions, min_size=1, max_size=3, unique_by=lambda function: function["name"]))
def test_a_round_trip_over_any_two_formats_loses_nothing_or_says_what(
    first: ToolFormat, second: ToolFormat, given_functions: list[Json]
) -> None:
    tools = chat(*given_functions)
    before = copy.deepcopy(tools)
    there = HANDLER.convert_tools_format(tools, first)
    on = HANDLER.convert_tools_format(there, second)
    back = HANDLER.convert_tools_format(on, ToolFormat.CHAT_COMPLETIONS)
    lost = {*there.lost, *on.lost, *back.lost}
    strict_named = [(n, d, p, s and f"{n}: strict" not in lost) for n, d, p, s in meaning(tools)]
    assert meaning(back) == strict_named
    assert lost <= {f"{function['name']}: strict" for function in given_functions}
    assert tools == before


WRITTEN = {
    ToolFormat.CHAT_COMPLETIONS: [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": NODE, "strict": True}}
    ],
    ToolFormat.RESPONSE_API: [
        {"type": "function", "name": "f", "description": "d", "parameters": NODE, "strict": True}
    ],
    ToolFormat.GEMINI: [{"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": NODE}]}],
    ToolFormat.VERTEX: [{"function_declarations": [{"name": "f", "description": "d", "parameters_json_schema": NODE}]}],
    ToolFormat.CLAUDE: [{"name": "f", "description": "d", "input_schema": NODE, "strict": True}],
}


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_each_shape_is_written_as_its_wire_wants_it(source: ToolFormat, target: ToolFormat) -> None:
    converted = HANDLER.convert_tools_format(WRITTEN[source], target)
    gemini = {ToolFormat.GEMINI, ToolFormat.VERTEX}
    if source not in gemini:
        assert converted == WRITTEN[target]
        assert converted.lost == (["f: strict"] if target in gemini else [])
    else:
        assert converted == HANDLER.convert_tools_format(without_strict(WRITTEN[ToolFormat.CHAT_COMPLETIONS]), target)
        assert converted.lost == []
    assert HANDLER._detect_tool_format(WRITTEN[source][0]) == source


def without_strict(tools: Json) -> Json:
    return chat(*({k: v for k, v in tool["function"].items() if k != "strict"} for tool in tools))


@pytest.mark.parametrize("key", ["functionDeclarations", "function_declarations"])
def test_every_declaration_of_a_gemini_tool_is_converted(key: str) -> None:
    entry = {key: [{"name": name, "parameters": {"type": "OBJECT"}} for name in "ab"], "googleSearch": {}}
    converted = HANDLER.convert_tools_format([entry], "chat_completions")
    assert [tool["function"]["name"] for tool in converted[:2]] == ["a", "b"]
    assert converted[2:] == [{"googleSearch": {}}]
    assert HANDLER._extract_tool_infos(entry) == [("a", "", {"type": "object"}), ("b", "", {"type": "object"})]
    with pytest.raises(ConfigurationError, match=r"holds 2 functions, not one: a, b"):
        HANDLER._extract_tool_info(entry)


GOOGLES = {
    "type": "OBJECT",
    "nullable": True,
    "properties": {
        "type": {"type": "STRING", "enum": ["A"], "nullable": True},
        "nullable": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "2", "max_items": 3},
        "either": {"any_of": [{"type": "STRING"}, {"type": "NUMBER"}], "nullable": True},
        "node": {"ref": "#/$defs/N", "nullable": True},
        "sure": {"type": "BOOLEAN", "nullable": False},
        "any": {"nullable": True},
    },
    "propertyOrdering": ["type", "either"],
    "defs": {"N": {"type": "NULL"}},
}


def test_googles_dialect_of_schemas_becomes_json_schema_with_every_keyword() -> None:
    assert HANDLER._convert_gemini_parameters_to_standard(GOOGLES) == {
        "type": ["object", "null"],
        "properties": {
            "type": {"type": ["string", "null"], "enum": ["A", None]},
            "nullable": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3},
            "either": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            "node": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]},
            "sure": {"type": "boolean"},
            "any": {},
        },
        "propertyOrdering": ["type", "either"],
        "$defs": {"N": {"type": "null"}},
    }
    assert HANDLER._convert_gemini_parameters_to_standard(NODE) == NODE
    assert HANDLER._convert_parameters_to_gemini(NODE) == NODE


def test_what_the_target_has_no_place_for_is_named() -> None:
    mcp = {"name": "f", "title": "F", "inputSchema": NODE, "outputSchema": {"type": "object"}}
    assert HANDLER.convert_tools_format([mcp], "claude").lost == ["f: title", "f: outputSchema"]
    cached = {"name": "f", "input_schema": NODE, "cache_control": {"type": "ephemeral"}}
    assert HANDLER.convert_tools_format([cached], "claude").lost == []
    assert HANDLER.convert_tools_format([cached], "response_api").lost == ["f: cache_control"]


def test_no_tools_are_an_empty_list_and_bad_ones_are_all_named() -> None:
    assert HANDLER.convert_tools_format([], "gemini") == HANDLER.convert_tools_format(None, "gemini") == []
    with pytest.raises(ConfigurationError) as caught:
        HANDLER.convert_tools_format([{"type": "function"}, 5, {"function": {}}], "gemini")  # type: ignore[list-item]
    assert len(caught.value.problems) == 3
    with pytest.raises(ConfigurationError, match="'openai' is no tool format"):
        HANDLER.convert_tools_format([], "openai")


ENTRY = {"functionDeclarations": [{"name": "a"}, {"name": "b"}], "googleSearch": {}}
MIXED = [*chat({"name": "c"}), ENTRY, {"type": "web_search"}, {"name": "d", "input_schema": {}}]


@pytest.mark.parametrize(
    ("allowed", "excluded", "kept"),
    [
        (None, None, MIXED),
        (None, ["b", "web_search"], [MIXED[0], {**ENTRY, "functionDeclarations": [{"name": "a"}]}, MIXED[3]]),
        (["b", "d"], None, [{"functionDeclarations": [{"name": "b"}]}, MIXED[3]]),
        (["web_search", "googleSearch"], [], [{"googleSearch": {}}, MIXED[2]]),
        (["c"], ["c"], []),
        ([], None, []),
        (None, ["b", "web_search", "d"], [MIXED[0], {**ENTRY, "functionDeclarations": [{"name": "a"}]}]),
    ],
)
def test_tools_are_filtered_by_name_in_any_shape(allowed: Json, excluded: Json, kept: list[Json]) -> None:
    assert HANDLER.filter_tools(MIXED, allowed, excluded) == kept


def test_the_first_definition_of_a_name_stays() -> None:
    first, again = chat({"name": "a", "description": "1"}), [{"name": "a", "input_schema": {}}]
    assert HANDLER.merge_tool_definitions(first, again, [ENTRY], [ENTRY]) == [
        *first,
        {"functionDeclarations": [{"name": "b"}], "googleSearch": {}},
    ]
    assert HANDLER.merge_tool_definitions() == []


def call(arguments: Json, name: str = "f") -> dict[str, Json]:
    return {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize("arguments", ["", None, "{}", '{"a": 1}', {"a": 1}])
def test_a_call_with_an_object_or_without_arguments_can_be_run(arguments: Json) -> None:
    assert HANDLER.validate_tool_calls([call(arguments)]) == ([call(arguments)], [])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("call", "it is str; a tool call is an object"),
        ({"function": {"arguments": "{}"}}, "it names no tool"),
        (call("{}", "g"), "there is no tool 'g'; there are f, h"),
        (call("{"), "f: the arguments are not JSON"),
        (call("[1]"), "f: the arguments are a list, not an object"),
        (call("null"), "f: the arguments are null, not an object"),
        (call(7), "f: the arguments are a number, not an object"),
        ({"name": "f", "input": "text"}, "f: the arguments are not JSON"),
    ],
)
def test_a_call_that_cannot_be_run_says_why(wrong: Json, why: str) -> None:
    offered = ["h", *chat({"name": "f"})]
    valid, errors = HANDLER.validate_tool_calls([call("{}"), wrong], offered)
    assert valid == [call("{}")]
    (error,) = errors
    assert error.startswith(f"tool_calls[1]: {why}")


RESULTS = {
    ToolFormat.CHAT_COMPLETIONS: {"role": "tool", "tool_call_id": "c1", "content": '{"n": 1}'},
    ToolFormat.RESPONSE_API: {"type": "function_call_output", "call_id": "c1", "output": '{"n": 1}'},
    ToolFormat.CLAUDE: {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "c1", "content": '{"n": 1}'}],
    },
    ToolFormat.GEMINI: {
        "role": "user",
        "parts": [{"functionResponse": {"id": "c1", "name": "f", "response": {"result": '{"n": 1}'}}}],
    },
    ToolFormat.VERTEX: {
        "role": "user",
        "parts": [{"function_response": {"id": "c1", "name": "f", "response": {"result": '{"n": 1}'}}}],
    },
}


@pytest.mark.parametrize("target", FORMATS)
def test_a_result_has_the_shape_of_its_wire(target: ToolFormat) -> None:
    assert HANDLER.create_tool_result_message(call("[broken"), {"n": 1}, target) == RESULTS[target]


@pytest.mark.parametrize("target", FORMATS)
def test_a_failed_tool_is_told_as_one(target: ToolFormat) -> None:
    message = HANDLER.create_tool_result_message(call("{}"), "no such city", target, is_error=True)
    assert any(sign in json.dumps(message) for sign in ('"is_error": true', '"error":', "Error: no such city"))


def test_a_result_may_be_an_image() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    message = HANDLER.create_tool_result_message(call("{}"), [image], ToolFormat.RESPONSE_API)
    assert message["output"] == [
        {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw0KGgo="}
    ]


@pytest.mark.parametrize("target", FORMATS)
def test_a_result_that_is_no_json_or_has_nothing_to_pair_by_is_refused(target: ToolFormat) -> None:
    with pytest.raises(ConfigurationError, match="is no JSON value"):
        HANDLER.create_tool_result_message(call("{}"), {1, 2}, target)
    nameless = {"functionCall": {"name": "f", "args": {}}}
    if target in (ToolFormat.CLAUDE, ToolFormat.RESPONSE_API):
        with pytest.raises(ConfigurationError, match="'f' has no id"):
            HANDLER.create_tool_result_message(nameless, "r", target)
    else:
        assert "f" in json.dumps(HANDLER.create_tool_result_message(nameless, "r", target))


def test_every_backend_of_ours_has_these_methods_and_so_has_a_class_in_the_seeds_order() -> None:
    class Seeds(LLMBackend, ToolHandlerMixin):  # the order of MassGen's guide
        async def stream_with_tools(self, messages: Json, tools: Json = None, **kwargs: Any) -> Any:
            yield

        def get_provider_name(self) -> str:
            return "seed"

    classes = [Seeds, *(backend_class(name) for name in BACKENDS)]
    assert all(cls.create_tool_result_message is ToolHandlerMixin.create_tool_result_message for cls in classes)
    answer = Seeds().create_tool_result_message(call("{}"), "r", "response_api")
    assert answer == {"type": "function_call_output", "call_id": "c1", "output": "r"}


def test_what_has_no_name_is_left_unless_names_are_asked_for() -> None:
    nameless: list[Json] = [{"type": "function", "function": {}}, *chat({"name": "a"})]
    assert HANDLER.filter_tools(nameless) == nameless
    assert HANDLER.filter_tools(nameless, None, ["a"]) == nameless[:1]
    assert HANDLER.filter_tools(nameless, ["a"]) == nameless[1:]
