"""The genai-prices package as a source of `ModelPricing`. Optional; its updater, which would use the network, is never
started. Importing it takes a fifth of a second, so it is imported by the first question for a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

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


def _pricing(info: Any, at: datetime) -> ModelPricing | None:
    prices = info.get_prices(at)
    names = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
    per_mtok = [getattr(prices, name, None) for name in names]
    if per_mtok[0] is None or per_mtok[1] is None:
        return None
    starts = sorted({tier.start for price in per_mtok for tier in getattr(price, "tiers", ())})
    tiers = tuple(PriceTier(start, *_rates(per_mtok, start + 1)) for start in starts)
    fresh, output, cached, write = _rates(per_mtok, 0)
    return ModelPricing(
        fresh,
        output,
        context_window=info.context_window,
        source="genai-prices",
        cached_cost_per_1k=cached,
        cache_write_cost_per_1k=write,
        tiers=tiers,
    )


def _rates(per_mtok: list[Any], prompt: int) -> tuple[float, float, float | None, float | None]:
    """USD per 1,000 tokens of a request with `prompt` input tokens."""
    fresh, output, cached, write = (_rate(price, prompt) for price in per_mtok)
    return fresh or 0.0, output or 0.0, cached, write


def _rate(price: Any, prompt: int) -> float | None:
    if price is None:
        return None
    reached = [tier for tier in getattr(price, "tiers", ()) if prompt > tier.start]
    plain = max(reached, key=lambda tier: tier.start).price if reached else getattr(price, "base", price)
    return float(plain) / 1000.0
