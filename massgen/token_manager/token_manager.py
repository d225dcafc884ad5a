"""Counting and pricing tokens. The records live in `records`, the prices in `prices` and `price_table`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

from massgen.token_manager import estimate, genai
from massgen.token_manager.dialects import read_usage
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

# Other names of a provider -> its name in `PROVIDER_PRICING`.
_ALIASES = {
    "anthropic": "Claude",
    "claude": "Claude",
    "google": "Gemini",
    "gemini": "Gemini",
    "vertex": "Gemini",
    "openai": "OpenAI",
    "groq": "Groq",
    "deepseek": "DeepSeek",
    "openrouter": "OpenRouter",
    "together": "Together AI",
    "fireworks": "Fireworks AI",
    "cerebras": "Cerebras AI",
    "moonshot": "Moonshot AI",
    "kimi": "Moonshot AI",
    "dashscope": "Qwen",
    "zai": "Z.AI",
    "nebius ai studio": "Nebius",
    "grok": "Grok",
    "xai": "Grok",
    "x.ai": "Grok",
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

# Servers that run on the caller's own machine: tokens cost nothing there.
_LOCAL = frozenset({"lm studio", "lmstudio", "ollama", "vllm", "sglang"})
_FREE = ModelPricing(0.0, 0.0, source="local")


class TokenCostCalculator:
    """Looks prices up: the caller's own table first, then genai-prices where it is installed, then ours.

    `prices` is the caller's table, `{provider name: {model: ModelPricing}}`. An unknown model has no price: every cost
    is then None, never 0. Nothing here uses a network.
    """

    PROVIDER_PRICING: ClassVar[PriceTable] = PROVIDER_PRICING

    def __init__(self, prices: PriceTable | None = None) -> None:
        tables = prices or {}
        self._own = {_provider(provider): dict(models) for provider, models in tables.items()}

    def get_model_pricing(self, provider: str, model: str, *, at: datetime | None = None) -> ModelPricing | None:
        """The price of `model` of `provider` at the moment `at` (now), or None where it is not known."""
        name = _provider(provider)
        own = _in_table(self._own.get(name, {}), model)
        if own is not None:
            return msgspec.structs.replace(own, source="user")
        if name.lower() in _LOCAL:
            return _FREE
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
        """USD of one attempt, or None where it is not known. What the provider says itself wins."""
        if usage.cost is not None:
            return usage.cost
        pricing = self.get_model_pricing(provider, model, at=at)
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
        """An estimate for a text or a conversation. `method` is `auto` or `simple`; there is only one method."""
        if method not in ("auto", "simple"):
            raise ValueError(f"estimate_tokens knows the methods auto and simple, not {method!r}")
        return estimate.estimate_text(text) if isinstance(text, str) else estimate.estimate_messages(text)

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
        if cost is None:
            return "unknown"
        if 0 < cost < 0.001:
            exponent = int(f"{cost:.1e}".partition("e")[2])
            return f"${cost:.{1 - exponent}f}"  # two digits that count
        digits = 4 if cost < 0.01 else 3 if cost < 1 else 2
        return f"${cost:.{digits}f}"

    def format_usage_summary(self, usage: TokenUsage) -> str:
        """`Tokens: 1,234 input, 567 output, Cost: $0.012`."""
        cost = self.format_cost(usage.estimated_cost)
        return f"Tokens: {usage.input_tokens:,} input, {usage.output_tokens:,} output, Cost: {cost}"


def _provider(name: str) -> str:
    return _ALIASES.get(name.strip().lower(), name.strip())


def _in_table(table: Mapping[str, ModelPricing], model: str) -> ModelPricing | None:
    """`model` exactly, or as a version of a model of the table."""
    if model in table:
        return table[model]
    return next((price for name, price in table.items() if is_version_of(model, name)), None)
