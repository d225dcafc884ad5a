from __future__ import annotations

import pytest

from massgen.transport.retry import RetryPolicy

POLICY = RetryPolicy(max_retries=3, first_delay=0.5, longest_delay=8.0, longest_wait=120.0)

# tries so far, retryable, the provider's hint, the wait without jitter
WAITS = [
    pytest.param(1, True, None, 0.5, id="the-first-backoff"),
    pytest.param(2, True, None, 1.0, id="doubles"),
    pytest.param(3, True, None, 2.0, id="doubles-again"),
    pytest.param(4, True, None, None, id="gives-up-after-the-last-retry"),
    pytest.param(1, False, None, None, id="never-retries-what-cannot-work"),
    pytest.param(1, False, 1.0, None, id="a-hint-does-not-make-it-retryable"),
    pytest.param(1, True, 7.0, 7.0, id="the-hint-is-a-floor"),
    pytest.param(3, True, 0.1, 2.0, id="a-short-hint-does-not-shorten-the-backoff"),
    pytest.param(1, True, 120.0, 120.0, id="the-longest-hint-that-is-worth-it"),
    pytest.param(1, True, 121.0, None, id="a-hint-too-long-to-wait-for"),
]


@pytest.mark.parametrize(("tried", "retryable", "hint", "expected"), WAITS)
def test_the_wait_before_the_next_try(tried: int, retryable: bool, hint: float | None, expected: float | None) -> None:
    assert POLICY.delay(tried, retryable, hint, jitter=lambda: 0.0) == expected


def test_jitter_takes_at_most_a_quarter_off_the_backoff_and_nothing_off_a_hint() -> None:
    assert POLICY.delay(2, True, None, jitter=lambda: 1.0) == 0.75
    assert POLICY.delay(1, True, 9.0, jitter=lambda: 1.0) == 9.0


def test_the_backoff_stops_growing() -> None:
    patient = RetryPolicy(max_retries=20)
    assert patient.delay(20, True, None, jitter=lambda: 0.0) == patient.longest_delay
