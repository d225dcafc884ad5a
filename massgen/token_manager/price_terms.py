"""What holds for all models of a provider's price list: cache writes for an hour, and the tiers of service.

From the vendors' price pages on 2026-11-21, by way of genai-prices 0.2.3: Anthropic's writes for an hour cost twice the
input; a batch costs half at Anthropic and at OpenAI, whose flex tier does so too.
"""

from __future__ import annotations

import msgspec

from massgen.token_manager.prices import ModelPricing, PriceTier

_HOUR_WRITE = {"Claude": 2.0}  # times the input price
_SERVICE: dict[str, dict[str, float]] = {
    "Claude": {"batch": 0.5},
    "OpenAI": {"batch": 0.5, "flex": 0.5},
}


def hour_write(provider: str, input_cost: float) -> float | None:
    """The price of a cache write for an hour, where it differs from other writes."""
    factor = _HOUR_WRITE.get(provider)
    return None if factor is None else input_cost * factor


def with_hour_writes(provider: str, tiers: tuple[PriceTier, ...]) -> tuple[PriceTier, ...]:
    """The same for the price tiers of a model."""
    return tuple(
        msgspec.structs.replace(tier, cache_write_1h_cost_per_1k=hour_write(provider, tier.input_cost_per_1k))
        for tier in tiers
    )


def services(provider: str, pricing: ModelPricing) -> dict[str, ModelPricing]:
    """What the tiers of service cost, for a model that costs `pricing` on the standard one."""
    return {name: pricing.scaled(share) for name, share in _SERVICE.get(provider, {}).items()}
