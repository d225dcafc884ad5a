"""Conversations over all pairs of shapes: nothing is lost, or what is lost is named."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings

from massgen.backend.utils import MessageConverter
from massgen.errors import ConfigurationError
from massgen.formatter import Converted

from .histories import Conversation, conversations, read
from .marked_histories import FILE, IMAGE, WAV, Json, flat, marked_histories

WIRES = {"openai": "chat", "claude": "anthropic", "gemini": "gemini", "response_api": "responses"}
convert = MessageConverter.convert_between_formats


def joined(events: list[tuple[Json, ...]]) -> list[tuple[Json, ...]]:
    """Adjacent texts of one speaker as one: some wires join them."""
    made: list[tuple[Json, ...]] = []
    for event in events:
        if event[0] == "assistant" and made and made[-1][0] == "assistant":
            made[-1] = ("assistant", made[-1][1] + event[1])
        else:
            made.append(event)
    return made


@pytest.mark.parametrize("first", WIRES)
@pytest.mark.parametrize("second", WIRES)
@settings(max_examples=20)
@given(conversations())
def test_over_any_two_shapes_every_text_call_and_result_survives(
    first: str, second: str, conversation: Conversation
) -> None:
    before = copy.deepcopy(conversation.messages)
    there = convert(conversation.messages, "openai", first)
    on = convert(there, first, second)
    back = convert(on, second, "openai")
    for wire, messages in ((first, there), (second, on), ("openai", back)):
        assert joined(read(WIRES[wire], messages)) == joined(conversation.events)
        assert messages.lost == []
    assert conversation.messages == before


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
REMOTE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
SOUND = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}


def asked(*parts: Json) -> Json:
    return {"role": "user", "content": [{"type": "text", "text": "see"}, *parts]}


def answered(content: Json, **more: Json) -> list[Json]:
    turn = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    return [asked(), turn, {"role": "tool", "tool_call_id": "call_1", "content": content, **more}]


CARRIED = [
    ("an image", [asked(IMAGE)], []),
    ("an image by URL", [asked(REMOTE)], []),
    ("a file with its name", [asked(FILE)], ["gemini"]),  # which has no place for the name
    ("a failed tool", answered("Error: no", is_error=True), []),
    ("an image from a tool", answered([{"type": "text", "text": "here"}, IMAGE]), ["gemini"]),
    ("a sound", [asked(SOUND)], ["claude"]),
]


@pytest.mark.parametrize(("messages", "not_over"), [row[1:] for row in CARRIED], ids=[row[0] for row in CARRIED])
@pytest.mark.parametrize("wire", WIRES)
def test_media_and_errors_survive_the_round_trip(wire: str, messages: list[Json], not_over: list[str]) -> None:
    if wire in not_over:
        return
    back = convert(convert(messages, "openai", wire), wire, "openai")
    errors = wire not in ("openai", "claude", "gemini")  # Responses tells a failure in the text only
    expected = [{key: v for key, v in m.items() if key != "is_error" or not errors} for m in messages]
    assert [{k: v for k, v in m.items() if k != "gemini"} for m in back] == flat(expected)


def test_what_the_target_refuses_is_an_error_with_every_problem() -> None:
    with pytest.raises(ConfigurationError) as caught:
        MessageConverter.to_claude_format([asked(SOUND), {"type": "item_reference", "id": "i"}])
    assert len(caught.value.problems) == 2
    with pytest.raises(ConfigurationError, match="takes no file id"):
        MessageConverter.to_gemini_format([asked({"type": "input_image", "file_id": "f1"})])


CLAUDE = [
    {"role": "user", "content": "go"},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "secret"},
            {"type": "text", "text": "so", "citations": [{"type": "char_location"}]},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "r", "is_error": True}]},
]
RESPONSES = [
    {"type": "message", "role": "user", "content": "go"},
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"},
    {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "so"}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"x": 1}'},
    {"type": "function_call_output", "call_id": "call_1", "output": "r"},
]
GEMINI = [
    {"role": "user", "parts": [{"text": "go"}]},
    {
        "role": "model",
        "parts": [
            {"text": "hm", "thought": True},
            {"text": "so"},
            {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "sig"},
        ],
    },
    {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"temperature": 5}}}]},
]
OPENAI = [
    {"role": "user", "content": "go"},
    {
        "role": "assistant",
        "content": "so",
        "tool_calls": [CALL],
        "reasoning_content": "hm",
        "reasoning_details": [{"type": "reasoning.encrypted", "data": "sealed"}],
        "audio": {"id": "audio_1"},
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "r"},
]
NATIVE = {
    "claude": (CLAUDE, ["thinking", "redacted_thinking", "text.citations"]),
    "response_api": (RESPONSES, ["reasoning"]),
    "gemini": (GEMINI, ["thought", "functionCall.thoughtSignature"]),
    "openai": (OPENAI, ["reasoning_content", "reasoning_details", "audio"]),
}


@pytest.mark.parametrize("source", NATIVE)
def test_reasoning_comes_back_signed_and_whole_from_the_history(source: str) -> None:
    messages, _ = NATIVE[source]
    history = convert(messages, source, "openai")
    assert history.lost == []
    assert [m["role"] for m in history] == ["user", "assistant", "tool"]
    assert history[1]["content"] in ("so", [{"type": "text", "text": "so", "citations": [{"type": "char_location"}]}])
    assert history[1]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"x": 1}'}
    assert convert(json.loads(json.dumps(history)), "openai", source) == messages


@pytest.mark.parametrize("source", NATIVE)
@pytest.mark.parametrize("target", WIRES)
def test_reasoning_of_another_provider_is_named_and_the_rest_survives(source: str, target: str) -> None:
    messages, kinds = NATIVE[source]
    if source == target:
        assert convert(messages, source, target) == messages
        return
    strict = MessageConverter.to_openai_format(messages, native=False)
    converted = strict if target == "openai" else convert(messages, source, target)
    assert [line.rpartition(" ")[2] for line in converted.lost] == kinds
    assert all("messages[1]: " in line for line in converted.lost)
    assert [event[0] for event in read(WIRES[target], rounded(converted))] == ["user", "assistant", "call", "results"]
    assert "hm" not in json.dumps(converted)


def rounded(messages: Converted) -> list[Json]:
    """Gemini's results under the key that the reader of the tests knows."""
    return json.loads(json.dumps(messages).replace('"error": "r"', '"result": "r"'))  # type: ignore[no-any-return]


@pytest.mark.parametrize("first", WIRES)
@pytest.mark.parametrize("second", WIRES)
@settings(max_examples=30)
@given(marked_histories())
def test_whatever_a_message_holds_is_in_the_target_or_named_as_lost(
    first: str, second: str, history: tuple[list[Json], dict[str, int]]
) -> None:
    messages, places = history
    there = convert(messages, "openai", first)
    missing = {mark: at for mark, at in places.items() if mark not in shown(there)}
    assert {at for at in missing.values() if not any(f"messages[{at}]: " in line for line in there.lost)} == set()
    on = convert(there, first, second)
    again = {mark for mark in places if mark not in missing and mark not in shown(on)}
    assert not again or on.lost
    assert first != "openai" or missing == {}
    assert first != second or again == set()


def shown(messages: Converted) -> str:
    return json.dumps([list(messages), messages.system])


SYSTEM = {"role": "system", "content": "Be brief."}
LATER = {"role": "developer", "content": "Be kind."}


@pytest.mark.parametrize(
    ("wire", "system"),
    [("claude", "Be brief.\n\nBe kind."), ("gemini", {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]})],
)
def test_a_system_prompt_that_stands_elsewhere_comes_with_the_list(wire: str, system: Json) -> None:
    converted = convert([SYSTEM, asked(), LATER], "openai", wire)
    assert converted.system == system
    assert not any(message.get("role") == "system" for message in converted)
    text = "Be brief.\n\nBe kind." if wire == "claude" else ["Be brief.", "Be kind."]
    for back in (convert(converted, wire, "openai"), convert(list(converted), wire, "openai", system=system)):
        assert back[0]["role"] == "system"
        assert back[0]["content"] in (text, [{"type": "text", "text": part} for part in text])


def test_system_messages_stay_in_their_place_where_the_wire_has_them() -> None:
    converted = convert([SYSTEM, asked(), LATER], "openai", "response_api")
    assert [item["role"] for item in converted] == ["system", "user", "developer"]
    assert converted.system is None


def test_system_messages_are_merged_and_the_rest_is_left() -> None:
    assert MessageConverter.merge_system_messages([SYSTEM, asked(), LATER]) == ("Be brief.\n\nBe kind.", [asked()])
    assert MessageConverter.merge_system_messages([asked()]) == (None, [asked()])
    marked = {"role": "system", "name": "n", "content": [{"type": "text", "text": "x", "cache_control": {}}]}
    merged, rest = MessageConverter.merge_system_messages([marked])
    assert (merged, rest.lost) == ("x", ["messages[0]: cache_control", "messages[0]: the name 'n'"])
    with pytest.raises(ConfigurationError, match="holds text only"):
        MessageConverter.merge_system_messages([{"role": "system", "content": [IMAGE]}])


def test_a_piece_of_a_conversation_converts_alone() -> None:
    """Measured in the seed: a Claude `tool_use` alone became no message at all."""
    use = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}}]}
    (turn,) = MessageConverter.to_openai_format([use])
    assert turn["tool_calls"] == [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}]
    result = {"role": "tool", "tool_call_id": "t1", "content": "r", "name": "f"}
    assert MessageConverter.to_claude_format([result]) == [
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "r"}]}
    ]
    (answer,) = MessageConverter.to_gemini_format([result])
    assert answer["parts"][0]["functionResponse"]["name"] == "f"
    with pytest.raises(ConfigurationError, match="wants the tool's name"):
        MessageConverter.to_gemini_format([{"role": "tool", "tool_call_id": "t1", "content": "r"}])


def test_a_gemini_call_keeps_its_name_and_arguments() -> None:
    """Measured in the seed: it became `{"role": "assistant"}`, and its result that of `unknown`."""
    parts = [{"function_call": {"name": "f", "args": {"x": 1}}, "thought_signature": "s"}]
    messages = [
        {"role": "model", "parts": parts},
        {"role": "function", "parts": [{"function_response": {"name": "f", "response": {"result": "r"}}}]},
    ]
    turn, result = MessageConverter.to_openai_format(messages)
    assert turn["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"x": 1}'}
    assert result["tool_call_id"] == turn["tool_calls"][0]["id"]
    back = MessageConverter.to_gemini_format([turn, result])
    assert back[0]["parts"] == [{"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "s"}]
    assert back[1]["parts"] == [{"functionResponse": {"name": "f", "response": {"result": "r"}}}]


def test_all_parallel_calls_are_converted_to_items() -> None:
    """Measured in the seed: only the first of them, under a key that no API knows."""
    calls = [{**CALL, "id": f"c{n}"} for n in range(3)]
    items = MessageConverter.to_response_api_format([{"role": "assistant", "content": None, "tool_calls": calls}])
    assert [(item["type"], item["call_id"]) for item in items] == [("function_call", f"c{n}") for n in range(3)]


@pytest.mark.parametrize("target", WIRES)
def test_empty_arguments_are_an_empty_object(target: str) -> None:
    """Measured in the seed: `JSONDecodeError`."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    (turn,) = convert([{"role": "assistant", "content": None, "tool_calls": [call]}], "openai", target)
    shown = json.dumps(turn)
    assert any(f'"{key}": {value}' in shown for key in ("arguments", "input", "args") for value in ("{}", '"{}"'))


LEGACY = [
    {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
    {"role": "function", "name": "f", "content": "r"},
]


def test_legacy_calls_get_ids_that_are_the_same_in_every_process() -> None:
    """Measured in the seed: ids from `hash`, which another process salts otherwise."""
    turn, result = MessageConverter.normalize_tool_calls(LEGACY)
    assert turn["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert result["tool_call_id"] == turn["tool_calls"][0]["id"] != ""
    code = (
        "from massgen.backend.utils import MessageConverter\n"
        f"print(MessageConverter.normalize_tool_calls({LEGACY!r})[0]['tool_calls'][0]['id'])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == turn["tool_calls"][0]["id"]
    assert MessageConverter.normalize_tool_calls(LEGACY[0])["tool_calls"][0]["function"]["name"] == "f"
    with pytest.raises(ConfigurationError, match="give it in a list"):
        MessageConverter.normalize_tool_calls(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": n, "content": n} for n in "ab"]}
        )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"role": "user", "content": "hi"}, "hi"),
        (asked(IMAGE, {"type": "text", "text": "too"}), "see\ntoo"),
        (CLAUDE[1], "so"),
        (CLAUDE[2], "[Tool Result: r]"),
        (GEMINI[1], "so"),
        (RESPONSES[4], "[Tool Result: r]"),
        ({"role": "tool", "tool_call_id": "c", "content": {"n": 1}}, '[Tool Result: {"n": 1}]'),
        ({"role": "assistant", "content": None, "refusal": "no"}, "no"),
        ({"role": "assistant", "content": None, "tool_calls": [CALL]}, ""),
        ({"type": "item_reference", "id": "i"}, ""),
    ],
)
def test_the_text_of_a_message_of_any_shape(message: Json, text: str) -> None:
    assert MessageConverter.extract_text_content(message) == text


def test_a_whole_response_of_anthropic_is_a_message_too() -> None:
    response = {**CLAUDE[1], "type": "message", "id": "msg_1", "model": "claude-x", "stop_reason": "tool_use"}
    (turn,) = MessageConverter.to_openai_format([response])
    assert turn["tool_calls"][0]["id"] == "toolu_1"
    assert MessageConverter.to_claude_format([turn]) == [CLAUDE[1]]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'anthropic' is no message format; choose one of openai, claude"):
        convert([], "anthropic", "openai")
