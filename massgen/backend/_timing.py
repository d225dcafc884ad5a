"""The clock of API calls: one `APICallMetric` per attempt."""

from __future__ import annotations

from collections.abc import Callable

from massgen.token_manager.records import APICallMetric


class CallTimer:
    """Times attempts. Several may run at once on one backend: each is known by the metric that `start` returned."""

    def __init__(self) -> None:
        self.finished: list[APICallMetric] = []
        self.index = 0
        self._open: list[APICallMetric] = []
        self._first_seen: set[int] = set()

    def start(self, agent_id: str, round_number: int, backend: str, model: str, now: float) -> APICallMetric:
        """An attempt begins at `now`, right before its request goes out."""
        call = APICallMetric(agent_id, round_number, self.index, backend, model, start_time=now)
        self.index += 1
        self._open.append(call)
        return call

    def first_token(self, call: APICallMetric | None, now: Callable[[], float]) -> None:
        """The first byte of output of `call` (None: the attempt that began last). Only the first time counts."""
        call = self._find(call)
        if call is not None and id(call) not in self._first_seen:
            self._first_seen.add(id(call))
            call.time_to_first_token_ms = max(0.0, (now() - call.start_time) * 1000.0)

    def end(self, call: APICallMetric | None, now: float, success: bool, error: str | None) -> None:
        """`call` is over (None: the attempt that began last). An attempt that has ended already stays as it is."""
        call = self._find(call)
        if call is None:
            return
        call.end_time, call.success, call.error_message = now, success, error
        self._open = [other for other in self._open if other is not call]
        self._first_seen.discard(id(call))
        self.finished.append(call)

    def reset_round(self) -> None:
        """A round begins: its calls are numbered from 0. Calls that still run belong to the round that began them."""
        self.index = 0

    @property
    def current(self) -> APICallMetric | None:
        """The attempt that began last and still runs."""
        return self._open[-1] if self._open else None

    def _find(self, call: APICallMetric | None) -> APICallMetric | None:
        if call is None:
            return self.current
        return next((other for other in self._open if other is call), None)
