"""The account of one backend: attempts come in with their counts, and are priced when somebody asks for the cost."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from massgen.token_manager.records import TokenUsage
from massgen.token_manager.token_manager import TokenCostCalculator
from massgen.token_manager.usage import Usage


class _Attempt(msgspec.Struct, frozen=True):
    usage: Usage
    provider: str
    model: str
    priced_as: str
    at: datetime
    part: TokenUsage | None


class UsageLedger:
    """Sums attempts. Pricing waits until `usage` is read, so that no price data is loaded while a stream runs."""

    def __init__(self, calculator: TokenCostCalculator) -> None:
        self.calculator = calculator
        self._usage = TokenUsage()
        self._models: dict[str, TokenUsage] = {}
        self._part: TokenUsage | None = None
        self._waiting: list[_Attempt] = []

    def add(self, usage: Usage, provider: str, model: str, priced_as: str | None = None) -> None:
        """One attempt of `model` is over, whose price is looked up under the name `priced_as` (its own)."""
        named = model if priced_as is None else priced_as
        self._waiting.append(_Attempt(usage, provider, model, named, datetime.now(UTC), self._part))

    def open_part(self) -> TokenUsage:
        """An account that gets every attempt from now on as well. It is complete after `close_part`."""
        self._part = TokenUsage()
        return self._part

    def close_part(self) -> None:
        """Price what is left for the open account, and end it."""
        self._settle()
        self._part = None

    @property
    def usage(self) -> TokenUsage:
        """Everything so far, priced. The object is the same every time and grows."""
        self._settle()
        return self._usage

    @property
    def by_model(self) -> dict[str, TokenUsage]:
        """The same, priced, for each model by its name as it was asked for."""
        self._settle()
        return dict(self._models)

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for attempt in waiting:
            cost = self.calculator.price(attempt.usage, attempt.provider, attempt.priced_as, at=attempt.at)
            for account in (self._usage, self._models.setdefault(attempt.model, TokenUsage()), attempt.part):
                if account is not None:
                    account.count(attempt.usage, cost)

    def reset(self) -> None:
        """Forget the whole; an open account keeps its part."""
        if self._part is not None:
            self._settle()
        self._waiting.clear()
        self._usage.reset()
        self._models.clear()
