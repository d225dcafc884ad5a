"""Rounds: what an agent used between the start and the end of one."""

from __future__ import annotations

import msgspec

from massgen.backend._ledger import UsageLedger
from massgen.backend._timing import CallTimer
from massgen.token_manager.records import RoundTokenUsage, TokenUsage


class _Open(msgspec.Struct):
    record: RoundTokenUsage
    used: TokenUsage
    calls_before: int


class RoundTracker:
    """At most one round runs at a time; starting another one drops the one that was not ended."""

    def __init__(self, ledger: UsageLedger, timer: CallTimer) -> None:
        self.history: list[RoundTokenUsage] = []
        self.number = 0
        self.kind = ""
        self._ledger, self._timer = ledger, timer
        self._open: _Open | None = None

    def start(self, number: int, kind: str, agent_id: str, now: float) -> None:
        self.number, self.kind = number, kind
        self._timer.reset_round()
        record = RoundTokenUsage(number, agent_id, kind, start_time=now)
        self._open = _Open(record, self._ledger.open_part(), len(self._timer.finished))

    def count_tool_calls(self, number: int) -> None:
        """The model made that many calls; they belong to the round that runs, if one does."""
        if self._open is not None:
            self._open.record.tool_calls_count += number

    def end(self, outcome: str, now: float, context_window: int | None) -> RoundTokenUsage | None:
        """The record of the round that ran, or None where none did."""
        if self._open is None:
            return None
        opened, self._open = self._open, None
        record, used = opened.record, opened.used
        self._ledger.close_part()
        record.outcome, record.end_time = outcome, now
        record.input_tokens, record.output_tokens = used.input_tokens, used.output_tokens
        record.reasoning_tokens, record.cached_input_tokens = used.reasoning_tokens, used.cached_input_tokens
        record.estimated_cost = used.estimated_cost
        record.token_source = "estimated" if used.estimated_calls else "api"
        if context_window:
            record.context_window_size = context_window
            record.context_usage_pct = 100.0 * used.largest_input_tokens / context_window
        calls = self._timer.finished[opened.calls_before :]
        waits = [call.time_to_first_token_ms for call in calls if call.time_to_first_token_ms]
        record.api_calls_count = len(calls)
        record.api_time_ms = sum(call.duration_ms for call in calls)
        record.avg_ttft_ms = sum(waits) / len(waits) if waits else 0.0
        self.history.append(record)
        return record
