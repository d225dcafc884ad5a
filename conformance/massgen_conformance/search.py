"""Looks for the smallest case that breaks a check: Hypothesis draws and shrinks in a thread, the loop judges.

Hypothesis is written for functions and a check is a coroutine. So its engine runs in a thread of its own and hands each
case to the loop that the check runs on, one at a time.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from massgen_conformance.check import Case, NotApplicable, NotTestable, Violation

if TYPE_CHECKING:
    from hypothesis import Phase

EXAMPLES = 90
"""Cases that are drawn for each check that has a strategy, over all subjects of a run."""

LEAST, MOST = 3, 10
"""How many of them each subject gets: the first is the simplest there is, and says little."""

SECONDS = 10.0
"""How long a failure may be shrunk."""

Judge = Callable[[Case], Awaitable[None]]
"""Returns for a case that holds, raises for one that does not: what the body of a check does."""


@dataclass(frozen=True, slots=True)
class Found:
    """The smallest case that was seen to break a check, and what broke."""

    case: Case
    violation: Violation


def share(subjects: int) -> int:
    """How many cases are drawn for each of this many subjects."""
    return max(LEAST, min(MOST, EXAMPLES // max(subjects, 1)))


class _Stopped(BaseException):
    """Nobody waits for the search any more. Hypothesis lets it through, as it does an interrupt."""


@dataclass(slots=True)
class Search:
    """One search. `run` raises what a check raises when nothing that it drew could be judged."""

    judge: Judge
    seed: int | str = 0
    examples: int = MOST
    seconds: float = SECONDS
    shrinks: bool = True
    _seen: dict[str, Found | None] = field(default_factory=dict)
    _undecided: list[NotTestable] = field(default_factory=list)
    _unspoken: list[NotApplicable] = field(default_factory=list)
    _smallest: Found | None = None
    _trouble: Exception | None = None
    _until: float = 0.0
    _stopped: bool = False
    _waiting: Future[Found | None] | None = None

    async def run(self, strategy: Any) -> Found | None:
        """The smallest case of the strategy that breaks the check, None when none that was drawn does.

        Raises `NotTestable` when a case could not be judged, `NotApplicable` when the wire can say none of them, and
        whatever else the judge raised.
        """
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(1, thread_name_prefix="search")
        try:
            await loop.run_in_executor(pool, self._search, strategy, loop)
        finally:
            self._stopped = True
            if self._waiting is not None:
                self._waiting.cancel()
            pool.shutdown(wait=False)  # the thread may wait for this loop: the loop must not wait for the thread
        if self._trouble is not None:
            raise self._trouble
        if self._smallest is not None:
            return self._smallest
        broken = [found for found in self._seen.values() if found is not None]
        if broken:  # the search was given up: a case fails only sometimes
            return min(broken, key=lambda found: size(found.case))
        if self._undecided:
            raise self._undecided[0]
        if self._unspoken and len(self._unspoken) == len(self._seen):
            raise self._unspoken[0]
        return None

    def _search(self, strategy: Any, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread: `find` draws cases until one breaks, then tries smaller ones."""
        from hypothesis import Phase, find, settings
        from hypothesis.errors import HypothesisException, NoSuchExample

        phases: list[Phase] = [Phase.generate, *([Phase.shrink] if self.shrinks else [])]
        chosen = settings(max_examples=self.examples, database=None, deadline=None, phases=phases)
        chance = random.Random(self.seed)  # noqa: S311  # repeatable, not secret
        try:
            smallest = find(strategy, lambda case: self._breaks(case, loop), settings=chosen, random=chance)
            self._smallest = self._seen[repr(smallest)]
        except (NoSuchExample, _Stopped):
            pass
        except HypothesisException:
            if not any(self._seen.values()):  # a case that fails only sometimes is a finding all the same
                raise

    def _breaks(self, case: Case, loop: asyncio.AbstractEventLoop) -> bool:
        key = repr(case)
        if key in self._seen:
            return self._seen[key] is not None
        if self._stopped or self._trouble is not None:
            raise _Stopped
        if self._until and time.monotonic() > self._until:
            return False  # no more time: what is left to try counts as holding, and the search ends
        self._waiting = asyncio.run_coroutine_threadsafe(self._judged(case), loop)
        try:
            found = self._seen[key] = self._waiting.result()
        except CancelledError as cancelled:
            raise _Stopped from cancelled
        if found and not self._until:
            self._until = time.monotonic() + self.seconds
        return found is not None

    async def _judged(self, case: Case) -> Found | None:
        try:
            await self.judge(case)
        except Violation as violation:
            return Found(case, violation)
        except NotTestable as reason:
            self._undecided.append(reason)
        except NotApplicable as reason:
            self._unspoken.append(reason)
        except Exception as trouble:  # of the check or the factory: told by the runner, not taken for a finding
            self._trouble = trouble
        return None


def size(case: Case) -> tuple[int, str]:
    """What makes a case small: little to read."""
    told = repr((case.scenario, case.bend, case.value))
    return len(told), told
