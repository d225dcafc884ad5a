"""What a backend has spent: tokens and dollars of all its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PRICES: Final[Mapping[str, tuple[float, float, float]]] = {"openai/gpt-oss-120b": (0.15, 0.075, 0.6)}
"""US dollars per million tokens: input, cached input, output. https://groq.com/pricing"""


@dataclass(slots=True)
class Account:
    """`estimated_cost` is None as soon as one answer's price is unknown."""

    input_tokens: int = 0
    output_tokens: int = 0
    estimated_cost: float | None = 0.0

    def add(self, model: str, usage: Mapping[str, int], told: float | None = None) -> None:
        """Count an answer; `told` is its cost where the provider tells it."""
        prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
        self.input_tokens += prompt
        self.output_tokens += completion
        cached = usage.get("cached_input_tokens", 0)
        cost = told if told is not None else self.price(model, prompt, cached, completion)
        self.estimated_cost = None if cost is None or self.estimated_cost is None else self.estimated_cost + cost

    def price(self, model: str, prompt: int, cached: int, completion: int) -> float | None:
        """US dollars of one answer; None for a model whose price nobody knows."""
        if model not in PRICES:
            return None
        fresh, again, out = PRICES[model]
        return ((prompt - cached) * fresh + cached * again + completion * out) / 1_000_000
