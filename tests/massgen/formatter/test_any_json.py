"""Messages and tools of any JSON whatever are written, or refused with a reason; nothing else happens."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from massgen.backend.tool_handlers import ToolFormat, ToolHandlerMixin
from massgen.backend.utils import MessageConverter, validate_message_format
from massgen.errors import ConfigurationError

from .histories import FORMATTERS

Json = Any

_VOCABULARY = """
    role type content parts text user assistant model tool system tool_calls id name function arguments call_id
    tool_call_id tool_use tool_result tool_use_id input output function_call function_call_output functionCall args
    functionResponse response image_url input_image url source data base64 media_type inlineData fileData file file_id
    input_audio thinking reasoning message anthropic openai_responses gemini items refusal input_schema parameters
    functionDeclarations strict cache_control is_error thought {} https://x data:image/png;base64,iVBORw0KGgo=
"""
WORDS = st.sampled_from(_VOCABULARY.split())
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
roles = st.sampled_from(["user", "assistant", "model", "tool", "system", "developer", "function"])
messages = st.dictionaries(WORDS, values, max_size=5).flatmap(
    lambda message: roles.map(lambda role: {**message, "role": role}) | st.just(message)
)


@pytest.mark.parametrize("wire", FORMATTERS)
@settings(max_examples=80)
@given(st.lists(messages, max_size=4))
def test_any_messages(wire: str, given_messages: list[Json]) -> None:
    before = json.dumps(given_messages)
    with suppress(ConfigurationError):
        json.dumps(FORMATTERS[wire].format_messages(given_messages))
    assert json.dumps(given_messages) == before


@pytest.mark.parametrize("wire", FORMATTERS)
@settings(max_examples=50)
@given(st.lists(st.dictionaries(WORDS, values, max_size=5), max_size=3))
def test_any_tools(wire: str, tools: list[Json]) -> None:
    before = json.dumps(tools)
    with suppress(ConfigurationError):
        json.dumps(FORMATTERS[wire].format_tools(tools))
    assert json.dumps(tools) == before


SHAPES = ["openai", "claude", "gemini", "response_api"]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=80)
@given(st.lists(messages, max_size=3))
def test_any_messages_convert_or_are_refused(shape: str, given_messages: list[Json]) -> None:
    before = json.dumps(given_messages)
    for message in given_messages:
        assert validate_message_format(message, shape) in (True, False)
    with suppress(ConfigurationError):
        converted = MessageConverter.convert_between_formats(given_messages, "openai", shape)
        json.dumps([converted, converted.system, converted.lost])
        MessageConverter.convert_between_formats(converted, shape, "openai")
    with suppress(ConfigurationError):
        MessageConverter.to_openai_format(given_messages, native=False)
    with suppress(ConfigurationError):
        json.dumps(MessageConverter.merge_system_messages(given_messages))
    assert json.dumps(given_messages) == before


@settings(max_examples=150)
@given(st.lists(st.dictionaries(WORDS, values, max_size=5) | values, max_size=3))
def test_any_tools_and_calls_are_handled_or_refused(given_tools: list[Json]) -> None:
    before = json.dumps(given_tools)
    handler = ToolHandlerMixin()
    for shape in ToolFormat:
        with suppress(ConfigurationError):
            json.dumps(handler.convert_tools_format(given_tools, shape))
    valid, errors = handler.validate_tool_calls(given_tools)
    assert len(valid) + len(errors) == len(given_tools)
    objects = [tool for tool in given_tools if isinstance(tool, dict)]
    handler.filter_tools(objects, ["id"], ["name"])
    handler.merge_tool_definitions(objects, objects)
    assert json.dumps(given_tools) == before
