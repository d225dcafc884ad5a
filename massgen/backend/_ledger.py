"""The account of one backend: attempts come in with their counts, and are priced when somebody asks for the cost."""

from __future__ import annotations

from datetime import UTC, datetime

from massgen.token_manager.records import TokenUsage
from massgen.token_manager.token_manager import TokenCostCalculator
from massgen.token_manager.usage import Usage


class UsageLedger:
    """Sums attempts. Pricing waits until `usage` is read, so that no price data is loaded while a stream runs."""

    def __init__(self, calculator: TokenCostCalculator) -> None:
        self.calculator = calculator
        self.last_input_tokens = 0
        self.largest_input_tokens = 0  # of one attempt, since `forget_largest`
        self._usage = TokenUsage()
        self._waiting: list[tuple[Usage, str, str, datetime]] = []

    def add(self, usage: Usage, provider: str, model: str) -> None:
        """One attempt of `model` is over."""
        self.last_input_tokens = usage.prompt
        self.largest_input_tokens = max(self.largest_input_tokens, usage.prompt)
        self._waiting.append((usage, provider, model, datetime.now(UTC)))

    @property
    def usage(self) -> TokenUsage:
        """Everything so far, priced. The object is the same every time and grows."""
        waiting, self._waiting = self._waiting, []
        for usage, provider, model, at in waiting:
            self._usage.count(usage, self.calculator.price(usage, provider, model, at=at))
        return self._usage

    def reset(self) -> None:
        self._waiting.clear()
        self._usage.reset()
        self.last_input_tokens = self.largest_input_tokens = 0
