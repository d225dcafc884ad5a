"""One attempt on the network: answers that are no stream, and every way out of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from massgen.backend import exchange as exchange_module
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.stream_chunk import ErrorInfo, StreamChunk
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Exchange, Player

ASK = [{"role": "user", "content": "Say hello."}]
JSON_TYPE = (("content-type", "application/json"),)
DEEP = b"[" * 100_000


def backend(exchange: Exchange, **config: Any) -> ChatCompletionsBackend:
    settings = {"model": "m", "max_retries": 0, **config}
    return ChatCompletionsBackend("key-Zx81mQ77veryLong", base_url=exchange.base_url + "/v1", **settings)


async def run(subject: ChatCompletionsBackend) -> list[StreamChunk]:
    chunks = [chunk async for chunk in subject.stream_with_tools(ASK, [])]
    await subject.aclose()
    return chunks


def failure(chunks: list[StreamChunk]) -> tuple[str, ErrorInfo]:
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    assert chunks[0].error_info is not None
    return chunks[0].error or "", chunks[0].error_info


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_in_json_that_breaks_off_is_a_failure(player: Player, status: int) -> None:
    broken = Reply((b'{"error": {"mess',), status=status, headers=JSON_TYPE, ending=Ending.RESET)
    with player.exchange(Plan((broken,))) as exchange:
        subject = backend(exchange)
        _, info = failure(await run(subject))
    assert info.kind == ("incomplete" if status == 200 else "server")
    (metric,) = subject.get_api_call_history()
    assert not metric.success


@pytest.mark.parametrize("status", [200, 500])
async def test_cancellation_inside_a_refusal_closes_the_connection_and_ends_the_timing(
    player: Player, status: int
) -> None:
    stalled = Reply((b'{"error": {"mess',), status=status, headers=JSON_TYPE, ending=Ending.HANG)
    with player.exchange(Plan((stalled,))) as exchange:
        subject = backend(exchange)
        task = asyncio.create_task(run(subject))
        await exchange.sent_at_least(10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await exchange.closed_by_client()
    (metric,) = subject.get_api_call_history()
    assert metric.error_message == "cancelled"


@pytest.mark.parametrize(("status", "kind"), [(200, "malformed"), (500, "server")])
async def test_a_refusal_that_does_not_come_to_its_end_is_not_waited_for(
    player: Player, monkeypatch: pytest.MonkeyPatch, status: int, kind: str
) -> None:
    monkeypatch.setattr(exchange_module, "_BODY_SECONDS", 0.05)
    stalled = Reply((b'{"error": {"mess',), status=status, headers=JSON_TYPE, ending=Ending.HANG)
    with player.exchange(Plan((stalled,))) as exchange:
        _, info = failure(await run(backend(exchange)))
    assert info.kind == kind


NO_ERROR = [
    b'{"choices": [{"message": {"content": "an \\"error\\" occurred"}}], "error": null}',
    b'{"id": "x", "errors": [], "note": {"error": "inside"}}',
]


@pytest.mark.parametrize("body", NO_ERROR)
async def test_a_whole_answer_is_not_taken_for_an_error_because_it_holds_the_word(player: Player, body: bytes) -> None:
    with player.exchange(Plan((Reply((body,), headers=JSON_TYPE, sized=True),))) as exchange:
        message, info = failure(await run(backend(exchange)))
    assert (info.kind, info.retryable) == ("malformed", False)
    assert "application/json instead of an event stream" in message


HOSTILE = [
    pytest.param(Reply((b'{"error": {"message": "caf\xe9"}}',), status=400, headers=JSON_TYPE), id="latin-1"),
    pytest.param(Reply((b'{"error": ' + DEEP,), status=400, headers=JSON_TYPE), id="deep"),
    pytest.param(Reply((DEEP,), headers=JSON_TYPE), id="deep-on-200"),
    pytest.param(Reply((b'data: {"error": ' + DEEP + b"\n\n",)), id="deep-event"),
    pytest.param(Reply((b'data: {"unknown": ' + DEEP + b"\n\n",)), id="deep-unknown-field"),
]


@pytest.mark.parametrize("reply", HOSTILE)
async def test_whatever_the_bytes_are_the_stream_ends_with_an_error_and_done(player: Player, reply: Reply) -> None:
    with player.exchange(Plan((reply,))) as exchange:
        _, info = failure(await run(backend(exchange)))
    assert info.kind in ("bad_request", "malformed")


async def test_a_redirect_says_where_to(player: Player) -> None:
    moved = Reply((b"moved",), status=308, headers=(("location", "https://api.example.com/v2"),), sized=True)
    with player.exchange(Plan((moved,))) as exchange:
        message, info = failure(await run(backend(exchange)))
    assert (info.kind, info.http_status, info.retryable) == ("not_found", 308, False)
    assert "https://api.example.com/v2" in message
    assert "base_url" in message


async def test_a_failure_inside_the_stream_names_the_request(player: Player) -> None:
    headers = (("content-type", "text/event-stream"), ("x-request-id", "req-7"))
    broken = Reply((b'data: {"error": {"message": "gone", "code": 502}}\n\n',), headers=headers)
    with player.exchange(Plan((broken,))) as exchange:
        _, info = failure(await run(backend(exchange)))
    assert (info.request_id, info.http_status) == ("req-7", 502)


async def test_a_huge_error_is_told_in_a_readable_length(player: Player) -> None:
    huge = b'{"error": {"message": "' + b"x" * 500_000 + b'"}}'
    with player.exchange(Plan((Reply((huge,), status=400, headers=JSON_TYPE, sized=True),))) as exchange:
        message, _ = failure(await run(backend(exchange)))
    assert len(message) < 5_000


async def test_the_first_words_go_out_before_what_arrived_with_them_is_decoded(player: Player) -> None:
    word = b'data: {"choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n'
    end = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    with player.exchange(Plan((Reply((word * 100 + end,)),))) as exchange:
        subject = backend(exchange)
        decoded = [
            len((subject._get_streaming_buffer() or "").split())
            async for chunk in subject.stream_with_tools(ASK, [])
            if chunk.type == "content"
        ]
        await subject.aclose()
    assert len(decoded) == 100
    assert decoded[0] < 10
    assert decoded[-1] == 100
