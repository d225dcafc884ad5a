"""Anthropic messages: roles that alternate, results first, blocks as they came."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.backend.call_ids import CallIds
from massgen.errors import ConfigurationError
from massgen.formatter import ClaudeFormatter

Json = Any
FORMATTER = ClaudeFormatter()
USER = {"role": "user", "content": "go"}
MODEL = "claude-opus-4-6"
THINKING = {"type": "thinking", "thinking": "hm", "signature": "sig"}
REDACTED = {"type": "redacted_thinking", "data": "opaque"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}, "caller": {"type": "direct"}}


def call(call_id: str = "toolu_1", arguments: str = '{"x": 1}') -> Json:
    return {"id": call_id, "type": "function", "function": {"name": "f", "arguments": arguments}}


def answer(content: Json = "r", call_id: str = "toolu_1", **more: Json) -> Json:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def test_system_messages_are_joined_at_the_top_wherever_they_stand() -> None:
    history = [{"role": "system", "content": "s"}, USER, {"role": "developer", "content": "d"}]
    assert FORMATTER.format_messages_and_system(history) == ([USER], "s\n\nd")
    assert FORMATTER.format_messages_and_system([USER]) == ([USER], "")


def test_a_marked_system_prompt_stays_blocks() -> None:
    marked = {"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}
    history = [{"role": "system", "content": [marked]}, {"role": "system", "content": "t"}, USER]
    assert FORMATTER.format_messages_and_system(history)[1] == [marked, {"type": "text", "text": "t"}]


def test_all_results_of_a_turn_are_one_user_message_before_any_text() -> None:
    history = [
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call("a"), call("b")]},
        answer("1", "a", is_error=True),
        answer({"n": 2}, "b"),
        {"role": "user", "content": "and?"},
    ]
    assert FORMATTER.format_messages(history)[2:] == [
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "1", "is_error": True},
                {"type": "tool_result", "tool_use_id": "b", "content": '{"n": 2}'},
                {"type": "text", "text": "and?"},
            ],
        }
    ]


def test_consecutive_messages_of_one_role_become_one() -> None:
    history = [USER, USER, {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}, USER]
    sent = FORMATTER.format_messages(history)
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert [block["text"] for block in sent[1]["content"]] == ["a", "b"]


@pytest.mark.parametrize("blocks", [[THINKING, USE], [REDACTED, THINKING, USE]])
def test_thinking_goes_back_with_its_signature_and_the_call_behind_it(blocks: list[Json]) -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call()]}
    message["anthropic"] = {"model": f"{MODEL}-20260205", "content": blocks}
    assert FORMATTER.format_messages([USER, message, answer()], model=MODEL)[1]["content"] == blocks
    other = FORMATTER.format_messages([USER, message, answer()], model="claude-sonnet-5")
    assert other[1]["content"] == [USE]


def test_the_servers_own_tools_and_their_results_go_back_verbatim() -> None:
    search = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "q"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"encrypted_content": "x"}]}
    text = {"type": "text", "text": "hi", "citations": [{"encrypted_index": "y"}]}
    message = {"role": "assistant", "content": "hi", "anthropic": {"model": MODEL, "content": [search, found, text]}}
    assert FORMATTER.format_messages([USER, message], model=MODEL)[1]["content"] == [search, found, text]


def test_blank_text_blocks_are_left_out_because_the_api_answers_400_to_them() -> None:
    said = [{"type": "text", "text": "a"}, {"type": "text", "text": " "}, {"type": "text", "text": "b"}]
    message = {"role": "assistant", "content": "a b", "anthropic": {"model": MODEL, "content": [THINKING, *said]}}
    sent = FORMATTER.format_messages([USER, message, {"role": "user", "content": ["\n", "x"]}], model=MODEL)
    assert sent[1]["content"] == [THINKING, said[0], said[2]]
    assert sent[2]["content"] == "x"


def test_blocks_given_as_content_are_a_turn_with_its_calls() -> None:
    history = [
        USER,
        {"role": "assistant", "content": [THINKING, {"type": "text", "text": "hi"}, USE]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1"}, {"type": "text", "text": "x"}]},
    ]
    sent = FORMATTER.format_messages(history)
    assert sent[1] == history[1]
    assert sent[2]["content"][0] == {"type": "tool_result", "tool_use_id": "toolu_1", "content": ""}


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ("{}", {}),
        ("", {}),
        ('{"n": 123456789012345678901234567890}', {"n": 123456789012345678901234567890}),
        ('{"x": 1.0, "t": true, "z": null}', {"x": 1.0, "t": True, "z": None}),
    ],
)
def test_arguments_are_an_object_with_the_same_numbers(arguments: str, value: Json) -> None:
    history = [USER, {"role": "assistant", "tool_calls": [call(arguments=arguments)]}, answer()]
    sent = FORMATTER.format_messages(history)[1]["content"][0]["input"]
    assert repr(sent) == repr(value)


@pytest.mark.parametrize("arguments", ["{", "[1]", '"x"', '{"x": 1e999}'])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    with pytest.raises(ConfigurationError, match=r"messages\[1\]: the arguments of the tool call 'toolu_1'"):
        FORMATTER.format_messages([USER, {"role": "assistant", "tool_calls": [call(arguments=arguments)]}, answer()])


def test_one_number_is_not_another_when_an_edit_is_looked_for() -> None:
    """In Python 1, 1.0 and True are equal; as arguments they are not."""
    for edited in ('{"x": true}', '{"x": 1.0}', '{"x": "1"}'):
        message = {"role": "assistant", "tool_calls": [call(arguments=edited)]}
        message["anthropic"] = {"model": MODEL, "content": [THINKING, USE]}
        assert THINKING not in FORMATTER.format_messages([USER, message, answer()], model=MODEL)[1]["content"]


def test_a_call_under_another_id_is_an_edit_and_one_of_our_ids_stands_for_the_providers() -> None:
    kept = {"anthropic": {"model": MODEL, "content": [THINKING, USE]}}
    ours = CallIds(b"x").claim(None)
    for call_id, blocks in (("toolu_9", 1), (ours, 2)):
        message = {"role": "assistant", "tool_calls": [call(call_id)], **kept}
        sent = FORMATTER.format_messages([USER, message, answer("r", call_id)], model=MODEL)
        assert len(sent[1]["content"]) == blocks
        assert sent[1]["content"][-1]["id"] == sent[2]["content"][0]["tool_use_id"] == call_id


def test_an_id_of_another_provider_is_made_legal_in_call_and_result() -> None:
    foreign = "functions.f:0"
    sent = FORMATTER.format_messages([USER, {"role": "assistant", "tool_calls": [call(foreign)]}, answer("r", foreign)])
    assert sent[1]["content"][0]["id"] == sent[2]["content"][0]["tool_use_id"]
    assert sent[1]["content"][0]["id"].replace("_", "").isalnum()


def test_a_result_may_hold_an_image_and_an_error_and_a_cache_mark() -> None:
    content = [{"type": "text", "text": "see"}, {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}]
    result = answer(content, is_error=True, cache_control={"type": "ephemeral"})
    sent = FORMATTER.format_messages([USER, {"role": "assistant", "tool_calls": [call()]}, result])[2]["content"]
    assert sent == [
        {
            "type": "tool_result",
            "tool_use_id": "toolu_1",
            "content": [
                {"type": "text", "text": "see"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
            ],
            "is_error": True,
            "cache_control": {"type": "ephemeral"},
        }
    ]


def test_a_turn_that_said_nothing_is_no_message() -> None:
    assert FORMATTER.format_messages([USER, {"role": "assistant", "content": None}, USER])[0]["role"] == "user"
    assert len(FORMATTER.format_messages([USER, {"role": "assistant", "content": ""}])) == 1


def test_a_cache_mark_on_a_message_is_one_on_its_last_part() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    history = [{"role": "system", "content": "s", **mark}, {"role": "user", "content": ["a", "b"], **mark}]
    messages, system = FORMATTER.format_messages_and_system(history)
    assert system == [{"type": "text", "text": "s", **mark}]
    assert messages[0]["content"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b", **mark}]
