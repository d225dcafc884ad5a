"""What a backend has counted: tokens, calls, tool runs and rounds, as plain records."""

from __future__ import annotations

from typing import Any

import msgspec

from massgen.token_manager.usage import Usage

Json = Any


class _Record(msgspec.Struct):
    def to_dict(self) -> dict[str, Json]:
        """Plain JSON types, computed figures included."""
        plain: dict[str, Json] = msgspec.to_builtins(self)
        return plain


class TokenUsage(_Record):
    """Tokens of any number of attempts.

    `input_tokens` includes cached and cache-writing tokens, `output_tokens` includes reasoning. `estimated_cost` is in
    USD and None as soon as one attempt's price is unknown (`unpriced_calls` of them); `known_cost` is the part that is
    known. `estimated_calls` says for how many attempts the counts are ours and not the provider's, and
    `largest_input_tokens` is the largest input of a single attempt.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    estimated_cost: float | None = 0.0
    reasoning_tokens: int = 0
    cached_input_tokens: int = 0
    cache_creation_tokens: int = 0
    known_cost: float = 0.0
    unpriced_calls: int = 0
    estimated_calls: int = 0
    largest_input_tokens: int = 0

    def add(self, other: TokenUsage) -> None:
        """Add `other` in place."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.largest_input_tokens = max(self.largest_input_tokens, other.largest_input_tokens)
        self._settle()

    def count(self, usage: Usage, cost: float | None) -> None:
        """Add one attempt. `cost` is in USD, None where it is not known."""
        self.input_tokens += usage.prompt
        self.output_tokens += usage.completion
        self.reasoning_tokens += usage.reasoning or 0
        self.cached_input_tokens += usage.cached or 0
        self.cache_creation_tokens += usage.cache_creation or 0
        self.known_cost += cost or 0.0
        self.unpriced_calls += cost is None
        self.estimated_calls += usage.estimated
        self.largest_input_tokens = max(self.largest_input_tokens, usage.prompt)
        self._settle()

    def reset(self) -> None:
        """Back to nothing counted."""
        for name, value in msgspec.structs.asdict(TokenUsage()).items():
            setattr(self, name, value)

    def _settle(self) -> None:
        self.estimated_cost = None if self.unpriced_calls else self.known_cost


_SUMS = tuple(name for name in TokenUsage.__struct_fields__ if name not in ("estimated_cost", "largest_input_tokens"))


class APICallMetric(_Record):
    """One attempt on the network. Times are seconds of a monotonic clock: only differences mean something."""

    agent_id: str
    round_number: int
    call_index: int
    backend_name: str
    model: str
    start_time: float
    end_time: float = 0.0
    time_to_first_token_ms: float = 0.0
    success: bool = True
    error_message: str | None = None

    @property
    def duration_ms(self) -> float:
        """Milliseconds from the request to the end of the attempt; 0 while it runs."""
        return max(0.0, (self.end_time - self.start_time) * 1000.0) if self.end_time else 0.0

    def to_dict(self) -> dict[str, Json]:
        return {**super().to_dict(), "duration_ms": self.duration_ms}


class ToolExecutionMetric(_Record):
    """One run of a tool. `tool_type` is `mcp`, `custom` or `provider`; times are seconds of a monotonic clock."""

    tool_name: str
    tool_type: str
    call_id: str
    agent_id: str
    round_number: int
    start_time: float
    end_time: float = 0.0
    success: bool = True
    error_message: str | None = None
    input_chars: int = 0
    output_chars: int = 0

    @property
    def execution_time_ms(self) -> float:
        """Milliseconds; 0 while the tool runs."""
        return max(0.0, (self.end_time - self.start_time) * 1000.0) if self.end_time else 0.0

    @property
    def input_tokens_est(self) -> int:
        return self.input_chars // 4

    @property
    def output_tokens_est(self) -> int:
        return self.output_chars // 4

    def to_dict(self) -> dict[str, Json]:
        return {
            **super().to_dict(),
            "execution_time_ms": self.execution_time_ms,
            "input_tokens_est": self.input_tokens_est,
            "output_tokens_est": self.output_tokens_est,
        }


class RoundTokenUsage(_Record):
    """One round of an agent: the tokens of this round alone.

    `context_usage_pct` is the share of the context window, in percent, that the round's largest single request filled;
    `tool_calls_count` are the calls that the model made; `token_source` is `api`, or `estimated` where any count is
    ours. `estimated_cost` is None where it is not known.
    """

    round_number: int
    agent_id: str
    round_type: str
    outcome: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cached_input_tokens: int = 0
    estimated_cost: float | None = 0.0
    context_window_size: int = 0
    context_usage_pct: float = 0.0
    tool_calls_count: int = 0
    token_source: str = "api"  # noqa: S105 - a kind of source, not a secret
    start_time: float = 0.0
    end_time: float = 0.0
    api_calls_count: int = 0
    api_time_ms: float = 0.0
    avg_ttft_ms: float = 0.0

    @property
    def duration_ms(self) -> float:
        """Milliseconds; 0 while the round runs."""
        return max(0.0, (self.end_time - self.start_time) * 1000.0) if self.end_time else 0.0

    def to_dict(self) -> dict[str, Json]:
        return {**super().to_dict(), "duration_ms": self.duration_ms}
