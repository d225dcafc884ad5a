"""Streams as the seed's helpers handle them, with every defect measured there put right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from massgen.backend.stream_chunk import ErrorInfo, StreamChunk
from massgen.backend.utils import StreamAccumulator, StreamProcessor, parse_sse_chunk, validate_message_format
from massgen.backend.utils.streaming_utils import ChunkMerger
from massgen.errors import ConfigurationError, TransportError, WireError

Json = Any


def accumulated(*fragments: tuple[int, Json]) -> StreamAccumulator:
    made = StreamAccumulator()
    for index, fragment in fragments:
        made.add_tool_call(index, fragment)
    return made


def function(name: str | None = None, arguments: Json = None) -> Json:
    return {"function": {"name": name, "arguments": arguments}}


def test_an_answer_is_put_together() -> None:
    made = accumulated((0, {"id": "a", **function("f", '{"x"')}), (0, function(None, ": 1}")))
    for delta in ("Hel", "", None, "lo"):
        made.add_content(delta)
    made.add_metadata("k", 1)
    made.set_finish_reason("tool_calls")
    made.set_usage({"prompt_tokens": 3})
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    assert made.content == "Hello"
    assert made.to_message() == {"role": "assistant", "content": "Hello", "tool_calls": [call], "metadata": {"k": 1}}
    assert made.tool_calls == {0: call}
    assert (made.finish_reason, made.usage) == ("tool_calls", {"prompt_tokens": 3})
    made.reset()
    assert made.to_message() == {"role": "assistant"}
    assert (made.tool_calls, made.metadata, made.finish_reason, made.usage) == ({}, {}, None, None)


def test_arguments_may_be_null_and_a_name_may_come_again() -> None:
    """Measured in the seed: `TypeError`, and the name `ff`."""
    made = accumulated((0, {"id": "a", **function("f")}), (0, function("f", "{}")), (0, {"id": "a", "function": None}))
    assert made.get_tool_calls() == [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


def test_calls_come_in_the_order_of_their_indices() -> None:
    """Measured in the seed: in the order of arrival."""
    made = accumulated((2, {"id": "c", **function("f", "{}")}), (0, {"id": "a", **function("f", "{}")}))
    assert [call["id"] for call in made.get_tool_calls()] == ["a", "c"]
    assert list(made.tool_calls) == [0, 2]


def test_a_call_without_an_id_gets_one_and_keeps_it() -> None:
    made = accumulated((0, function("f", "{}")), (1, function("g", "{}")))
    ids = [call["id"] for call in made.get_tool_calls()]
    assert len({*ids, ""}) == 3
    assert ids == [call["id"] for call in made.to_message()["tool_calls"]]


def test_a_call_that_was_cut_off_is_not_handed_over_and_not_forgotten() -> None:
    made = accumulated((0, {"id": "a", **function("f", '{"x": ')}))
    assert made.to_message() == {"role": "assistant"}
    assert made.incomplete_tool_calls == [made.tool_calls[0]]
    assert made.tool_calls[0]["function"]["arguments"] == '{"x": '
    with pytest.raises(WireError, match="fragment of tool call 1"):
        made.add_tool_call(1, {"function": "f"})


class Stream:
    """Gives what each try holds: chunks, and an exception as what it raises. Counts beginnings and endings."""

    def __init__(self, *tries: list[Any]) -> None:
        self.tries, self.begun, self.closed = list(tries), 0, 0

    def __call__(self) -> AsyncIterator[Any]:
        return self._run(self.tries[min(self.begun, len(self.tries) - 1)])

    async def _run(self, items: list[Any]) -> AsyncIterator[Any]:
        self.begun += 1
        try:
            for item in items:
                if isinstance(item, asyncio.Event):
                    await item.wait()
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
        finally:
            self.closed += 1


class Waits:
    """A clock on which waiting takes no time; it keeps how long each wait was."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def collected(stream: AsyncIterator[Any], into: list[Any] | None = None) -> list[Any]:
    got: list[Any] = [] if into is None else into
    async for chunk in stream:
        got.append(chunk)
    return got


BROKEN = TransportError("incomplete", "broken")


async def test_a_stream_that_fails_before_any_output_is_begun_again() -> None:
    status = StreamChunk("backend_status", status="waiting")
    stream, clock = Stream([BROKEN], [status, RuntimeError("odd")], ["a", "b"]), Waits()
    assert await collected(StreamProcessor.process_with_retry(stream, clock=clock)) == [status, "a", "b"]
    assert (stream.begun, stream.closed) == (3, 3)
    assert [0.75 <= clock.seconds[0] <= 1.0, 1.5 <= clock.seconds[1] <= 2.0] == [True, True]


async def test_a_retry_never_repeats_output() -> None:
    """Measured in the seed: `a b a b c` after a failure in the middle."""
    stream, got = Stream(["a", "b", BROKEN], ["a", "b", "c"]), list[Any]()
    with pytest.raises(TransportError):
        await collected(StreamProcessor.process_with_retry(stream, clock=Waits()), got)
    assert got == ["a", "b"]
    assert stream.begun == 1


def refusal(status: int) -> Exception:
    error = Exception("refused")
    error.status_code = status  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (ConfigurationError("wrong"), 1),
        (TypeError("a bug"), 1),
        (refusal(401), 1),
        (refusal(503), 3),
        (asyncio.CancelledError(), 1),
        (OSError("gone"), 3),
    ],
)
async def test_what_another_try_cannot_mend_is_not_tried_again(error: BaseException, tries: int) -> None:
    stream = Stream([error])
    with pytest.raises(type(error)):
        await collected(StreamProcessor.process_with_retry(stream, max_retries=2, clock=Waits()))
    assert (stream.begun, stream.closed) == (tries, tries)


def told(retryable: bool) -> list[Any]:
    info = ErrorInfo("overloaded", "p", retryable=retryable, retry_after=7.0)
    return [StreamChunk("error", error="e", error_info=info), StreamChunk("done", status="error")]


async def test_an_error_chunk_that_may_pass_is_a_failure_to_try_again() -> None:
    clock = Waits()
    stream = Stream(told(True), ["a"])
    assert await collected(StreamProcessor.process_with_retry(stream, clock=clock)) == ["a"]
    assert clock.seconds == [7.0]
    for final in (Stream(told(False)), Stream(["a", *told(True)])):
        got = await collected(StreamProcessor.process_with_retry(final, clock=clock))
        assert [chunk.type for chunk in got[-2:]] == ["error", "done"]
        assert final.begun == 1
    exhausted = Stream(told(True))
    assert len(await collected(StreamProcessor.process_with_retry(exhausted, max_retries=1, clock=clock))) == 2
    assert exhausted.begun == 2


async def test_leaving_early_closes_the_stream() -> None:
    wrappers: list[Callable[[Stream], Any]] = [
        lambda stream: StreamProcessor.process_with_retry(stream),
        lambda stream: StreamProcessor.process_with_timeout(stream),
        lambda stream: StreamProcessor.buffer_chunks(stream(), 1),
    ]
    for wrapped in wrappers:
        stream = Stream(["a", asyncio.Event()])
        running = wrapped(stream)
        await anext(running)
        await running.aclose()
        assert stream.closed == 1


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"timeout_seconds": 0.01}, "Stream timeout after 0.01 seconds"),
        ({"timeout_seconds": 5.0, "idle_seconds": 0.01}, "no chunk for 0.01 seconds"),
    ],
)
async def test_a_stream_that_takes_too_long_ends_with_an_error(limits: Json, what: str) -> None:
    stream = Stream(["a", asyncio.Event(), "b"])
    first, error, done = await collected(StreamProcessor.process_with_timeout(stream, **limits))
    assert first == "a"
    assert (error.type, error.error_info.kind, what in error.error) == ("error", "timeout", True)
    assert (done.type, done.status) == ("done", "error")
    assert stream.closed == 1


async def test_a_stream_in_time_is_left_as_it_is_and_its_own_timeout_is_its_own() -> None:
    assert await collected(StreamProcessor.process_with_timeout(Stream(["a", "b"]), idle_seconds=5)) == ["a", "b"]
    with pytest.raises(TimeoutError, match="mine"):
        await collected(StreamProcessor.process_with_timeout(Stream(["a", TimeoutError("mine")])))


async def test_batches_are_full_or_whatever_is_left() -> None:
    batches = await collected(StreamProcessor.buffer_chunks(Stream(list("abcde"))(), 2, 60))
    assert batches == [["a", "b"], ["c", "d"], ["e"]]
    assert await collected(StreamProcessor.buffer_chunks(Stream([])())) == []


async def test_a_batch_goes_on_time_also_where_nothing_arrives() -> None:
    """In the seed only another chunk flushed."""
    gate = asyncio.Event()
    running = StreamProcessor.buffer_chunks(Stream(["a", "b", gate, "c"])(), 10, 0.01)
    async with asyncio.timeout(5):
        assert await anext(running) == ["a", "b"]
    gate.set()
    assert await collected(running) == [["c"]]


async def test_what_came_before_a_failure_is_given_before_it() -> None:
    got: list[Any] = []
    with pytest.raises(TransportError):
        await collected(StreamProcessor.buffer_chunks(Stream(["a", "b", "c", BROKEN])(), 2, 60), got)
    assert got == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ('data: {"a": 1}', {"a": 1}),
        ('data:{"a":1}', {"a": 1}),  # measured in the seed: None
        ('data: {"a": 1}\r\n\r\n', {"a": 1}),
        ('id: 7\nevent: ping\ndata: {"a": 1}\n\n', {"type": "ping", "a": 1}),
        ('event: x\ndata: {"type": "y"}', {"type": "y"}),
        ('data: {"a":\ndata: 1}\n', {"a": 1}),
        (b'data: {"a": "\xe2\x80\xa8"}\r\r', {"a": "\u2028"}),
        ("data: [DONE]", {"type": "done"}),
        ("data: [1]", [1]),
        (": a comment", None),
        ("", None),
        ("event: ping\n\n", None),
        ("data: {broken", None),
    ],
)
def test_one_event_is_parsed(line: str | bytes, parsed: Json) -> None:
    assert parse_sse_chunk(line) == parsed


def test_two_events_are_not_one() -> None:
    with pytest.raises(ValueError, match="this is 2 events"):
        parse_sse_chunk("data: {}\n\ndata: {}\n\n")


USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]}
VALID = {
    "openai": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {"name": "f"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "r"},
        {"role": "developer", "content": [{"type": "text", "text": "x"}]},
    ],
    "claude": [{"role": "user", "content": "hi"}, USE],
    "gemini": [{"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]}, {"parts": [{"text": "x"}]}],
    "response_api": [
        {"role": "user", "content": "hi"},
        {"role": "user", "content": [{"type": "input_text", "text": "x"}]},
        {"type": "function_call_output", "call_id": "c", "output": "r"},
        {"type": "reasoning", "summary": []},
    ],
}
INVALID = [
    ("openai", "hi"),
    ("openai", {"role": "narrator", "content": "hi"}),
    ("openai", {"role": "user"}),
    ("openai", {"role": "tool", "content": "r"}),
    ("openai", USE),
    ("openai", {"role": "assistant", "tool_calls": [{"id": "c"}]}),
    ("claude", {"role": "system", "content": "x"}),
    ("claude", {"role": "user", "content": [{"text": "no type"}]}),
    ("gemini", {"role": "user", "content": "x"}),
    ("gemini", {"role": "user", "parts": []}),
    ("response_api", {"role": "assistant", "content": "x", "tool_calls": []}),
    ("response_api", {"role": "tool", "tool_call_id": "c", "content": "r"}),
]


@pytest.mark.parametrize("wire", VALID)
def test_a_message_of_its_wire_is_valid(wire: str) -> None:
    assert [validate_message_format(message, wire) for message in VALID[wire]] == [True] * len(VALID[wire])


@pytest.mark.parametrize(("wire", "message"), INVALID)
def test_a_message_that_the_wire_does_not_have_is_not(wire: str, message: Json) -> None:
    assert validate_message_format(message, wire) is False


def test_an_unknown_wire_is_no_answer() -> None:
    with pytest.raises(ConfigurationError, match="'chat' is no message format"):
        validate_message_format({}, "chat")


def test_deltas_of_chat_are_merged_without_touching_them() -> None:
    deltas: list[Json] = [
        {"role": "assistant", "content": "Hel", "tool_calls": [{"index": 1, "id": "b", **function("g", "{}")}]},
        {"role": "assistant", "content": "lo", "refusal": None},
        {"content": None, "tool_calls": [{"index": 0, "id": "a", **function("f", None)}]},
        {"tool_calls": [{"index": 0, **function("f", '{"x": ')}]},
        {"reasoning_content": "hm", "tool_calls": [{"index": 0, **function(None, "1}")}]},
    ]
    merged: Json = {}
    for delta in deltas:
        before = repr((merged, delta))
        again = ChunkMerger.merge_openai_chunks(merged, delta)
        assert repr((merged, delta)) == before
        merged = again
    calls = merged.pop("tool_calls")
    assert merged == {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}
    assert [(call["index"], call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls] == [
        (0, "a", "f", '{"x": 1}'),
        (1, "b", "g", "{}"),
    ]


EVENTS: list[Json] = [
    {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "He"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "llo"}},
    {"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "t", "name": "f"}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"x": '}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "1}"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
]


def test_events_of_claude_are_merged_into_the_message() -> None:
    """In the seed only text was: thinking, signatures and tool input vanished."""
    merged: Json = {}
    partial: list[Json] = []
    for event in EVENTS:
        merged = ChunkMerger.merge_claude_chunks(merged, event)
        partial.extend(block["partial_json"] for block in merged["content"] if "partial_json" in block)
    assert partial == ['{"x": ']
    assert merged == {
        "id": "m",
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 3, "output_tokens": 5},
    }
    with pytest.raises(WireError, match="overloaded"):
        ChunkMerger.merge_claude_chunks(merged, {"type": "error", "error": {"type": "overloaded_error"}})
