"""The clock of API calls, against a clock that tests set."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend.base import LLMBackend
from massgen.backend.stream_chunk import StreamChunk


class Silent(LLMBackend):
    """Has a clock that stands still until a test moves it."""

    def __init__(self) -> None:
        super().__init__(agent_id="a")
        self.now = 1000.0
        self._clock = lambda: self.now

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        yield StreamChunk("done", status="stop")

    def get_provider_name(self) -> str:
        return "Silent"


@pytest.fixture
def backend() -> Silent:
    return Silent()


def test_one_attempt_is_one_record(backend: Silent) -> None:
    backend.start_api_call_timing("m")
    backend.now += 0.5
    backend.record_first_token()
    backend.now += 1.5
    backend.end_api_call_timing(success=True)
    (call,) = backend.get_api_call_history()
    assert (call.time_to_first_token_ms, call.duration_ms) == (500.0, 2000.0)
    assert (call.agent_id, call.backend_name, call.model, call.call_index) == ("a", "Silent", "m", 0)
    assert (call.success, call.error_message) == (True, None)


def test_the_first_token_counts_once(backend: Silent) -> None:
    backend.start_api_call_timing("m")
    backend.record_first_token()  # at once: zero milliseconds are a time too
    backend.now += 5
    backend.record_first_token()
    backend.end_api_call_timing()
    assert backend.get_api_call_history()[0].time_to_first_token_ms == 0.0


def test_ending_twice_changes_nothing(backend: Silent) -> None:
    backend.start_api_call_timing("m")
    backend.end_api_call_timing(success=False, error="rate_limit")
    backend.now += 5
    backend.end_api_call_timing(success=True)
    (call,) = backend.get_api_call_history()
    assert (call.success, call.error_message, call.duration_ms) == (False, "rate_limit", 0.0)


def test_without_a_start_nothing_is_recorded(backend: Silent) -> None:
    backend.record_first_token()
    backend.end_api_call_timing()
    assert backend.get_api_call_history() == []


def test_a_retry_is_a_record_of_its_own(backend: Silent) -> None:
    for success in (False, True):
        backend.start_api_call_timing("m")
        backend.now += 1
        backend.end_api_call_timing(success=success)
    assert [(call.call_index, call.success) for call in backend.get_api_call_history()] == [(0, False), (1, True)]


def test_two_attempts_at_once_are_told_apart(backend: Silent) -> None:
    first = backend.start_api_call_timing("one")
    backend.now += 1
    second = backend.start_api_call_timing("two")
    backend.now += 1
    backend.record_first_token(first)
    backend.end_api_call_timing(True, None, first)
    backend.now += 1
    backend.record_first_token(second)
    backend.end_api_call_timing(True, None, second)
    times = {call.model: (call.time_to_first_token_ms, call.duration_ms) for call in backend.get_api_call_history()}
    assert times == {"one": (2000.0, 2000.0), "two": (2000.0, 2000.0)}


def test_a_late_end_of_a_finished_attempt_leaves_the_running_one_alone(backend: Silent) -> None:
    first = backend.start_api_call_timing("one")
    second = backend.start_api_call_timing("two")
    backend.end_api_call_timing(True, None, first)
    backend.end_api_call_timing(True, None, first)
    assert [call.model for call in backend.get_api_call_history()] == ["one"]
    backend.end_api_call_timing(True, None, second)
    assert len(backend.get_api_call_history()) == 2


def test_a_round_numbers_its_calls_from_zero_and_keeps_the_history(backend: Silent) -> None:
    backend.start_api_call_timing("m")
    backend.end_api_call_timing()
    backend.start_round_tracking(2, "enforcement", "b")
    backend.start_api_call_timing("m")
    backend.end_api_call_timing()
    assert [(call.round_number, call.call_index) for call in backend.get_api_call_history()] == [(0, 0), (2, 0)]


def test_the_agent_can_change(backend: Silent) -> None:
    backend.set_current_agent_id("b")
    backend.start_api_call_timing("m")
    backend.end_api_call_timing()
    assert backend.get_api_call_history()[0].agent_id == "b"


def test_the_history_is_a_copy(backend: Silent) -> None:
    backend.get_api_call_history().append(backend.start_api_call_timing("m"))
    assert backend.get_api_call_history() == []


@given(st.lists(st.sampled_from(["start", "token", "end", "wait"]), max_size=40))
def test_whatever_the_order_records_are_whole_and_as_many_as_starts_that_ended(steps: list[str]) -> None:
    backend, running, ended = Silent(), 0, 0
    for step in steps:
        if step == "start":
            backend.start_api_call_timing("m")
            running += 1
        elif step == "token":
            backend.record_first_token()
        elif step == "end":
            backend.end_api_call_timing()
            running, ended = (running - 1, ended + 1) if running else (0, ended)
        else:
            backend.now += 1
    history = backend.get_api_call_history()
    assert len(history) == ended
    assert all(0 <= call.time_to_first_token_ms <= call.duration_ms for call in history)


def test_the_clock_is_monotonic_by_default() -> None:
    class Plain(Silent):
        def __init__(self) -> None:
            LLMBackend.__init__(self)

    assert Plain()._clock is time.monotonic
