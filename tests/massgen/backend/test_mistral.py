"""Mistral: what it does differently on the Chat wire. Facts: mistralai 3.7, and streams recorded from it."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mistralai.client.models import ChatCompletionStreamRequest

from massgen.backend.call_ids import CallIds
from massgen.backend.factory import create
from massgen.backend.mistral import MistralBackend
from massgen.errors import ConfigurationError
from massgen.wire.openai_chat import ChatDecoder
from tests.massgen.wire.chat_wire import DONE, delta, finish, tool
from tests.massgen.wire.wires import Json, calls, decode, ending, events, message, shown, statuses

PDF = "JVBERi0xLjc="
MP3 = "SUQzBAAAAAAA"


def made(**config: Any) -> MistralBackend:
    backend = create("mistral", api_key="k", **config)
    assert isinstance(backend, MistralBackend)
    return backend


def body_of(messages: Json, backend: MistralBackend | None = None, tools: Json = (), **params: Any) -> Json:
    subject = backend or made()
    return json.loads(asyncio.run(subject.prepare(messages, list(tools), params)).request.body)


def user(text: Json = "?") -> Json:
    return {"role": "user", "content": text}


def run(*values: Json, model: str = "magistral-medium-latest") -> tuple[ChatDecoder, list[Any]]:
    decoder = made(model=model).new_decoder(CallIds(b"seed"))
    decoder.requested_model = model
    return decoder, decode(decoder, events(*values))


def thinking(text: str, **marks: Json) -> Json:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **marks}


THOUGHT = (
    delta(role="assistant", content=""),
    delta(content=[thinking("Let me ")]),
    delta(content=[thinking("see.", closed=True)]),
    delta(content="The "),
    delta(content=[{"type": "text", "text": "answer."}]),
    finish("stop", usage={"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29, "num_cached_tokens": 4}),
    DONE,
)
AS_LIST = [thinking("Let me see.", closed=True), {"type": "text", "text": "The answer."}]


def test_thinking_in_chunks_is_reasoning_and_the_message_keeps_the_list() -> None:
    decoder, chunks = run(*THOUGHT)
    assert shown(chunks) == [
        ("reasoning", "Let me "),
        ("reasoning", "see."),
        ("reasoning_done", "Let me see."),
        ("content", "The "),
        ("content", "answer."),
    ]
    whole = message(chunks)
    assert whole["content"] == "The answer."
    assert whole["mistral"] == {"content": AS_LIST, "requested_model": "magistral-medium-latest"}
    assert decoder.usage is not None
    assert (decoder.usage.prompt, decoder.usage.completion, decoder.usage.cached) == (9, 20, 4)


def test_several_thoughts_signatures_and_references_keep_their_places() -> None:
    _, chunks = run(
        delta(content=[thinking("one")]),
        delta(content=[{"type": "thinking", "thinking": [], "signature": "s1"}]),
        delta(content="Text "),
        delta(content=[{"type": "reference", "reference_ids": [0, "b"]}, {"type": "text", "text": "more"}]),
        delta(content=[thinking("two")]),
        finish(),
        DONE,
    )
    assert message(chunks)["mistral"]["content"] == [
        thinking("one", signature="s1"),
        {"type": "text", "text": "Text "},
        {"type": "reference", "reference_ids": [0, "b"]},
        {"type": "text", "text": "more"},
        thinking("two"),
    ]
    assert message(chunks)["annotations"] == [
        {"type": "file_citation", "file_citation": {"reference_ids": [0, "b"], "index": 5}}
    ]


def test_a_part_that_is_not_known_is_kept_and_named() -> None:
    _, chunks = run(delta(content=[{"type": "resource_link", "uri": "x"}]), finish(), DONE)
    assert ("content_part", "resource_link") in statuses(chunks)
    assert message(chunks)["mistral"]["content"] == [{"type": "resource_link", "uri": "x"}]


def test_content_that_is_text_only_leaves_no_list() -> None:
    _, chunks = run(delta(content=[{"type": "text", "text": "a"}]), finish(), DONE)
    assert "mistral" not in message(chunks)


KINDS = st.sampled_from(["thinking", "text", "string", "reference"])


@given(st.lists(st.tuples(KINDS, st.text(min_size=1, max_size=4)), max_size=12))
def test_the_list_says_what_was_streamed(pieces: list[tuple[str, str]]) -> None:
    written = {
        "thinking": lambda text: [thinking(text)],
        "text": lambda text: [{"type": "text", "text": text}],
        "string": lambda text: text,
        "reference": lambda text: [{"type": "reference", "reference_ids": [text]}],
    }
    _, chunks = run(*(delta(content=written[kind](text)) for kind, text in pieces), finish(), DONE)
    parts = message(chunks).get("mistral", {}).get("content", [])
    said = {
        "thinking": "".join(part["thinking"][0]["text"] for part in parts if part["type"] == "thinking"),
        "text": "".join(part["text"] for part in parts if part["type"] == "text"),
        "reference": "".join(part["reference_ids"][0] for part in parts if part["type"] == "reference"),
    }
    given_text = "".join(text for kind, text in pieces if kind in ("text", "string"))
    assert (message(chunks)["content"] or "") == given_text
    assert said["thinking"] == "".join(text for kind, text in pieces if kind == "thinking")
    assert said["reference"] == "".join(text for kind, text in pieces if kind == "reference")
    assert not parts or said["text"] == given_text
    assert all(left["type"] != right["type"] or left["type"] == "reference" for left, right in pairwise(parts))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "text"]), inner, max_size=2),
    max_leaves=4,
)
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["thinking", "text", "reference", None]) | VALUES},
    optional={"thinking": VALUES, "text": VALUES, "closed": VALUES, "signature": VALUES, "reference_ids": VALUES},
)


@given(st.lists(PARTS, max_size=4))
def test_no_part_of_a_strange_form_breaks_the_stream(parts: list[Json]) -> None:
    decoder, chunks = run(delta(content=parts), finish(), DONE)
    assert ending(decoder) == "stop"
    kept = {**message(chunks), "content": message(chunks)["content"] or ""}
    sent = body_of([user(), kept, user("again")], made(model="magistral-medium-latest"))["messages"][1]
    assert sent["role"] == "assistant"


def test_thinking_that_is_a_plain_text_is_thinking() -> None:
    _, chunks = run(delta(content=[{"type": "thinking", "thinking": "hm"}]), finish(), DONE)
    assert shown(chunks) == [("reasoning", "hm"), ("reasoning_done", "hm")]


def test_calls_come_whole_with_arguments_as_text_or_object_and_an_id_that_may_be_null() -> None:
    _, chunks = run(
        delta(
            "tool_calls", content="", tool_calls=[tool(0, "D681PevKs", "f", '{"x": 1}'), tool(1, "null", "g", {"y": 2})]
        ),
        DONE,
    )
    first, second = calls(chunks)
    assert first == ("D681PevKs", "f", '{"x": 1}')
    assert second[1:] == ("g", '{"y":2}')
    assert second[0] not in ("", "null", "D681PevKs")


@pytest.mark.parametrize(
    ("reason", "status"),
    [("model_length", "length"), ("length", "length"), ("error", "failed: server"), ("stop", "stop")],
)
def test_a_finish_reason_is_understood(reason: str, status: str) -> None:
    decoder, _ = run(delta(content="x"), finish(reason), DONE)
    assert ending(decoder) == status


def test_an_error_in_the_stream_is_one() -> None:
    decoder, _ = run(
        delta(content="x"), {"object": "error", "message": "busy", "type": "rate_limit_error", "code": "429"}
    )
    assert ending(decoder) == "failed: rate_limit"


def answered(**beside: Json) -> Json:
    _, chunks = run(*THOUGHT)
    return [user(), {**message(chunks), **beside}, user("again")]


def test_thinking_goes_back_in_the_list_that_it_came_in() -> None:
    body = body_of(answered(), made(model="magistral-medium-latest"))
    assert body["messages"][1] == {"role": "assistant", "content": AS_LIST}


def test_thinking_does_not_go_to_another_model_nor_beside_an_edited_text() -> None:
    assert body_of(answered())["messages"][1]["content"] == "The answer."
    edited = answered(content="Another answer.")
    assert body_of(edited, made(model="magistral-medium-latest"))["messages"][1]["content"] == "Another answer."


def test_a_message_in_mistrals_own_form_goes_out_as_it_is() -> None:
    history = [user(), {"role": "assistant", "content": AS_LIST, "prefix": True}]
    sent = body_of(history)["messages"][1]
    assert sent == {"role": "assistant", "content": AS_LIST, "prefix": True}


def test_ids_of_other_providers_become_nine_characters_the_same_for_the_same() -> None:
    call = {"id": "call_0123456789abcdef", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    own = {**call, "id": "D681PevKs"}
    history = [
        user(),
        {"role": "assistant", "content": None, "tool_calls": [call, own]},
        {"role": "tool", "tool_call_id": call["id"], "content": "1"},
        {"role": "tool", "tool_call_id": own["id"], "content": "2"},
    ]
    _, turn, first, second = body_of(history)["messages"]
    ids = [each["id"] for each in turn["tool_calls"]]
    assert ids[1] == "D681PevKs"
    assert len(ids[0]) == 9
    assert ids[0].isalnum()
    assert [first["tool_call_id"], second["tool_call_id"]] == ids
    assert first["name"] == "f"


def test_documents_and_sounds_go_in_mistrals_chunks() -> None:
    content = [
        {"type": "text", "text": "see"},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "input_audio", "input_audio": {"data": MP3, "format": "mp3"}},
        {"type": "image_url", "image_url": {"url": "https://host/x.png"}},
    ]
    assert body_of([user(content)])["messages"][0]["content"] == [
        {"type": "text", "text": "see"},
        {"type": "document_url", "document_url": f"data:application/pdf;base64,{PDF}", "document_name": "a.pdf"},
        {"type": "file", "file_id": "file-1"},
        {"type": "input_audio", "input_audio": MP3},
        {"type": "image_url", "image_url": {"url": "https://host/x.png"}},
    ]


def test_a_body_has_mistrals_fields_only() -> None:
    history = [{"role": "developer", "content": "s", "name": "n"}, {**user(), "name": "ann"}]
    schema = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    body = body_of(history, tools=[schema], seed=7, max_completion_tokens=9, stop=["x"], tool_choice="any")
    assert body["messages"] == [{"role": "system", "content": "s"}, {"role": "user", "content": "?"}]
    assert body["random_seed"] == 7
    assert body["max_tokens"] == 9
    assert body.keys() <= ChatCompletionStreamRequest.model_fields.keys()
    ChatCompletionStreamRequest.model_validate(body)


REFUSED: list[Any] = [
    ({"logit_bias": {}}, "logit_bias"),
    ({"stream_options": {}}, "stream_options"),
    ({"user": "u"}, "user"),
    ({"reasoning_effort": "low"}, "none, high"),
    ({"model": "magistral-medium-latest", "reasoning_effort": "ultra"}, "minimal"),
]


@pytest.mark.parametrize(("params", "what"), REFUSED, ids=[next(iter(params)) for params, _ in REFUSED])
def test_what_mistral_answers_with_422_is_refused_before(params: Json, what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        body_of([user()], **params)


def test_how_much_to_think_is_passed_on() -> None:
    assert body_of([user()], reasoning_effort="high")["reasoning_effort"] == "high"
    small = made(model="mistral-small-latest", prompt_mode="reasoning")
    body = body_of([user()], small, reasoning_effort="xhigh")
    assert (body["reasoning_effort"], body["prompt_mode"]) == ("xhigh", "reasoning")
