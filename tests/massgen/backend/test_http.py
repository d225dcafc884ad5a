"""The order of things in one streamed call, on a loopback server: what every HTTP backend inherits."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Ending, Plan, Refusal, Reply
from massgen_conformance.player import Exchange, Player

KEY = "key-Zx81mQ77veryLongSecret9"
ASK = [{"role": "user", "content": "Say hello."}]


class FakeClock:
    """Time that moves only by sleeping, or by `step` seconds each time it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step, self.slept = 100.0, step, [0.0][:0]

    def monotonic(self) -> float:
        self.now += self.step
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def event(**delta: Any) -> bytes:
    finish = delta.pop("finish", None)
    return (
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"
    )


USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
DONE = b"data: [DONE]\n\n"
HELLO = Reply((event(content="Hel"), event(content="lo"), event(finish="stop"), USAGE, DONE))
JSON_TYPE = (("content-type", "application/json"),)


def refusal(status: int, body: dict[str, Any] | None = None, **headers: str) -> Reply:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    text = json.dumps(body or {"error": {"message": "no"}}).encode()
    return Reply((text,), status=status, headers=JSON_TYPE + named, sized=True)


def backend(exchange: Exchange, **config: Any) -> ChatCompletionsBackend:
    settings = {"model": "m", "clock": FakeClock(), **config}
    return ChatCompletionsBackend(KEY, base_url=exchange.base_url + "/v1", **settings)


async def run(subject: ChatCompletionsBackend, **kwargs: Any) -> list[StreamChunk]:
    chunks = [chunk async for chunk in subject.stream_with_tools(ASK, [], **kwargs)]
    await subject.aclose()
    return chunks


def types(chunks: list[StreamChunk]) -> list[str]:
    return [chunk.type for chunk in chunks]


async def test_an_answer_ends_with_one_done_that_carries_usage_and_status(player: Player) -> None:
    with player.exchange(Plan((HELLO,))) as exchange:
        subject = backend(exchange)
        chunks = await run(subject)
    assert types(chunks) == ["content", "content", "complete_message", "done"]
    assert chunks[-2].complete_message == {"role": "assistant", "content": "Hello"}
    assert chunks[-1].status == "stop"
    assert chunks[-1].usage == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert (subject.token_usage.input_tokens, subject.token_usage.output_tokens) == (3, 2)
    (metric,) = subject.get_api_call_history()
    assert metric.success
    assert metric.model == "m"


RETRIED = [
    pytest.param(refusal(500), id="server-error"),
    pytest.param(refusal(429, retry_after="2"), id="rate-limit"),
    pytest.param(refusal(529), id="overloaded"),
    pytest.param(Refusal(), id="reset-before-the-answer"),
    pytest.param(Reply((b": wait\n\n",), ending=Ending.RESET, stop_at=4), id="broken-before-any-output"),
    pytest.param(Reply((b": wait\n\n",)), id="empty-stream"),
]


@pytest.mark.parametrize("first", RETRIED)
async def test_a_failure_before_any_output_is_retried_and_only_a_status_tells_of_it(player: Player, first: Any) -> None:
    with player.exchange(Plan((first, HELLO))) as exchange:
        subject = backend(exchange)
        chunks = await run(subject)
        bodies = [request.body for request in exchange.log.requests]
    assert types(chunks) == ["backend_status", "content", "content", "complete_message", "done"]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert [metric.success for metric in subject.get_api_call_history()] == [False, True]
    assert subject.token_usage.input_tokens == 3


async def test_the_providers_hint_is_waited_for(player: Player) -> None:
    with player.exchange(Plan((refusal(429, retry_after="7"), HELLO))) as exchange:
        clock = FakeClock()
        await run(backend(exchange, clock=clock))
    assert clock.slept == [7.0]


NOT_RETRIED = [
    pytest.param(refusal(401), "auth", id="wrong-key"),
    pytest.param(refusal(400), "bad_request", id="bad-request"),
    pytest.param(refusal(429, {"error": {"code": "insufficient_quota"}}), "quota", id="out-of-credit"),
    pytest.param(refusal(500, x_should_retry="false"), "server", id="the-provider-says-not-to"),
    pytest.param(refusal(429, retry_after="900"), "rate_limit", id="a-hint-too-long-to-wait-for"),
    pytest.param(Reply((b"{}",), headers=JSON_TYPE), "malformed", id="json-instead-of-a-stream"),
    pytest.param(Reply((b"<html>",), headers=(("content-type", "text/html"),)), "malformed", id="a-web-page"),
    pytest.param(Reply((b'{"error":{"message":"no","code":404}}',), headers=JSON_TYPE), "not_found", id="error-on-200"),
    pytest.param(Reply((b"data: {nonsense\n\n",)), "malformed", id="not-json"),
    pytest.param(Reply((event(content="Hel"),), stop_at=40, ending=Ending.RESET), "incomplete", id="cut-in-an-event"),
]


@pytest.mark.parametrize(("reply", "kind"), NOT_RETRIED)
async def test_a_failure_that_no_retry_mends_is_one_error_and_done(player: Player, reply: Reply, kind: str) -> None:
    with player.exchange(Plan((reply,))) as exchange:
        subject = backend(exchange, max_retries=0) if kind == "incomplete" else backend(exchange)
        chunks = await run(subject)
        assert exchange.log.unexpected == 0
    assert types(chunks) == ["error", "done"]
    error, done = chunks
    assert error.error_info is not None
    assert error.error_info.kind == kind
    assert (error.error or "").startswith(subject.get_provider_name())
    assert (done.status, done.usage) == ("error", None)


async def test_nothing_is_retried_once_the_answer_has_begun(player: Player) -> None:
    begun = Reply((event(content="Hel"), event(content="lo")), ending=Ending.RESET)
    with player.exchange(Plan((begun, HELLO))) as exchange:
        chunks = await run(backend(exchange))
        assert len(exchange.log.requests) == 1
    assert types(chunks)[-2:] == ["error", "done"]
    assert "".join(chunk.content or "" for chunk in chunks) in ("Hel", "Hello")


async def test_usage_of_a_broken_answer_is_partial_and_counted_once(player: Player) -> None:
    broken = Reply((event(content="Hel"), USAGE), ending=Ending.CLEAN_EOF)
    with player.exchange(Plan((broken,))) as exchange:
        subject = backend(exchange)
        chunks = await run(subject)
    assert chunks[-1].usage == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "partial": True}
    assert subject.token_usage.output_tokens == 2


async def test_the_key_is_in_a_header_and_in_nothing_that_people_read(player: Player) -> None:
    leaking = refusal(401, {"error": {"message": f"Incorrect API key provided: {KEY[:20]}***"}})
    with player.exchange(Plan((leaking,))) as exchange:
        subject = backend(exchange)
        chunks = await run(subject)
        (request,) = exchange.log.requests
    assert request.header("authorization") == f"Bearer {KEY}"
    assert KEY[:8] not in request.target
    assert KEY[:12] not in repr(chunks)
    assert KEY[:12] not in repr(subject)


async def test_an_idle_stream_times_out(player: Player) -> None:
    with player.exchange(Plan((Reply((event(content="Hel"),), ending=Ending.HANG),))) as exchange:
        chunks = await run(backend(exchange, idle_timeout=0.05))
    assert chunks[-2].error_info is not None
    assert chunks[-2].error_info.kind == "timeout"


async def test_a_lively_stream_still_ends_at_the_total_timeout(player: Player) -> None:
    lively = Reply(tuple(event(content="x" * 5000) for _ in range(50)), ending=Ending.HANG)
    with player.exchange(Plan((lively,))) as exchange:
        chunks = await run(backend(exchange, total_timeout=5, clock=FakeClock(step=0.3), idle_timeout=5))
    assert chunks[-2].error_info is not None
    assert chunks[-2].error_info.kind == "timeout"
    assert types(chunks).count("content") < 50


async def test_closing_the_generator_closes_the_connection_and_ends_the_timing(player: Player) -> None:
    with player.exchange(Plan((Reply((event(content="Hel"),), ending=Ending.HANG),))) as exchange:
        subject = backend(exchange)
        stream = subject.stream_with_tools(ASK, [])
        assert (await anext(stream)).content == "Hel"
        await stream.aclose()
        await exchange.closed_by_client()
    (metric,) = subject.get_api_call_history()
    assert not metric.success
    assert metric.error_message == "cancelled"


async def test_cancellation_passes_through_and_closes_the_connection(player: Player) -> None:
    with player.exchange(Plan((Reply((event(content="Hel"),), ending=Ending.HANG),))) as exchange:
        subject = backend(exchange)
        task = asyncio.create_task(run(subject))
        await exchange.sent_at_least(10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await exchange.closed_by_client()
    (metric,) = subject.get_api_call_history()
    assert metric.error_message == "cancelled"


async def test_cancellation_before_the_answer_ends_the_timing_too(player: Player) -> None:
    with player.exchange(Plan((Reply((), ending=Ending.HANG),))) as exchange:
        subject = backend(exchange)
        task = asyncio.create_task(run(subject))
        await exchange.requests_at_least(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (metric,) = subject.get_api_call_history()
    assert metric.error_message == "cancelled"


async def test_the_first_token_is_the_first_output_not_a_role_or_a_comment(player: Player) -> None:
    opening = (b": ping\n\n", event(role="assistant", content=""))
    gate = len(b"".join(opening))
    with player.exchange(Plan((Reply((*opening, *HELLO.events), gates=(gate,)),))) as exchange:
        subject = backend(exchange)
        task = asyncio.create_task(run(subject))
        await exchange.reached(0)
        assert [metric.time_to_first_token_ms for metric in subject.get_api_call_history()] in ([], [0.0])
        exchange.release()
        await task
    (metric,) = subject.get_api_call_history()
    assert metric.time_to_first_token_ms >= 0.0


async def test_an_answer_that_stays_open_after_its_end_is_over(player: Player) -> None:
    with player.exchange(Plan((HELLO.with_(ending=Ending.HANG),))) as exchange:
        chunks = await run(backend(exchange))
    assert types(chunks)[-1] == "done"
    assert chunks[-1].status == "stop"


async def test_one_backend_serves_two_event_loops_and_concurrent_runs(player: Player) -> None:
    with player.exchange(Plan((HELLO,) * 8)) as exchange:
        subject = backend(exchange)
        streams = [run_open(subject) for _ in range(8)]
        texts = await asyncio.gather(*streams)
        await subject.aclose()
    assert texts == ["Hello"] * 8
    assert subject.token_usage.input_tokens == 24


async def run_open(subject: ChatCompletionsBackend) -> str:
    return "".join([chunk.content or "" async for chunk in subject.stream_with_tools(ASK, [])])


def test_a_configuration_that_cannot_work_is_refused_before_any_network() -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        ChatCompletionsBackend(KEY, model="m")
    with pytest.raises(ConfigurationError, match="dialect has no done_sentinal"):
        ChatCompletionsBackend(KEY, base_url="http://127.0.0.1", dialect={"done_sentinal": False})


async def test_a_model_is_required(player: Player) -> None:
    with player.exchange(Plan(())) as exchange:
        subject = backend(exchange, model=None)
        with pytest.raises(ConfigurationError, match="model is required"):
            await run(subject)
        assert exchange.log.requests == []


async def test_a_server_without_a_done_sentinel_is_read_when_the_dialect_says_so(player: Player) -> None:
    with player.exchange(Plan((Reply((event(content="Hi"), event(finish="stop"))),) * 2)) as exchange:
        strict = await run(backend(exchange, max_retries=0))
        lenient = await run(backend(exchange, dialect={"done_sentinel": False}))
    assert types(strict) == ["content", "error", "done"]
    assert types(lenient) == ["content", "complete_message", "done"]


async def test_a_server_without_finish_reasons_is_read_when_the_dialect_says_so(player: Player) -> None:
    with player.exchange(Plan((Reply((event(content="Hi"), DONE)),) * 2)) as exchange:
        strict = await run(backend(exchange, max_retries=0))
        lenient = await run(backend(exchange, dialect={"finish_reason": False}))
    assert types(strict) == ["content", "error", "done"]
    assert types(lenient) == ["content", "complete_message", "done"]
    assert lenient[-1].status == "stop"


async def test_none_takes_a_setting_of_the_configuration_back(player: Player) -> None:
    with player.exchange(Plan((HELLO,) * 2)) as exchange:
        subject = backend(exchange, temperature=0.5)
        await run(subject)
        await run(subject, temperature=None)
        sent = [request.json().get("temperature") for request in exchange.log.requests]
    assert sent == [0.5, None]


async def test_what_a_failed_try_used_is_in_the_account_of_the_answer(player: Player) -> None:
    lost = Reply((USAGE,), ending=Ending.CLEAN_EOF)
    with player.exchange(Plan((lost, HELLO))) as exchange:
        subject = backend(exchange)
        chunks = await run(subject)
    assert chunks[-1].usage == {"prompt_tokens": 6, "completion_tokens": 4, "total_tokens": 10, "partial": True}
    assert (subject.token_usage.input_tokens, subject.token_usage.output_tokens) == (6, 4)


async def test_a_call_is_timed_for_the_agent_that_made_it(player: Player) -> None:
    with player.exchange(Plan((HELLO, HELLO))) as exchange:
        subject = backend(exchange, agent_id="configured")
        await run(subject, agent_id="of-the-call")
        await run(subject)
    assert [call.agent_id for call in subject.get_api_call_history()] == ["of-the-call", "configured"]


async def test_an_interrupted_answer_is_counted_as_far_as_it_came(player: Player) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "lookup", "arguments": '{"city":'}}
    begun = Reply((event(reasoning="Let me think."), event(content="Hel"), event(tool_calls=[call])))
    with player.exchange(Plan((begun.with_(ending=Ending.HANG), begun))) as exchange:
        subject = backend(exchange)
        stream = subject.stream_with_tools(ASK, [])
        async for chunk in stream:
            if chunk.type == "content":
                break
        await stream.aclose()
        thought = subject.token_usage.output_tokens
        (*_, done) = await run(subject)
    assert thought >= len("Let me think.Hel") // 4
    assert subject.token_usage.estimated_calls == 2
    assert done.usage is not None
    assert (done.usage["estimated"], done.usage["partial"]) == (True, True)
    assert done.usage["completion_tokens"] >= len('Let me think.Hellookup{"city":') // 4


async def test_an_attempt_without_an_answer_and_without_counts_adds_nothing(player: Player) -> None:
    with player.exchange(Plan((refusal(401),))) as exchange:
        subject = backend(exchange)
        chunks = await run(subject)
    assert chunks[-1].usage is None
    assert subject.token_usage.input_tokens == 0


async def test_a_round_counts_its_requests_and_the_calls_that_the_model_made(player: Player) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "lookup", "arguments": "{}"}}
    calling = Reply((event(tool_calls=[call]), event(finish="tool_calls"), USAGE, DONE))
    with player.exchange(Plan((HELLO, calling, HELLO))) as exchange:
        subject = backend(exchange)
        await run(subject)
        subject.start_round_tracking(1, "initial_answer")
        await run(subject)
        await run(subject)
        record = subject.end_round_tracking("answer")
    assert record is not None
    assert (record.api_calls_count, record.tool_calls_count, record.input_tokens) == (2, 1, 6)
