"""Ollama's lines: text, thoughts, whole calls, counts, and failures in between."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen.backend.call_ids import CallIds
from massgen.wire.ollama_chat import OllamaDecoder

from .recordings import FOLDER, needed
from .wires import Json, calls, decode, ending, message, shown, statuses, text

COUNTS = {"prompt_eval_count": 26, "eval_count": 10}


def said(**fields: Json) -> Json:
    return {"model": "m", "message": {"role": "assistant", "content": "", **fields}, "done": False}


def last(reason: str | None = "stop", **beside: Json) -> Json:
    told = {} if reason is None else {"done_reason": reason}
    return {**said(), "done": True, **told, **COUNTS, **beside}


def call(name: str, arguments: Json, call_id: str | None = None) -> Json:
    own = {} if call_id is None else {"id": call_id}
    return {**own, "function": {"index": 0, "name": name, "arguments": arguments}}


def body(*values: Json, end: bytes = b"\n") -> bytes:
    return b"".join((value if isinstance(value, bytes) else json.dumps(value).encode()) + end for value in values)


def run(*values: Json, ids: CallIds | None = None) -> tuple[OllamaDecoder, list[Any]]:
    decoder = OllamaDecoder("p", ids or CallIds(b"seed"))
    return decoder, decode(decoder, body(*values))


def test_thoughts_end_before_the_text_and_go_back_under_ollamas_name() -> None:
    decoder, chunks = run(said(thinking="Hm"), said(thinking="m.", content=""), said(content="Hi"), last())
    assert shown(chunks) == [("reasoning", "Hm"), ("reasoning", "m."), ("reasoning_done", "Hmm."), ("content", "Hi")]
    assert message(chunks) == {"role": "assistant", "content": "Hi", "thinking": "Hmm."}
    assert ending(decoder) == "stop"


def test_a_thought_and_a_text_on_one_line_come_in_that_order() -> None:
    _, chunks = run(said(thinking="a", content="b"), last())
    assert [kind for kind, _ in shown(chunks)] == ["reasoning", "reasoning_done", "content"]


def test_calls_keep_the_models_own_json_and_get_ids_where_they_have_none() -> None:
    raw = b'{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"n": 1.0, "big":123456789012345678901}}}]}}'
    decoder, chunks = run(raw, said(tool_calls=[call("g", {}, "call_7"), call("g", None)]), last())
    (first, f, f_text), *others = calls(chunks)
    assert (f, f_text) == ("f", '{"n": 1.0, "big":123456789012345678901}')
    assert [(i, t) for i, _, t in others[:1]] == [("call_7", "{}")]
    assert len({first, *(call_id for call_id, _, _ in others)}) == 3
    assert others[1][2] == "{}"
    assert ending(decoder) == "tool_calls"  # although the server says `stop`


def test_an_id_that_was_used_before_is_not_used_again() -> None:
    _, chunks = run(said(tool_calls=[call("f", {}, "call_1")]), last(), ids=CallIds(b"s", frozenset({"call_1"})))
    assert calls(chunks)[0][0] != "call_1"


def test_arguments_in_a_string_are_the_json_text_in_it() -> None:
    _, chunks = run(said(tool_calls=[call("f", '{"x": 1}')]), last())
    assert calls(chunks)[0][2] == '{"x": 1}'


def test_arguments_that_are_no_object_are_not_handed_over() -> None:
    decoder, chunks = run(said(tool_calls=[call("f", [1])]), last())
    assert (ending(decoder), calls(chunks)) == ("failed: malformed", [])


@pytest.mark.parametrize(
    ("reason", "status", "detail"),
    [
        ("stop", "stop", None),
        ("length", "length", None),
        ("load", "stop", "load"),
        ("unload", "stop", "unload"),
        ("quantum", "stop", "quantum"),
        ("", "stop", None),
        (None, "stop", None),
    ],
)
def test_a_done_reason_is_mapped(reason: str | None, status: str, detail: str | None) -> None:
    decoder, _ = run(said(content="x"), last(reason))
    assert (decoder.status, decoder.detail) == (status, detail)


def test_the_last_line_is_the_response_with_its_durations() -> None:
    decoder, chunks = run(said(content="x"), last(total_duration=7577982042))
    (response,) = [chunk.response for chunk in chunks if chunk.response is not None]
    assert response["total_duration"] == 7577982042
    assert decoder.usage is not None
    assert decoder.usage.to_dict() == {"prompt_tokens": 26, "completion_tokens": 10, "total_tokens": 36}


def test_no_counts_are_no_usage() -> None:
    decoder, _ = run(said(content="x"), {**said(), "done": True})
    assert decoder.usage is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"error": "model runner has unexpectedly stopped"}, "server"),
        ({"error": "the input length exceeds the context length"}, "context_length"),
        ({"error": "the prompt is longer than the context length currently available to the model"}, "context_length"),
        ({"error": {"message": "busy", "code": 503}}, "overloaded"),
        ({"error": "too many requests", "status": 429}, "rate_limit"),
    ],
)
def test_an_error_line_ends_the_stream_and_keeps_what_came_before(line: Json, kind: str) -> None:
    decoder, chunks = run(said(content="half"), line, last())
    assert (text(chunks), ending(decoder)) == ("half", f"failed: {kind}")
    assert not any(chunk.type == "complete_message" for chunk in chunks)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n", b"\r\n \r\n"])
def test_line_ends_and_blank_lines_do_not_matter(end: bytes) -> None:
    stream = b"\xef\xbb\xbf" + body(said(content="\u2028é漢🙂"), last(), end=end)
    for tail in (stream, stream.rstrip()):
        decoder = OllamaDecoder("p")
        chunks = [chunk for at in range(len(tail)) for chunk in decoder.feed(tail[at : at + 1])] + decoder.close()
        assert (text(chunks), ending(decoder)) == ("\u2028é漢🙂", "stop")


def test_half_of_a_surrogate_pair_is_replaced_and_nothing_else_is_lost() -> None:
    decoder, chunks = run(b'{"message":{"content":"a\\ud83d"}}', last())
    assert (text(chunks), ending(decoder)) == ("a\ufffd", "stop")


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        (b"", "incomplete"),
        (b'{"message":{"con', "incomplete"),
        (b"<html>\n", "malformed"),
        (b"[1]\n", "malformed"),
        (b'{"message":{"content":"\xff"}}\n', "malformed"),
    ],
)
def test_a_stream_that_breaks_off_or_is_something_else_is_no_success(tail: bytes, kind: str) -> None:
    decoder = OllamaDecoder("p")
    assert text(decode(decoder, body(said(content="x")) + tail)) == "x"
    assert ending(decoder) == f"failed: {kind}"


WHOLE = {
    "openinference-test-chat-with-tool-call-0": ("tool_calls", [("get_current_weather", '{"city":"Paris"}')]),
    "prism-generate-text-with-multiple-tools-1-0": (
        "tool_calls",
        [("search", '{"query":"time of Detroit Tigers game today"}'), ("weather", '{"city":"Detroit"}')],
    ),
    "prism-generate-text-with-done-reason-unknown-1-0": ("stop", []),
    "rig-reasoning-roundtrip-nonstreaming-1": ("stop", []),
}


@needed
@pytest.mark.parametrize("name", WHOLE)
def test_a_recorded_answer_in_one_object_is_read_as_a_stream_of_one_line(name: str) -> None:
    answer = json.loads((FOLDER / f"ollama-chat/ollama/{name}.json").read_text())["response"]["body"]
    decoder = OllamaDecoder("p", CallIds(b"seed"))
    chunks = decode(decoder, answer.encode())
    status, expected = WHOLE[name]
    assert ending(decoder) == status
    assert [(called, arguments) for _, called, arguments in calls(chunks)] == expected
    assert text(chunks) == json.loads(answer)["message"]["content"]
    assert statuses(chunks) == []
