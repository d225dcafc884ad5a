"""generateContent: events and arrays, parts of every kind, and how they go back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.wire.gemini_generate import GeminiDecoder

from .gemini_wire import BODIES, STOP, array, function, parts, run, say, sse
from .wires import Json, decode, ending, message, shown, statuses, text

# name -> (responses, what is shown, how it ends)
STREAMS: dict[str, tuple[list[Json], list[tuple[str, str]], str]] = {
    "text": ([parts(say("a")), parts(say("b"), reason="STOP")], [("content", "a"), ("content", "b")], "stop"),
    "several parts in one response": (
        [parts(say("h", thought=True), say("a"), say("b"), reason="STOP")],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a"), ("content", "b")],
        "stop",
    ),
    "thoughts over several responses": (
        [parts(say("h", thought=True)), parts(say("m", thought=True)), parts(say("a")), STOP],
        [("reasoning", "h"), ("reasoning", "m"), ("reasoning_done", "hm"), ("content", "a")],
        "stop",
    ),
    "thought of false": ([parts(say("a", thought=False)), STOP], [("content", "a")], "stop"),
    "a thought before a call": (
        [parts(say("h", thought=True)), parts(function(args={})), STOP],
        [("reasoning", "h"), ("reasoning_done", "h")],
        "tool_calls",
    ),
    "thoughts on both sides of a call are two blocks": (
        [parts(say("h", thought=True)), parts(function(args={}), say("m", thought=True), reason="STOP")],
        [("reasoning", "h"), ("reasoning_done", "h"), ("reasoning", "m"), ("reasoning_done", "m")],
        "tool_calls",
    ),
    "a call, and the finish reason later": ([parts(function(args={})), parts(reason="STOP")], [], "tool_calls"),
    "empty text": ([parts(say("")), parts(say("a")), parts(say(""), reason="STOP")], [("content", "a")], "stop"),
    "no candidates": ([{"usageMetadata": {"promptTokenCount": 1}}, parts(say("a")), STOP], [("content", "a")], "stop"),
    "a candidate without content": (
        [parts(say("a")), {"candidates": [{"finishReason": "STOP"}]}],
        [("content", "a")],
        "stop",
    ),
    "content of null": ([{"candidates": [{"content": None}]}, parts(say("a")), STOP], [("content", "a")], "stop"),
    "content without parts": (
        [{"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}],
        [],
        "length",
    ),
    "other candidates are not mixed in": (
        [{"candidates": [{"index": 1, "content": {"parts": [say("b")]}}]}, parts(say("a")), STOP],
        [("content", "a")],
        "stop",
    ),
    "what follows the finish reason counts": ([STOP, parts(say("a"))], [("content", "a")], "stop"),
    "nothing is said": ([STOP], [], "stop"),
    "no finish reason": ([parts(say("a"))], [("content", "a")], "failed: incomplete"),
    "no response at all": ([], [], "failed: incomplete"),
    "an error": (
        [parts(say("a")), {"error": {"code": 503, "status": "UNAVAILABLE"}}],
        [("content", "a")],
        "failed: overloaded",
    ),
    "an error after the finish reason": ([STOP, {"error": {"code": 500, "status": "INTERNAL"}}], [], "failed: server"),
    "a call that is not an object": ([parts({"functionCall": "f"})], [], "failed: malformed"),
    "arguments that are not an object": ([parts(function(args=[1])), STOP], [], "failed: malformed"),
    "a call without a name": ([parts(function(None, args={})), STOP], [], "failed: malformed"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(("values", "expected", "end"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_shows_and_ends(values: list[Json], expected: list[tuple[str, str]], end: str, body: Any) -> None:
    decoder, chunks = run(*values, body=body)
    assert shown(chunks) == expected
    assert ending(decoder) == end


RESPONSES = st.lists(
    st.builds(
        lambda said, thought: parts(say(said, **({"thought": True} if thought else {}))),
        st.text(alphabet='a"\\{}[],\n ü\U0001f600', max_size=8),
        st.booleans(),
    ),
    max_size=4,
)


@given(RESPONSES, st.sampled_from([sse, array]), st.booleans(), st.data())
def test_chunks_do_not_depend_on_the_cuts(responses: list[Json], body: Any, ends: bool, data: st.DataObject) -> None:
    whole = body(*responses, *([STOP] if ends else []))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    decoder = GeminiDecoder("p")
    pieces = [whole[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)] + decoder.close()
    expected = GeminiDecoder("p")
    assert chunks == decode(expected, whole)
    assert ending(decoder) == ending(expected) == ("stop" if ends else "failed: incomplete")


# finish reason -> (how it ends, detail)
REASONS: dict[Any, tuple[str, str | None]] = {
    "STOP": ("stop", None),
    1: ("stop", None),
    "MAX_TOKENS": ("length", None),
    2: ("length", None),
    "SAFETY": ("content_filter", "SAFETY"),
    3: ("content_filter", "SAFETY"),
    "RECITATION": ("content_filter", "RECITATION"),
    "BLOCKLIST": ("content_filter", "BLOCKLIST"),
    "PROHIBITED_CONTENT": ("content_filter", "PROHIBITED_CONTENT"),
    "SPII": ("content_filter", "SPII"),
    "LANGUAGE": ("content_filter", "LANGUAGE"),
    "MODEL_ARMOR": ("content_filter", "MODEL_ARMOR"),
    "IMAGE_SAFETY": ("content_filter", "IMAGE_SAFETY"),
    "CONTINUATION": ("pause", "CONTINUATION"),
    "TOO_MANY_TOOL_CALLS": ("pause", "TOO_MANY_TOOL_CALLS"),
    "OTHER": ("stop", "OTHER"),
    "NO_IMAGE": ("stop", "NO_IMAGE"),
    "NOVEL": ("stop", "NOVEL"),
    99: ("stop", "99"),
    "MALFORMED_FUNCTION_CALL": ("failed: malformed", None),
    "UNEXPECTED_TOOL_CALL": ("failed: malformed", None),
    "MALFORMED_RESPONSE": ("failed: malformed", None),
    "MISSING_THOUGHT_SIGNATURE": ("failed: bad_request", None),
    "PUP_LIMITED_DISABLED": ("failed: permission", None),
}


@pytest.mark.parametrize(("reason", "expected"), REASONS.items(), ids=map(str, REASONS))
def test_a_finish_reason_is_a_status(reason: Json, expected: tuple[str, str | None]) -> None:
    decoder, _ = run(parts(say("a"), reason=reason))
    assert (ending(decoder), decoder.detail) == expected


def test_a_malformed_call_says_what_the_provider_said() -> None:
    last = parts(reason="MALFORMED_FUNCTION_CALL")
    last["candidates"][0]["finishMessage"] = "call:f{x"
    decoder, _ = run(last)
    assert decoder.failure is not None
    assert "MALFORMED_FUNCTION_CALL: call:f{x" in decoder.failure.message
    assert decoder.failure.info.code == "MALFORMED_FUNCTION_CALL"


def test_a_blocked_prompt_is_an_answer_without_content() -> None:
    feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "no"}
    decoder, chunks = run({"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 4}, "modelVersion": "m"})
    assert (ending(decoder), decoder.detail) == ("content_filter", "PROHIBITED_CONTENT")
    assert statuses(chunks) == [("prompt_blocked", "no")]
    assert message(chunks)["content"] is None
    assert decoder.usage is not None
    assert decoder.usage.to_dict() == {"prompt_tokens": 4, "completion_tokens": 0, "total_tokens": 4}


# name -> (usageMetadata of each response, the record)
USAGE: dict[str, tuple[list[Json], Json]] = {
    "the last one holds": (
        [
            {"promptTokenCount": 12, "totalTokenCount": 12},
            {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15},
        ],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "thoughts are outside of the candidates": (
        [{"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "totalTokenCount": 22}],
        {"prompt_tokens": 10, "completion_tokens": 12, "total_tokens": 22, "reasoning_tokens": 7},
    ),
    "tools add to the prompt, the cache does not": (
        [
            {
                "promptTokenCount": 10,
                "toolUsePromptTokenCount": 3,
                "cachedContentTokenCount": 4,
                "candidatesTokenCount": 5,
                "totalTokenCount": 18,
            }
        ],
        {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18, "cached_input_tokens": 4},
    ),
    "one without counts erases nothing": (
        [{"promptTokenCount": 10, "candidatesTokenCount": 5}, {"trafficType": "ON_DEMAND"}],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "only ones without counts": ([{"trafficType": "ON_DEMAND"}], None),
    "none": ([], None),
}


@pytest.mark.parametrize(("counts", "expected"), USAGE.values(), ids=USAGE.keys())
def test_usage(counts: list[Json], expected: Json) -> None:
    decoder, _ = run(*(parts(say("a"), usageMetadata=one) for one in counts), STOP)
    assert (decoder.usage and decoder.usage.to_dict()) == expected


def test_usage_of_a_broken_stream_is_partial() -> None:
    decoder, _ = run(parts(say("a"), usageMetadata={"promptTokenCount": 10}))
    assert decoder.usage is not None
    assert decoder.usage.partial


ERROR = {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "17s"}]}}


# name -> a body
ERROR_BODIES = {
    "an event": sse(ERROR),
    "a bare object": json.dumps(ERROR, indent=2).encode(),
    "a list of one": json.dumps([ERROR], indent=2).encode(),
    "a bare object after events": sse(parts(say("a"))) + json.dumps(ERROR, indent=2).encode(),
    "an element of the array": array(parts(say("a")), ERROR),
    "blank lines first": b"\r\n \n" + json.dumps(ERROR).encode(),
}


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("body", ERROR_BODIES.values(), ids=ERROR_BODIES.keys())
def test_an_error_in_any_dress_is_classified(body: bytes, size: int) -> None:
    decoder = GeminiDecoder("p")
    for at in range(0, len(body), size):
        decoder.feed(body[at : at + size])
    decoder.close()
    assert decoder.failure is not None
    assert (decoder.failure.info.kind, decoder.failure.info.http_status) == ("rate_limit", 429)
    assert decoder.failure.info.retry_after == 17.0


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_half_a_response_after_the_finish_reason_is_incomplete(body: Any) -> None:
    decoder = GeminiDecoder("p")
    decode(decoder, body(STOP, parts(say("a")))[:-20])
    assert ending(decoder) == "failed: incomplete"


@pytest.mark.parametrize("size", [1, 10_000])
def test_what_came_before_a_mistake_in_the_array_is_shown(size: int) -> None:
    body, decoder = array(parts(say("a")), parts(say("b")), 7), GeminiDecoder("p")
    chunks = [chunk for at in range(0, len(body), size) for chunk in decoder.feed(body[at : at + size])]
    assert text(chunks) == "ab"
    assert ending(decoder) == "failed: malformed"


@pytest.mark.parametrize("body", [b"<html>no</html>", b"", b" ", b'[{"candidates": [', b"[", b'["text"]', b"[1]"])
def test_a_body_that_is_no_answer_fails(body: bytes) -> None:
    decoder = GeminiDecoder("p")
    decode(decoder, body)
    assert ending(decoder) in ("failed: incomplete", "failed: malformed")


def test_sources_are_in_the_final_response_wherever_they_came() -> None:
    early, late = parts(say("a")), parts(reason="STOP")
    early["candidates"][0]["groundingMetadata"] = {"webSearchQueries": ["q"]}
    _, chunks = run(early, late)
    (response,) = [chunk.response for chunk in chunks if chunk.type == "complete_response"]
    late["candidates"][0]["groundingMetadata"] = {"webSearchQueries": ["q"]}
    assert response == late


def test_a_gateway_may_add_a_sentinel() -> None:
    decoder = GeminiDecoder("p")
    chunks = decode(decoder, sse(parts(say("a"), reason="STOP")) + b"data: [DONE]\n\n")
    assert (ending(decoder), text(chunks)) == ("stop", "a")


def test_the_first_token_is_the_models_and_not_the_servers() -> None:
    decoder = GeminiDecoder("p")
    decoder.feed(sse({"usageMetadata": {"promptTokenCount": 1}}, parts(say(""))))
    assert not decoder.attempt.started
    decoder.feed(sse(parts(function(args={}))))
    assert decoder.attempt.started
