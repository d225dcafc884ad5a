"""Rate limits on a clock that the tests move: who may go when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend.rate_limiter import GlobalRateLimiter, MultiRateLimiter, RateLimiter

from .clocks import ManualClock, settle


@pytest.fixture(autouse=True)
def empty_registry() -> Iterator[None]:
    yield
    GlobalRateLimiter.clear_limiters()


class Queue:
    """Requests that wait at one limiter, and when each went, in seconds after the start."""

    def __init__(self, limiter: RateLimiter | MultiRateLimiter, clock: ManualClock) -> None:
        self.limiter, self.clock = limiter, clock
        self.start = clock.now
        self.went: list[tuple[str, float]] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def join(self, *names: str, tokens: int = 0) -> None:
        for name in names:
            self.tasks[name] = asyncio.create_task(self._go(name, tokens))

    async def _go(self, name: str, tokens: int) -> None:
        if tokens and isinstance(self.limiter, MultiRateLimiter):
            await self.limiter.acquire(tokens)
        else:
            await self.limiter.acquire()
        self.went.append((name, self.clock.now - self.start))


async def test_a_window_lets_so_many_go_and_the_rest_wait_in_order() -> None:
    clock = ManualClock()
    queue = Queue(RateLimiter(2, 10, clock=clock), clock)
    queue.join(*"abcde")
    await clock.advance(30)
    assert queue.went == [("a", 0), ("b", 0), ("c", 10), ("d", 10), ("e", 20)]


async def test_the_window_slides() -> None:
    clock = ManualClock()
    queue = Queue(RateLimiter(2, 10, clock=clock), clock)
    queue.join("a")
    await clock.advance(6)
    queue.join("b", "c", "d")
    await clock.advance(30)
    assert queue.went == [("a", 0), ("b", 6), ("c", 10), ("d", 16)]


async def test_a_cancelled_waiter_frees_its_place() -> None:
    clock = ManualClock()
    queue = Queue(RateLimiter(1, 10, clock=clock), clock)
    queue.join(*"abcd")
    await clock.advance(1)
    queue.tasks["b"].cancel()
    await clock.advance(30)
    assert queue.went == [("a", 0), ("c", 10), ("d", 20)]


async def test_nobody_waits_for_the_sleep_of_another() -> None:
    """A waiter that must wait for a day holds no lock: whoever asks and what is recorded goes on."""
    clock = ManualClock()
    limiter = MultiRateLimiter(rpd=1, clock=clock)
    queue = Queue(limiter, clock)
    queue.join("a", "b")
    await settle()
    await asyncio.wait_for(limiter.record_tokens(5), 1)
    queue.tasks["b"].cancel()
    await settle()
    assert queue.tasks["b"].cancelled()


async def test_the_longest_wait_of_several_limits_counts() -> None:
    clock = ManualClock()
    queue = Queue(MultiRateLimiter(rpm=2, rpd=3, clock=clock), clock)
    queue.join(*"abcd")
    await clock.advance(90_000)
    assert queue.went == [("a", 0), ("b", 0), ("c", 60), ("d", 86_400)]


async def test_tokens_that_were_used_hold_the_next_request_back() -> None:
    clock = ManualClock()
    limiter = MultiRateLimiter(tpm=100, clock=clock)
    queue = Queue(limiter, clock)
    queue.join("a")
    await clock.advance(5)
    await limiter.record_tokens(100)
    queue.join("b")
    await clock.advance(100)
    assert queue.went == [("a", 0), ("b", 65)]


async def test_expected_tokens_hold_back_what_asks_at_the_same_time() -> None:
    clock = ManualClock()
    queue = Queue(MultiRateLimiter(tpm=100, clock=clock), clock)
    queue.join("a", "b", "c", tokens=50)
    await clock.advance(100)
    assert queue.went == [("a", 0), ("b", 0), ("c", 60)]


async def test_what_a_request_did_use_replaces_what_it_was_expected_to() -> None:
    clock = ManualClock()
    limiter = MultiRateLimiter(tpm=100, clock=clock)
    slot = await limiter.acquire(90)
    queue = Queue(limiter, clock)
    queue.join("b", tokens=50)
    await clock.advance(7)
    limiter.settle(slot, 10)
    await clock.advance(100)
    assert queue.went == [("b", 7)]


async def test_a_request_larger_than_the_limit_goes_when_the_minute_is_empty() -> None:
    clock = ManualClock()
    queue = Queue(MultiRateLimiter(tpm=100, clock=clock), clock)
    queue.join("a", tokens=10)
    await settle()
    queue.join("huge", tokens=5000)
    await clock.advance(100)
    assert queue.went == [("a", 0), ("huge", 60)]


async def test_without_limits_nobody_waits() -> None:
    limiter = MultiRateLimiter()
    for _ in range(100):
        await asyncio.wait_for(limiter.acquire(10**9), 1)


async def test_it_is_a_context_manager() -> None:
    clock = ManualClock()
    limiter = RateLimiter(1, 10, clock=clock)
    async with limiter:
        pass
    queue = Queue(limiter, clock)
    queue.join("next")
    await clock.advance(20)
    assert queue.went == [("next", 10)]


def test_one_limiter_serves_several_event_loops() -> None:
    """On the machine's own clock: the second loop waits for what the first one used."""
    limiter = RateLimiter(1, 0.05)
    started = asyncio.run(_two(limiter))
    again = asyncio.run(_two(limiter))
    assert again[0] - started[1] >= 0.049
    assert again[1] - again[0] >= 0.049


def test_one_limiter_serves_the_loops_of_several_threads_at_once() -> None:
    limiter = RateLimiter(1, 0.03)
    with ThreadPoolExecutor(2) as pool:
        times = sorted(at for pair in pool.map(lambda _: asyncio.run(_two(limiter)), range(2)) for at in pair)
    assert all(later - earlier >= 0.029 for earlier, later in pairwise(times))


async def _two(limiter: RateLimiter) -> list[float]:
    loop, times = asyncio.get_running_loop(), []
    for _ in range(2):
        await limiter.acquire()
        times.append(loop.time())
    return times


@pytest.mark.parametrize(("requests", "window"), [(0, 1), (-1, 1), (1, 0), (1, -2), (True, 1), (float("nan"), 1)])
def test_impossible_limits_are_refused(requests: int, window: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        RateLimiter(requests, window)


def test_a_name_has_one_limiter_until_they_are_cleared() -> None:
    first = GlobalRateLimiter.get_multi_limiter_sync("gemini", rpm=5)
    assert GlobalRateLimiter.get_multi_limiter_sync("gemini", rpm=5) is first
    assert GlobalRateLimiter.get_multi_limiter_sync("other", rpm=5) is not first
    GlobalRateLimiter.clear_limiters()
    assert GlobalRateLimiter.get_multi_limiter_sync("gemini", rpm=5) is not first


async def test_of_two_limits_for_a_name_the_stricter_holds_whoever_came_first() -> None:
    clock = ManualClock()
    loose = GlobalRateLimiter.get_limiter_sync("gemini", 5, 10, clock=clock)
    assert GlobalRateLimiter.get_limiter_sync("gemini", 1, 10) is loose
    assert GlobalRateLimiter.get_limiter_sync("gemini", 9, 10) is loose
    GlobalRateLimiter.get_limiter_sync("gemini", 2, 30)  # another window: both hold
    queue = Queue(loose, clock)
    queue.join(*"abc")
    await clock.advance(60)
    assert queue.went == [("a", 0), ("b", 10), ("c", 30)]


@given(
    limits=st.dictionaries(st.sampled_from([1.0, 5.0, 20.0]), st.integers(1, 4), min_size=1, max_size=2),
    gaps=st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=1, max_size=12),
    cancelled=st.sets(st.integers(0, 11), max_size=4),
)
def test_no_window_ever_holds_more_than_its_limit_and_nobody_overtakes(
    limits: dict[float, int], gaps: list[float], cancelled: set[int]
) -> None:
    async def scenario() -> list[tuple[str, float]]:
        clock = ManualClock()
        (window, most), *more = limits.items()
        limiter = RateLimiter(most, window, clock=clock)
        for other, limit in more:
            limiter.windows.tighten({other: limit}, None)
        queue = Queue(limiter, clock)
        for number, gap in enumerate(gaps):
            queue.join(f"{number:02}")
            await clock.advance(gap)
            if number in cancelled:
                queue.tasks[f"{number:02}"].cancel()
        await clock.advance(1000)
        assert all(task.done() for task in queue.tasks.values())
        return queue.went

    went = asyncio.run(scenario())
    assert went == sorted(went, key=lambda entry: (entry[1], entry[0]))
    assert [name for name, _ in went] == sorted(name for name, _ in went)
    for window, limit in limits.items():
        for position, (_, at) in enumerate(went[limit:]):
            assert at - went[position][1] >= window
