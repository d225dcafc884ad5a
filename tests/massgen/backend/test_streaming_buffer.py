"""The buffer and the trace of a stream: while it runs, when it ends, and by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.streaming_buffer import (
    StreamingBufferMixin,
    get_save_streaming_buffers,
    set_save_streaming_buffers,
)
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Exchange, Player

ASK = [{"role": "user", "content": "Say hello."}]


def event(**delta: Any) -> bytes:
    finish = delta.pop("finish", None)
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"


CALL = [{"index": 0, "id": "c", "function": {"name": "look", "arguments": '{"at": 1}'}}]
BEGUN = (event(reasoning="Let me "), event(reasoning="see."), event(content="Hel"), event(content="lo"))
WHOLE = Reply((*BEGUN, event(tool_calls=CALL), event(finish="tool_calls"), b"data: [DONE]\n\n"))
TOLD = '\n[Reasoning]\nLet me see.\nHello\n[Tool Call: look({"at": 1})]\n'
MADE: list[ChatCompletionsBackend] = []


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    yield
    set_save_streaming_buffers(False)
    while MADE:
        await MADE.pop().aclose()


def backend(exchange: Exchange, **config: Any) -> ChatCompletionsBackend:
    MADE.append(ChatCompletionsBackend("k", base_url=exchange.base_url + "/v1", model="m", **config))
    return MADE[-1]


async def run(subject: ChatCompletionsBackend) -> None:
    async for _ in subject.stream_with_tools(ASK, [], agent_id="worker"):
        pass


async def test_the_buffer_of_a_stream_has_its_thoughts_its_text_and_its_calls(player: Player) -> None:
    with player.exchange(Plan((WHOLE, WHOLE))) as exchange:
        subject = backend(exchange)
        assert subject._get_streaming_buffer() is None
        await run(subject)
        assert subject._get_streaming_buffer() == TOLD
        await run(subject)
        assert subject._get_streaming_buffer() == TOLD


async def test_it_can_be_read_while_the_model_writes_and_after_the_stream_was_cancelled(player: Player) -> None:
    with player.exchange(Plan((Reply(BEGUN, ending=Ending.HANG),))) as exchange:
        subject = backend(exchange)
        task = asyncio.create_task(run(subject))
        while "Hello" not in (subject._get_streaming_buffer() or ""):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert subject._streaming_buffer == "\n[Reasoning]\nLet me see.\nHello"


async def test_of_two_streams_at_once_the_buffer_is_that_of_the_later_one(player: Player) -> None:
    with player.exchange(Plan((Reply(BEGUN, ending=Ending.HANG), WHOLE))) as exchange:
        subject = backend(exchange)
        earlier = asyncio.create_task(run(subject))
        await exchange.sent_at_least(10)
        await run(subject)
        earlier.cancel()
        with pytest.raises(asyncio.CancelledError):
            await earlier
    assert subject._streaming_buffer == TOLD


async def test_a_try_without_output_leaves_nothing_behind(player: Player) -> None:
    down = Reply((b"{}",), status=503, headers=(("content-type", "application/json"), ("retry-after", "0")), sized=True)
    with player.exchange(Plan((down, WHOLE))) as exchange:
        subject = backend(exchange)
        await run(subject)
    assert subject._streaming_buffer == TOLD


async def test_the_trace_tells_the_same_under_headings(player: Player, tmp_path: Path) -> None:
    with player.exchange(Plan((WHOLE,))) as exchange:
        subject = backend(exchange)
        assert subject._save_execution_trace(tmp_path) is None
        await run(subject)
    subject._start_trace_round(2, "worker1.2")
    subject._append_tool_to_buffer("look", "```\nfound\n```", is_error=True)
    subject._add_vote_to_trace("other", "agent2.1", "it is right", ["agent1.1", "agent2.1"])
    path = subject._save_execution_trace(tmp_path / "new")
    assert path is not None
    text = path.read_text()
    assert text.startswith("# Execution trace: worker (m)\n")
    headings = [line for line in text.splitlines() if line.startswith("##")]
    assert headings == [
        "### Reasoning", "### Tool call: look", "### Answer", "## Round 2: worker1.2", "### Tool error: look",
        "### Vote for agent2.1",
    ]  # fmt: skip
    assert "````\n```\nfound\n```\n````" in text


class Base:
    def __init__(self, **kwargs: Any) -> None:
        self.config = kwargs


class Backend(StreamingBufferMixin, Base):
    pass


def test_by_hand_a_block_of_reasoning_has_one_header() -> None:
    subject = Backend(model="m")
    assert subject.config == {"model": "m"}
    for piece in ("Let ", "me see."):
        subject._append_reasoning_to_buffer(piece)
    subject._append_to_streaming_buffer("Hello")
    subject._append_reasoning_to_buffer("Again.")
    subject._append_tool_call_to_buffer([{"function": {"name": "look", "arguments": {"at": 1}}}])
    subject._append_tool_to_buffer("look", "found")
    assert subject._streaming_buffer == (
        '\n[Reasoning]\nLet me see.Hello\n[Reasoning]\nAgain.\n[Tool Call: look({"at":1})]\n\n[Tool: look]\nfound\n'
    )


def test_a_compression_retry_goes_on_where_the_buffer_stands() -> None:
    subject = Backend()
    subject._append_to_streaming_buffer("Hel")
    subject._clear_streaming_buffer(_compression_retry=True)
    assert subject._streaming_buffer == "Hel"
    subject._clear_streaming_buffer(agent_id="a")
    assert subject._get_streaming_buffer() is None


async def test_buffers_are_saved_where_that_is_wanted(
    player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with player.exchange(Plan((WHOLE, WHOLE))) as exchange:
        await run(backend(exchange))
        assert list(tmp_path.iterdir()) == []
        set_save_streaming_buffers(True)
        assert get_save_streaming_buffers()
        await run(backend(exchange, agent_id="x"))
    (path,) = (tmp_path / "streaming_buffers").iterdir()
    assert path.name.startswith("worker_ChatCompletionsBackend_")
    assert path.read_text() == TOLD
