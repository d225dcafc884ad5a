"""What a model costs: one value per model, and the rules by which a name finds it.

A name finds a price exactly, or as a dated or numbered version of a priced model; never because one name happens to
occur in another.
"""

from __future__ import annotations

import re

import msgspec

from massgen.token_manager.usage import Usage


class PriceTier(msgspec.Struct, frozen=True):
    """Prices of a request whose input is larger than `above` tokens; they apply to the whole request."""

    above: int
    input_cost_per_1k: float
    output_cost_per_1k: float
    cached_cost_per_1k: float | None = None
    cache_write_cost_per_1k: float | None = None


class ModelPricing(msgspec.Struct, frozen=True):
    """USD per 1,000 tokens, and limits in tokens. Cached and cache-writing input costs as much as other input unless a
    price of its own is given. `source` is `user`, `genai-prices`, `table` or `local`.
    """

    input_cost_per_1k: float
    output_cost_per_1k: float
    context_window: int | None = None
    max_output_tokens: int | None = None
    source: str = "unknown"
    cached_cost_per_1k: float | None = None
    cache_write_cost_per_1k: float | None = None
    tiers: tuple[PriceTier, ...] = ()

    def cost(self, usage: Usage) -> float:
        """USD for one attempt. Each token is charged once: fresh, cached and cache-writing input are disjoint parts."""
        rates = self._rates(usage.prompt)
        cached = min(usage.cached or 0, usage.prompt)
        written = min(usage.cache_creation or 0, usage.prompt - cached)
        fresh = usage.prompt - cached - written
        read_rate = rates.input_cost_per_1k if rates.cached_cost_per_1k is None else rates.cached_cost_per_1k
        write_rate = rates.input_cost_per_1k if rates.cache_write_cost_per_1k is None else rates.cache_write_cost_per_1k
        charged = fresh * rates.input_cost_per_1k + cached * read_rate + written * write_rate
        return (charged + usage.completion * rates.output_cost_per_1k) / 1000.0

    def _rates(self, prompt: int) -> ModelPricing | PriceTier:
        reached = [tier for tier in self.tiers if prompt > tier.above]
        return max(reached, key=lambda tier: tier.above) if reached else self


# -2026-04-23, -20260423, @20260423, -09-2025, -001, -latest, -v1
_VERSION = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|20\d{6}|\d{2}-20\d{2}|\d{3}|latest|v\d+)")


def is_version_of(name: str, model: str) -> bool:
    """Whether `name` is `model` or a dated or numbered version of it; a dot and a dash between numbers are the same."""
    name, model = _plain(name), _plain(model)
    return name == model or (name.startswith(model) and _VERSION.fullmatch(name[len(model) :]) is not None)


def _plain(name: str) -> str:
    return re.sub(r"(?<=\d)\.(?=\d)", "-", name.strip().lower().removeprefix("models/"))
