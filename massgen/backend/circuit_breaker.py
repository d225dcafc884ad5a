"""The circuit breaker: after a run of failures that speak of the provider's health, requests are refused here for a
while instead of being sent.

Closed, every request goes. Open, none does until the time is over. Half open, exactly one request goes, the probe: when
it is answered the breaker closes, when it fails the breaker opens for longer, and when it is cancelled the next request
is the probe.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import msgspec

from massgen.backend.stream_chunk import ErrorInfo, ErrorKind
from massgen.errors import ConfigurationError, MassgenError
from massgen.transport.clock import Clock, SystemClock
from massgen.transport.retry import RetryPolicy
from massgen.wire.exceptions import extract_retry_after, extract_status_code, from_exception

__all__ = [
    "CircuitBreakerMetrics",
    "CircuitBreakerOpenError",
    "CircuitBreakerStore",
    "CircuitRecord",
    "CircuitState",
    "InMemoryStore",
    "LLMCircuitBreaker",
    "LLMCircuitBreakerConfig",
    "Permit",
    "RateLimitAction",
    "classify_429",
    "extract_retry_after",
    "extract_status_code",
    "make_store",
]

_Result = TypeVar("_Result")

_WHILE_PROBING = 1.0  # seconds until it is worth asking again; nobody knows how long the probe takes


class CircuitState(StrEnum):
    """Whether requests go: all, none, or one at a time."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class RateLimitAction(StrEnum):
    """What a 429 means for the breaker: wait as told, stop for as long as told, or count it as a failure."""

    WAIT = "wait"
    STOP = "stop"
    CAP = "cap"


class CircuitBreakerOpenError(MassgenError):
    """No request was sent: the breaker is open. `retry_after` is in seconds."""

    def __init__(self, name: str, retry_after: float, reason: str = "") -> None:
        self.retry_after, self.reason = retry_after, reason
        why = f" after {reason}" if reason else ""
        then = f"no request was sent, the next may go in {retry_after:.1f} s"
        super().__init__(f"the circuit breaker of {name} is open{why}: {then}")


class LLMCircuitBreakerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds throughout. It opens after `max_failures` in a row for `reset_time_seconds`, times `backoff_multiplier`
    for each further opening without an answer between, up to `max_backoff_seconds`.

    A 429 that asks for more than `retry_after_threshold_seconds` opens it at once, for as long as it asks.
    `retryable_status_codes` are the HTTP statuses that count as failures.
    """

    enabled: bool = False
    max_failures: int = 5
    reset_time_seconds: float = 60
    backoff_multiplier: float = 2.0
    max_backoff_seconds: float = 300.0
    retry_after_threshold_seconds: float = 120.0
    retryable_status_codes: list[int] = msgspec.field(default_factory=lambda: [500, 502, 503, 529])


class CircuitRecord(msgspec.Struct, frozen=True):
    """What a store keeps of one breaker. Times are seconds of the breaker's clock; `open_until` None means closed.

    `turn` changes with every change of state, so that a request that was let through in another state changes nothing.
    """

    failures: int = 0
    openings: int = 0
    open_until: float | None = None
    probe_until: float | None = None
    turn: int = 0
    reason: str = ""


class CircuitBreakerStore(Protocol):
    """Where breakers of the same name share their state."""

    def read(self, name: str) -> CircuitRecord:
        """The record of that name; a fresh one where there is none."""

    def swap(self, name: str, old: CircuitRecord, new: CircuitRecord) -> bool:
        """Put `new` in the place of `old`, in one step; False, and nothing done, where it is not `old` any more."""


class InMemoryStore:
    """The breakers of one process, from any thread."""

    def __init__(self) -> None:
        self._records: dict[str, CircuitRecord] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> CircuitRecord:
        return self._records.get(name, CircuitRecord())

    def swap(self, name: str, old: CircuitRecord, new: CircuitRecord) -> bool:
        with self._lock:
            if self.read(name) != old:
                return False
            self._records[name] = new
            return True


def make_store(kind: str = "memory") -> CircuitBreakerStore:
    """A store of its own. `kind` is `memory`; whoever wants to share state between processes writes a store with the
    two methods of `CircuitBreakerStore`, whose times are then seconds of a clock that all of them share.
    """
    if kind != "memory":
        raise ConfigurationError(f"the circuit breaker has the store 'memory', not {kind!r}: pass one of your own")
    return InMemoryStore()


class CircuitBreakerMetrics(Protocol):
    """Told of every change of state."""

    def state_changed(self, name: str, state: CircuitState, reason: str) -> None: ...


def classify_429(retry_after_value: float | None, threshold: float) -> RateLimitAction:
    """WAIT for a hint up to `threshold` seconds, STOP for a longer one, CAP where there is none."""
    if retry_after_value is None:
        return RateLimitAction.CAP
    return RateLimitAction.WAIT if retry_after_value <= threshold else RateLimitAction.STOP


class Permit:
    """One request that was let through. It ends once, with `end` or `release`; what follows changes nothing."""

    __slots__ = ("_breaker", "_over", "_probe", "_turn")

    def __init__(self, breaker: LLMCircuitBreaker, turn: int, probe: bool) -> None:
        self._breaker, self._turn, self._probe, self._over = breaker, turn, probe, False

    def answering(self) -> None:
        """The model began to answer: a probe has found out what it was sent for."""
        if self._probe and not self._over:
            self._probe = False
            self._turn = self._breaker._close(self._turn)

    def end(self, info: ErrorInfo | None) -> None:
        """The request is over: answered (None), or with a failure, which counts if it speaks of health."""
        if not self._over:
            self._over = True
            self._breaker._judge(self._turn, info)

    def release(self) -> None:
        """The request was given up, and says nothing."""
        if not self._over:
            self._over = True
            self._breaker._free(self._turn)


_SICK = frozenset({ErrorKind.OVERLOADED, ErrorKind.SERVER, ErrorKind.TIMEOUT, ErrorKind.CONNECTION,
                   ErrorKind.INCOMPLETE})  # fmt: skip


class LLMCircuitBreaker:
    """One breaker. Those of the same `backend_name` and `store` share their state.

    `admit` gives a permit for one request. `should_block`, `record_failure` and `record_success` are the same without
    one, for a caller that has a single request on its way. Where `config.enabled` is false nothing blocks or counts.
    """

    def __init__(
        self,
        config: LLMCircuitBreakerConfig | None = None,
        backend_name: str = "llm",
        metrics: CircuitBreakerMetrics | None = None,
        store: CircuitBreakerStore | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.config = config or LLMCircuitBreakerConfig()
        self.backend_name = backend_name
        self._metrics, self._store, self._clock = metrics, store or InMemoryStore(), clock or SystemClock()

    @property
    def state(self) -> CircuitState:
        record = self._record
        if record.open_until is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._clock.monotonic() < record.open_until else CircuitState.HALF_OPEN

    @property
    def failure_count(self) -> int:
        """Failures in a row, in the closed state."""
        return self._record.failures

    @property
    def refusal(self) -> CircuitBreakerOpenError:
        """Why a request was not let through."""
        record = self._record
        left = (record.open_until or 0.0) - self._clock.monotonic()
        return CircuitBreakerOpenError(self.backend_name, left if left > 0 else _WHILE_PROBING, record.reason)

    @property
    def is_blocking(self) -> bool:
        """Whether a request would be refused. Asking changes nothing, unlike `should_block`."""
        return self._blocks(self._record, self._clock.monotonic())

    def admit(self) -> Permit | None:
        """A permit to send one request, or None: the breaker is open, or half open with its probe on the way."""
        while True:
            record, now = self._record, self._clock.monotonic()
            if self._blocks(record, now):
                return None
            if record.open_until is None or not self.config.enabled:
                return Permit(self, record.turn, probe=False)
            # A probe that nobody ends, because its program forgot it, does not keep the others out for ever.
            until = now + self.config.max_backoff_seconds
            if self._put(record, probe_until=until, turn=record.turn + 1):
                self._tell(CircuitState.HALF_OPEN, record.reason)
                return Permit(self, record.turn + 1, probe=True)

    def should_block(self) -> bool:
        """Whether a request must not go. False in the half-open state makes it the probe."""
        return self.admit() is None

    def record_failure(self, error_type: str | None = None, error_message: str | None = None) -> None:
        """A request failed in a way that speaks of the provider's health."""
        self._fail(self._record.turn, ": ".join(text for text in (error_type, error_message) if text))

    def record_success(self) -> None:
        """A request was answered."""
        self._close(self._record.turn)

    def force_open(self, reason: str = "", open_for_seconds: float = 0) -> None:
        """Open at once: for `open_for_seconds`, or for as long as after a run of failures."""
        while self.config.enabled and not self._open(self._record, reason, open_for_seconds):
            pass

    def reset(self) -> None:
        """Close, and forget all failures."""
        while not self._put(record := self._record, **_CLEAN, turn=record.turn + 1):
            pass

    async def call_with_retry(
        self, coro_factory: Callable[[], Awaitable[_Result]], *, max_retries: int = 3, agent_id: str | None = None
    ) -> _Result:
        """Await `coro_factory()`, again after failures that may pass. `agent_id` is named in the refusal.

        Raises `CircuitBreakerOpenError` where the breaker does not let it through, else what the last try raised.
        """
        policy = RetryPolicy(
            max_retries=max_retries, first_delay=1.0, longest_wait=self.config.retry_after_threshold_seconds
        )
        tried = 0
        while True:
            tried += 1
            permit = self.admit()
            if permit is None:
                refusal = self.refusal
                if agent_id:
                    refusal.add_note(f"agent {agent_id}")
                raise refusal
            try:
                result = await coro_factory()
            except Exception as error:
                info = _info(self.backend_name, error)
                if info is None:  # nothing that a provider did
                    permit.release()
                    raise
                permit.end(info)
                wait = policy.delay(tried, info.retryable, info.retry_after)
                if wait is None:
                    raise
            except BaseException:
                permit.release()
                raise
            else:
                permit.end(None)
                return result
            await self._clock.sleep(wait)

    # How a request ended. `turn` is that of its permit: another one means that the state has changed since.

    def _judge(self, turn: int, info: ErrorInfo | None) -> None:
        if info is None:
            self._close(turn)
            return
        action = classify_429(info.retry_after, self.config.retry_after_threshold_seconds)
        limited = info.kind == ErrorKind.RATE_LIMIT
        if limited and action is RateLimitAction.STOP:
            while (record := self._current(turn)) and not self._open(record, _reason(info), info.retry_after or 0.0):
                pass
        elif (limited and action is RateLimitAction.CAP) or self._is_sick(info):
            self._fail(turn, _reason(info))
        else:
            self._free(turn)

    def _is_sick(self, info: ErrorInfo) -> bool:
        """Whether a failure says that the provider is not well; a request that is refused for its own sake does not."""
        if info.http_status is not None:
            return info.http_status in self.config.retryable_status_codes
        return info.kind in _SICK

    def _fail(self, turn: int, reason: str) -> None:
        while record := self._current(turn):
            failures = record.failures + 1
            if record.open_until is not None or failures >= self.config.max_failures:
                why = reason if record.open_until is not None else f"{failures} failures, the last one {reason}"
                if self._open(record, why, 0.0):
                    return
            elif self._put(record, failures=failures):
                return

    def _open(self, record: CircuitRecord, reason: str, seconds: float) -> bool:
        config = self.config
        grown = config.reset_time_seconds * config.backoff_multiplier ** min(record.openings, 30)
        until = self._clock.monotonic() + (seconds if seconds > 0 else min(config.max_backoff_seconds, grown))
        changes = {**_CLEAN, "open_until": until, "openings": record.openings + 1, "reason": reason}
        done = self._put(record, **changes, turn=record.turn + 1)
        if done:
            self._tell(CircuitState.OPEN, reason)
        return done

    def _close(self, turn: int) -> int:
        """Back to no failures; the turn that follows."""
        while record := self._current(turn):
            if record.open_until is None and not record.failures:
                return turn
            following = turn + (record.open_until is not None)
            if self._put(record, **_CLEAN, turn=following):
                if following != turn:
                    self._tell(CircuitState.CLOSED, "")
                return following
        return turn

    def _blocks(self, record: CircuitRecord, now: float) -> bool:
        opened = self.config.enabled and record.open_until is not None
        return opened and (now < (record.open_until or 0.0) or now < (record.probe_until or 0.0))

    def _current(self, turn: int) -> CircuitRecord | None:
        """The record, where what happened in `turn` still says something: not in another turn, and not while open."""
        record = self._record
        known = self.config.enabled and record.turn == turn
        return record if known and self._clock.monotonic() >= (record.open_until or 0.0) else None

    def _free(self, turn: int) -> None:
        while (record := self._record).turn == turn and record.probe_until is not None:
            if self._put(record, probe_until=None):
                return

    @property
    def _record(self) -> CircuitRecord:
        return self._store.read(self.backend_name)

    def _put(self, record: CircuitRecord, **changes: Any) -> bool:
        return self._store.swap(self.backend_name, record, msgspec.structs.replace(record, **changes))

    def _tell(self, state: CircuitState, reason: str) -> None:
        if self._metrics is not None:
            self._metrics.state_changed(self.backend_name, state, reason)


_CLEAN: Mapping[str, Any] = {"failures": 0, "openings": 0, "open_until": None, "probe_until": None, "reason": ""}


def _info(name: str, error: Exception) -> ErrorInfo | None:
    problem = from_exception(name, error)
    return problem.info if problem else None


def _reason(info: ErrorInfo) -> str:
    return f"HTTP {info.http_status} {info.kind}" if info.http_status is not None else info.kind
