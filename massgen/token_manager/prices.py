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
    cache_write_1h_cost_per_1k: float | None = None
    audio_input_cost_per_1k: float | None = None
    audio_output_cost_per_1k: float | None = None
    reasoning_cost_per_1k: float | None = None


class ModelPricing(msgspec.Struct, frozen=True):
    """USD per 1,000 tokens, and limits in tokens. `source` is `user`, `genai-prices`, `table` or `local`.

    A price that is None is that of the kind around it: cached, cache-writing and audio input cost as other input, cache
    writes for an hour as other writes, reasoning and audio output as other output. `service_tiers` are the prices of a
    tier that costs otherwise (`batch`, `flex`, `priority`, `fast`); a tier that is not there costs as the standard one.
    """

    input_cost_per_1k: float
    output_cost_per_1k: float
    context_window: int | None = None
    max_output_tokens: int | None = None
    source: str = "unknown"
    cached_cost_per_1k: float | None = None
    cache_write_cost_per_1k: float | None = None
    tiers: tuple[PriceTier, ...] = ()
    cache_write_1h_cost_per_1k: float | None = None
    audio_input_cost_per_1k: float | None = None
    audio_output_cost_per_1k: float | None = None
    reasoning_cost_per_1k: float | None = None
    service_tiers: dict[str, ModelPricing] = {}

    def cost(self, usage: Usage) -> float:
        """USD for one attempt. Each token is charged once: the kinds are disjoint parts of input and output."""
        pricing = self.service_tiers.get(usage.service_tier or "", self)
        rates = pricing._rates(usage.prompt)
        return (_input_cost(rates, usage) + _output_cost(rates, usage)) / 1000.0

    def scaled(self, factor: float) -> ModelPricing:
        """The same model at `factor` times the price."""
        return msgspec.structs.replace(
            self, **_scaled(self, factor), tiers=tuple(_scaled_tier(tier, factor) for tier in self.tiers)
        )

    def _rates(self, prompt: int) -> ModelPricing | PriceTier:
        reached = [tier for tier in self.tiers if prompt > tier.above]
        return max(reached, key=lambda tier: tier.above) if reached else self


RATES = tuple(name for name in PriceTier.__struct_fields__ if name != "above")
"""The names of the prices, in both structs."""


def _input_cost(rates: ModelPricing | PriceTier, usage: Usage) -> float:
    cached = min(usage.cached or 0, usage.prompt)
    written = min(usage.cache_creation or 0, usage.prompt - cached)
    for_an_hour = min(usage.cache_creation_1h or 0, written)
    fresh = usage.prompt - cached - written
    heard = min(usage.audio_prompt or 0, fresh)
    plain = rates.input_cost_per_1k
    write = _or(rates.cache_write_cost_per_1k, plain)
    return (
        (fresh - heard) * plain
        + heard * _or(rates.audio_input_cost_per_1k, plain)
        + cached * _or(rates.cached_cost_per_1k, plain)
        + (written - for_an_hour) * write
        + for_an_hour * _or(rates.cache_write_1h_cost_per_1k, write)
    )


def _output_cost(rates: ModelPricing | PriceTier, usage: Usage) -> float:
    spoken = min(usage.audio_completion or 0, usage.completion)
    thought = min(usage.reasoning or 0, usage.completion - spoken)
    plain = rates.output_cost_per_1k
    return (
        (usage.completion - spoken - thought) * plain
        + spoken * _or(rates.audio_output_cost_per_1k, plain)
        + thought * _or(rates.reasoning_cost_per_1k, plain)
    )


def _or(rate: float | None, otherwise: float) -> float:
    return otherwise if rate is None else rate


def _scaled(rates: ModelPricing | PriceTier, factor: float) -> dict[str, float]:
    given = ((name, getattr(rates, name)) for name in RATES)
    return {name: rate * factor for name, rate in given if rate is not None}


def _scaled_tier(tier: PriceTier, factor: float) -> PriceTier:
    return msgspec.structs.replace(tier, **_scaled(tier, factor))


# -2026-04-23, -20260423, @20260423, -09-2025, -001, -latest, -v1
_VERSION = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|20\d{6}|\d{2}-20\d{2}|\d{3}|latest|v\d+)")


def is_version_of(name: str, model: str) -> bool:
    """Whether `name` is `model` or a dated or numbered version of it; a dot and a dash between numbers are the same."""
    name, model = _plain(name), _plain(model)
    return name == model or (name.startswith(model) and _VERSION.fullmatch(name[len(model) :]) is not None)


def _plain(name: str) -> str:
    return re.sub(r"(?<=\d)\.(?=\d)", "-", name.strip().lower().removeprefix("models/"))
