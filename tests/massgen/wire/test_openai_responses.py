"""Responses: items that interleave, servers that leave things out, and what goes back."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.wire.attempt import CallIds, is_synthetic_id
from massgen.wire.openai_responses import ResponsesDecoder

from .wires import Json, calls, decode, ending, events, message, shown, statuses, text


def event(kind: str, **fields: Json) -> Json:
    return {"type": f"response.{kind}", "sequence_number": 0, **fields}


def completed(kind: str = "completed", **response: Json) -> Json:
    return event(kind, response={"id": "resp", "model": "m", "status": kind, "output": [], "usage": None, **response})


def said(delta: str, output_index: int = 0, content_index: int = 0, **fields: Json) -> Json:
    at = {"output_index": output_index, "content_index": content_index}
    return event("output_text.delta", delta=delta, **at, **fields)


def thought(delta: str, output_index: int = 0, content_index: int = 0) -> Json:
    return event("reasoning_text.delta", delta=delta, output_index=output_index, content_index=content_index)


def summary(delta: str, output_index: int = 0, summary_index: int = 0) -> Json:
    return event("reasoning_summary_text.delta", delta=delta, output_index=output_index, summary_index=summary_index)


def added(item: Json, output_index: int | None = 0) -> Json:
    return event("output_item.added", item=item, **({} if output_index is None else {"output_index": output_index}))


def done(item: Json, output_index: int | None = 0) -> Json:
    return {**added(item, output_index), "type": "response.output_item.done"}


def prose(*texts: str, item_id: str = "msg") -> Json:
    return {"type": "message", "id": item_id, "content": [{"type": "output_text", "text": text} for text in texts]}


def call(name: str = "f", arguments: str = "{}", call_id: str = "call", item_id: str = "fc") -> Json:
    return {"type": "function_call", "id": item_id, "call_id": call_id, "name": name, "arguments": arguments}


def written(delta: str, output_index: int = 0) -> Json:
    return event("function_call_arguments.delta", delta=delta, output_index=output_index)


def run(*values: Json, named: bool = True, ids: CallIds | None = None) -> tuple[ResponsesDecoder, list[Any]]:
    decoder = ResponsesDecoder("p", ids)
    return decoder, decode(decoder, events(*values, named=named))


REASONING = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "gAAA=="}

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
    "an empty delta": ([said(""), said("a")], [("content", "a")]),
    "a sentinel is tolerated": ([said("a"), "[DONE]"], [("content", "a")]),
}


@pytest.mark.parametrize("named", [True, False], ids=["named", "data only"])
@pytest.mark.parametrize(("values", "expected"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_shows(values: list[Json], expected: list[tuple[str, str]], named: bool) -> None:
    decoder, chunks = run(*values, completed(), named=named)
    assert shown(chunks) == expected
    assert ending(decoder) == "stop"


def test_the_event_name_stands_in_for_a_type_that_is_left_out() -> None:
    decoder = ResponsesDecoder("p")
    body = b'event: response.output_text.delta\ndata: {"delta":"a"}\n\n' + events(completed())
    assert text(decode(decoder, body)) == "a"


def test_a_whole_answer_may_come_in_the_last_event_alone() -> None:
    _, chunks = run(completed(output=[prose("a"), call("f", '{"x":1}')]))
    assert text(chunks) == "a"
    assert calls(chunks) == [("call", "f", '{"x":1}')]


def test_items_that_interleave_are_kept_apart() -> None:
    decoder, chunks = run(
        added(call("f", "", "c1", "fc1"), 0),
        added(call("g", "", "c2", "fc2"), 1),
        written('{"x"', 0),
        written('{"y"', 1),
        said("a", 2),
        written(":1}", 0),
        written(":2}", 1),
        completed(),
    )
    assert calls(chunks) == [("c1", "f", '{"x":1}'), ("c2", "g", '{"y":2}')]
    assert text(chunks) == "a"
    assert ending(decoder) == "tool_calls"


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


# name -> (events, the arguments)
ARGUMENTS: dict[str, tuple[list[Json], str]] = {
    "deltas": ([added(call("f", "")), written('{"x"'), written(":1}"), done(call("f", '{"x":1}'))], '{"x":1}'),
    "only the end of the arguments": (
        [added(call("f", "")), event("function_call_arguments.done", arguments='{"x":1}', output_index=0)],
        '{"x":1}',
    ),
    "only the end of the item": ([added(call("f", "")), done(call("f", '{"x":1}'))], '{"x":1}'),
    "only the item": ([done(call("f", '{"x":1}'))], '{"x":1}'),
    "deltas that lost a piece": ([added(call("f", "")), written('{"x"'), done(call("f", '{"x":1}'))], '{"x":1}'),
    "deltas before the item": ([written('{"x":1}'), done(call("f", '{"x":1}'))], '{"x":1}'),
    "an object instead of its text": ([done({**call("f"), "arguments": {"x": 1}})], '{"x":1}'),
    "none": ([added(call("f", "")), done(call("f", ""))], "{}"),
    "the model's own spacing": (
        [added(call("f", "")), written('{ "x" : 1 }'), done(call("f", '{"x":1}'))],
        '{ "x" : 1 }',
    ),
    "no index, followed by item id": (
        [
            added(call("f", "", item_id="fc_1"), None),
            event("function_call_arguments.delta", item_id="fc_1", delta='{"x":1}'),
            done(call("f", '{"x":1}', item_id="fc_1"), None),
        ],
        '{"x":1}',
    ),
    "the item is announced twice": ([added(call("f", "")), added(call("f", "")), written("{}")], "{}"),
}


@pytest.mark.parametrize(("values", "arguments"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_wherever_they_come(values: list[Json], arguments: str) -> None:
    decoder, chunks = run(*values, completed())
    assert calls(chunks) == [("call", "f", arguments)]
    assert ending(decoder) == "tool_calls"


def test_the_id_of_a_call_is_its_call_id_and_else_its_items() -> None:
    _, chunks = run(done({"type": "function_call", "id": "fc", "name": "f", "arguments": "{}"}), completed())
    assert calls(chunks) == [("fc", "f", "{}")]


def test_a_refusal_is_never_mixed_into_the_text() -> None:
    part = {"type": "message", "id": "m", "content": [{"type": "refusal", "refusal": "I won't"}]}
    deltas = [event("refusal.delta", delta=delta, output_index=0, content_index=0) for delta in ("I ", "won't")]
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


def test_tools_that_the_provider_runs_are_progress_and_never_calls() -> None:
    search = {"type": "web_search_call", "id": "ws", "status": "completed"}
    decoder, chunks = run(
        added(search),
        event("web_search_call.in_progress", output_index=0, item_id="ws"),
        event("web_search_call.searching", output_index=0, item_id="ws"),
        event("web_search_call.completed", output_index=0, item_id="ws"),
        done(search),
        event("mcp_list_tools.failed", output_index=1, item_id="mcpl"),
        done({"type": "mcp_approval_request", "id": "mcpr", "name": "f", "arguments": "{}"}, 2),
        done({"type": "custom_tool_call", "id": "ctc", "call_id": "c", "name": "x_search", "input": "text"}, 3),
        completed(),
    )
    assert statuses(chunks) == [
        ("web_search_call.in_progress", "ws"),
        ("web_search_call.searching", "ws"),
        ("web_search_call.completed", "ws"),
        ("mcp_list_tools.failed", "mcpl"),
        ("mcp_approval_request", "mcpr"),
        ("custom_tool_call", "ctc"),
    ]
    assert ending(decoder) == "stop"


def kept(chunks: list[Any]) -> list[Json]:
    held = message(chunks)["openai_responses"]
    assert held["model"] == "m"
    items: list[Json] = held["items"]
    return items


def test_items_go_back_verbatim() -> None:
    items = [REASONING, {**prose("a"), "phase": "commentary", "novel": [1]}, call("f", '{"x":1}')]
    values = [done(item, index) for index, item in enumerate(items)]
    _, chunks = run(*values, completed(output=items))
    assert kept(chunks) == items
    _, chunks = run(*values, completed(output=[]))
    assert kept(chunks) == items
    _, chunks = run(*values, completed(output=None))
    assert kept(chunks) == items


def test_the_final_output_is_what_goes_back_where_items_changed() -> None:
    _, chunks = run(
        done({**REASONING, "encrypted_content": "old"}), said("a", 1), completed(output=[REASONING, prose("a")])
    )
    assert kept(chunks) == [REASONING, prose("a")]


def test_a_call_that_is_not_handed_over_does_not_go_back_nor_the_reasoning_before_it() -> None:
    items = [prose("a"), REASONING, {**call("f", '{"x"'), "status": "incomplete"}]
    last = completed("incomplete", output=items, incomplete_details={"reason": "max_output_tokens"})
    decoder, chunks = run(*(done(item, index) for index, item in enumerate(items)), last)
    assert (ending(decoder), calls(chunks)) == ("length", [])
    assert kept(chunks) == [prose("a")]
    assert statuses(chunks) == [("tool_call_incomplete", 'f: cut off (length), not handed over: {"x"')]


def test_a_call_id_that_the_conversation_knows_is_replaced_in_the_call_and_in_its_item() -> None:
    items = [call("f"), call("g", call_id="other")]
    _, chunks = run(completed(output=items), ids=CallIds(b"seed", frozenset({"call"})))
    (first, _, _), (second, _, _) = calls(chunks)
    assert is_synthetic_id(first)
    assert second == "other"
    assert kept(chunks) == [{**call("f"), "call_id": first}, items[1]]


def test_two_calls_with_one_id_stay_two() -> None:
    items = [call("f", '{"x":1}'), call("f", '{"x":2}')]
    _, chunks = run(*(done(item, index) for index, item in enumerate(items)), completed(output=items))
    ids = [call_id for call_id, _, _ in calls(chunks)]
    assert len(set(ids)) == 2
    assert [item["call_id"] for item in kept(chunks)] == ids
    assert [item["arguments"] for item in kept(chunks)] == [arguments for _, _, arguments in calls(chunks)]


def test_the_first_token_is_the_models_and_not_the_servers() -> None:
    decoder = ResponsesDecoder("p")
    decoder.feed(events(event("created", response={}), event("in_progress", response={}), added(prose())))
    assert not decoder.attempt.started
    decoder.feed(events(added(call("f", ""), 1)))
    assert decoder.attempt.started
