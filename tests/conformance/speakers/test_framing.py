"""The ways in which the same events may be written on the wire."""

from __future__ import annotations

import json

import pytest

from massgen_conformance.scenario import Text, ToolCall, Turn
from massgen_conformance.speakers import SPEAKERS, UnspeakableTurn
from massgen_conformance.speakers.gemini_generate import GeminiSpeaker
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, framing_of
from massgen_conformance.trace import Received

DATA = {"a": "\u2028\u00e9", "b": [1, None]}

WRITTEN = {
    "": b'event: x\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\n\n',
    "crlf": b'event: x\r\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\r\n\r\n',
    "cr": b'event: x\rdata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\r\r',
    "mixed_ends": b'event: x\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\r\r\n',
    "lf": b'event: x\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\n\n',
    "no_space_after_data": b'event:x\ndata:{"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\n\n',
    "bom": b'\xef\xbb\xbfevent: x\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\n\n',
    "no_trailing_blank_line": b'event: x\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\n',
    "sse_fields": b'event: x\nid: 7\nretry: 3000\ndata: {"a":"\xe2\x80\xa8\xc3\xa9","b":[1,null]}\n\n',
}


@pytest.mark.parametrize("quirk", WRITTEN)
def test_an_event_is_written_as_the_quirk_says(quirk: str) -> None:
    framing = framing_of(frozenset({quirk} - {""}))
    assert b"".join(framing.whole([framing.event(DATA, "x")])) == WRITTEN[quirk]


def test_data_over_several_lines_is_the_same_json() -> None:
    lines = framing_of(frozenset({"multi_line_data"})).event(DATA).decode().split("\n")
    assert len(lines) > 4
    assert all(line.startswith("data: ") for line in lines[:-2])
    assert json.loads("\n".join(line.removeprefix("data: ") for line in lines[:-2])) == DATA


def test_every_framing_quirk_is_written_somewhere_here() -> None:
    assert set(WRITTEN) | {"multi_line_data"} == FRAMING_QUIRKS | {""}


def test_quirks_add_up() -> None:
    framing = framing_of(frozenset({"cr", "no_space_after_data", "no_trailing_blank_line"}))
    assert framing.whole([framing.event("a"), framing.event("b")]) == (b"data:a\r\r", b"data:b\r")
    mixed = framing_of(frozenset({"mixed_ends", "sse_fields", "no_trailing_blank_line"}))
    assert mixed.whole([mixed.event("a")]) == (b"id: 7\nretry: 3000\rdata: a\r\n",)


@pytest.mark.parametrize("wire", [wire for wire in SPEAKERS if SPEAKERS[wire].quirks >= FRAMING_QUIRKS])
def test_the_mark_comes_once_and_the_blank_line_is_missing_once(wire: str) -> None:
    turn = Turn((Text(("a", "b")),), quirks=frozenset({"bom", "no_trailing_blank_line"}))
    body = b"".join(SPEAKERS[wire].say(turn))
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\xef\xbb\xbf") == 1
    assert body.endswith(b"\n")
    assert not body.endswith((b"\n\n", b"\r\n\r\n"))


def ask(query: str) -> Received:
    return Received("POST", f"/v1beta/models/gemini-3.5-flash:streamGenerateContent{query}", (), b"{}")


def test_gemini_without_sse_is_one_array_of_the_same_responses() -> None:
    speaker, turn = GeminiSpeaker(), Turn((Text(("a\u00e9", "b")), ToolCall("f", ('{"x":1}',))), finish="tool_calls")
    pieces = speaker.say(turn, request=ask(""))
    events = [event.decode().removeprefix("data: ") for event in speaker.say(turn, request=ask("?alt=sse"))]
    assert json.loads(b"".join(pieces)) == [json.loads(event) for event in events]
    assert len(pieces) == len(events) + 1
    assert dict(speaker.reply(turn, request=ask("")).headers)["content-type"].startswith("application/json")
    assert dict(speaker.reply(turn, request=ask("?alt=sse")).headers)["content-type"] == "text/event-stream"
    assert b"".join(pieces)[:2] == b"[{"
    assert b",\r\n{" in b"".join(pieces)


def test_ollama_writes_one_object_a_line_as_gos_encoder_does() -> None:
    speaker = SPEAKERS["ollama_chat"]
    turn = Turn((Text(("<a&b>\u2028\u00e9",)), ToolCall("f", ('{"x":1}',), "c1")), finish="tool_calls")
    lines = speaker.say(turn)
    assert all(line.endswith(b"}\n") and line.count(b"\n") == 1 for line in lines)
    assert b'"content":"\\u003ca\\u0026b\\u003e\\u2028\xc3\xa9"' in lines[0]
    assert [json.loads(line)["done"] for line in lines] == [False, False, True]
    assert dict(speaker.reply(turn).headers)["content-type"] == "application/x-ndjson"
    crlf = speaker.say(Turn(turn.parts, finish="tool_calls", quirks=frozenset({"crlf"})))
    assert [line.removesuffix(b"\r\n") for line in crlf] == [line.removesuffix(b"\n") for line in lines]


def test_an_array_has_no_events_to_frame() -> None:
    with pytest.raises(UnspeakableTurn, match="array"):
        GeminiSpeaker().say(Turn((Text(("a",)),), quirks=frozenset({"cr"})), request=ask(""))


def test_counts_come_only_when_asked_for_where_the_provider_is_like_that() -> None:
    def body(options: object) -> bytes:
        request = Received("POST", "/v1/chat/completions", (), json.dumps({"model": "m", **options}).encode())  # type: ignore[dict-item]
        return b"".join(SPEAKERS["openai_chat"].say(Turn((Text(("a",)),)), request=request))

    assert b'"usage":{' not in body({})
    assert b'"usage":{' in body({"stream_options": {"include_usage": True}})
