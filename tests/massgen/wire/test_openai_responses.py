"""Responses: items that interleave, servers that leave things out, and what goes back."""

from __future__ import annotations

import pytest

from massgen.wire.openai_responses import ResponsesDecoder

from .responses_wire import REASONING, added, call, completed, done, event, prose, run, said, summary, thought
from .wires import Json, calls, decode, ending, events, message, shown, statuses, text

# name -> (events before the last one, what is shown)
STREAMS: dict[str, tuple[list[Json], list[tuple[str, str]]]] = {
    "text": ([said("a"), said("b")], [("content", "a"), ("content", "b")]),
    "a whole text repeated at its end": (
        [said("a"), event("output_text.done", text="a", output_index=0, content_index=0), done(prose("a"))],
        [("content", "a")],
    ),
    "text that comes only with its end": (
        [event("output_text.done", text="a", output_index=0, content_index=0), done(prose("a"))],
        [("content", "a")],
    ),
    "text that comes only with its item": ([done(prose("a", "b"))], [("content", "a"), ("content", "b")]),
    "a second part that comes only with its item": (
        [said("a"), done(prose("a", "b"))],
        [("content", "a"), ("content", "b")],
    ),
    "two messages": (
        [said("a", 0), done(prose("a")), said("b", 1), done(prose("b"), 1)],
        [("content", "a"), ("content", "b")],
    ),
    "reasoning, then text": (
        [thought("h"), event("reasoning_text.done", text="h", output_index=0, content_index=0), said("a", 1)],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
    ),
    "reasoning that never ends": (
        [thought("h"), said("a", 1), done({**REASONING, "content": [{"type": "reasoning_text", "text": "h"}]})],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
    ),
    "reasoning that ends after the text began (OpenRouter)": (
        [thought("h"), said("a", 1), event("reasoning_text.done", text="h", output_index=0, content_index=0)],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
    ),
    "reasoning that comes only with its item": (
        [done({**REASONING, "content": [{"type": "reasoning_text", "text": "h"}]}), said("a", 1)],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
    ),
    "a summary": (
        [summary("s"), event("reasoning_summary_text.done", text="s", output_index=0, summary_index=0), said("a", 1)],
        [("reasoning_summary", "s"), ("reasoning_summary_done", "s"), ("content", "a")],
    ),
    "a summary that comes only with its end": (
        [event("reasoning_summary_text.done", text="s", output_index=0, summary_index=0)],
        [("reasoning_summary", "s"), ("reasoning_summary_done", "s")],
    ),
    "a summary that comes only with its item": (
        [done({**REASONING, "summary": [{"type": "summary_text", "text": "s"}]})],
        [("reasoning_summary", "s"), ("reasoning_summary_done", "s")],
    ),
    "events without an index, followed by item id": (
        [
            event("output_item.added", item={"type": "message", "id": "m1"}),
            event("output_text.delta", item_id="m1", delta="a"),
            event("output_item.done", item=prose("a", item_id="m1")),
        ],
        [("content", "a")],
    ),
    "an item id that changes with every event": (
        [
            event("output_item.added", item={"type": "message", "id": "1"}, output_index=0),
            said("a", item_id="2"),
            said("b", item_id="3"),
            done(prose("ab", item_id="4")),
        ],
        [("content", "a"), ("content", "b")],
    ),
    "events of no interest": (
        [
            event("created", response={}),
            {"type": "keepalive"},
            event("content_part.added", part={"type": "output_text"}, output_index=0, content_index=0),
            event("output_text.annotation.added", annotation={"type": "url_citation"}, output_index=0),
            event("something.new", delta=[1], output_index="third"),
            event("shell_call_output_content.delta", delta={"stdout": "x"}, output_index=0),
            said("a"),
        ],
        [("content", "a")],
    ),
    "a block of reasoning that ends before the next one begins": (
        [
            *[thought("h", 0), event("reasoning_text.done", text="h", output_index=0, content_index=0)],
            *[thought("m", 1), event("reasoning_text.done", text="m", output_index=1, content_index=0)],
        ],
        [("reasoning", "h"), ("reasoning_done", "h"), ("reasoning", "m"), ("reasoning_done", "m")],
    ),
    "parts without an index": (
        [
            event("reasoning_summary_text.delta", delta="s", output_index=0),
            event("reasoning_summary_text.done", text="s", output_index=0),
            event("output_text.delta", delta="a", output_index=1),
            event("output_text.done", text="a", output_index=1),
        ],
        [("reasoning_summary", "s"), ("reasoning_summary_done", "s"), ("content", "a")],
    ),
    "an item that is not there": (
        [event("output_item.added", item=None, output_index=0), said("a")],
        [("content", "a")],
    ),
    "an empty delta": ([said(""), said("a")], [("content", "a")]),
    "a sentinel is tolerated": ([said("a"), "[DONE]"], [("content", "a")]),
}


@pytest.mark.parametrize("named", [True, False], ids=["named", "data only"])
@pytest.mark.parametrize(("values", "expected"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_shows(values: list[Json], expected: list[tuple[str, str]], named: bool) -> None:
    decoder, chunks = run(*values, completed(), named=named)
    assert shown(chunks) == expected
    assert ending(decoder) == "stop"


def test_a_call_ends_the_summary_before_it() -> None:
    _, chunks = run(summary("s"), added(call(), 1), summary("t", 2), completed())
    assert shown(chunks) == [
        *[("reasoning_summary", "s"), ("reasoning_summary_done", "s")],
        *[("reasoning_summary", "t"), ("reasoning_summary_done", "t")],
    ]


def test_the_event_name_stands_in_for_a_type_that_is_left_out() -> None:
    decoder = ResponsesDecoder("p")
    body = b'event: response.output_text.delta\ndata: {"delta":"a"}\n\n' + events(completed())
    assert text(decode(decoder, body)) == "a"


def test_a_whole_answer_may_come_in_the_last_event_alone() -> None:
    _, chunks = run(completed(output=[prose("a"), call("f", '{"x":1}')]))
    assert text(chunks) == "a"
    assert calls(chunks) == [("call", "f", '{"x":1}')]


def test_two_items_may_have_a_first_summary_each() -> None:
    _, chunks = run(
        added({**REASONING, "id": "rs1"}, 0),
        summary("a", 0),
        added({**REASONING, "id": "rs2"}, 1),
        summary("b", 1),
        summary("c", 0),
        event("reasoning_summary_text.done", text="ac", output_index=0, summary_index=0),
        event("reasoning_summary_text.done", text="b", output_index=1, summary_index=0),
        completed(),
    )
    ended = [chunk for chunk in chunks if chunk.type == "reasoning_summary_done"]
    assert [(chunk.item_id, chunk.summary_index, chunk.reasoning_summary_text) for chunk in ended] == [
        ("rs1", 0, "ac"),
        ("rs2", 0, "b"),
    ]


def test_reasoning_says_which_item_and_part_it_is() -> None:
    _, chunks = run(added(REASONING, 3), thought("a", 3, 0), thought("b", 3, 1), completed())
    told = [(chunk.item_id, chunk.content_index) for chunk in chunks if str(chunk.type).startswith("reasoning")]
    assert told == [("rs", 0), ("rs", 1), ("rs", 0), ("rs", 1)]


def test_a_refusal_is_never_mixed_into_the_text() -> None:
    part = {"type": "message", "id": "m", "content": [{"type": "refusal", "refusal": "I won't"}]}
    deltas = [event("refusal.delta", delta=delta, output_index=0, content_index=0) for delta in ("", "I ", "won't")]
    decoder, chunks = run(*deltas, event("refusal.done", refusal="I won't", output_index=0), done(part), completed())
    assert statuses(chunks) == [("refusal", "I "), ("refusal", "won't")]
    assert ending(decoder) == "refusal"
    assert message(chunks)["content"] is None
    assert message(chunks)["refusal"] == "I won't"
    decoder, chunks = run(done(part), completed())
    assert statuses(chunks) == [("refusal", "I won't")]


# name -> (last event, status, detail)
ENDS: dict[str, tuple[Json, str, str | None]] = {
    "completed": (completed(), "stop", None),
    "max_output_tokens": (
        completed("incomplete", incomplete_details={"reason": "max_output_tokens"}),
        "length",
        None,
    ),
    "content_filter": (
        completed("incomplete", incomplete_details={"reason": "content_filter"}),
        "content_filter",
        None,
    ),
    "another reason": (completed("incomplete", incomplete_details={"reason": "steered"}), "length", "steered"),
    "no reason": (completed("incomplete", incomplete_details=None), "length", "incomplete"),
    "a completed event with an incomplete response": (
        completed("completed", status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        "length",
        None,
    ),
}


@pytest.mark.parametrize(("last", "status", "detail"), ENDS.values(), ids=ENDS.keys())
def test_a_stream_ends(last: Json, status: str, detail: str | None) -> None:
    decoder, chunks = run(said("a"), last)
    assert (ending(decoder), decoder.detail) == (status, detail)
    assert [chunk.response for chunk in chunks if chunk.type == "complete_response"] == [last["response"]]


# name -> (last event, kind)
FAILURES: dict[str, tuple[Json, str]] = {
    "failed": (completed("failed", error={"code": "server_error", "message": "m"}), "server"),
    "failed: rate limit": (completed("failed", error={"code": "rate_limit_exceeded", "message": "m"}), "rate_limit"),
    "failed: the prompt": (completed("failed", error={"code": "invalid_prompt", "message": "m"}), "bad_request"),
    "failed: a policy": (completed("failed", error={"code": "bio_policy", "message": "m"}), "content_filter"),
    "failed without a reason": (completed("failed", error=None), "server"),
    "completed with a failed response": (completed("completed", status="failed", error={"message": "m"}), "server"),
    "cancelled": (completed("completed", status="cancelled"), "server"),
    "an error event": ({"type": "error", "code": "context_length_exceeded", "message": "m"}, "context_length"),
    "a nested error event": ({"type": "error", "error": {"code": "insufficient_quota", "message": "m"}}, "quota"),
    "a WebSocket error event": ({"type": "error", "status": 429, "error": {"message": "m"}}, "rate_limit"),
    "an error without a type": ({"error": {"code": "server_error", "message": "m"}}, "server"),
    "the end of the bytes": (said("b"), "incomplete"),
    "a sentinel instead of an end": ("[DONE]", "incomplete"),
    "not JSON": ("<html>", "malformed"),
    "a known event of an impossible shape": (event("output_text.delta", delta={"a": 1}), "malformed"),
}


@pytest.mark.parametrize(("last", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_a_stream_fails(last: Json, kind: str) -> None:
    decoder, chunks = run(said("a"), last, named=False)
    assert ending(decoder) == f"failed: {kind}"
    assert not {"complete_message", "complete_response"} & {str(chunk.type) for chunk in chunks}


def test_usage_comes_from_the_final_response() -> None:
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 27,
    }
    expected = {
        "prompt_tokens": 20,
        "completion_tokens": 7,
        "total_tokens": 27,
        "cached_input_tokens": 4,
        "cache_creation_tokens": 2,
        "reasoning_tokens": 3,
    }
    decoder, _ = run(said("a"), completed(usage=usage))
    assert decoder.usage is not None
    assert decoder.usage.to_dict() == expected
    decoder, _ = run(completed("failed", usage=usage, error={"code": "server_error"}))
    assert decoder.usage is not None
    assert decoder.usage.to_dict() == {**expected, "partial": True}
    decoder, _ = run(completed(usage={**usage, "cost_in_usd_ticks": 10112000}))
    assert decoder.usage is not None
    assert decoder.usage.cost == 0.0010112
    decoder, _ = run(completed())
    assert decoder.usage is None


def test_the_first_token_is_the_models_and_not_the_servers() -> None:
    decoder = ResponsesDecoder("p")
    decoder.feed(events(event("created", response={}), event("in_progress", response={}), added(prose())))
    assert not decoder.attempt.started
    decoder.feed(events(added(call("f", ""), 1)))
    assert decoder.attempt.started
