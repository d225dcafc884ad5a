"""Counting and pricing tokens. The records live in `records`, the prices in `prices` and `price_table`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

import msgspec

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.token_manager import estimate, genai
from massgen.token_manager.dialects import read_usage
from massgen.token_manager.money import usd
from massgen.token_manager.price_table import PROVIDER_PRICING
from massgen.token_manager.prices import ModelPricing, PriceTier, is_version_of
from massgen.token_manager.records import APICallMetric, RoundTokenUsage, TokenUsage, ToolExecutionMetric
from massgen.token_manager.usage import Usage

Json = Any
PriceTable = Mapping[str, Mapping[str, ModelPricing]]

__all__ = [
    "APICallMetric",
    "ModelPricing",
    "PriceTier",
    "RoundTokenUsage",
    "TokenCostCalculator",
    "TokenUsage",
    "ToolExecutionMetric",
    "Usage",
]

# Other names of a provider, in lower case, beside its types and its name in the registry -> its name there.
_ALIASES = {
    "anthropic": "Claude",
    "google": "Gemini",
    "vertex": "Gemini",
    "vertex ai": "Gemini",
    "mistral ai": "Mistral",
    "azure": "Azure OpenAI",
    "xai": "Grok",
    "x.ai": "Grok",
    "together ai": "Together AI",
    "fireworks ai": "Fireworks AI",
    "cerebras ai": "Cerebras AI",
    "moonshotai": "Moonshot AI",
    "kimi": "Moonshot AI",
    "dashscope": "Qwen",
    "alibaba": "Qwen",
    "zhipu": "Z.AI",
    "nebius ai studio": "Nebius",
    "nvidia": "NVIDIA NIM",
}

# Provider names -> their id in genai-prices. A provider that is not here is asked for under its own name in lower case.
_GENAI_IDS = {
    "Claude": "anthropic",
    "Gemini": "google",
    "Grok": "x-ai",
    "Together AI": "together",
    "Fireworks AI": "fireworks",
    "Cerebras AI": "cerebras",
    "Moonshot AI": "moonshotai",
    "Z.AI": "zai",
}

_ROWS = BACKEND_CAPABILITIES.values()
_FREE = ModelPricing(0.0, 0.0, source="local")
_PASSED_ON = ("-cloud", ":cloud")  # models whose requests a local Ollama sends to its cloud


class TokenCostCalculator:
    """Looks prices up: the caller's own table first, then genai-prices where it is installed, then ours.

    `prices` is the caller's table, `{provider name: {model: ModelPricing}}`. An unknown model has no price: every cost
    is then None, never 0. Nothing here uses a network; tiktoken would, to get its vocabularies, so whoever wants its
    counts passes a `tiktoken_encoder`, such as `tiktoken.get_encoding("o200k_base")`.
    """

    PROVIDER_PRICING: ClassVar[PriceTable] = PROVIDER_PRICING

    def __init__(self, prices: PriceTable | None = None, tiktoken_encoder: Any = None) -> None:
        tables = prices or {}
        self.tiktoken_encoder = tiktoken_encoder
        self._own = {self.normalize_provider(provider): dict(models) for provider, models in tables.items()}

    @staticmethod
    def normalize_provider(provider: str) -> str:
        """The provider's name in the registry, by any of its names: a backend type, the vendor's, in any case."""
        name = provider.strip()
        return _ALIASES.get(name.lower()) or _registered().get(name.lower()) or name

    _normalize_provider = normalize_provider

    def get_model_pricing(self, provider: str, model: str, *, at: datetime | None = None) -> ModelPricing | None:
        """The price of `model` of `provider` at the moment `at` (now), or None where it is not known."""
        name = self.normalize_provider(provider)
        own = _in_table(self._own.get(name, {}), model)
        if own is not None:
            return msgspec.structs.replace(own, source="user")
        if _is_local(name):
            return None if model.endswith(_PASSED_ON) else _FREE
        known = genai.find(_GENAI_IDS.get(name, name.lower()), model, at or datetime.now(UTC))
        listed = _in_table(self.PROVIDER_PRICING.get(name, {}), model)
        if known is not None and listed is not None:  # limits that genai-prices does not have
            return msgspec.structs.replace(
                known,
                context_window=listed.context_window,
                max_output_tokens=listed.max_output_tokens,
            )
        return known or listed

    def price(self, usage: Usage, provider: str, model: str, *, at: datetime | None = None) -> float | None:
        """USD of one attempt, or None where it is not known. What the provider says itself wins: the cost, and which
        model answered, where that one has a price.
        """
        if usage.cost is not None:
            return usage.cost
        prices = (self.get_model_pricing(provider, name, at=at) for name in (usage.model, model) if name)
        pricing = next((price for price in prices if price is not None), None)
        return None if pricing is None else pricing.cost(usage)

    def calculate_cost(self, input_tokens: int, output_tokens: int, provider: str, model: str) -> float | None:
        """USD of that many tokens, none of them cached; None where the price is not known."""
        return self.price(Usage(prompt=input_tokens, completion=output_tokens), provider, model)

    def calculate_cost_with_usage_object(self, model: str, usage: Json, provider: str | None = None) -> float | None:
        """USD of a usage object of any vendor; None where the price is not known."""
        return self.price(read_usage(usage), provider or "", model)

    def extract_token_breakdown(self, usage: Json) -> dict[str, int]:
        """The counts of a usage object of any vendor under the names of `TokenUsage`."""
        counts = read_usage(usage)
        return {
            "input_tokens": counts.prompt,
            "output_tokens": counts.completion,
            "reasoning_tokens": counts.reasoning or 0,
            "cached_input_tokens": counts.cached or 0,
            "cache_creation_tokens": counts.cache_creation or 0,
        }

    def estimate_tokens(self, text: str | Sequence[Mapping[str, Json]], method: str = "auto") -> int:
        """An estimate for a text or a conversation. `method` is `auto` or `simple`, or `tiktoken` for a text that the
        encoder is to count.
        """
        if method not in ("auto", "simple", "tiktoken"):
            raise ValueError(f"estimate_tokens knows the methods auto, simple and tiktoken, not {method!r}")
        if method == "tiktoken" and isinstance(text, str):
            return self.estimate_tokens_tiktoken(text)
        return estimate.estimate_text(text) if isinstance(text, str) else estimate.estimate_messages(text)

    def estimate_tokens_tiktoken(self, text: str) -> int:
        """What the `tiktoken_encoder` counts; the estimate where there is none."""
        if self.tiktoken_encoder is None:
            return estimate.estimate_text(text)
        return len(self.tiktoken_encoder.encode(text, disallowed_special=()))

    def estimate_tokens_simple(self, text: str) -> int:
        """The same as `estimate_tokens` of a text, under MassGen's name."""
        return estimate.estimate_text(text)

    def estimate_usage(self, messages: Sequence[Mapping[str, Json]], response: str) -> Usage:
        """Estimated counts of one attempt, labelled as such."""
        prompt = estimate.estimate_messages(messages)
        return Usage(prompt=prompt, completion=estimate.estimate_text(response), estimated=True)

    def update_token_usage(
        self,
        usage: TokenUsage,
        messages: Sequence[Mapping[str, Json]],
        response_content: str,
        provider: str,
        model: str,
    ) -> TokenUsage:
        """Add an estimate of one attempt to `usage`, in place, and return it."""
        counts = self.estimate_usage(messages, response_content)
        usage.count(counts, self.price(counts, provider, model))
        return usage

    def format_cost(self, cost: float | None) -> str:
        """`$0.000012`, `$0.0123`, `$0.123`, `$1.23`; `unknown` where the cost is not known."""
        return usd(cost)

    def format_usage_summary(self, usage: TokenUsage) -> str:
        """`Tokens: 1,234 input, 567 output, Cost: $0.012`."""
        cost = self.format_cost(usage.estimated_cost)
        return f"Tokens: {usage.input_tokens:,} input, {usage.output_tokens:,} output, Cost: {cost}"


@cache
def _registered() -> dict[str, str]:
    """Types and names of the registry, in lower case -> the provider's name."""
    types = {row.backend_type: row.provider_name for row in _ROWS}
    return {**types, **{name.lower(): name for name in types.values()}}


def _is_local(provider: str) -> bool:
    """Whether the provider, by its name or its type, is a server of the caller's own: tokens cost nothing there."""
    name = provider.lower()
    return any(row.local and name in (row.backend_type, row.provider_name.lower()) for row in _ROWS)


def _in_table(table: Mapping[str, ModelPricing], model: str) -> ModelPricing | None:
    """`model` exactly, or as a version of a model of the table."""
    if model in table:
        return table[model]
    return next((price for name, price in table.items() if is_version_of(model, name)), None)
