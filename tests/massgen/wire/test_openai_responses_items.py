"""Output items of the Responses wire: calls, tools of the provider, and what goes back."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.backend.call_ids import CallIds, is_synthetic_id

from .responses_wire import REASONING, added, call, completed, done, event, prose, run, said, written
from .wires import Json, calls, ending, message, statuses, text


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


def test_tools_that_the_provider_runs_are_progress_and_never_calls() -> None:
    search = {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"query": "q"}}
    decoder, chunks = run(
        added({**search, "action": None}),
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
        ("web_search.started", None),
        ("web_search.running", None),
        ("web_search.completed", "q"),
        ("mcp_list_tools.started", None),
        ("mcp_approval.requested", "f"),
        ("custom_tool.requested", "x_search: text"),
        ("mcp_list_tools.failed", None),
    ]
    assert [chunk.tool_call_id for chunk in chunks if chunk.status == "web_search.completed"] == ["ws"]
    assert calls(chunks) == []
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


def test_a_call_whose_arguments_are_an_object_goes_back_with_their_text() -> None:
    _, chunks = run(done({**call("f"), "arguments": {"x": 1}}), completed())
    assert kept(chunks) == [call("f", '{"x":1}')]


def test_two_calls_with_one_id_stay_two() -> None:
    items = [call("f", '{"x":1}'), call("f", '{"x":2}')]
    _, chunks = run(*(done(item, index) for index, item in enumerate(items)), completed(output=items))
    ids = [call_id for call_id, _, _ in calls(chunks)]
    assert len(set(ids)) == 2
    assert [item["call_id"] for item in kept(chunks)] == ids
    assert [item["arguments"] for item in kept(chunks)] == [arguments for _, _, arguments in calls(chunks)]


def test_of_two_calls_with_one_id_the_one_that_was_cut_off_does_not_go_back() -> None:
    items = [call("f", '{"x"'), call("g", '{"x":2}')]
    last = completed("incomplete", output=items, incomplete_details={"reason": "max_output_tokens"})
    _, chunks = run(*(done(item, index) for index, item in enumerate(items)), last)
    assert calls(chunks) == [("call", "g", '{"x":2}')]
    assert kept(chunks) == items[1:]


ONLY_AT_THE_END: dict[str, list[Json]] = {
    "call-not-told": [said("Hello")],
    "call-begun": [said("Hello"), added(call("f", ""), 1)],
    "call-begun-without-index": [said("Hello"), added(call("f", ""), None)],
    "call-cut": [said("Hello"), added(call("f", ""), 1), written('{"x"', 1)],
    "call-whole": [said("Hello"), done(call("f", '{"x":1}'), 1)],
}


@pytest.mark.parametrize("values", ONLY_AT_THE_END.values(), ids=ONLY_AT_THE_END.keys())
def test_a_call_is_whole_when_only_the_final_output_tells_it(values: list[Json]) -> None:
    decoder, chunks = run(*values, completed(output=[prose("Hello"), call("f", '{"x":1}')]))
    assert calls(chunks) == [("call", "f", '{"x":1}')]
    assert ending(decoder) == "tool_calls"
    assert message(chunks)["content"] == "Hello"
