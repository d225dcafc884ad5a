"""Tool calls on the Chat wire: fragments that no index, id or name can be trusted to sort."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .chat_wire import DONE, delta, finish, run, tool
from .wires import Json, calls, ending, message, statuses

# name -> (fragments, in deltas of their own; the calls they make)
ROUTING: dict[str, tuple[list[Json], list[tuple[str, str]]]] = {
    "fragments by index": (
        [tool(0, "a", "f", ""), tool(0, text='{"x"'), tool(1, "b", "g", ""), tool(0, text=":1}"), tool(1, text="{}")],
        [("f", '{"x":1}'), ("g", "{}")],
    ),
    "no index at all": (
        [tool(None, "a", "f", '{"x":'), tool(text="1}"), tool(None, "b", "g", "{"), tool(text="}")],
        [("f", '{"x":1}'), ("g", "{}")],
    ),
    "parallel calls that are all index 0": (
        [tool(0, "a", "f", '{"x":1}'), tool(0, "b", "g", '{"y":2}')],
        [("f", '{"x":1}'), ("g", '{"y":2}')],
    ),
    "parallel calls of index 0 without ids": (
        [tool(0, None, "f", '{"x":1}'), tool(0, None, "f", '{"x":2}')],
        [("f", '{"x":1}'), ("f", '{"x":2}')],
    ),
    "a second head on index 0 with its tail on 1": (
        [tool(0, "a", "f", "{}"), tool(0, "b", "g", ""), tool(1, text='{"y":2}')],
        [("f", "{}"), ("g", '{"y":2}')],
    ),
    "a tail on an index that never began": ([tool(0, "a", "f", '{"x":'), tool(7, text="1}")], [("f", '{"x":1}')]),
    "the id and the name on every fragment": (
        [tool(0, "a", "f", '{"x":'), tool(0, "a", "f", "1}")],
        [("f", '{"x":1}')],
    ),
    "later fragments with an empty id and name": (
        [tool(0, "a", "f", '{"x":'), tool(0, "", "", "1}")],
        [("f", '{"x":1}')],
    ),
    "the word null for an id": ([tool(0, "null", "f", "{}"), tool(1, "null", "g", "{}")], [("f", "{}"), ("g", "{}")]),
    "an id that comes late": ([tool(0, None, "f", '{"x":'), tool(0, "late", None, "1}")], [("f", '{"x":1}')]),
    "one id for two calls": ([tool(0, "a", "f", "{}"), tool(1, "a", "g", "{}")], [("f", "{}"), ("g", "{}")]),
    "one id for two calls of one tool": (
        [tool(0, "a", "f", '{"x":1}'), tool(1, "a", "f", '{"x":2}')],
        [("f", '{"x":1}'), ("f", '{"x":2}')],
    ),
    "calls of index 0 without ids and arguments": (
        [tool(0, None, "f", ""), tool(0, None, "g", "")],
        [("f", "{}"), ("g", "{}")],
    ),
    "a float for an index (Together)": ([tool(0.0, "a", "f", ""), tool(0, text="{}")], [("f", "{}")]),
    "indices that begin at 1": ([tool(1, "a", "f", "{}")], [("f", "{}")]),
    "arguments as an object": ([tool(0, "a", "f", {"x": [1]})], [("f", '{"x":[1]}')]),
    "no arguments: empty text": ([tool(0, "a", "f", "")], [("f", "{}")]),
    "no arguments: left out": ([tool(0, "a", "f")], [("f", "{}")]),
    "the model's own spacing is kept": ([tool(0, "a", "f", '{ "x" :  1 }')], [("f", '{ "x" :  1 }')]),
}


@pytest.mark.parametrize(("fragments", "expected"), ROUTING.values(), ids=ROUTING.keys())
def test_fragments_make_calls(fragments: list[Json], expected: list[tuple[str, str]]) -> None:
    decoder, chunks = run(*(delta(tool_calls=[fragment]) for fragment in fragments), finish("tool_calls"), DONE)
    assert ending(decoder) == "tool_calls"
    assert [(name, written) for _, name, written in calls(chunks)] == expected
    ids = [call_id for call_id, _, _ in calls(chunks)]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    assert {fragment["id"] for fragment in fragments if fragment.get("id")} - {"null"} <= set(ids)


@pytest.mark.parametrize(("fragments", "expected"), ROUTING.values(), ids=ROUTING.keys())
def test_fragments_in_one_delta_make_the_same_calls(fragments: list[Json], expected: list[tuple[str, str]]) -> None:
    _, chunks = run(delta(tool_calls=fragments), finish("stop"), DONE)
    assert [(name, written) for _, name, written in calls(chunks)] == expected


def test_ids_of_the_provider_are_kept_and_the_late_one_counts() -> None:
    _, chunks = run(delta(tool_calls=[tool(0, None, "f", "{}")]), delta(tool_calls=[tool(0, "late")]), finish(), DONE)
    assert calls(chunks) == [("late", "f", "{}")]


@given(st.data())
def test_arguments_cut_anywhere_are_whole_again(data: st.DataObject) -> None:
    wanted = data.draw(
        st.lists(st.dictionaries(st.text(max_size=3), st.integers(), max_size=3), min_size=1, max_size=3)
    )
    stream = []
    for index, value in enumerate(wanted):
        written = json.dumps(value)
        at = data.draw(st.integers(0, len(written)))
        stream += [tool(index, f"id{index}", "f", written[:at]), tool(index, text=written[at:])]
    _, chunks = run(*(delta(tool_calls=[fragment]) for fragment in stream), finish("tool_calls"), DONE)
    assert [json.loads(written) for _, _, written in calls(chunks)] == wanted


def test_the_deprecated_function_call_is_a_call() -> None:
    pieces = [delta(function_call={"name": "f", "arguments": '{"x"'}), delta(function_call={"arguments": ":1}"})]
    decoder, chunks = run(*pieces, finish("function_call"), DONE)
    assert [(name, written) for _, name, written in calls(chunks)] == [("f", '{"x":1}')]
    assert ending(decoder) == "tool_calls"


CUT: dict[str, tuple[str, str]] = {
    "length": ("length", "length"),
    "content_filter": ("content_filter", "content_filter"),
    "stop": ("stop", "failed: malformed"),
    "tool_calls": ("tool_calls", "failed: malformed"),
}


@pytest.mark.parametrize(("reason", "end"), CUT.values(), ids=CUT.keys())
def test_a_call_whose_arguments_are_cut_off_is_never_handed_over(reason: str, end: str) -> None:
    decoder, chunks = run(delta(content="a"), delta(tool_calls=[tool(0, "a", "f", '{"x": 1')]), finish(reason), DONE)
    assert ending(decoder) == end
    assert calls(chunks) == []
    if not end.startswith("failed"):
        assert statuses(chunks) == [("tool_call_incomplete", f'f: cut off ({reason}), not handed over: {{"x": 1')]
        assert message(chunks) == {"role": "assistant", "content": "a"}


@pytest.mark.parametrize("written", ["[1]", "7", '"x"', "null", "{'x': 1}", '{"x": 1} {"y": 2}'])
def test_arguments_that_are_not_an_object_fail_the_attempt(written: str) -> None:
    decoder, chunks = run(delta(tool_calls=[tool(0, "a", "f", written)]), finish("tool_calls"), DONE)
    assert ending(decoder) == "failed: malformed"
    assert decoder.failure is not None
    assert "f are not a JSON object" in decoder.failure.message
    assert [chunk.type for chunk in chunks] == []


def test_a_call_without_a_name_fails_the_attempt() -> None:
    decoder, _ = run(delta(tool_calls=[tool(0, "a", None, "{}")]), finish("tool_calls"), DONE)
    assert ending(decoder) == "failed: malformed"
