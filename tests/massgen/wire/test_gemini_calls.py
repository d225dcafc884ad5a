"""Parts of the generateContent wire: calls, whole and streamed, and what goes back."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.backend.call_ids import is_synthetic_id

from .gemini_wire import BODIES, STOP, function, kept, parts, run, say
from .wires import Json, calls, ending, statuses, text

# name -> (the functionCall's fields, the arguments)
ARGUMENTS: dict[str, tuple[Json, str]] = {
    "an object": ({"args": {"x": 1, "y": ["ü", None, 1.5]}}, '{"x":1,"y":["ü",null,1.5]}'),
    "an empty object": ({"args": {}}, "{}"),
    "left out": ({}, "{}"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(("fields", "arguments"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_are_compact_json(fields: Json, arguments: str, body: Any) -> None:
    _, chunks = run(parts({"functionCall": {"name": "f", "id": "c1", **fields}}, reason="STOP"), body=body)
    assert calls(chunks) == [("c1", "f", arguments)]


def test_an_id_that_was_not_sent_is_made_up_and_does_not_go_back() -> None:
    _, chunks = run(parts(function(args={"x": 1}), function(args={"x": 2})), parts(function(args={})), STOP)
    ids = [call_id for call_id, _, _ in calls(chunks)]
    assert len(set(ids)) == 3
    assert all(map(is_synthetic_id, ids))
    assert kept(chunks) == [function(args={"x": 1}), function(args={"x": 2}), function(args={})]


def test_parts_go_back_verbatim_with_their_signatures() -> None:
    _, chunks = run(
        parts(say("h", thought=True)),
        parts(say("m", thought=True)),
        parts(say("a")),
        parts(say("b")),
        parts(say("c", thoughtSignature="s1")),
        parts(say("d")),
        parts(say("e")),
        parts(function("f", args={"x": 1}, part={"thoughtSignature": "s2"}), function("g", args={})),
        parts({"executableCode": {"language": "PYTHON", "code": "1+1"}, "thoughtSignature": "s3"}),
        parts({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}),
        parts({"inlineData": {"mimeType": "image/png", "data": "aGk="}}),
        parts({"novelty": {"x": 1}}),
        parts(say("")),
        parts(say("", thoughtSignature="s4"), reason="STOP"),
    )
    assert kept(chunks) == [
        say("hm", thought=True),
        say("ab"),
        say("c", thoughtSignature="s1"),
        say("de"),
        function("f", args={"x": 1}, part={"thoughtSignature": "s2"}),
        function("g", args={}),
        {"executableCode": {"language": "PYTHON", "code": "1+1"}, "thoughtSignature": "s3"},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
        {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
        {"novelty": {"x": 1}},
        say("", thoughtSignature="s4"),
    ]
    assert text(chunks) == "abcde"
    assert statuses(chunks) == [("code_execution.running", "1+1"), ("code_execution.completed", "2")]


def test_parts_that_are_neither_text_nor_calls_are_progress() -> None:
    _, chunks = run(
        parts({"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": ["q"]}, "id": "t"}, "x": "s"}),
        parts({"toolResponse": {"toolType": "GOOGLE_SEARCH_WEB", "id": "t"}}),
        parts({"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "boom"}}),
        parts({"executableCode": "not an object"}),
        STOP,
    )
    assert statuses(chunks) == [
        ("web_search.running", "q"),
        ("web_search.completed", None),
        ("code_execution.failed", "boom"),
        ("code_execution.running", None),
    ]


def partial(path: str, value: Json, more: bool = False) -> Json:
    kind = {str: "stringValue", bool: "boolValue", type(None): "nullValue"}.get(type(value), "numberValue")
    piece = {"jsonPath": path, kind: "NULL_VALUE" if value is None else value}
    return {**piece, "willContinue": True} if more else piece


def streamed(*pieces: Json, more: bool = True, name: str | None = None) -> Json:
    beside = {"willContinue": True} if more else {}
    return function(name, partialArgs=list(pieces) or None, **beside)


def test_streamed_arguments_are_one_call_each() -> None:
    decoder, chunks = run(
        parts({**streamed(name="f"), "thoughtSignature": "s"}),
        parts(streamed(partial("$.city", "Bos", more=True))),
        parts(streamed(partial("$.city", "ton"), partial("$.days", 3))),
        parts(streamed(more=False)),
        parts(streamed(partial("$.deep[0].ok", True), name="g")),
        parts(streamed(partial("$.deep[1]['a key']", None), more=False)),
        parts(function("h", args={})),
        STOP,
    )
    assert [(name, arguments) for _, name, arguments in calls(chunks)] == [
        ("f", '{"city":"Boston","days":3}'),
        ("g", '{"deep":[{"ok":true},{"a key":null}]}'),
        ("h", "{}"),
    ]
    assert ending(decoder) == "tool_calls"
    assert kept(chunks) == [
        function("f", args={"city": "Boston", "days": 3}, part={"thoughtSignature": "s"}),
        function("g", args={"deep": [{"ok": True}, {"a key": None}]}),
        function("h", args={}),
    ]


def test_a_streamed_call_that_another_one_interrupts_fails_the_attempt() -> None:
    begun = parts(streamed(partial("$.x", "y"), name="f"))
    decoder, chunks = run(begun, parts(function("g", args={})), STOP)
    assert ending(decoder) == "failed: malformed"
    assert calls(chunks) == []


def test_a_signature_that_comes_with_a_later_piece_is_kept() -> None:
    last = {**streamed(partial("$.x", 1), more=False), "thoughtSignature": "s"}
    _, chunks = run(parts(streamed(name="f")), parts(last), STOP)
    assert kept(chunks) == [function("f", args={"x": 1}, part={"thoughtSignature": "s"})]


@pytest.mark.parametrize(("reason", "end"), [("MAX_TOKENS", "length"), ("STOP", "failed: malformed")])
def test_a_streamed_call_that_is_cut_off_is_never_handed_over(reason: str, end: str) -> None:
    begun = [parts(say("a"), streamed(name="f")), parts(streamed(partial("$.x", "y", more=True)))]
    decoder, chunks = run(*begun, parts(reason=reason))
    assert ending(decoder) == end
    assert calls(chunks) == []
    if end == "length":
        assert kept(chunks) == [say("a")]
        assert statuses(chunks) == [("tool_call_incomplete", 'f: cut off (length), not handed over: {"x":"y"')]


@pytest.mark.parametrize("path", ["city", "$", "$.a..b", "$.a[*]", "$.a[1]", "$['a", "$.a.b"])
def test_a_path_that_leads_nowhere_fails_the_attempt(path: str) -> None:
    decoder, _ = run(parts(streamed(partial("$.a", [], more=True), name="f")), parts(streamed(partial(path, "x"))))
    assert ending(decoder) == "failed: malformed"
