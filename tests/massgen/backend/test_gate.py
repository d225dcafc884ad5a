"""Rate limits and circuit breaker in front of a real backend and a loopback server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.rate_limiter import GlobalRateLimiter
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import ConfigurationError
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Exchange, Player

from .clocks import ManualClock

KEY = "key-Zx81mQ77veryLongSecret9"
ASK = [{"role": "user", "content": "Say hello."}]
JSON_TYPE = (("content-type", "application/json"),)
BREAKER = {"llm_circuit_breaker_enabled": True, "llm_circuit_breaker_max_failures": 2, "max_retries": 0}


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


SAID = event(choices=[{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}])
HELLO = Reply((SAID, event(choices=[], usage={"prompt_tokens": 30, "completion_tokens": 20}), b"data: [DONE]\n\n"))
DOWN = Reply((b'{"error": {"message": "down"}}',), status=503, headers=JSON_TYPE, sized=True)
WRONG = Reply((b'{"error": {"message": "wrong"}}',), status=400, headers=JSON_TYPE, sized=True)


MADE: list[ChatCompletionsBackend] = []


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    yield
    GlobalRateLimiter.clear_limiters()
    while MADE:
        await MADE.pop().aclose()


def backend(exchange: Exchange, clock: ManualClock, key: str = KEY, **config: Any) -> ChatCompletionsBackend:
    MADE.append(ChatCompletionsBackend(key, base_url=exchange.base_url + "/v1", model="m", clock=clock, **config))
    return MADE[-1]


async def run(subject: ChatCompletionsBackend, **kwargs: Any) -> list[StreamChunk]:
    return [chunk async for chunk in subject.stream_with_tools(ASK, [], **kwargs)]


def refused(chunks: list[StreamChunk]) -> float:
    """Seconds of the refusal of an open breaker, the only thing in `chunks`."""
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    info = chunks[0].error_info
    assert info is not None
    assert (info.kind, info.code, info.retryable, info.http_status) == ("overloaded", "circuit_open", True, None)
    assert info.retry_after is not None
    assert "no request was sent" in (chunks[0].error or "")
    assert KEY[:8] not in repr(chunks)
    return info.retry_after


async def test_an_open_breaker_answers_without_any_network_until_its_probe_is_answered(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((DOWN, DOWN, HELLO, HELLO))) as exchange:
        subject = backend(exchange, clock, **BREAKER)
        for _ in range(2):
            await run(subject)
        assert refused(await run(subject)) == 60.0
        assert len(exchange.log.requests) == 2
        assert len(subject.get_api_call_history()) == 2
        clock.now += 60
        assert (await run(subject))[-1].status == "stop"
        assert (await run(subject))[-1].status == "stop"


async def test_the_backends_of_one_account_learn_from_one_another(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((DOWN, DOWN, HELLO))) as exchange:
        one, other = backend(exchange, clock, **BREAKER), backend(exchange, clock, **BREAKER)
        await run(one)
        await run(other)
        refused(await run(one))
        refused(await run(other))
        assert (await run(one, model="another"))[-1].status == "stop"


async def test_a_breaker_that_opens_ends_the_retries_with_what_the_provider_said(player: Player) -> None:
    with player.exchange(Plan((DOWN,) * 4)) as exchange:
        options = {**BREAKER, "max_retries": 3, "llm_circuit_breaker_max_failures": 1}
        subject = backend(exchange, ManualClock(), **options)
        chunks = await run(subject)
        assert len(exchange.log.requests) == 1
    assert [chunk.type for chunk in chunks] == ["error", "done"]
    assert chunks[0].error_info is not None
    assert chunks[0].error_info.http_status == 503


async def test_what_is_wrong_with_the_request_never_opens_it(player: Player) -> None:
    with player.exchange(Plan((WRONG,) * 5)) as exchange:
        subject = backend(exchange, ManualClock(), **BREAKER)
        for _ in range(5):
            await run(subject)
        assert len(exchange.log.requests) == 5


async def test_a_cancelled_probe_lets_the_next_one_through(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((DOWN, DOWN, HELLO.with_(events=(), ending=Ending.HANG), HELLO))) as exchange:
        subject = backend(exchange, clock, **BREAKER)
        for _ in range(2):
            await run(subject)
        clock.now += 60
        task = asyncio.create_task(run(subject))
        await exchange.requests_at_least(3)
        assert refused(await run(subject)) == 1.0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert subject.gate.breaker("m").state == "half_open"
        assert (await run(subject))[-1].status == "stop"


async def test_an_open_breaker_refuses_before_the_limits_make_anybody_wait(player: Player) -> None:
    with player.exchange(Plan((DOWN, DOWN))) as exchange:
        subject = backend(exchange, ManualClock(), **BREAKER, rate_limits={"rpm": 2})
        for _ in range(2):
            await run(subject)
        refused(await asyncio.wait_for(run(subject), 5))


async def test_requests_over_the_limit_wait_and_say_so(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((HELLO, HELLO))) as exchange:
        subject = backend(exchange, clock, rate_limits={"rpm": 1})
        assert [chunk.type for chunk in await run(subject)] == ["content", "complete_message", "done"]
        clock.now += 15
        task = asyncio.create_task(run(subject))
        await clock.advance(44)
        assert len(exchange.log.requests) == 1
        await clock.advance(1)
        first, *_, last = await task
    assert (first.type, first.status, first.detail) == ("backend_status", "rate_limited", "waiting 45.0 s")
    assert last.status == "stop"
    assert subject.get_api_call_history()[1].duration_ms == 0.0


async def test_a_retry_is_a_request_too(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((DOWN, HELLO))) as exchange:
        subject = backend(exchange, clock, rate_limits={"rpm": 1})
        task = asyncio.create_task(run(subject))
        await exchange.requests_at_least(1)
        while not task.done():
            await clock.advance(5)
            await asyncio.sleep(0.001)
        chunks = await task
    assert [chunk.status for chunk in chunks if chunk.type == "backend_status"] == ["retrying", "rate_limited"]
    assert clock.now >= 1060


async def test_the_tokens_that_were_used_count_and_not_the_expected_ones(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((HELLO,) * 3)) as exchange:
        subject = backend(exchange, clock, rate_limits={"tpm": 70})
        await run(subject)
        (limiter,) = GlobalRateLimiter._limiters.values()
        assert limiter.windows.delay(20) == 0.0
        assert limiter.windows.delay(21) == 60.0


async def test_limits_are_of_the_account_and_can_be_switched_off(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((HELLO,) * 4)) as exchange:
        limited = backend(exchange, clock, rate_limits={"rpm": 1})
        other = backend(exchange, clock, "another", rate_limits={"rpm": 1})
        off = backend(exchange, clock, rate_limits={"rpm": 1}, enable_rate_limit=False)
        for subject in (limited, other, off, off):
            assert (await run(subject))[-1].status == "stop"
    assert all(KEY not in name for _, name in GlobalRateLimiter._limiters)


async def test_a_cancelled_wait_frees_its_place(player: Player) -> None:
    clock = ManualClock()
    with player.exchange(Plan((HELLO,) * 2)) as exchange:
        subject = backend(exchange, clock, rate_limits={"rpm": 1})
        await run(subject)
        given_up, waiting = (asyncio.create_task(run(subject)) for _ in range(2))
        await clock.advance(1)
        given_up.cancel()
        await clock.advance(60)
        assert (await waiting)[-1].status == "stop"


WRONG_OPTIONS = {
    "rate_limits": {"rpm": 0, "tpm": "x"},
    "llm_circuit_breaker_enabled": "yes",
    "llm_circuit_breaker_max_failures": 0,
    "llm_circuit_breaker_backoff_multiplier": 0.5,
    "llm_circuit_breaker_retryable_status_codes": [200],
    "compression_target_ratio": 1.5,
    "context_compression": "no",
}


def test_options_that_cannot_work_are_refused_together() -> None:
    with pytest.raises(ConfigurationError) as found:
        ChatCompletionsBackend(KEY, base_url="http://127.0.0.1", model="m", **WRONG_OPTIONS)
    text = str(found.value)
    assert len(found.value.problems) == 8
    assert all(name in text for name in WRONG_OPTIONS)


@pytest.mark.parametrize("limits", [{}, {"rps": 1}, 5])
def test_rate_limits_name_what_they_limit(limits: Any) -> None:
    with pytest.raises(ConfigurationError, match="rate_limits is a mapping with rpm, tpm or rpd"):
        ChatCompletionsBackend(KEY, base_url="http://127.0.0.1", model="m", rate_limits=limits)


def test_a_rate_limit_that_is_switched_on_needs_its_limits() -> None:
    with pytest.raises(ConfigurationError, match="enable_rate_limit needs rate_limits"):
        ChatCompletionsBackend(KEY, base_url="http://127.0.0.1", model="m", enable_rate_limit=True)


def test_settings_of_a_breaker_that_is_not_switched_on_are_refused() -> None:
    settings = {"base_url": "http://127.0.0.1", "model": "m", "llm_circuit_breaker_max_failures": 3}
    with pytest.raises(ConfigurationError, match="max_failures has no effect: set llm_circuit_breaker_enabled to true"):
        ChatCompletionsBackend(KEY, **settings)
    ChatCompletionsBackend(KEY, **settings, llm_circuit_breaker_enabled=False)
