"""Messages: content blocks, what they turn into, and how they go back."""

from __future__ import annotations

import pytest

from massgen.wire.anthropic_messages import MessagesDecoder

from .messages_wire import (
    START_USAGE,
    STOP,
    TEXT,
    THINKING,
    answer,
    called,
    closed,
    delta,
    opened,
    prose,
    run,
    start,
    stopped,
    tool,
)
from .wires import Json, calls, ending, events, shown, statuses, text

# name -> (blocks, what is shown)
STREAMS: dict[str, tuple[list[Json], list[tuple[str, str]]]] = {
    "text": (prose("a", "b"), [("content", "a"), ("content", "b")]),
    "text in the start of its block": ([opened({"type": "text", "text": "a"}), closed()], [("content", "a")]),
    "thinking, then text": (
        [opened(THINKING), delta("thinking", thinking="h"), closed(), *prose("a", index=1)],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
    ),
    "thinking whose end is missing": (
        [opened(THINKING), delta("thinking", thinking="h"), *prose("a", index=1)],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
    ),
    "thinking in the start of its block": (
        [opened({**THINKING, "thinking": "h"}), delta("thinking", thinking="m"), closed()],
        [("reasoning", "h"), ("reasoning", "m"), ("reasoning_done", "hm")],
    ),
    "an event without its delta": (
        [opened(TEXT), {"type": "content_block_delta", "index": 0}, delta("text", text="a"), closed()],
        [("content", "a")],
    ),
    "an event whose delta is null": (
        [opened(TEXT), {"type": "content_block_delta", "index": 0, "delta": None}, delta("text", text="a"), closed()],
        [("content", "a")],
    ),
    "thinking before a call": (
        [opened(THINKING), delta("thinking", thinking="h"), closed(), *called("{}", index=1)],
        [("reasoning", "h"), ("reasoning_done", "h")],
    ),
    "two blocks of thinking": (
        [
            *[opened(THINKING), delta("thinking", thinking="h"), closed()],
            *[opened(THINKING, 1), delta("thinking", 1, thinking="m"), closed(1)],
        ],
        [("reasoning", "h"), ("reasoning_done", "h"), ("reasoning", "m"), ("reasoning_done", "m")],
    ),
    "omitted thinking has only a signature": (
        [opened(THINKING), delta("signature", signature="s"), closed(), *prose("a", index=1)],
        [("content", "a")],
    ),
    "pings anywhere": ([{"type": "ping"}, *prose("a"), {"type": "ping"}], [("content", "a")]),
    "events of no interest": (
        [{"type": "novel", "index": "first", "delta": 7}, *prose("a"), {"type": "message_paused"}],
        [("content", "a")],
    ),
    "deltas of no interest": (
        [opened(TEXT), delta("novel", x=1), delta("text", text="a"), closed()],
        [("content", "a")],
    ),
    "empty deltas": ([opened(TEXT), delta("text", text=""), delta("text", text="a"), closed()], [("content", "a")]),
}


@pytest.mark.parametrize("named", [True, False], ids=["named", "data only"])
@pytest.mark.parametrize(("values", "expected"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_shows(values: list[Json], expected: list[tuple[str, str]], named: bool) -> None:
    decoder, chunks = run(start(), *values, stopped("end_turn"), STOP, named=named)
    assert shown(chunks) == expected
    assert not ending(decoder).startswith("failed")


def test_a_sentinel_of_another_wire_is_tolerated() -> None:
    decoder, chunks = run(start(), *prose("a"), "[DONE]", stopped("end_turn"), STOP, "[DONE]")
    assert (ending(decoder), text(chunks)) == ("stop", "a")


# name -> (pieces, the block at its start, the arguments)
ARGUMENTS: dict[str, tuple[list[str], Json, str]] = {
    "pieces": (["", '{"x"', ": 1}"], tool(), '{"x": 1}'),
    "none": ([], tool(), "{}"),
    "an empty piece": ([""], tool(), "{}"),
    "the placeholder is not prepended": (['{"x": 1}'], tool(), '{"x": 1}'),
    "the whole input at the start": ([], tool(input={"x": [1]}), '{"x":[1]}'),
    "pieces win over an input at the start": (['{"x": 1}'], tool(input={"x": 2}), '{"x": 1}'),
    "no input at the start": (['{"x": 1}'], {"type": "tool_use", "id": "toolu_1", "name": "f"}, '{"x": 1}'),
}


@pytest.mark.parametrize(("pieces", "block", "arguments"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_wherever_they_come(pieces: list[str], block: Json, arguments: str) -> None:
    decoder, chunks = answer(*called(*pieces, block=block), reason="tool_use")
    assert calls(chunks) == [("toolu_1", "f", arguments)]
    assert ending(decoder) == "tool_calls"


def test_a_whole_call_at_the_start_needs_no_end() -> None:
    _, chunks = answer(opened(tool(input={"x": 1})), reason="tool_use")
    assert calls(chunks) == [("toolu_1", "f", '{"x":1}')]


def test_blocks_that_interleave_are_kept_apart() -> None:
    _, chunks = answer(
        opened(tool("a", "f"), 0),
        opened(tool("b", "g"), 1),
        delta("input_json", 0, partial_json='{"x"'),
        delta("input_json", 1, partial_json="{}"),
        delta("input_json", 0, partial_json=": 1}"),
        closed(1),
        closed(0),
        reason="tool_use",
    )
    assert calls(chunks) == [("a", "f", '{"x": 1}'), ("b", "g", "{}")]


# stop reason -> (status, detail)
REASONS = {
    "end_turn": ("stop", None),
    "stop_sequence": ("stop", None),
    "max_tokens": ("length", None),
    "model_context_window_exceeded": ("length", None),
    "pause_turn": ("pause", None),
    "compaction": ("pause", None),
    "refusal": ("refusal", None),
    "tool_use": ("stop", None),
    "tired": ("stop", "tired"),
}


@pytest.mark.parametrize(("reason", "expected"), REASONS.items())
def test_a_stop_reason_is_a_status(reason: str, expected: tuple[str, str | None]) -> None:
    decoder, _ = answer(*prose("a"), reason=reason)
    assert (ending(decoder), decoder.detail) == expected


def test_a_refusal_says_why() -> None:
    why = {"type": "refusal", "category": "bio", "explanation": "no"}
    _, chunks = run(start(), *prose("a"), stopped("refusal", stop_details=why), STOP)
    assert statuses(chunks) == [("refusal", "no")]
    _, chunks = run(start(), stopped("refusal", stop_details={**why, "explanation": None}), STOP)
    assert statuses(chunks) == [("refusal", "bio")]


# name -> (usage at the start, usage in each message_delta, the record)
USAGE: dict[str, tuple[Json, list[Json], Json]] = {
    "totals overwrite and are never added": (
        {"input_tokens": 20, "output_tokens": 1},
        [{"output_tokens": 5}, {"output_tokens": 9}],
        {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29},
    ),
    "the prompt is fresh, written and read": (
        START_USAGE,
        [{"output_tokens": 9}],
        {
            "prompt_tokens": 27,
            "completion_tokens": 9,
            "total_tokens": 36,
            "cached_input_tokens": 4,
            "cache_creation_tokens": 3,
        },
    ),
    "server tools raise the input later": (
        {"input_tokens": 20, "output_tokens": 1},
        [{"input_tokens": 50, "output_tokens": 9}],
        {"prompt_tokens": 50, "completion_tokens": 9, "total_tokens": 59},
    ),
    "a null keeps the value of the start": (
        START_USAGE,
        [{"output_tokens": 9, "input_tokens": None, "cache_read_input_tokens": None}],
        {
            "prompt_tokens": 27,
            "completion_tokens": 9,
            "total_tokens": 36,
            "cached_input_tokens": 4,
            "cache_creation_tokens": 3,
        },
    ),
    "thinking is part of the output": (
        {"input_tokens": 20, "output_tokens": 1},
        [{"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 5}}],
        {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29, "reasoning_tokens": 5},
    ),
    "a gateway's cost": (
        {"input_tokens": 20, "output_tokens": 1},
        [{"output_tokens": 9, "cost": 0.5}],
        {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29, "cost": 0.5},
    ),
    "none": (None, [{}], None),
}


@pytest.mark.parametrize(("first", "later", "expected"), USAGE.values(), ids=USAGE.keys())
def test_usage(first: Json, later: list[Json], expected: Json) -> None:
    decoder, _ = run(start(first), *prose("a"), *(stopped("end_turn", usage) for usage in later), STOP)
    assert (decoder.usage and decoder.usage.to_dict()) == expected


def test_usage_of_a_broken_stream_is_that_of_the_start() -> None:
    decoder, _ = run(start({"input_tokens": 20, "output_tokens": 1}), *prose("a"))
    assert decoder.usage is not None
    assert decoder.usage.to_dict() == {
        "prompt_tokens": 20,
        "completion_tokens": 1,
        "total_tokens": 21,
        "partial": True,
    }


# name -> (what follows a text, the kind of the failure)
FAILURES: dict[str, tuple[list[Json], str]] = {
    "overloaded": ([{"type": "error", "error": {"type": "overloaded_error", "message": "m"}}], "overloaded"),
    "an error without a type": (['{"error": {"type": "api_error", "message": "m"}}'], "server"),
    "a spend limit": (
        [
            {
                "type": "error",
                "error": {
                    "type": "rate_limit_error",
                    "message": "m",
                    "details": {"error_code": "enforced_spend_limit_reached"},
                },
            }
        ],
        "quota",
    ),
    "the end of the bytes": ([], "incomplete"),
    "a stop reason is not the end": ([stopped("end_turn")], "incomplete"),
    "not JSON": (["<html>"], "malformed"),
    "a delta of no block": ([delta("text", 7, text="b")], "malformed"),
    "a known event of an impossible shape": ([{"type": "content_block_delta", "index": "x"}], "malformed"),
    "arguments that are not an object": (
        [*called("[1]", index=1), stopped("tool_use"), STOP],
        "malformed",
    ),
    "arguments that are cut off by nobody": ([*called('{"x"', index=1), stopped("tool_use"), STOP], "malformed"),
}


@pytest.mark.parametrize(("values", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_a_stream_fails(values: list[Json], kind: str) -> None:
    decoder, chunks = run(start(), *prose("a"), *values)
    assert text(chunks) == "a"
    assert ending(decoder) == f"failed: {kind}"
    assert not {"tool_calls", "complete_message", "complete_response"} & {str(chunk.type) for chunk in chunks}


def test_nothing_is_read_after_an_error() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "req_1"}
    decoder, chunks = run(start(), error, *prose("a"), stopped("end_turn"), STOP)
    assert chunks == []
    assert decoder.failure is not None
    assert decoder.failure.info.request_id == "req_1"


def test_the_response_is_the_message_as_if_it_had_not_been_streamed() -> None:
    _, chunks = answer(*prose("a"), *called('{"x": 1}', index=1), reason="tool_use")
    (response,) = [chunk.response for chunk in chunks if chunk.type == "complete_response"]
    assert response == {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "a"}, {**tool(), "input": {"x": 1}}],
        "stop_reason": "tool_use",
        "usage": {**START_USAGE, "output_tokens": 9},
    }


def test_the_first_token_is_the_models_and_not_the_servers() -> None:
    decoder = MessagesDecoder("p")
    decoder.feed(events(start(), {"type": "ping"}, opened(TEXT)))
    assert not decoder.attempt.started
    decoder.feed(events(delta("text", text="a")))
    assert decoder.attempt.started
