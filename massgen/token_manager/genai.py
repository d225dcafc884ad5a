"""The genai-prices package as a source of `ModelPricing`. Optional; its updater, which would use the network, is never
started. Importing it takes a fifth of a second, so it is imported by the first question for a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from massgen.token_manager.prices import ModelPricing, PriceTier, is_version_of


def find(provider_id: str, model: str, at: datetime) -> ModelPricing | None:
    """The price of `model` at the moment `at`, or None: package absent, provider or model unknown.

    genai-prices matches some models by prefix, so that `gemini-1.5-flash-8b` finds `gemini-1.5-flash`; a hit counts
    only if the name is the model's id, one of its listed aliases, or a version of either.
    """
    model = model.removeprefix("models/")  # Gemini's resource names
    provider = _providers().get(provider_id)
    info = provider.find_model(model) if provider is not None and model else None
    if info is None or not any(is_version_of(model, name) for name in (info.id, *_aliases(info.match))):
        return None
    return _pricing(info, at)


@cache
def _providers() -> dict[str, Any]:
    try:
        from genai_prices.data import providers
    except ImportError:
        return {}
    return {provider.id: provider for provider in providers}


def _aliases(clause: Any) -> Iterator[str]:
    """The whole names in a match clause."""
    if isinstance(name := getattr(clause, "equals", None), str):
        yield name
    for inner in getattr(clause, "or_", None) or ():
        yield from _aliases(inner)


# Our names of prices -> theirs.
_NAMES = {
    "input_cost_per_1k": "input_mtok",
    "output_cost_per_1k": "output_mtok",
    "cached_cost_per_1k": "cache_read_mtok",
    "cache_write_cost_per_1k": "cache_write_mtok",
    "cache_write_1h_cost_per_1k": "cache_write_1h_mtok",
    "audio_input_cost_per_1k": "input_audio_mtok",
    "audio_output_cost_per_1k": "output_audio_mtok",
    "reasoning_cost_per_1k": "output_reasoning_mtok",
}

# Tiers of service -> what a request of theirs is like, in the words of their price variants.
_SERVICE = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast", "speed": "fast"},
}


def _pricing(info: Any, at: datetime) -> ModelPricing | None:
    standard = _read(info.get_prices(at))
    if standard is None:
        return None
    others = ((name, _read(info.get_prices(at, context))) for name, context in _SERVICE.items())
    services = {name: other for name, other in others if other is not None and other != standard}
    return msgspec.structs.replace(standard, context_window=info.context_window, service_tiers=services)


def _read(prices: Any) -> ModelPricing | None:
    per_mtok = {ours: getattr(prices, theirs, None) for ours, theirs in _NAMES.items()}
    if per_mtok["input_cost_per_1k"] is None or per_mtok["output_cost_per_1k"] is None:
        return None
    starts = sorted({tier.start for price in per_mtok.values() for tier in getattr(price, "tiers", ())})
    tiers = tuple(PriceTier(start, **_rates(per_mtok, start + 1)) for start in starts)
    return ModelPricing(**_rates(per_mtok, 0), source="genai-prices", tiers=tiers)


def _rates(per_mtok: dict[str, Any], prompt: int) -> dict[str, Any]:
    """USD per 1,000 tokens of a request with `prompt` input tokens."""
    return {name: _rate(price, prompt) for name, price in per_mtok.items() if price is not None}


def _rate(price: Any, prompt: int) -> float:
    reached = [tier for tier in getattr(price, "tiers", ()) if prompt > tier.start]
    plain = max(reached, key=lambda tier: tier.start).price if reached else getattr(price, "base", price)
    return float(plain) / 1000.0
