"""The report of what backends used, as a table and as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from rich.console import Console

from massgen.backend.base import LLMBackend
from massgen.backend.stream_chunk import StreamChunk
from massgen.token_manager import ModelPricing, TokenCostCalculator, Usage, UsageReport, usage_report


class Silent(LLMBackend):
    """Counts what a test tells it to, on a clock that a test moves."""

    def __init__(self, name: str = "Silent") -> None:
        super().__init__()
        self.name, self.now = name, 0.0
        self._clock = lambda: self.now
        self.token_calculator = TokenCostCalculator({name: {"m": ModelPricing(1.0, 2.0), "n": ModelPricing(0.0, 0.0)}})

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        yield StreamChunk("done", status="stop")

    def get_provider_name(self) -> str:
        return self.name

    def call(self, model: str, usage: Usage | None, success: bool = True) -> None:
        self.start_api_call_timing(model)
        self.now += 0.5
        if success:
            self.record_first_token()
        self.now += 1.5
        self.end_api_call_timing(success=success)
        if usage is not None:
            self._update_token_usage_from_api_response(usage, model)


def shown(report: UsageReport) -> str:
    screen = io.StringIO()
    Console(file=screen, width=140).print(report)
    return screen.getvalue()


def test_each_model_has_a_row_of_its_own_with_its_calls() -> None:
    backend = Silent()
    backend.call("m", Usage(1000, 100, cached=400, reasoning=50))
    backend.call("m", None, success=False)
    backend.call("n", Usage(10, 5, estimated=True))
    first, second = backend.usage_report().rows
    assert (first.model, first.calls, first.failed, first.api_time_ms, first.first_token_ms) == ("m", 2, 1, 4000, 500)
    assert (first.usage.input_tokens, first.usage.estimated_cost) == (1000, pytest.approx(1.2))
    assert (second.model, second.usage.estimated_calls, second.usage.estimated_cost) == ("n", 1, 0.0)
    table = shown(backend.usage_report())
    assert "2 (1 failed)" in table
    assert "about 10" in table
    assert "$1.20" in table
    assert "total" in table


def test_several_backends_are_one_report_and_an_unknown_price_is_not_hidden_in_the_sum() -> None:
    one, other = Silent("One"), Silent("Other")
    one.call("m", Usage(1000, 0))
    other.call("unheard-of", Usage(7, 3))
    report = usage_report([one, other])
    assert [row.backend for row in report.rows] == ["One", "Other"]
    plain = report.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["total"]["total_tokens"] == 1010
    assert (plain["total"]["estimated_cost"], plain["total"]["known_cost"], plain["total"]["calls"]) == (None, 1.0, 2)
    table = shown(report)
    assert "unknown" in table
    assert "over $1.00" in table


def test_rounds_are_in_the_report_and_a_reset_empties_the_accounts() -> None:
    backend = Silent()
    backend.start_round_tracking(1, "initial_answer", "a")
    backend.call("m", Usage(10, 10))
    backend.end_round_tracking("answer")
    plain = backend.usage_report().to_dict()
    assert [(record["round_number"], record["input_tokens"]) for record in plain["rounds"]] == [(1, 10)]
    backend.reset_token_usage()
    assert backend.usage_report().total.input_tokens == 0


def test_nothing_used_is_an_empty_report() -> None:
    assert Silent().usage_report().to_dict()["rows"] == []
    assert usage_report([]).total.estimated_cost == 0.0
    assert "backend" in shown(usage_report([]))
