"""Client-side rate limits: how many requests and tokens may go out in a sliding window.

A request gets its time when it arrives: the first moment at which no window overflows, counted on from the requests
before it. It then sleeps without holding anything, so waiters do not wait for one another's sleep. Times are given out
in the order of arrival; a waiter that is cancelled frees its place, and those behind it move up. One limiter may serve
several event loops and threads: the lock is held for arithmetic only.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import ClassVar, Self, TypeVar

from massgen.transport.clock import Clock, SystemClock

MINUTE, DAY = 60.0, 86_400.0


class Slot:
    """One request's place. `at` is when it may go, in seconds of the limiter's clock; `tokens` is what it counts for.

    `spent` is its entry in the account of tokens, once it went.
    """

    __slots__ = ("at", "spent", "tokens", "wake")

    def __init__(self, tokens: int) -> None:
        self.at = float("inf")
        self.tokens = tokens
        self.spent: list[float] | None = None  # [when, tokens]
        self.wake: Callable[[], object] | None = None  # ends the sleep of whoever holds the slot


class _Windows:
    """The arithmetic and the waiting. `requests` is `{window in seconds: most requests}`; `tokens` the most a minute.

    A single request that counts for more tokens than a minute allows goes when the minute is empty.
    """

    def __init__(self, requests: Mapping[float, int], tokens: int | None, clock: Clock | None) -> None:
        self.requests: dict[float, int] = {}
        self.tokens: int | None = None
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._granted: list[float] = []
        self._spent: deque[list[float]] = deque()
        self._waiting: list[Slot] = []
        self.tighten(requests, tokens)

    def tighten(self, requests: Mapping[float, int], tokens: int | None) -> None:
        """Add limits; of two for the same window the stricter one stays."""
        for window, limit in requests.items():
            _positive("a time window in seconds", window)
            _positive("a number of requests", limit)
        if tokens is not None:
            _positive("a number of tokens", tokens)
        with self._lock:
            for window, limit in requests.items():
                self.requests[window] = min(limit, self.requests.get(window, limit))
            if tokens is not None:
                self.tokens = tokens if self.tokens is None else min(tokens, self.tokens)
            self._plan()

    async def acquire(self, tokens: int = 0) -> Slot:
        """Wait until a request may go. Cancellation gives the place back."""
        slot = Slot(tokens)
        with self._lock:
            self._waiting.append(slot)
            self._plan()
        try:
            while not self._grant(slot):
                await self._sleep(slot)
        except BaseException:
            with self._lock:
                if slot in self._waiting:
                    self._waiting.remove(slot)
                    self._plan()
            raise
        return slot

    def spend(self, tokens: int) -> None:
        """Tokens that were used beside those of any slot."""
        with self._lock:
            self._spent.append([self._clock.monotonic(), tokens])
            self._plan()

    def settle(self, slot: Slot, tokens: int) -> None:
        """What the request of `slot` did use, instead of what it was expected to."""
        with self._lock:
            if slot.spent is not None:
                slot.spent[1] = tokens
                self._plan()

    def delay(self, tokens: int = 0) -> float:
        """Seconds that a request which arrives now would wait."""
        probe = Slot(tokens)
        with self._lock:
            self._waiting.append(probe)
            self._plan()
            self._waiting.pop()
            return max(0.0, probe.at - self._clock.monotonic())

    def _grant(self, slot: Slot) -> bool:
        with self._lock:
            now = self._clock.monotonic()
            if slot.at > now:
                return False
            self._waiting.remove(slot)
            self._granted.append(now)
            slot.spent = [now, slot.tokens]
            self._spent.append(slot.spent)
            self._plan()
            return True

    async def _sleep(self, slot: Slot) -> None:
        loop = asyncio.get_running_loop()
        with self._lock:
            nap = loop.create_task(self._nap(slot.at - self._clock.monotonic()))
            slot.wake = lambda: loop.call_soon_threadsafe(nap.cancel)
        try:
            await asyncio.wait({nap})
            if not nap.cancelled():
                nap.result()
        finally:
            slot.wake = None
            nap.cancel()

    async def _nap(self, seconds: float) -> None:
        await self._clock.sleep(max(0.0, seconds))

    def _plan(self) -> None:
        """Give every waiting slot its time, in order, and wake those whose time has come nearer. The lock is held."""
        now = self._clock.monotonic()
        self._forget(now)
        times, spent, at = list(self._granted), deque(self._spent), now
        used = sum(tokens for _, tokens in spent)
        for slot in self._waiting:
            for window, limit in self.requests.items():
                if len(times) >= limit:
                    at = max(at, times[-limit] + window)
            if self.tokens is not None:
                while spent and (spent[0][0] + MINUTE <= at or used + slot.tokens > self.tokens or used >= self.tokens):
                    since, tokens = spent.popleft()
                    used -= tokens
                    at = max(at, since + MINUTE)
                spent.append([at, slot.tokens])
                used += slot.tokens
            times.append(at)
            sooner, slot.at = at < slot.at, at
            if sooner and slot.wake is not None:
                with suppress(RuntimeError):  # its loop is closed, and nobody waits any more
                    slot.wake()

    def _forget(self, now: float) -> None:
        """Drop what no window reaches any more."""
        oldest, most = now - max(self.requests, default=0.0), max(self.requests.values(), default=0)
        self._granted = [at for at in self._granted[-most:] if at > oldest] if most else []
        while self._spent and self._spent[0][0] + MINUTE <= now:
            self._spent.popleft()


class _Limiter:
    """What both limiters share: `acquire`, and `async with`, which waits at its beginning."""

    def __init__(self, requests: Mapping[float, int], tokens: int | None, clock: Clock | None) -> None:
        self.windows = _Windows(requests, tokens, clock)

    async def __aenter__(self) -> Self:
        await self.windows.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to give back: what went out counts until its window has passed."""


class RateLimiter(_Limiter):
    """At most `max_requests` in any `time_window` seconds. Raises ValueError for numbers that are not above 0."""

    def __init__(self, max_requests: int, time_window: float, *, clock: Clock | None = None) -> None:
        super().__init__({time_window: max_requests}, None, clock)

    async def acquire(self) -> None:
        """Wait until one more request may go."""
        await self.windows.acquire()


class MultiRateLimiter(_Limiter):
    """Requests a minute (`rpm`), tokens a minute (`tpm`) and requests a day (`rpd`); None means without that limit.

    Raises ValueError for numbers that are not above 0.
    """

    def __init__(
        self, rpm: int | None = None, tpm: int | None = None, rpd: int | None = None, *, clock: Clock | None = None
    ) -> None:
        super().__init__(_requests(rpm, rpd), tpm, clock)

    async def acquire(self, tokens: int = 0) -> Slot:
        """Wait until a request that will use about `tokens` may go. The slot is for `settle`."""
        return await self.windows.acquire(tokens)

    async def record_tokens(self, tokens: int) -> None:
        """Count `tokens` that a call used, where `acquire` did not expect any."""
        self.windows.spend(tokens)

    def delay(self, tokens: int = 0) -> float:
        """Seconds that a request of `tokens` which arrives now would wait."""
        return self.windows.delay(tokens)

    def settle(self, slot: Slot, tokens: int) -> None:
        """Count what the request of `slot` used in place of what `acquire` expected."""
        self.windows.settle(slot, tokens)


_Kind = TypeVar("_Kind", bound=_Limiter)


class GlobalRateLimiter:
    """The limiters of the process, by name: whoever uses the same account shares them.

    Where callers name different limits, the stricter one holds for all of them from then on: no caller sends more than
    it asked for, whoever came first.
    """

    _limiters: ClassVar[dict[tuple[type[_Limiter], str], _Limiter]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def get_limiter_sync(
        cls, provider: str, max_requests: int, time_window: float, *, clock: Clock | None = None
    ) -> RateLimiter:
        """The `RateLimiter` of that name. `clock` is taken by the first caller's limiter only."""
        found = cls._get(provider, RateLimiter, lambda: RateLimiter(max_requests, time_window, clock=clock))
        found.windows.tighten({time_window: max_requests}, None)
        return found

    @classmethod
    def get_multi_limiter_sync(
        cls,
        provider: str,
        rpm: int | None = None,
        tpm: int | None = None,
        rpd: int | None = None,
        *,
        clock: Clock | None = None,
    ) -> MultiRateLimiter:
        """The `MultiRateLimiter` of that name. `clock` is taken by the first caller's limiter only."""
        found = cls._get(provider, MultiRateLimiter, lambda: MultiRateLimiter(rpm, tpm, rpd, clock=clock))
        found.windows.tighten(_requests(rpm, rpd), tpm)
        return found

    @classmethod
    def _get(cls, name: str, kind: type[_Kind], make: Callable[[], _Kind]) -> _Kind:
        with cls._lock:
            found = cls._limiters.get((kind, name))
            if not isinstance(found, kind):
                found = cls._limiters[kind, name] = make()
            return found

    @classmethod
    def clear_limiters(cls) -> None:
        """Forget all of them. A limiter that somebody still holds goes on for its holder."""
        with cls._lock:
            cls._limiters.clear()


def _requests(rpm: int | None, rpd: int | None) -> dict[float, int]:
    limits = {MINUTE: rpm, DAY: rpd}
    return {window: limit for window, limit in limits.items() if limit is not None}


def _positive(what: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{what} must be above 0, not {value!r}")
