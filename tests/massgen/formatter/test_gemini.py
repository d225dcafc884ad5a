"""Gemini contents: signatures on their parts, results as objects in the order of the calls."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from massgen.backend.call_ids import CallIds
from massgen.formatter import ChatCompletionsFormatter, GeminiFormatter

Json = Any
FORMATTER = GeminiFormatter()
USER = {"role": "user", "content": "go"}
MODEL = "gemini-3.8-flash"
IMAGE = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
INLINE = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
UNSIGNED = base64.b64encode(b"skip_thought_signature_validator").decode()


def call(call_id: str, name: str = "f", arguments: str = '{"x": 1}') -> Json:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def answer(call_id: str, content: Json = "r", **more: Json) -> Json:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def test_system_messages_are_parts_of_the_system_instruction() -> None:
    history = [{"role": "system", "content": "s"}, USER, {"role": "developer", "content": "d"}]
    contents, system = FORMATTER.format_messages_and_system(history)
    assert contents == [{"role": "user", "parts": [{"text": "go"}]}]
    assert system == {"parts": [{"text": "s"}, {"text": "d"}]}
    assert FORMATTER.format_messages_and_system([USER])[1] is None


def test_a_signature_stays_on_its_part_and_with_the_first_of_parallel_calls() -> None:
    first, second = CallIds(b"x").claim(None), CallIds(b"y").claim(None)
    parts = [
        {"text": "hm", "thought": True},
        {"text": "", "thoughtSignature": "s0"},
        {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "s1"},
        {"functionCall": {"name": "f", "args": {"x": 1}}},
    ]
    message = {"role": "assistant", "content": None, "tool_calls": [call(first), call(second)]}
    message["gemini"] = {"model": MODEL, "parts": parts}
    contents = FORMATTER.format_messages([USER, message, answer(second, "2"), answer(first, "1")], model=MODEL)
    assert contents[1] == {"role": "model", "parts": parts}
    assert contents[2]["parts"] == [
        {"functionResponse": {"name": "f", "response": {"result": "1"}}},
        {"functionResponse": {"name": "f", "response": {"result": "2"}}},
    ]


def test_a_providers_own_id_goes_back_even_where_the_message_has_one_of_ours() -> None:
    ours = CallIds(b"x").claim(None)
    part = {"functionCall": {"id": "again", "name": "f", "args": {"x": 1}}, "thoughtSignature": "s"}
    message = {"role": "assistant", "tool_calls": [call(ours)], "gemini": {"model": MODEL, "parts": [part]}}
    contents = FORMATTER.format_messages([USER, message, answer(ours)], model=MODEL)
    assert contents[1]["parts"] == [part]
    assert contents[2]["parts"][0]["functionResponse"]["id"] == "again"


def test_a_call_under_the_id_of_another_goes_back_without_one_as_its_result_does() -> None:
    ours = CallIds(b"x").claim(None)
    parts = [{"functionCall": {"id": "again", "name": "f", "args": {"x": 1}}, "thoughtSignature": "s"}] * 2
    kept = {"gemini": {"model": MODEL, "parts": parts}}
    message = {"role": "assistant", "tool_calls": [call("again"), call(ours)], **kept}
    contents = FORMATTER.format_messages([USER, message, answer("again"), answer(ours)], model=MODEL)
    assert [part["functionCall"].get("id") for part in contents[1]["parts"]] == ["again", None]
    assert [part["functionResponse"].get("id") for part in contents[2]["parts"]] == ["again", None]


def test_calls_of_another_model_lose_their_signature_and_are_excused() -> None:
    part = {"functionCall": {"id": "c", "name": "f", "args": {"x": 1}}, "thoughtSignature": "s"}
    message = {"role": "assistant", "tool_calls": [call("c")], "gemini": {"model": "gemini-4-argon", "parts": [part]}}
    sent = FORMATTER.format_messages([USER, message, answer("c")], model=MODEL)[1]["parts"]
    assert sent == [{"functionCall": part["functionCall"], "thoughtSignature": UNSIGNED}]
    assert message["gemini"]["parts"][0]["thoughtSignature"] == "s"


@pytest.mark.parametrize(
    ("model", "excused"), [(MODEL, True), ("gemini-4-argon", True), ("gemini-2.5-pro", False), (None, False)]
)
def test_only_models_that_demand_a_signature_get_the_excuse_on_the_first_call(model: str | None, excused: bool) -> None:
    message = {"role": "assistant", "content": "hi", "tool_calls": [call("a"), call("b")]}
    parts = FORMATTER.format_messages([USER, message, answer("a"), answer("b")], model=model)[1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [None, UNSIGNED if excused else None, None]


@pytest.mark.parametrize(
    ("content", "more", "response"),
    [
        ("text", {}, {"result": "text"}),
        ("", {}, {"result": ""}),
        ({"a": [1]}, {}, {"result": {"a": [1]}}),
        ([1, None], {}, {"result": [1, None]}),
        ("boom", {"is_error": True}, {"error": "boom"}),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], {}, {"result": "a\nb"}),
    ],
)
def test_a_response_is_an_object(content: Json, more: Json, response: Json) -> None:
    history = [USER, {"role": "assistant", "tool_calls": [call("a", "g")]}, answer("a", content, **more)]
    sent = FORMATTER.format_messages(history)[2]["parts"][0]["functionResponse"]
    assert sent == {"id": "a", "name": "g", "response": response}


def test_a_conversation_in_the_wires_own_shape_goes_out_as_it_is() -> None:
    contents = [
        {"role": "user", "parts": [{"text": "go"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "s"}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"own": "shape"}}}]},
        {"role": "model", "parts": [{"text": "a"}, {"text": "b", "thoughtSignature": "t"}]},
    ]
    assert FORMATTER.format_messages(contents, model=MODEL) == contents


def test_media_without_a_text_gets_a_blank_one() -> None:
    sent = FORMATTER.format_messages([{"role": "user", "content": [IMAGE]}])
    assert sent == [{"role": "user", "parts": [INLINE, {"text": " "}]}]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (MODEL, [{"functionResponse": {"id": "a", "name": "f", "response": {"result": ""}, "parts": [INLINE]}}]),
        ("gemini-2.5-pro", [{"functionResponse": {"id": "a", "name": "f", "response": {"result": ""}}}, INLINE]),
    ],
)
def test_an_image_in_a_result_is_inside_the_response_or_beside_it(model: str, expected: Json) -> None:
    history = [USER, {"role": "assistant", "tool_calls": [call("a")]}, answer("a", [IMAGE])]
    assert FORMATTER.format_messages(history, model=model)[2]["parts"] == expected


def test_responses_are_a_content_of_their_own_and_other_messages_of_one_role_are_joined() -> None:
    history = [USER, USER, {"role": "assistant", "tool_calls": [call("a")]}, answer("a"), USER, USER]
    contents = FORMATTER.format_messages(history)
    assert [(content["role"], len(content["parts"])) for content in contents] == [
        ("user", 2),
        ("model", 1),
        ("user", 1),
        ("user", 2),
    ]


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"result": "r"}, "r"),
        ({"output": {"a": 1}}, '{"a": 1}'),
        ({"error": "boom"}, "Error: boom"),
        ({"result": "r", "more": 1}, '{"result": "r", "more": 1}'),
        ({}, "{}"),
    ],
)
def test_a_response_is_read_for_another_wire(response: Json, text: str) -> None:
    contents = [
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": response, "parts": [INLINE]}}]},
    ]
    sent = ChatCompletionsFormatter().format_messages(contents)
    assert sent[1]["content"] == text
    assert sent[2]["content"][1]["image_url"]["url"] == "data:image/png;base64,iVBORw0KGgo="
    assert FORMATTER.format_messages(contents, model=MODEL)[1]["parts"] == contents[1]["parts"]


def test_an_id_of_ours_is_not_sent_to_a_provider_that_gave_none() -> None:
    ours = CallIds(b"x").claim(None)
    contents = FORMATTER.format_messages([USER, {"role": "assistant", "tool_calls": [call(ours)]}, answer(ours)])
    assert contents[1]["parts"] == [{"functionCall": {"name": "f", "args": {"x": 1}}}]
    assert contents[2]["parts"] == [{"functionResponse": {"name": "f", "response": {"result": "r"}}}]
