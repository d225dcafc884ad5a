"""Where each parameter goes on each wire, what is refused, and what never goes out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend._excluded_params import EXCLUDED_PARAMS, FRAMEWORK_PARAMS
from massgen.backend.chat_dialect import ChatDialect
from massgen.errors import ConfigurationError

from .bodies import MODELS, TOOL, USER, body_of, handler
from .mapped_params import MAPPED, NAMED

Json = Any
wires = pytest.mark.parametrize("wire", MODELS)


@pytest.mark.parametrize(("wire", "params", "fragment"), MAPPED)
async def test_a_parameter_goes_where_its_wire_has_it(wire: str, params: Json, fragment: Json) -> None:
    plain = await body_of(wire, tools=[TOOL])
    body = await body_of(wire, params, tools=[TOOL])
    assert body == {**plain, **fragment}


OPENING = {
    "chat": {"model": "m", "stream": True, "stream_options": {"include_usage": True}},
    "responses": {"model": "m", "stream": True, "store": False, "include": ["reasoning.encrypted_content"]},
    "anthropic": {"model": "m", "stream": True, "max_tokens": 8192},
    "gemini": {},
    "ollama": {"model": "m", "stream": True, "truncate": False},
    "interactions": {"model": "m", "stream": True, "store": False},
}
CONVERSATION = {
    "chat": {"messages": [{"role": "system", "content": "s"}, USER]},
    "responses": {"instructions": "s", "input": [{"type": "message", **USER}]},
    "anthropic": {"system": "s", "messages": [USER]},
    "gemini": {
        "systemInstruction": {"parts": [{"text": "s"}]},
        "contents": [{"role": "user", "parts": [{"text": "go"}]}],
    },
    "ollama": {"messages": [{"role": "system", "content": "s"}, USER]},
    "interactions": {
        "system_instruction": "s",
        "input": [{"type": "user_input", "content": [{"type": "text", "text": "go"}]}],
    },
}


@wires
@pytest.mark.parametrize("tools", [None, []])
async def test_a_body_without_tools_and_parameters_holds_the_least(wire: str, tools: Json) -> None:
    messages = [{"role": "system", "content": "s"}, USER]
    assert await body_of(wire, {"model": "m"}, messages=messages, tools=tools) == OPENING[wire] | CONVERSATION[wire]


@wires
@given(st.sets(st.sampled_from(sorted(EXCLUDED_PARAMS)), min_size=1), st.sets(st.sampled_from(["_x", "_has_files"])))
async def test_what_the_framework_consumes_never_goes_out(wire: str, names: set[str], private: set[str]) -> None:
    params = dict.fromkeys(sorted(names | private), "SENTINEL")
    assert "SENTINEL" not in json.dumps(await body_of(wire, params, tools=[TOOL]))


def test_the_excluded_names_are_those_that_mass_gen_has() -> None:
    page = Path(__file__).parents[3].parent / "shared" / "research" / "seed-systems.md"
    if not page.is_file():
        pytest.skip("needs ../shared/research/seed-systems.md")
    line = next(
        line for line in page.read_text().splitlines() if line.startswith("`agent_id agent_temporary_workspace ")
    )
    names = set(line.strip("`.").split())
    assert len(names) == 96
    assert names | {"upload_files"} == FRAMEWORK_PARAMS


@wires
async def test_the_excluded_set_is_the_one_definition_and_a_copy_of_it(wire: str) -> None:
    built = handler(wire)
    assert built.get_base_excluded_params() == EXCLUDED_PARAMS <= built.get_excluded_params()
    built.get_excluded_params().clear()
    assert built.get_excluded_params()


@wires
@pytest.mark.parametrize("value", [0, "", False, [], {}])
async def test_none_is_not_sent_and_every_other_empty_value_is(wire: str, value: Json) -> None:
    body = await body_of(wire, {"vendor_option": value, "other_option": None})
    assert body["vendor_option"] == value
    assert type(body["vendor_option"]) is type(value)
    assert "other_option" not in body


@wires
async def test_extra_body_is_merged_in(wire: str) -> None:
    body = await body_of(wire, {"extra_body": {"vendor": {"a": 1}}, "vendor": {"b": 2}})
    assert body["vendor"] == {"a": 1, "b": 2}
    assert "extra_body" not in body


@wires
async def test_the_name_of_a_provider_is_ours_and_its_routing_is_not(wire: str) -> None:
    assert "provider" not in await body_of(wire, {"provider": "groq"})
    assert (await body_of(wire, {"provider": {"order": ["x"]}}))["provider"] == {"order": ["x"]}


@wires
async def test_a_call_overrides_the_configuration_whatever_name_either_uses(wire: str) -> None:
    for configured, called in (("max_tokens", "max_output_tokens"), ("max_output_tokens", "max_completion_tokens")):
        for order in ((configured, called), (called, configured)):
            params = {name: {configured: 100, called: 7}[name] for name in order}
            body = await body_of(wire, params, config={configured: 100})
            assert "100" not in json.dumps(body)
            assert "7" in json.dumps(body)


@wires
async def test_two_values_for_one_field_are_refused(wire: str) -> None:
    with pytest.raises(ConfigurationError, match=r"max_output_tokens: .* given twice"):
        await body_of(wire, {"max_tokens": 1, "max_output_tokens": 2})
    assert await body_of(wire, {"max_tokens": 2, "max_output_tokens": 2})


REFUSED = {
    "responses": ["stop", "seed", "n", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs"],
    "anthropic": ["seed", "n", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs"],
    "gemini": ["logit_bias", "user"],
    "ollama": ["logit_bias", "user", "stream_options", "n", "parallel_tool_calls", "think", "options"],
    "interactions": ["top_k", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "user", "n"],
}


@pytest.mark.parametrize("wire", REFUSED)
async def test_every_problem_is_told_at_once_and_before_anything_is_sent(wire: str) -> None:
    params = dict.fromkeys(REFUSED[wire], 3) | {"response_format": "json", "tool_choice": "sometimes"}
    orphan = {"role": "tool", "tool_call_id": "x", "content": "r"}
    with pytest.raises(ConfigurationError) as caught:
        await body_of(wire, params, messages=[orphan], tools=[{"type": "function", "name": ""}])
    told = [problem.split(":")[0] for problem in caught.value.problems]
    assert sorted(told) == sorted([*params, "messages[0]", "tools[0]"])


@wires
async def test_a_model_is_required(wire: str) -> None:
    with pytest.raises(ConfigurationError, match="model: none is given"):
        await body_of(wire, {"model": None})


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("responses", "instructions"),
        ("anthropic", "system"),
        ("gemini", "systemInstruction"),
        ("gemini", "system_instruction"),
    ],
)
async def test_a_system_prompt_may_be_a_parameter_but_not_twice(wire: str, name: str) -> None:
    field = "systemInstruction" if wire == "gemini" else name
    assert (await body_of(wire, {name: "s"}))[field] == ({"parts": [{"text": "s"}]} if wire == "gemini" else "s")
    with pytest.raises(ConfigurationError, match="give it once"):
        await body_of(wire, {name: "s"}, messages=[{"role": "system", "content": "t"}, USER])


@wires
@pytest.mark.parametrize("choice", ["auto", "none"])
async def test_a_tool_choice_without_tools_is_left_out(wire: str, choice: str) -> None:
    assert await body_of(wire, {"tool_choice": choice, "parallel_tool_calls": True}) == await body_of(wire)


@wires
@pytest.mark.parametrize("choice", ["required", NAMED])
async def test_a_demanded_call_without_tools_is_refused(wire: str, choice: Json) -> None:
    with pytest.raises(ConfigurationError, match="tool_choice: it demands a tool call"):
        await body_of(wire, {"tool_choice": choice})


PROVIDER_TOOLS = [
    ("responses", "enable_web_search", {"type": "web_search"}),
    ("responses", "enable_code_interpreter", {"type": "code_interpreter", "container": {"type": "auto"}}),
    ("anthropic", "enable_web_search", {"type": "web_search_20250305", "name": "web_search"}),
    ("anthropic", "enable_code_execution", {"type": "code_execution_20250825", "name": "code_execution"}),
    ("gemini", "enable_web_search", {"googleSearch": {}}),
    ("gemini", "enable_code_execution", {"codeExecution": {}}),
]


@pytest.mark.parametrize(("wire", "flag", "tool"), PROVIDER_TOOLS)
async def test_a_flag_adds_the_providers_tool_before_the_callers(wire: str, flag: str, tool: Json) -> None:
    assert (await body_of(wire, {flag: True}))["tools"] == [tool]
    assert (await body_of(wire, {flag: True}, tools=[TOOL]))["tools"][0] == tool
    assert "tools" not in await body_of(wire, {flag: False})


async def test_a_flag_that_the_wire_has_no_tool_for_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="enable_web_search: this provider has no such tool"):
        await body_of("chat", {"enable_web_search": True})


@wires
async def test_nothing_that_is_given_is_changed(wire: str) -> None:
    messages = [{"role": "system", "content": [{"type": "text", "text": "s"}]}, USER]
    tools = [copy.deepcopy(TOOL)]
    params = {
        "model": MODELS[wire],
        "extra_body": {"a": {"b": 1}},
        "a": {"c": 2},
        "metadata": {"k": "v"},
        "include": [],
    }
    before = copy.deepcopy((messages, tools, params))
    body = await handler(wire).build_api_params(messages, tools, params)
    assert (messages, tools, params) == before
    assert body == await handler(wire).build_api_params(messages, tools, params)


DIALECTS = [
    ({"max_tokens_field": "max_tokens"}, {"max_completion_tokens": 5}, {"max_tokens": 5}),
    ({"stream_options": False}, {}, {"stream_options": None}),
    (
        {},
        {"stream_options": {"include_obfuscation": False}},
        {"stream_options": {"include_usage": True, "include_obfuscation": False}},
    ),
]


@pytest.mark.parametrize(("differences", "params", "expected"), DIALECTS)
async def test_a_dialect_renames_and_leaves_out(differences: Json, params: Json, expected: Json) -> None:
    body = await body_of("chat", params, dialect=ChatDialect(**differences))
    assert {name: body.get(name) for name in expected} == expected


async def test_what_a_dialect_rejects_is_told_with_the_providers_name() -> None:
    dialect = ChatDialect(rejects=frozenset({"logit_bias", "n", "max_tokens"}), stream_options=False)
    params = {"logit_bias": {}, "n": 2, "max_tokens": 5, "stream_options": {}, "seed": 1}
    with pytest.raises(ConfigurationError) as caught:
        await body_of("chat", params, dialect=dialect)
    assert sorted(caught.value.problems) == [
        f"{name}: Provider does not take this parameter; leave it out" for name in ("logit_bias", "n", "stream_options")
    ]


STORES = [
    ({}, {"store": False, "include": ["reasoning.encrypted_content"]}),
    ({"include": ["x"]}, {"store": False, "include": ["x", "reasoning.encrypted_content"]}),
    ({"store": True}, {"store": True, "include": None}),
    ({"store": False}, {"store": False, "include": None}),
    ({"previous_response_id": "r"}, {"store": None, "include": None, "previous_response_id": "r"}),
    ({"conversation": "c"}, {"store": None, "include": None, "conversation": "c"}),
    ({"model": "gpt-4.1-mini"}, {"store": False, "include": None}),
]


@pytest.mark.parametrize(("params", "expected"), STORES)
async def test_responses_are_stateless_unless_the_caller_says_otherwise(params: Json, expected: Json) -> None:
    body = await body_of("responses", params)
    assert {name: body.get(name) for name in expected} == expected


async def test_a_result_for_a_stored_call_needs_no_call() -> None:
    orphan = {"role": "tool", "tool_call_id": "x", "content": "r"}
    body = await body_of("responses", {"previous_response_id": "r"}, messages=[orphan])
    assert body["input"] == [{"type": "function_call_output", "call_id": "x", "output": "r"}]


LIMITS = [
    ({}, 8192),
    ({"max_tokens": 10}, 10),
    ({"thinking": {"type": "enabled", "budget_tokens": 9000}}, 17192),
    ({"model": "claude-sonnet-4-5", "reasoning_effort": "low"}, 8192 + 2048),
]


@pytest.mark.parametrize(("params", "limit"), LIMITS)
async def test_claude_has_a_limit_that_leaves_room_beside_thinking(params: Json, limit: int) -> None:
    assert (await body_of("anthropic", params))["max_tokens"] == limit


async def test_a_thinking_budget_that_fills_the_limit_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="max_tokens: 1024 leaves nothing beside a thinking budget of 1024"):
        await body_of("anthropic", {"max_tokens": 1024, "thinking": {"type": "enabled", "budget_tokens": 1024}})


SAMPLING = [
    ("claude-opus-4-6", True),
    ("claude-sonnet-4-20250514", True),
    ("claude-3-5-sonnet-20241022", True),
    ("unknown-model", True),
    ("claude-opus-4-7", False),
    ("claude-opus-4-8", False),
    ("claude-haiku-5-5", False),
    ("claude-fable-5", False),
]


@pytest.mark.parametrize(("model", "taken"), SAMPLING)
async def test_sampling_is_refused_for_claudes_that_have_none(model: str, taken: bool) -> None:
    params = {"model": model, "temperature": 1, "top_p": 0.9}
    if taken:
        assert handler("anthropic").api_version(await body_of("anthropic", params)) == "2023-06-01"
        return
    with pytest.raises(ConfigurationError) as caught:
        await body_of("anthropic", params)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["temperature", "top_p"]


async def test_the_current_version_of_the_api_is_asked_for_unless_the_body_needs_the_older() -> None:
    version = handler("anthropic").api_version
    cited = {"type": "text", "text": "x", "citations": [{"type": "char_location"}]}
    assert version(await body_of("anthropic")) == "2026-10-21"
    assert version(await body_of("anthropic", messages=[{"role": "user", "content": [cited, "y"]}])) == "2023-06-01"


EFFORTS = [
    ("gemini-2.5-pro", "none", {"thinkingBudget": 0}),
    ("gemini-2.5-flash", "high", {"thinkingBudget": 24576}),
    ("gemini-3-flash-preview", "minimal", {"thinkingLevel": "MINIMAL"}),
    ("gemini-4-argon", "xhigh", {"thinkingLevel": "XHIGH"}),
]


@pytest.mark.parametrize(("model", "effort", "config"), EFFORTS)
async def test_an_effort_is_a_budget_before_gemini_3_and_a_level_since(model: str, effort: str, config: Json) -> None:
    body = await body_of("gemini", {"model": model, "reasoning_effort": effort})
    assert body["generationConfig"]["thinkingConfig"] == config


@pytest.mark.parametrize(
    ("wire", "params"),
    [
        ("chat", {"extra_body": [1]}),
        ("gemini", {"reasoning_effort": "none"}),
        ("gemini", {"model": "gemini-2.5-pro", "reasoning_effort": "xhigh"}),
        ("gemini", {"n": 2}),
        ("gemini", {"parallel_tool_calls": False}),
        ("anthropic", {"reasoning_effort": "extreme"}),
        ("ollama", {"reasoning_effort": "extreme"}),
        ("anthropic", {"response_format": {"type": "json_object"}}),
        ("chat", {"response_format": {"type": "json_schema", "json_schema": {"name": "n"}}}),
    ],
)
async def test_a_value_that_the_wire_cannot_say_is_refused_by_name(wire: str, params: Json) -> None:
    name = list(params)[-1]
    with pytest.raises(ConfigurationError) as caught:
        await body_of(wire, params)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [name]


async def test_ollama_is_offered_no_tools_where_none_may_be_called_and_cannot_be_made_to_call_one() -> None:
    assert "tools" not in await body_of("ollama", {"tool_choice": "none"}, tools=[TOOL])
    for choice in ("required", NAMED):
        with pytest.raises(ConfigurationError, match="tool_choice: Ollama cannot be made to call a tool"):
            await body_of("ollama", {"tool_choice": choice}, tools=[TOOL])


async def test_extra_body_goes_out_even_where_the_provider_is_known_to_refuse() -> None:
    dialect = ChatDialect(rejects=frozenset({"logit_bias"}))
    assert (await body_of("chat", {"extra_body": {"logit_bias": {}}}, dialect=dialect))["logit_bias"] == {}
