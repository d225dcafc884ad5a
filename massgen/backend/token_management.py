"""Counts, prices and costs under the path that MassGen's guide gives them; they live in `massgen.token_manager`."""

from massgen.token_manager import ModelPricing, PriceTier, TokenCostCalculator, TokenUsage, Usage

__all__ = ["ModelPricing", "PriceTier", "TokenCostCalculator", "TokenUsage", "Usage"]
