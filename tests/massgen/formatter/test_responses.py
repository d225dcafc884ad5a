"""Responses items: instructions, outputs, and what the model said as the items that it came in."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.errors import ConfigurationError
from massgen.formatter import ResponseFormatter

Json = Any
FORMATTER = ResponseFormatter()
USER = {"role": "user", "content": "go"}
SENT_USER = {"type": "message", "role": "user", "content": "go"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{ "x":1.0 }'}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "r"}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
ITEM = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"x": 1.0}'}


def test_leading_system_messages_are_instructions_and_later_ones_stay_in_place() -> None:
    history = [
        {"role": "system", "content": "s"},
        {"role": "developer", "content": [{"type": "text", "text": "d"}]},
        USER,
        {"role": "developer", "content": "later"},
    ]
    items, instructions = FORMATTER.format_input(history)
    assert instructions == "s\n\nd"
    assert items == [SENT_USER, {"type": "message", "role": "developer", "content": "later"}]


def test_format_messages_loses_no_system_message() -> None:
    items = FORMATTER.format_messages([{"role": "system", "content": "s"}, USER])
    assert items == [{"type": "message", "role": "system", "content": "s"}, SENT_USER]


def test_a_turn_without_its_items_is_written_without_item_ids() -> None:
    items = FORMATTER.format_messages([USER, {"role": "assistant", "content": "hi", "tool_calls": [CALL]}, RESULT])
    assert items[1:] == [
        {"type": "message", "role": "assistant", "content": "hi"},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{ "x":1.0 }'},
        {"type": "function_call_output", "call_id": "call_1", "output": "r"},
    ]


def test_reasoning_goes_back_with_the_items_that_followed_it() -> None:
    web = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}
    kept = {"model": "gpt-6-sol-2026-10-01", "items": [REASONING, web, REASONING | {"id": "rs_2"}, ITEM]}
    message = {"role": "assistant", "content": None, "tool_calls": [CALL], "openai_responses": kept}
    items = FORMATTER.format_messages([USER, message, RESULT], model="gpt-6-sol")
    assert items[1:5] == kept["items"]
    assert FORMATTER.format_messages([USER, message, RESULT], model="gpt-6-luna")[1:2] == [
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{ "x":1.0 }'}
    ]


def test_a_refusal_goes_back_as_the_item_that_it_was() -> None:
    item = {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}
    message = {"role": "assistant", "content": None, "refusal": "no", "openai_responses": {"items": [item]}}
    assert FORMATTER.format_messages([USER, message])[1] == item
    assert FORMATTER.format_messages([USER, {**message, "openai_responses": None}])[1]["content"] == "no"


def test_items_given_as_history_go_back_as_they_are() -> None:
    message = {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "hi"}]}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "r"}
    reference = {"type": "item_reference", "id": "x"}
    history = [SENT_USER, REASONING, message, ITEM, output, reference]
    assert FORMATTER.format_messages(history) == history


def test_a_kept_call_whose_arguments_are_an_object_is_still_the_call_of_the_message() -> None:
    item = {**ITEM, "arguments": {"x": 1.0}}
    message = {"role": "assistant", "content": None, "tool_calls": [CALL], "openai_responses": {"items": [item]}}
    assert FORMATTER.format_messages([USER, message, RESULT])[1] == item


def test_a_result_may_hold_images_and_files() -> None:
    content = [{"type": "text", "text": "see"}, {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}]
    history = [USER, {"role": "assistant", "tool_calls": [CALL]}, {**RESULT, "content": content}]
    assert FORMATTER.format_messages(history)[2]["output"] == [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    ]


def test_a_result_alone_is_legal_only_if_the_provider_has_the_call() -> None:
    items, _ = FORMATTER.format_input([RESULT, USER], stored=True)
    assert items == [{"type": "function_call_output", "call_id": "call_1", "output": "r"}, SENT_USER]
    with pytest.raises(ConfigurationError, match="'call_1' has no unanswered call"):
        FORMATTER.format_input([RESULT, USER])


def test_a_foreign_id_that_is_too_long_is_replaced_in_call_and_result() -> None:
    long_id = "x" * 65
    call = {**CALL, "id": long_id}
    items = FORMATTER.format_messages(
        [USER, {"role": "assistant", "tool_calls": [call]}, {**RESULT, "tool_call_id": long_id}]
    )
    assert items[1]["call_id"] == items[2]["call_id"]
    assert len(items[1]["call_id"]) <= 64


def test_reasoning_by_its_id_alone_goes_back_only_where_the_provider_keeps_it() -> None:
    items = [{"type": "reasoning", "id": "rs_1", "summary": []}, {"type": "message", "role": "assistant",
             "id": "m", "content": [{"type": "output_text", "text": "a"}]}]  # fmt: skip
    turn = {"role": "assistant", "content": "a", "openai_responses": {"items": items}}
    formatter = ResponseFormatter()
    assert formatter.format_input([turn], keeps=True)[0] == items
    assert formatter.format_input([turn], stored=True)[0] == items
    assert formatter.format_input([turn])[0] == [{"type": "message", "role": "assistant", "content": "a"}]
