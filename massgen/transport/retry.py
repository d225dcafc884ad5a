"""When a failed attempt is tried again, and after how long. Pure: no clock, no I/O."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True):
    """Exponential backoff, each delay `factor` times the one before, with the provider's own hint as a floor.

    Seconds throughout. A hint longer than `longest_wait` means that retrying is pointless: the failure is reported at
    once.
    """

    max_retries: int = 2
    first_delay: float = 0.5
    factor: float = 2.0
    longest_delay: float = 8.0
    longest_wait: float = 120.0

    def delay(
        self, tried: int, retryable: bool, hint: float | None, jitter: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds to wait before the next try after `tried` tries, or None to give up.

        `jitter` gives a number in [0, 1); up to a quarter of the backoff is taken off by it, so that many clients that
        failed together do not return together. The provider's hint is never shortened.
        """
        if not retryable or tried > self.max_retries:
            return None
        if hint is not None and hint > self.longest_wait:
            return None
        backoff = min(self.longest_delay, self.first_delay * self.factor ** (tried - 1)) * (1 - 0.25 * jitter())
        return max(backoff, hint or 0.0)
