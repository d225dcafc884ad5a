"""What stands before every attempt of a backend: its circuit breaker and its rate limits, if it has any."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from massgen.backend._resilience_options import breaker_options, rate_limits
from massgen.backend.circuit_breaker import InMemoryStore, LLMCircuitBreaker, LLMCircuitBreakerConfig, Permit
from massgen.backend.rate_limiter import GlobalRateLimiter, MultiRateLimiter, Slot
from massgen.backend.stream_chunk import ErrorKind
from massgen.token_manager.usage import Usage
from massgen.transport.clock import Clock
from massgen.wire.failure import Failure, describe, failure

CIRCUIT_OPEN = "circuit_open"
"""The code of a failure for which nothing was sent."""

_BREAKERS = InMemoryStore()  # of the process: backends of one account learn from one another


class Pass:
    """One attempt that may go, and what must be told of its end."""

    __slots__ = ("_limiter", "_permit", "_slot")

    def __init__(self, permit: Permit | None, limiter: MultiRateLimiter | None, slot: Slot | None) -> None:
        self._permit, self._limiter, self._slot = permit, limiter, slot

    def answering(self) -> None:
        """The model began to answer."""
        if self._permit is not None:
            self._permit.answering()

    def end(self, problem: Failure | None, usage: Usage | None, *, given_up: bool) -> None:
        """The attempt is over; `given_up` where the caller ended it and neither side failed."""
        if self._slot is not None and self._limiter is not None:
            self._limiter.settle(self._slot, usage.total if usage is not None else 0)
        if self._permit is not None:
            if given_up and problem is None:
                self._permit.release()
            else:
                self._permit.end(problem.info if problem is not None else None)


_FREE_PASS = Pass(None, None, None)


class Gate:
    """Limits and breaker are those of an account: provider, address, model and key, of which only a hash is kept."""

    def __init__(self, account: str, key: str | None, config: Mapping[str, Any], clock: Clock) -> None:
        digest = hashlib.blake2b((key or "").encode(), digest_size=8).hexdigest()
        self._account, self._clock = f"{account} {digest}", clock
        self.limits = rate_limits(config)
        self._settings = LLMCircuitBreakerConfig(**breaker_options(config))

    @property
    def breaks(self) -> bool:
        """Whether there is a breaker."""
        return self._settings.enabled

    @property
    def is_open_to_all(self) -> bool:
        """Whether nothing is limited and nothing can be refused."""
        return not self.limits and not self.breaks

    def breaker(self, model: str) -> LLMCircuitBreaker:
        """The breaker of one model."""
        name = f"{self._account} {model}"
        return LLMCircuitBreaker(self._settings, name, store=_BREAKERS, clock=self._clock)

    def limiter(self, model: str) -> MultiRateLimiter | None:
        """The limiter of one model; None where nothing is limited."""
        if not self.limits:
            return None
        return GlobalRateLimiter.get_multi_limiter_sync(f"{self._account} {model}", **self.limits, clock=self._clock)

    def delay(self, model: str, tokens: Callable[[], int]) -> float:
        """Seconds that a request which arrives now has to wait for the limits."""
        limiter = None if self.refuses(model) else self.limiter(model)
        return limiter.delay(self._expected(tokens)) if limiter is not None else 0.0

    async def enter(self, provider: str, model: str, tokens: Callable[[], int]) -> Pass | Failure:
        """Wait until an attempt may go. A failure where the breaker is open: nothing may be sent then.

        `tokens` estimates what the attempt will use, and is asked only where tokens are limited.
        """
        if self.is_open_to_all:
            return _FREE_PASS
        breaker, limiter = self.breaker(model), self.limiter(model)
        if breaker.is_blocking:
            return _refused(provider, breaker)
        slot = await limiter.acquire(self._expected(tokens)) if limiter is not None else None
        permit = breaker.admit()
        if permit is not None:
            return Pass(permit, limiter, slot)
        if limiter is not None and slot is not None:
            limiter.settle(slot, 0)
        return _refused(provider, breaker)

    def refuses(self, model: str) -> bool:
        """Whether the breaker would let nothing through now."""
        return self.breaks and self.breaker(model).is_blocking

    def _expected(self, tokens: Callable[[], int]) -> int:
        return tokens() if "tpm" in self.limits else 0


def _refused(provider: str, breaker: LLMCircuitBreaker) -> Failure:
    refusal = breaker.refusal
    why = f" after {refusal.reason}" if refusal.reason else ""
    what = f"the circuit breaker is open{why}: no request was sent, the next may go in {refusal.retry_after:.1f} s"
    problem = failure(provider, ErrorKind.OVERLOADED, what, code=CIRCUIT_OPEN)
    info = msgspec.structs.replace(problem.info, retry_after=refusal.retry_after)
    return Failure(describe(provider, ErrorKind.OVERLOADED, what), info)
