"""The circuit breaker on a clock that the tests move."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from massgen.backend.circuit_breaker import (
    CircuitBreakerOpenError,
    CircuitRecord,
    CircuitState,
    InMemoryStore,
    LLMCircuitBreaker,
    LLMCircuitBreakerConfig,
    RateLimitAction,
    classify_429,
    extract_retry_after,
    extract_status_code,
    make_store,
)
from massgen.backend.stream_chunk import ErrorInfo
from massgen.errors import ConfigurationError, TransportError

from .clocks import ManualClock, settle

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
DAY = "Sat, 21 Nov 2026"
DOWN = ErrorInfo("server", "p", 503, retryable=True)


class Changes:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def state_changed(self, name: str, state: CircuitState, reason: str) -> None:
        self.seen.append(str(state))


def breaker(clock: ManualClock, metrics: Changes | None = None, **config: Any) -> LLMCircuitBreaker:
    settings = LLMCircuitBreakerConfig(**{"enabled": True, "max_failures": 2, "reset_time_seconds": 10.0, **config})
    return LLMCircuitBreaker(settings, "p", metrics, clock=clock)


def fail(subject: LLMCircuitBreaker, info: ErrorInfo = DOWN) -> None:
    permit = subject.admit()
    assert permit is not None
    permit.end(info)


def test_closed_it_never_blocks_and_a_success_forgets_the_failures() -> None:
    subject = breaker(ManualClock())
    for _ in range(5):
        fail(subject)
        assert not subject.should_block()
        subject.record_success()
    assert (subject.state, subject.failure_count) == (CLOSED, 0)


def test_failures_in_a_row_open_it_until_its_time_is_over() -> None:
    clock, changes = ManualClock(), Changes()
    subject = breaker(clock, changes)
    fail(subject)
    assert (subject.state, subject.failure_count) == (CLOSED, 1)
    fail(subject)
    assert subject.state is OPEN
    assert subject.should_block()
    clock.now += 9.9
    assert subject.should_block()
    clock.now += 0.1
    assert subject.state is HALF_OPEN
    assert changes.seen == ["open"]


def test_half_open_lets_exactly_one_probe_through() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    subject.force_open("maintenance", 5)
    clock.now += 5
    probe = subject.admit()
    assert probe is not None
    assert [subject.admit() for _ in range(3)] == [None] * 3
    probe.end(None)
    assert subject.state is CLOSED
    assert subject.admit() is not None


def test_a_cancelled_probe_frees_its_place() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    subject.force_open()
    clock.now += 10
    probe = subject.admit()
    assert probe is not None
    probe.release()
    assert subject.state is HALF_OPEN
    assert subject.admit() is not None
    assert subject.admit() is None


def test_a_probe_that_fails_opens_it_for_longer_up_to_the_longest() -> None:
    clock = ManualClock()
    subject = breaker(clock, max_backoff_seconds=35.0)
    subject.force_open()
    waits = []
    for _ in range(4):
        waits.append(round(subject.refusal.retry_after))
        clock.now += waits[-1]
        fail(subject)
    assert waits == [10, 20, 35, 35]


def test_a_probe_that_begins_to_answer_has_found_out_enough() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    subject.force_open()
    clock.now += 10
    probe = subject.admit()
    assert probe is not None
    probe.answering()
    assert subject.state is CLOSED
    probe.end(DOWN)
    assert subject.failure_count == 1


def test_a_probe_that_nobody_ends_does_not_keep_the_others_out_for_ever() -> None:
    clock = ManualClock()
    subject = breaker(clock, max_backoff_seconds=30.0)
    subject.force_open()
    clock.now += 10
    lost = subject.admit()
    clock.now += 30
    assert subject.admit() is not None
    assert lost is not None
    lost.end(DOWN)
    assert subject.state is HALF_OPEN


def test_what_was_sent_before_it_opened_changes_nothing_after() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    early, late = subject.admit(), subject.admit()
    assert early is not None
    assert late is not None
    fail(subject)
    fail(subject)
    early.end(None)
    assert subject.state is OPEN
    clock.now += 10
    probe = subject.admit()
    late.end(DOWN)
    assert subject.state is HALF_OPEN
    assert probe is not None
    probe.end(None)
    assert subject.state is CLOSED


def test_a_report_without_a_permit_says_nothing_while_it_is_open() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    subject.force_open("", 5)
    subject.record_success()
    subject.record_failure()
    assert subject.state is OPEN
    clock.now += 5
    assert not subject.should_block()
    subject.record_success()
    assert subject.state is CLOSED


COUNTS = [
    (ErrorInfo("server", "p", 500), True),
    (ErrorInfo("overloaded", "p", 529), True),
    (ErrorInfo("overloaded", "p"), True),
    (ErrorInfo("connection", "p"), True),
    (ErrorInfo("timeout", "p"), True),
    (ErrorInfo("incomplete", "p"), True),
    (ErrorInfo("rate_limit", "p", 429), True),
    (ErrorInfo("rate_limit", "p", 429, retry_after=5.0), False),
    (ErrorInfo("bad_request", "p", 400), False),
    (ErrorInfo("auth", "p", 401), False),
    (ErrorInfo("quota", "p", 429), False),
    (ErrorInfo("context_length", "p", 400), False),
    (ErrorInfo("server", "p", 409), False),
    (ErrorInfo("content_filter", "p"), False),
    (ErrorInfo("malformed", "p"), False),
]


@pytest.mark.parametrize(("info", "counts"), COUNTS, ids=str)
def test_only_failures_that_speak_of_the_providers_health_count(info: ErrorInfo, counts: bool) -> None:
    subject = breaker(ManualClock(), max_failures=100)
    fail(subject, info)
    assert subject.failure_count == int(counts)


def test_a_long_retry_after_opens_it_at_once_for_as_long() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    fail(subject, ErrorInfo("rate_limit", "p", 429, retry_after=500.0))
    assert subject.state is OPEN
    assert subject.refusal.retry_after == 500.0


@pytest.mark.parametrize(
    ("hint", "action"),
    [(None, RateLimitAction.CAP), (0.0, RateLimitAction.WAIT), (120.0, RateLimitAction.WAIT), (121.0, "stop")],
)
def test_what_a_429_means(hint: float | None, action: str) -> None:
    assert classify_429(hint, 120.0) == action


def test_without_being_enabled_it_does_nothing() -> None:
    subject = LLMCircuitBreaker()
    for _ in range(10):
        subject.record_failure()
    subject.force_open()
    assert (subject.state, subject.should_block()) == (CLOSED, False)


def test_reset_closes_it() -> None:
    subject = breaker(ManualClock())
    subject.force_open()
    subject.reset()
    assert subject.state is CLOSED


def test_breakers_of_one_name_share_a_store() -> None:
    clock, store = ManualClock(), InMemoryStore()
    config = LLMCircuitBreakerConfig(enabled=True)
    one, other, stranger = (LLMCircuitBreaker(config, name, store=store, clock=clock) for name in ("a", "a", "b"))
    one.force_open("outage")
    assert (other.state, stranger.state) == (OPEN, CLOSED)


def test_a_store_swaps_only_what_is_still_there() -> None:
    store = InMemoryStore()
    fresh = store.read("p")
    assert store.swap("p", fresh, CircuitRecord(failures=1))
    assert not store.swap("p", fresh, CircuitRecord(failures=2))
    assert store.read("p").failures == 1


def test_of_many_threads_one_is_the_probe() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    subject.force_open()
    clock.now += 10
    with ThreadPoolExecutor(8) as pool:
        permits = list(pool.map(lambda _: subject.admit(), range(64)))
    assert sum(permit is not None for permit in permits) == 1


def test_a_store_that_is_not_there_is_said() -> None:
    assert isinstance(make_store("memory"), InMemoryStore)
    with pytest.raises(ConfigurationError, match="'memory', not 'redis': pass one of your own"):
        make_store("redis")


class APIStatusError(Exception):
    """As the vendors' SDKs raise it."""

    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        super().__init__(f"Error code: {status} {body or headers}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.status_code, self.body = status, body
        self.response = SimpleNamespace(status_code=status, headers=named)


class Flaky:
    """Raises the given errors one after the other, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


async def test_a_call_is_tried_again_after_what_may_pass() -> None:
    clock = ManualClock()
    subject = breaker(clock, max_failures=5)
    flaky = Flaky(APIStatusError(529), APIStatusError(429, retry_after="7"), TransportError("connection", "gone"))
    task = asyncio.create_task(subject.call_with_retry(flaky))
    await clock.advance(1.0)
    assert flaky.calls == 2
    await clock.advance(5.9)  # with jitter the second try may have come a quarter of a second earlier
    assert flaky.calls == 2
    await clock.advance(20)
    assert await task == "answer"
    assert (flaky.calls, subject.failure_count) == (4, 0)


@pytest.mark.parametrize(
    "error",
    [
        APIStatusError(400),
        APIStatusError(401),
        APIStatusError(429, {"error": {"code": "insufficient_quota", "message": "no credit"}}),
        APIStatusError(503, x_should_retry="false"),
        APIStatusError(429, retry_after="3600"),
        ValueError("a bug"),
    ],
    ids=repr,
)
async def test_a_call_is_not_tried_again_after_what_cannot_pass(error: Exception) -> None:
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        await breaker(ManualClock()).call_with_retry(flaky)
    assert flaky.calls == 1


async def test_an_open_breaker_refuses_a_call_and_names_the_agent() -> None:
    subject = breaker(ManualClock())
    subject.force_open("an outage", 30)
    flaky = Flaky()
    with pytest.raises(CircuitBreakerOpenError, match="an outage: no request was sent, the next may go") as found:
        await subject.call_with_retry(flaky, agent_id="worker")
    assert (flaky.calls, found.value.retry_after, found.value.__notes__) == (0, 30.0, ["agent worker"])


async def test_a_cancelled_call_frees_the_probe() -> None:
    clock = ManualClock()
    subject = breaker(clock)
    subject.force_open("", 1)
    clock.now += 1
    task = asyncio.create_task(subject.call_with_retry(asyncio.Event().wait))
    await settle()
    assert subject.should_block()
    task.cancel()
    await settle()
    assert not subject.should_block()


@pytest.mark.parametrize(
    ("error", "status", "seconds"),
    [
        (APIStatusError(429, retry_after="2.5"), 429, 2.5),
        (APIStatusError(503, Retry_After=f"{DAY} 10:00:30 GMT", Date=f"{DAY} 10:00:00 GMT"), 503, 30.0),
        (APIStatusError(429, {"error": {"details": [{"retryDelay": "17s"}]}}), 429, 17.0),
        (ValueError("x"), None, None),
    ],
    ids=repr,
)
def test_status_and_wait_are_read_from_an_error(error: Exception, status: int | None, seconds: float | None) -> None:
    assert (extract_status_code(error), extract_retry_after(error)) == (status, seconds)
