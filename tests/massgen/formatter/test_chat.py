"""Chat-Completions messages and the differences that a dialect states."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.backend.chat_dialect import ChatDialect
from massgen.errors import ConfigurationError
from massgen.formatter import ChatCompletionsFormatter, ResponseFormatter

Json = Any
USER = {"role": "user", "content": "go"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{ "x":1.0 }'}}
IMAGE = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
SENT_IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def written(*messages: Json, dialect: ChatDialect | None = None) -> list[Json]:
    return ChatCompletionsFormatter(dialect).format_messages(list(messages))


def turn(**more: Json) -> list[Json]:
    return [{"role": "assistant", "content": None, "tool_calls": [CALL], **more}, answer("r")]


def answer(content: Json, **more: Json) -> Json:
    return {"role": "tool", "tool_call_id": "c1", "content": content, **more}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "system", "content": "be brief"},
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": "hi", "name": "alice"},
        {"role": "user", "content": ""},
        {"role": "assistant", "content": "hello", "name": "bob"},
        {"role": "assistant", "content": None, "refusal": "I will not"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {
            "role": "user",
            "content": [{"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}],
        },
    ],
)
def test_a_message_in_the_wires_own_shape_goes_out_as_it_is(message: Json) -> None:
    assert written(USER, message)[1] == message


def test_system_messages_stay_where_they_are_and_messages_of_one_role_stay_apart() -> None:
    history = [{"role": "system", "content": "s"}, USER, USER, {"role": "system", "content": "t"}, USER]
    assert written(*history) == history


def test_arguments_go_out_letter_by_letter() -> None:
    assert written(USER, *turn())[1] == {"role": "assistant", "content": None, "tool_calls": [CALL]}


@pytest.mark.parametrize("given", ["", "  ", None])
def test_absent_arguments_are_an_empty_object(given: Json) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": given}}
    sent = written(USER, {"role": "assistant", "tool_calls": [call]}, answer("r"))
    assert sent[1]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_results_keep_the_order_given() -> None:
    calls = [{**CALL, "id": name} for name in "abc"]
    results = [{"role": "tool", "tool_call_id": name, "content": name} for name in "cab"]
    assert written(USER, {"role": "assistant", "tool_calls": calls}, *results)[2:] == results


@pytest.mark.parametrize(
    ("content", "is_error", "sent"),
    [
        ("boom", True, "Error: boom"),
        ("Error: boom", True, "Error: boom"),
        ('{"error": "boom"}', True, '{"error": "boom"}'),
        ("", True, "Error: "),
        ("boom", False, "boom"),
    ],
)
def test_a_failed_tool_says_so_in_its_text(content: str, is_error: bool, sent: str) -> None:
    assert written(USER, *turn()[:1], answer(content, is_error=is_error))[2]["content"] == sent


def test_an_image_in_a_result_follows_behind_all_results_of_the_turn() -> None:
    calls = [CALL, {**CALL, "id": "c2"}]
    other = {"role": "tool", "tool_call_id": "c2", "content": "plain"}
    history = [
        USER,
        {"role": "assistant", "tool_calls": calls},
        answer([{"type": "text", "text": "see"}, IMAGE]),
        other,
    ]
    *_, first, second, carried = written(*history)
    assert (first["content"], second["content"]) == ("see", "plain")
    assert carried["role"] == "user"
    assert carried["content"][1] == SENT_IMAGE
    assert "c1 (f)" in carried["content"][0]["text"]


def test_a_result_that_is_only_an_image_says_where_it_is() -> None:
    sent = written(USER, *turn()[:1], answer([IMAGE]))
    assert "user message that follows" in sent[2]["content"]
    assert sent[3]["content"][1] == SENT_IMAGE


def test_a_dialect_with_parts_in_tool_messages_keeps_the_image_there() -> None:
    sent = written(USER, *turn()[:1], answer([IMAGE]), dialect=ChatDialect(tool_content_parts=True))
    assert sent[2:] == [{"role": "tool", "tool_call_id": "c1", "content": [SENT_IMAGE]}]


def test_a_failed_tool_with_an_image_says_so_beside_it() -> None:
    history = [USER, *turn()[:1], answer([IMAGE], is_error=True)]
    sent = written(*history, dialect=ChatDialect(tool_content_parts=True))
    assert sent[2]["content"] == [{"type": "text", "text": "Error:"}, SENT_IMAGE]
    assert ResponseFormatter().format_messages(history)[2]["output"][0] == {"type": "input_text", "text": "Error:"}


ECHOES = [
    ("deepseek", ChatDialect(echo_on_tool_calls=("reasoning_content",)), {"reasoning_content": "hm"}, "hm", None),
    ("deepseek, empty", ChatDialect(echo_on_tool_calls=("reasoning_content",)), {"reasoning_content": ""}, " ", None),
    ("deepseek, absent", ChatDialect(echo_on_tool_calls=("reasoning_content",)), {}, " ", None),
    ("always", ChatDialect(echo=("reasoning_content",)), {"reasoning_content": "hm"}, "hm", "hm"),
    ("always, absent", ChatDialect(echo=("reasoning_content",)), {}, None, None),
    ("not asked for", ChatDialect(), {"reasoning_content": "hm"}, None, None),
]


@pytest.mark.parametrize(
    ("dialect", "given", "with_calls", "without"), [row[1:] for row in ECHOES], ids=[row[0] for row in ECHOES]
)
def test_reasoning_goes_back_as_the_dialect_says(
    dialect: ChatDialect, given: Json, with_calls: str | None, without: str | None
) -> None:
    calling = written(USER, *turn(**given), dialect=dialect)[1]
    saying = written(USER, {"role": "assistant", "content": "hi", **given}, dialect=dialect)[1]
    assert calling.get("reasoning_content") == with_calls
    assert saying.get("reasoning_content") == without


def test_reasoning_details_go_back_unmodified_and_in_their_order() -> None:
    details = [
        {"type": "reasoning.encrypted", "data": "x", "index": 1, "id": None},
        {"type": "reasoning.text", "index": 0},
    ]
    sent = written(USER, *turn(reasoning_details=details), dialect=ChatDialect(echo=("reasoning_details", "reasoning")))
    assert sent[1]["reasoning_details"] == details
    assert "reasoning" not in sent[1]


def test_a_refusal_is_text_for_a_provider_without_the_field() -> None:
    refused = {"role": "assistant", "content": None, "refusal": "I will not"}
    sent = written(USER, refused, dialect=ChatDialect(rejects=frozenset({"refusal"})))
    assert sent[1] == {"role": "assistant", "content": "I will not"}


def test_a_dialect_that_joins_text_gets_one_string_and_images_as_they_are() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    dialect = ChatDialect(joins_text=True)
    assert written({"role": "user", "content": parts}, dialect=dialect) == [{"role": "user", "content": "a\nb"}]
    (with_image,) = written({"role": "user", "content": [*parts, IMAGE]}, dialect=dialect)
    assert [part["type"] for part in with_image["content"]] == ["text", "text", "image_url"]


def test_no_key_but_those_of_the_wire_goes_out() -> None:
    foreign = {"anthropic": {"content": []}, "gemini": {"parts": []}, "openai_responses": {"items": []}, "extra": 1}
    sent = written({**USER, "extra": 1}, {"role": "assistant", "content": "hi", **foreign})
    assert [sorted(message) for message in sent] == [["content", "role"], ["content", "role"]]


def test_the_deprecated_function_call_is_read() -> None:
    history = [
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "r"},
    ]
    sent = written(*history)
    assert sent[2]["tool_call_id"] == sent[1]["tool_calls"][0]["id"] != ""


def test_an_item_of_the_responses_wire_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"messages\[1\]: a 'item_reference' item"):
        written(USER, {"type": "item_reference", "id": "x"})


def test_a_dialect_without_the_developer_role_has_system_messages() -> None:
    sent = written({"role": "developer", "content": "d"}, USER, dialect=ChatDialect(developer_role=False))
    assert sent[0] == {"role": "system", "content": "d"}


def test_a_dialect_says_which_messages_carry_a_name() -> None:
    named = [{**USER, "name": "alice"}, *turn(name="bob")]
    sent = written(*named, dialect=ChatDialect(names_on=frozenset({"tool"})))
    assert [message.get("name") for message in sent] == [None, None, "f"]
    assert [message.get("name") for message in written(*named)] == ["alice", "bob", None]


def test_a_dialect_says_which_keys_of_a_part_go_out() -> None:
    parts = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}, "annotations": []}]
    sent = written({"role": "user", "content": parts}, dialect=ChatDialect(part_keys=("cache_control",)))
    assert sent[0]["content"] == [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]
    assert written({"role": "user", "content": parts}) == [{"role": "user", "content": "a"}]


def test_ids_that_a_provider_does_not_take_are_replaced_in_call_and_result() -> None:
    dialect = ChatDialect(call_id_pattern="[a-zA-Z0-9]{9}")
    calls = [{**CALL, "id": "call_foreign"}, {**CALL, "id": "D681PevKs"}]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "r"} for call in calls]
    sent = written(USER, {"role": "assistant", "tool_calls": calls}, *results, dialect=dialect)
    ids = [call["id"] for call in sent[1]["tool_calls"]]
    assert ids == [message["tool_call_id"] for message in sent[2:]]
    assert ids[1] == "D681PevKs"
    assert len(ids[0]) == 9
    assert ids[0].isalnum()
