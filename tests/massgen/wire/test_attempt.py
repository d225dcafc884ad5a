"""The one accumulator: ids, arguments, blocks of reasoning, the message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend.call_ids import CallIds, is_synthetic_id
from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt, CallDraft

UNUSABLE = ["", None, "null"]


def test_an_id_of_the_provider_is_kept() -> None:
    assert CallIds(b"seed").claim("call_1") == "call_1"


@pytest.mark.parametrize("given_id", UNUSABLE)
def test_an_id_that_is_none_is_replaced(given_id: str | None) -> None:
    assert is_synthetic_id(CallIds(b"seed").claim(given_id))


def test_the_same_request_gives_the_same_ids_and_another_turn_others() -> None:
    first, again, later = CallIds(b"one"), CallIds(b"one"), CallIds(b"two")
    ids = [first.claim(None) for _ in range(3)]
    assert [again.claim(None) for _ in range(3)] == ids
    assert not set(ids) & {later.claim(None) for _ in range(3)}


@given(st.lists(st.sampled_from([*UNUSABLE, "a", "b", "c"])), st.frozensets(st.sampled_from(["a", "b"])))
def test_no_id_is_given_twice(provider_ids: list[str | None], taken: frozenset[str]) -> None:
    source = CallIds(b"seed", taken)
    ids = [source.claim(provider_id) for provider_id in provider_ids]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & taken


# pieces -> (arguments, whether they are whole)
ARGUMENTS: dict[tuple[str, ...], tuple[str, bool]] = {
    (): ("{}", True),
    ("",): ("{}", True),
    (" ", "\n"): ("{}", True),
    ("{}",): ("{}", True),
    ('{"x"', ": 1}"): ('{"x": 1}', True),
    (' {"x": 1} ',): (' {"x": 1} ', True),
    ('{"x"',): ('{"x"', False),
    ("[1]",): ("[1]", False),
    ("null",): ("null", False),
    ('{"x": 1}{',): ('{"x": 1}{', False),
}


@pytest.mark.parametrize(("pieces", "expected"), ARGUMENTS.items())
def test_arguments_are_the_models_own_text(pieces: tuple[str, ...], expected: tuple[str, bool]) -> None:
    call = CallDraft(None, "f")
    call.pieces = list(pieces)
    assert (call.arguments, call.is_whole()) == expected


def attempt() -> Attempt:
    return Attempt(CallIds(b"seed"))


def ended(chunks: list[StreamChunk]) -> list[tuple[str, str | None, str | None, int | None]]:
    return [
        (
            str(chunk.type),
            chunk.reasoning_text or chunk.reasoning_summary_text,
            chunk.item_id,
            chunk.summary_index if chunk.content_index is None else chunk.content_index,
        )
        for chunk in chunks
    ]


def test_blocks_are_told_apart_by_item_and_index() -> None:
    one, out = attempt(), list[StreamChunk]()
    one.think("a", "rs1", 0)
    one.think("b", "rs2", 0)
    one.think("c", "rs1", 0)
    one.summarise("d", 0, "rs1")
    one.end_thought(out, "rs1", 0)
    one.end_thought(out, "rs1", 0)  # a second end says nothing
    one.end_open_blocks(out)
    assert ended(out) == [
        ("reasoning_done", "ac", "rs1", 0),
        ("reasoning_done", "b", "rs2", 0),
        ("reasoning_summary_done", "d", "rs1", 0),
    ]
    assert one.thoughts == ["ac", "b"]


def test_a_block_may_begin_again_after_its_end() -> None:
    one, out = attempt(), list[StreamChunk]()
    for delta in ("a", "b"):
        one.think(delta)
        one.end_open_blocks(out)
    assert ended(out) == [("reasoning_done", "a", None, None), ("reasoning_done", "b", None, None)]


def test_nothing_ends_that_did_not_begin() -> None:
    one, out = attempt(), list[StreamChunk]()
    one.end_thought(out)
    one.end_summary(0, out)
    one.end_open_blocks(out)
    assert out == []


def test_the_message_is_text_calls_and_what_the_provider_must_see_again() -> None:
    one = attempt()
    assert one.message() == {"role": "assistant", "content": None}
    one.say("a")
    one.say("b")
    call = one.open_call("call_1", "f")
    call.pieces.append('{"x": 1}')
    one.extras["reasoning"] = "h"
    one.settle_ids()
    assert one.message() == {
        "role": "assistant",
        "content": "ab",
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}],
        "reasoning": "h",
    }


def test_ids_are_settled_once() -> None:
    one = attempt()
    call = one.open_call(None, "f")
    one.settle_ids()
    settled = call.id
    one.settle_ids()
    assert is_synthetic_id(settled)
    assert call.id == settled


@pytest.mark.parametrize(
    ("told", "handed_over"),
    [
        ([("a", "f", "{}"), ("a", "f", "{}")], 1),
        ([("a", "f", "{}"), ("a", "f", '{"x": 1}')], 2),
        ([("a", "f", "{}"), ("a", "g", "{}")], 2),
        ([(None, "f", "{}"), (None, "f", "{}")], 2),
    ],
    ids=["told twice", "other arguments", "another tool", "without ids"],
)
def test_a_call_that_is_told_twice_is_one(told: list[tuple[str | None, str, str]], handed_over: int) -> None:
    one = attempt()
    for provider_id, name, arguments in told:
        one.open_call(provider_id, name).pieces.append(arguments)
    one.settle_ids()
    assert len({call.id for call in one.calls}) == len(one.calls) == handed_over


FIRST: dict[str, Callable[[Attempt], object]] = {
    "text": lambda one: one.say("a"),
    "thought": lambda one: one.think("a"),
    "summary": lambda one: one.summarise("a", 0),
    "call": lambda one: one.open_call(None, "f"),
}


@pytest.mark.parametrize("act", FIRST.values(), ids=FIRST.keys())
def test_any_output_is_the_first_token(act: Callable[[Attempt], object]) -> None:
    one = attempt()
    assert not one.started
    act(one)
    assert one.started
