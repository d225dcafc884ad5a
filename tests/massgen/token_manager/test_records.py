"""The records: tokens, calls, tools, rounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.token_manager import APICallMetric, RoundTokenUsage, TokenUsage, ToolExecutionMetric, Usage

COUNTS = st.builds(
    Usage,
    prompt=st.integers(0, 10**6),
    completion=st.integers(0, 10**6),
    cached=st.none() | st.integers(0, 10**6),
    reasoning=st.none() | st.integers(0, 10**6),
    estimated=st.booleans(),
)
ATTEMPTS = st.lists(st.tuples(COUNTS, st.none() | st.integers(0, 1000).map(float)))


def counted(attempts: list[tuple[Usage, float | None]]) -> TokenUsage:
    usage = TokenUsage()
    for attempt, cost in attempts:
        usage.count(attempt, cost)
    return usage


def test_a_fresh_account_has_cost_nothing() -> None:
    assert TokenUsage() == TokenUsage(0, 0, 0.0)
    assert TokenUsage().estimated_cost == 0.0


@given(ATTEMPTS)
def test_the_cost_is_unknown_as_soon_as_one_part_is(attempts: list[tuple[Usage, float | None]]) -> None:
    usage = counted(attempts)
    known = [cost for _, cost in attempts if cost is not None]
    assert usage.known_cost == sum(known)
    assert usage.estimated_cost == (sum(known) if len(known) == len(attempts) else None)
    assert usage.unpriced_calls == len(attempts) - len(known)


@given(ATTEMPTS, ATTEMPTS)
def test_adding_two_accounts_is_counting_both(
    first: list[tuple[Usage, float | None]], second: list[tuple[Usage, float | None]]
) -> None:
    left, right = counted(first), counted(second)
    left.add(right)
    assert left == counted(first + second)


@given(ATTEMPTS)
def test_the_largest_input_is_that_of_one_attempt(attempts: list[tuple[Usage, float | None]]) -> None:
    assert counted(attempts).largest_input_tokens == max([0, *(usage.prompt for usage, _ in attempts)])


def test_a_reset_forgets_everything() -> None:
    usage = counted([(Usage(1, 2, cached=1, cache_creation=1, reasoning=1, estimated=True), None)])
    usage.reset()
    assert usage == TokenUsage()


@pytest.mark.parametrize(("end", "milliseconds"), [(0.0, 0.0), (12.5, 2500.0), (9.0, 0.0)])
def test_a_duration_is_zero_while_it_runs_and_never_negative(end: float, milliseconds: float) -> None:
    call = APICallMetric("a", 1, 0, "OpenAI", "m", start_time=10.0, end_time=end)
    tool = ToolExecutionMetric("t", "custom", "c", "a", 1, start_time=10.0, end_time=end)
    round_ = RoundTokenUsage(1, "a", "initial_answer", start_time=10.0, end_time=end)
    assert call.duration_ms == tool.execution_time_ms == round_.duration_ms == milliseconds
    assert call.to_dict()["duration_ms"] == tool.to_dict()["execution_time_ms"] == milliseconds


def test_every_record_is_plain_data() -> None:
    assert TokenUsage(1, 2).to_dict()["input_tokens"] == 1
    tool = ToolExecutionMetric("t", "mcp", "c", "a", 1, 0.0, input_chars=9, output_chars=41).to_dict()
    assert (tool["input_tokens_est"], tool["output_tokens_est"]) == (2, 10)
    assert RoundTokenUsage(1, "a", "enforcement").to_dict()["token_source"] == "api"
