"""The monitor accepts what the contract allows, and names the rule that anything else breaks."""

from __future__ import annotations

import timeit
from enum import Enum, StrEnum
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings

from massgen_conformance.monitor import RULES, Breach, Monitor
from tests.conformance.streams import Chunk, call, chunk, is_legal, legal_streams, mutants, shown

ERROR = chunk("error", error="broken", error_info={"kind": "server", "provider": "p", "retryable": False})
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
STOP = chunk("done", status="stop", usage=None)


def message(content: str | None = "hi", *calls: Chunk) -> Chunk:
    told: Chunk = {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {})}
    return chunk("complete_message", complete_message=told)


def judged(*stream: Any, known: tuple[str, ...] = ()) -> list[Breach]:
    monitor = Monitor(known)
    return [breach for piece in stream for breach in monitor.feed(piece)] + monitor.finish()


def rules(*stream: Any) -> set[str]:
    return {breach.rule for breach in judged(*stream)}


SAID = chunk("content", content="hi")
CALLS = chunk("tool_calls", tool_calls=[call("a")])

LEGAL: dict[str, list[Chunk]] = {
    "text": [SAID, message(), STOP],
    "an empty answer": [message(None), STOP],
    "calls for the caller": [CALLS, message(None, call("a")), chunk("done", status="tool_calls", usage=USAGE)],
    "work inside the backend": [
        message(None, call("a")),
        chunk("mcp_status", status="mcp_tool_called"),
        SAID,
        message(),
        STOP,
    ],
    "a mixed batch": [
        CALLS,
        message(None, call("a"), call("b")),
        chunk("custom_tool_status", status="custom_tool_called"),
        chunk("done", status="tool_calls", usage=None),
    ],
    "a failure": [SAID, ERROR, chunk("done", status="error", usage={**USAGE, "partial": True})],
    "a failure at once": [ERROR, chunk("done", status="error", usage=None)],
    "a status before the work": [
        message(None, call("a")),
        chunk("backend_status", status="running"),
        chunk("mcp_status", status="mcp_tool_called"),
        chunk("done", status="tool_calls", usage=None),
    ],
    "status anywhere": [
        chunk("mcp_status", status="mcp_connected"),
        SAID,
        chunk("mcp_status", status="mcp_connected"),
        message(),
        STOP,
    ],
    "two blocks of reasoning at once, told apart by their item": [
        chunk("reasoning", reasoning_delta="a", item_id="x", content_index=0),
        chunk("reasoning", reasoning_delta="b", item_id="y", content_index=0),
        chunk("reasoning_done", reasoning_text="a", item_id="x", content_index=0),
        chunk("reasoning_done", reasoning_text="b", item_id="y", content_index=0),
        message(None),
        STOP,
    ],
    "cut off by length, without a message": [SAID, chunk("done", status="length", usage=None)],
}

ILLEGAL: dict[str, tuple[str, list[Chunk]]] = {
    "no done": ("end", [SAID, message()]),
    "nothing": ("end", []),
    "two dones": ("order", [SAID, message(), STOP, STOP]),
    "content after done": ("order", [SAID, message(), STOP, SAID]),
    "content after the message": ("order", [SAID, message(), SAID, STOP]),
    "content after the calls": ("order", [CALLS, SAID, message("hi", call("a")), STOP]),
    "two messages": ("order", [SAID, message(), message(), STOP]),
    "content after an error": ("order", [ERROR, SAID, chunk("done", status="error", usage=None)]),
    "two errors": ("order", [ERROR, ERROR, chunk("done", status="error", usage=None)]),
    "an unknown type": ("type", [chunk("text", content="hi"), STOP]),
    "no type": ("type", [{"content": "hi"}, STOP]),
    "empty content": ("fields", [chunk("content", content=""), message(None), STOP]),
    "content that is bytes": ("fields", [chunk("content", content=b"hi"), message(None), STOP]),
    "reasoning in content": ("fields", [chunk("content", content="hi", reasoning_delta="hm"), message(), STOP]),
    "usage on content": ("fields", [chunk("content", content="hi", usage={}), message(), STOP]),
    "an item id that is a number": ("fields", [chunk("content", content="hi", item_id=3), message(), STOP]),
    "done without status": ("fields", [SAID, message(), chunk("done", usage=None)]),
    "an unknown status": ("status", [SAID, message(), chunk("done", status="end_turn", usage=None)]),
    "stop with calls": ("status", [CALLS, message(None, call("a")), STOP]),
    "tool_calls without calls": ("status", [SAID, message(), chunk("done", status="tool_calls", usage=None)]),
    "another text in the message": ("content", [SAID, message("ho"), STOP]),
    "text that was not yielded": ("content", [message("hi"), STOP]),
    "another call in the message": (
        "calls",
        [CALLS, message(None, call("b")), chunk("done", status="tool_calls", usage=None)],
    ),
    "changed arguments in the message": (
        "calls",
        [CALLS, message(None, call("a", '{"x":1}')), chunk("done", status="tool_calls", usage=None)],
    ),
    "a call that nobody runs": ("calls", [message(None, call("a")), chunk("done", status="tool_calls", usage=None)]),
    "an id used twice": (
        "calls",
        [
            message(None, call("a")),
            chunk("mcp_status", status="x"),
            CALLS,
            message(None, call("a")),
            chunk("done", status="tool_calls", usage=None),
        ],
    ),
    "an empty id": (
        "calls",
        [chunk("tool_calls", tool_calls=[call("")]), message(None), chunk("done", status="tool_calls", usage=None)],
    ),
    "arguments that are a list": (
        "calls",
        [
            chunk("tool_calls", tool_calls=[call("a", "[]")]),
            message(None, call("a", "[]")),
            chunk("done", status="tool_calls", usage=None),
        ],
    ),
    "arguments cut off": ("calls", [chunk("tool_calls", tool_calls=[call("a", '{"x"')]), ERROR, STOP]),
    "no calls in tool_calls": ("calls", [chunk("tool_calls", tool_calls=[]), message(None), STOP]),
    "a message that is the user's": (
        "message",
        [chunk("complete_message", complete_message={"role": "user", "content": None}), STOP],
    ),
    "no message": ("message", [SAID, STOP]),
    "only done": ("message", [STOP]),
    "an end of reasoning without a beginning": (
        "reasoning",
        [chunk("reasoning_done", reasoning_text="a"), message(None), STOP],
    ),
    "an end of reasoning with another text": (
        "reasoning",
        [
            chunk("reasoning", reasoning_delta="a"),
            chunk("reasoning_done", reasoning_text="b"),
            message(None),
            STOP,
        ],
    ),
    "content inside reasoning": (
        "reasoning",
        [
            chunk("reasoning", reasoning_delta="a"),
            SAID,
            chunk("reasoning_done", reasoning_text="a"),
            message(),
            STOP,
        ],
    ),
    "reasoning without an end": ("reasoning", [chunk("reasoning", reasoning_delta="a"), message(None), STOP]),
    "a summary without an end": (
        "reasoning",
        [chunk("reasoning_summary", reasoning_summary_delta="a", summary_index=0), message(None), STOP],
    ),
    "an error and then stop": ("error", [ERROR, STOP]),
    "done with error but no error": ("error", [SAID, chunk("done", status="error", usage=None)]),
    "an unclassified error": (
        "error",
        [
            chunk("error", error="x", error_info={"kind": "oops", "provider": "p", "retryable": False}),
            chunk("done", status="error", usage=None),
        ],
    ),
    "a total that does not add up": (
        "usage",
        [SAID, message(), chunk("done", status="stop", usage={**USAGE, "total_tokens": 16})],
    ),
    "more cached than prompt": (
        "usage",
        [SAID, message(), chunk("done", status="stop", usage={**USAGE, "cached_input_tokens": 11})],
    ),
    "more reasoning than completion": (
        "usage",
        [SAID, message(), chunk("done", status="stop", usage={**USAGE, "reasoning_tokens": 6})],
    ),
    "a negative count": (
        "usage",
        [SAID, message(), chunk("done", status="stop", usage={**USAGE, "prompt_tokens": -1})],
    ),
    "a count that is a float": (
        "usage",
        [SAID, message(), chunk("done", status="stop", usage={**USAGE, "prompt_tokens": 10.0})],
    ),
    "usage without a total": (
        "usage",
        [SAID, message(), chunk("done", status="stop", usage={"prompt_tokens": 1, "completion_tokens": 1})],
    ),
}


@pytest.mark.parametrize("stream", LEGAL.values(), ids=LEGAL)
def test_a_legal_stream_has_no_breach(stream: list[Chunk]) -> None:
    assert judged(*stream) == []


@pytest.mark.parametrize(("rule", "stream"), ILLEGAL.values(), ids=ILLEGAL)
def test_a_breach_names_the_rule_that_was_broken(rule: str, stream: list[Chunk]) -> None:
    assert rule in rules(*stream)
    assert rule in RULES


def test_every_rule_is_broken_by_some_example() -> None:
    assert {rule for rule, _ in ILLEGAL.values()} == set(RULES)


def test_a_breach_tells_the_position() -> None:
    (breach,) = judged(SAID, message(), STOP, STOP)
    assert (breach.rule, breach.position) == ("order", 3)
    assert str(breach) == "chunk 3: done may not follow here (place: ended) [order]"


def test_a_call_id_of_the_conversation_so_far_may_not_come_again() -> None:
    stream = [CALLS, message(None, call("a")), chunk("done", status="tool_calls", usage=None)]
    assert [breach.rule for breach in judged(*stream, known=("a",))] == ["calls"]


def test_objects_are_judged_like_dicts() -> None:
    class Slotted:
        __slots__ = ("content", "type", "usage")

        def __init__(self) -> None:
            self.type, self.content, self.usage = "content", "hi", {}

    assert "fields" in rules(Slotted(), message(), STOP)
    assert rules(SimpleNamespace(**SAID), SimpleNamespace(**message()), SimpleNamespace(**STOP)) == set()


def test_a_type_must_equal_its_plain_string() -> None:
    class Plain(Enum):
        CONTENT = "content"

    class Text(StrEnum):
        CONTENT = "content"

    assert rules({**SAID, "type": Text.CONTENT}, message(), STOP) == set()
    assert rules({**SAID, "type": Plain.CONTENT}, message(), STOP) == {"type"}


@given(legal_streams())
def test_generated_legal_streams_have_no_breach(stream: list[Chunk]) -> None:
    assert is_legal(stream), shown(stream)
    assert judged(*stream) == [], shown(stream)


@given(legal_streams())
def test_no_prefix_of_a_legal_stream_has_a_breach(stream: list[Chunk]) -> None:
    monitor = Monitor()
    for piece in stream:
        assert monitor.feed(piece) == [], shown(stream)


@settings(max_examples=400)
@given(mutants())
def test_a_mutant_has_a_breach_exactly_when_it_is_not_equivalent(stream: list[Chunk]) -> None:
    assert bool(judged(*stream)) == (not is_legal(stream)), shown(stream) + f"\n{judged(*stream)}"


def test_a_content_chunk_costs_microseconds_and_no_memory_but_its_text() -> None:
    monitor = Monitor()
    piece = SimpleNamespace(**SAID)
    best = min(timeit.repeat(lambda: monitor.feed(piece), number=2000, repeat=5)) / 2000
    assert best < 50e-6  # measured near 2e-6 here; the bound only catches a change of its order
    assert len(monitor._attempt.content) == 10_000
    assert not monitor._attempt.blocks
    assert not monitor._attempt.calls
