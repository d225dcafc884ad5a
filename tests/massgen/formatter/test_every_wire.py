"""What holds on all wires, for any conversation."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings

from massgen.backend.call_ids import CallIds
from massgen.errors import ConfigurationError

from .histories import FORMATTERS, Conversation, conversations, json_values, read
from .signed_turns import Json, blocks_of, opaque, signed_turns

wires = pytest.mark.parametrize("wire", FORMATTERS)


def tool_turn(*ids: str) -> dict[str, Json]:
    calls = [{"id": i, "type": "function", "function": {"name": f"f_{i}", "arguments": "{}"}} for i in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(call_id: str, content: Json = "done", **more: Json) -> dict[str, Json]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


USER = {"role": "user", "content": "go"}


@wires
@given(conversations())
def test_no_text_call_or_result_is_lost_changed_or_moved(wire: str, conversation: Conversation) -> None:
    written = FORMATTERS[wire].format_messages(conversation.messages)
    assert read(wire, written) == conversation.events


@wires
@given(conversations())
def test_the_callers_messages_are_not_changed_and_the_same_input_gives_the_same_output(
    wire: str, conversation: Conversation
) -> None:
    before = copy.deepcopy(conversation.messages)
    first = FORMATTERS[wire].format_messages(conversation.messages)
    assert conversation.messages == before
    assert FORMATTERS[wire].format_messages(conversation.messages) == first


@wires
@given(conversations())
def test_a_longer_history_begins_with_what_the_shorter_one_was(wire: str, conversation: Conversation) -> None:
    """The provider's prompt cache is keyed by the prefix of the request."""
    formatter = FORMATTERS[wire]
    shorter = read(wire, formatter.format_messages(conversation.messages))
    longer = read(wire, formatter.format_messages([*conversation.messages, {"role": "assistant", "content": "more"}]))
    assert longer[: len(shorter)] == shorter


@wires
@pytest.mark.parametrize("shape", ["responses", "anthropic", "gemini", "ollama"])
@settings(max_examples=25)
@given(conversations())
def test_a_history_in_another_wires_shape_means_the_same(wire: str, shape: str, conversation: Conversation) -> None:
    """What a formatter wrote for one wire is a history for any other. Wires join what a model said in two messages."""
    foreign = FORMATTERS[shape].format_messages(conversation.messages)
    again = read(wire, FORMATTERS[wire].format_messages(foreign))
    results = shape != "gemini"  # whose results are objects, of a shape that is the caller's own
    if wire == "ollama":  # a message's content is one string
        again, expected = _strings(again), _strings(conversation.events)
        assert _joined(again, results) == _joined(expected, results)
        return
    assert _joined(again, results) == _joined(conversation.events, results)


def _strings(events: list[tuple[Json, ...]]) -> list[tuple[Json, ...]]:
    """What a user said in several texts as one, without the line ends that are between them."""
    joined: list[tuple[Json, ...]] = []
    for event in events:
        if event[0] != "user":
            joined.append(event)
        elif joined and joined[-1][0] == "user":
            joined[-1] = ("user", joined[-1][1] + event[1].replace("\n", ""))
        else:
            joined.append(("user", event[1].replace("\n", "")))
    return joined


def _joined(events: list[tuple[Json, ...]], results: bool) -> list[tuple[Json, ...]]:
    joined: list[tuple[Json, ...]] = []
    for event in events:
        if event[0] == "assistant" and joined and joined[-1][0] == "assistant":
            joined[-1] = ("assistant", joined[-1][1] + event[1])
        elif results or event[0] != "results":
            joined.append(event)
    return joined


@wires
def test_a_call_without_a_result_is_named_and_nothing_is_made_up(wire: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        FORMATTERS[wire].format_messages([USER, tool_turn("a", "b"), result("a"), USER, tool_turn("c")])
    assert len(caught.value.problems) == 2
    assert "messages[1]" in caught.value.problems[0]
    assert "'b' (f_b)" in caught.value.problems[0]
    assert "messages[4]" in caught.value.problems[1]


@wires
@pytest.mark.parametrize(
    "history",
    [
        pytest.param([USER, result("a")], id="no call at all"),
        pytest.param([USER, result("a"), tool_turn("a")], id="before its call"),
        pytest.param([USER, tool_turn("a"), result("a"), result("a")], id="twice"),
        pytest.param([USER, tool_turn("a"), result("a"), result("z")], id="of another id"),
    ],
)
def test_a_result_without_a_call_is_refused(wire: str, history: list[Json]) -> None:
    with pytest.raises(ConfigurationError, match=r"has no unanswered call before it|has no result"):
        FORMATTERS[wire].format_messages(history)


@wires
def test_one_id_for_two_calls_of_a_turn_is_refused(wire: str) -> None:
    with pytest.raises(ConfigurationError, match="'a' is used twice"):
        FORMATTERS[wire].format_messages([USER, tool_turn("a", "a"), result("a"), result("a")])


@wires
def test_an_id_may_come_again_in_a_later_turn(wire: str) -> None:
    """Some providers number their calls anew in every turn."""
    turn = [tool_turn("call_0"), result("call_0")]
    events = read(wire, FORMATTERS[wire].format_messages([USER, *turn, *turn]))
    assert [event[0] for event in events] == ["user", "call", "results", "call", "results"]


@wires
def test_results_behind_a_user_message_go_to_their_calls(wire: str) -> None:
    history = [tool_turn("a", "b"), result("b"), USER, result("a")]
    events = read(wire, FORMATTERS[wire].format_messages([USER, *history]))
    assert [event[0] for event in events] == ["user", "call", "call", "results", "user"]


@wires
@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(["hello"], id="a string"),
        pytest.param([{"role": "narrator", "content": "x"}], id="unknown role"),
        pytest.param([{"content": "x"}], id="no role"),
        pytest.param([{"role": "user", "content": 5}], id="content of a number"),
        pytest.param([{"role": "user", "content": [{"type": "text", "text": 5}]}], id="text of a number"),
        pytest.param([{"role": "assistant", "tool_calls": ["f"]}], id="a call that is a string"),
        pytest.param([{"role": "assistant", "tool_calls": 5}], id="calls that are a number"),
        pytest.param(
            [tool_turn("a"), {"role": "tool", "tool_call_id": ["a"], "content": "r"}], id="an id that is a list"
        ),
        pytest.param(
            [{"role": "assistant", "tool_calls": [{"id": 5, "function": {"name": "f"}}]}], id="a number as id"
        ),
        pytest.param([{"role": "model", "parts": ["hi"]}], id="a part that is a string"),
        pytest.param(
            [{"type": "message", "role": "assistant", "content": ["hi"]}], id="an item's part that is a string"
        ),
        pytest.param([USER, tool_turn("a"), result("a", b"raw")], id="bytes as a result"),
        pytest.param([USER, tool_turn("a"), result("a", float("nan"))], id="NaN as a result"),
        pytest.param(
            [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"arguments": "{}"}}]}, result("a")],
            id="a call without a name",
        ),
    ],
)
def test_bad_input_is_refused_with_its_place(wire: str, messages: list[Json]) -> None:
    with pytest.raises(ConfigurationError, match=r"messages\[\d\]"):
        FORMATTERS[wire].format_messages(messages)


@wires
def test_a_megabyte_of_any_text_arrives_whole(wire: str) -> None:
    big = "\x00\x1f\u2028é漢🙂" * 100_000
    assert len(big) > 500_000
    written = FORMATTERS[wire].format_messages([USER, tool_turn("a"), result("a", big)])
    assert read(wire, written)[-1] == ("results", frozenset({("f_a", big)}))


@wires
@given(json_values.filter(lambda value: not isinstance(value, str)))
def test_a_result_that_is_no_string_is_sent_as_json(wire: str, value: Json) -> None:
    written = FORMATTERS[wire].format_messages([USER, tool_turn("a"), result("a", value)])
    ((_, text),) = read(wire, written)[-1][1]
    assert json.loads(text) == value or value != value


@wires
@pytest.mark.parametrize(
    "broken", [5, {}, {"content": 5, "items": [], "parts": None}, {"content": [5], "items": [5], "parts": [5]}]
)
def test_a_broken_provider_key_is_as_good_as_none(wire: str, broken: Json) -> None:
    keys = dict.fromkeys(["anthropic", "openai_responses", "gemini"], broken)
    history = [USER, {"role": "assistant", "content": "hi", **keys}]
    assert read(wire, FORMATTERS[wire].format_messages(history)) == [("user", "go"), ("assistant", "hi")]


@wires
def test_thinking_of_mistrals_shape_stays_behind(wire: str) -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "SECRET"}]}
    history = [USER, {"role": "assistant", "content": [thought, {"type": "text", "text": "hi"}]}]
    assert read(wire, FORMATTERS[wire].format_messages(history)) == [("user", "go"), ("assistant", "hi")]


KEPT: dict[str, dict[str, Json]] = {
    "anthropic": {
        "model": "claude-opus-4-6",
        "content": [{"type": "thinking", "thinking": "SECRET", "signature": "SECRET"}, {"type": "text", "text": "hi"}],
    },
    "openai_responses": {
        "model": "gpt-6-sol",
        "items": [
            {"type": "reasoning", "id": "rs_SECRET", "summary": [], "encrypted_content": "SECRET"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]},
        ],
    },
    "gemini": {"model": "gemini-3.8-flash", "parts": [{"text": "hi", "thoughtSignature": "SECRET"}]},
    "gemini_interactions": {
        "model": "gemini-3.7-flash",
        "steps": [
            {"type": "thought", "signature": "SECRET"},
            {"type": "model_output", "content": [{"type": "text", "text": "hi"}]},
        ],
    },
}
OWN_KEY = {
    "chat": "",
    "ollama": "",
    "responses": "openai_responses",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "interactions": "gemini_interactions",
}
MODELS = {
    "responses": "gpt-6-sol",
    "anthropic": "claude-opus-4-6",
    "gemini": "gemini-3.8-flash",
    "interactions": "gemini-3.7-flash",
}


@wires
def test_what_another_provider_thought_never_goes_out(wire: str) -> None:
    foreign = {key: value for key, value in KEPT.items() if key != OWN_KEY[wire]}
    thoughts = {"reasoning_content": "SECRET", "reasoning": "SECRET", "reasoning_details": [{"text": "SECRET"}]}
    history = [USER, {"role": "assistant", "content": "hi", **foreign, **thoughts}, USER]
    written = FORMATTERS[wire].format_messages(history)
    assert "SECRET" not in json.dumps(written)
    assert "hi" in json.dumps(written)


@pytest.mark.parametrize("wire", MODELS)
@pytest.mark.parametrize("asked", ["claude-opus-4-5", "gpt-5", "gemini-3-pro", "llama"])
def test_what_another_model_thought_never_goes_out(wire: str, asked: str) -> None:
    history = [USER, {"role": "assistant", "content": "hi", **KEPT}, USER]
    written = json.dumps(FORMATTERS[wire].format_messages(history, model=asked))
    assert "SECRET" not in written
    assert '"hi"' in written


@pytest.mark.parametrize("wire", MODELS)
@pytest.mark.parametrize(
    "edit", [{"content": "hi there"}, {"content": None}, {"tool_calls": tool_turn("a")["tool_calls"]}]
)
def test_an_edited_message_is_written_anew(wire: str, edit: dict[str, Json]) -> None:
    answers = [result("a")] if "tool_calls" in edit else []
    history = [USER, {"role": "assistant", "content": "hi", **KEPT, **edit}, *answers, USER]
    written = FORMATTERS[wire].format_messages(history, model=MODELS[wire])
    assert "SECRET" not in json.dumps(written)
    says = [event[1] for event in read(wire, written) if event[0] == "assistant"]
    assert says == ([history[1]["content"]] if history[1]["content"] else [])


@pytest.mark.parametrize("wire", MODELS)
@pytest.mark.parametrize("model", [None, "", "same", "dated", "route"])
def test_the_same_model_under_its_other_names_gets_its_reasoning_back(wire: str, model: str | None) -> None:
    name = MODELS[wire]
    asked = {"same": name, "dated": f"{name}-20261101", "route": f"vendor/{name}"}.get(model or "", model)
    history = [USER, {"role": "assistant", "content": "hi", **KEPT}, USER]
    assert "SECRET" in json.dumps(FORMATTERS[wire].format_messages(history, model=asked))


@pytest.mark.parametrize("wire", MODELS)
def test_an_alias_that_the_backend_recorded_is_the_same_model(wire: str) -> None:
    """`gemini-flash-latest` was answered by `gemini-3.6-flash`, `grok-4-0709` by `grok-4.3`: seen in recordings."""
    key = OWN_KEY[wire]
    kept = {key: {**KEPT[key], "requested_model": "an-alias"}}
    history = [USER, {"role": "assistant", "content": "hi", **kept}, USER]
    assert "SECRET" in json.dumps(FORMATTERS[wire].format_messages(history, model="an-alias"))
    assert "SECRET" not in json.dumps(FORMATTERS[wire].format_messages(history, model="another"))


def echoed(wire: str, messages: list[Json], **options: Json) -> list[Json]:
    """The blocks of the one model turn in what is written."""
    written = FORMATTERS[wire].format_messages(messages, **options)
    if wire == "responses":
        return [item for item in written if item.get("role") != "user" and item["type"] != "function_call_output"]
    if wire == "interactions":
        return [step for step in written if step["type"] not in ("user_input", "function_result")]
    (turn,) = [message for message in written if message["role"] in ("assistant", "model")]
    blocks: list[Json] = turn["content" if wire == "anthropic" else "parts"]
    return blocks


@pytest.mark.parametrize("wire", MODELS)
@given(signed_turns, opaque)
def test_what_the_provider_said_goes_back_verbatim(wire: str, kinds: list[str], seal: str) -> None:
    blocks = blocks_of(wire, kinds, seal)
    prefix = {"anthropic": "toolu_", "responses": "call_", "interactions": "fc_"}
    ids = CallIds(b"seed")
    calls = [
        {
            "id": f"{prefix[wire]}{n}" if wire in prefix else ids.claim(None),
            "type": "function",
            "function": {"name": "f", "arguments": json.dumps({"x": [1.0], "n": n})},
        }
        for n, kind in enumerate(kinds)
        if kind == "call"
    ]
    said = "".join(f"t{n}" for n, kind in enumerate(kinds) if kind == "say")
    key = OWN_KEY[wire]
    name = {"anthropic": "content", "gemini": "parts", "responses": "items", "interactions": "steps"}[wire]
    message = {"role": "assistant", "content": said or None, key: {"model": MODELS[wire], name: blocks}}
    if calls:
        message["tool_calls"] = calls
    history = [USER, message, *(result(call["id"]) for call in calls)]
    before = copy.deepcopy(history)
    assert echoed(wire, history, model=MODELS[wire]) == blocks
    assert history == before


BESIDE = {
    "timings": {"queue_time": 0.2},
    "annotations": [{"type": "url_citation", "url_citation": {"url": "u", "start_index": 0, "end_index": 1}}],
    "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}],
    "audio": {"id": "au", "data": "aGk=", "transcript": "a"},
    "logprobs": {"content": [{"token": "a", "logprob": -0.1}]},
    "executed_tools": [{"type": "search"}],
}


@wires
def test_citations_media_and_logprobs_stay_with_the_caller(wire: str) -> None:
    """No wire takes them back in this shape; what a provider takes back is under its own key."""
    said = {"role": "assistant", "content": "a"}
    formatter = FORMATTERS[wire]
    assert formatter.format_messages([USER, {**said, **BESIDE}]) == formatter.format_messages([USER, said])
