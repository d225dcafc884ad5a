"""List prices in USD per million tokens, read on 2026-11-21 from the vendors' price pages by way of litellm 1.109.1 and
genai-prices 0.2.3. Used where genai-prices is not installed or does not know a model.

DeepSeek's are the prices of its peak hours; outside of them it charges half. OpenRouter and xAI report the cost
themselves.
"""

from __future__ import annotations

from massgen.token_manager.price_terms import hour_write, services, with_hour_writes
from massgen.token_manager.prices import ModelPricing, PriceTier


def _usd(
    input_: float,
    output: float,
    context: int,
    max_output: int | None = None,
    *,
    cached: float | None = None,
    write: float | None = None,
    above: tuple[int, float, float] | None = None,
    steps: tuple[tuple[int, float, float], ...] = (),
    terms: str = "",
) -> ModelPricing:
    """Prices per million tokens. `above` is (tokens, factor on every input price, factor on the output price), and
    `steps` are several such, for a price that rises more than once. `terms` is the provider whose `price_terms` hold.
    """
    tiers = tuple(
        PriceTier(
            tokens,
            input_ * dearer_in / 1000,
            output * dearer_out / 1000,
            None if cached is None else cached * dearer_in / 1000,
            None if write is None else write * dearer_in / 1000,
        )
        for tokens, dearer_in, dearer_out in ((above,) if above else steps)
    )
    plain = ModelPricing(
        input_ / 1000,
        output / 1000,
        context,
        max_output,
        "table",
        None if cached is None else cached / 1000,
        None if write is None else write / 1000,
        with_hour_writes(terms, tiers),
        hour_write(terms, input_ / 1000),
    )
    return _with_services(plain, terms) if terms else plain


def _with_services(plain: ModelPricing, terms: str) -> ModelPricing:
    return ModelPricing(
        plain.input_cost_per_1k,
        plain.output_cost_per_1k,
        plain.context_window,
        plain.max_output_tokens,
        plain.source,
        plain.cached_cost_per_1k,
        plain.cache_write_cost_per_1k,
        plain.tiers,
        plain.cache_write_1h_cost_per_1k,
        service_tiers=services(terms, plain),
    )


def _openai(
    input_: float,
    output: float,
    context: int,
    max_output: int | None = None,
    *,
    cached: float | None = None,
    write: float | None = None,
    above: tuple[int, float, float] | None = None,
) -> ModelPricing:
    return _usd(input_, output, context, max_output, cached=cached, write=write, above=above, terms="OpenAI")


def _claude(
    input_: float,
    output: float,
    context: int,
    max_output: int | None = None,
    *,
    cached: float | None = None,
    write: float | None = None,
    above: tuple[int, float, float] | None = None,
) -> ModelPricing:
    return _usd(input_, output, context, max_output, cached=cached, write=write, above=above, terms="Claude")


_LONG = (272_000, 2.0, 1.5)  # OpenAI, from gpt-5.4 on

_OPENAI = {
    "gpt-6.1-terra": _openai(1, 5, 922_000, 128_000, cached=0.05, write=1.25, above=_LONG),
    "gpt-6.1-sol": _openai(2, 10, 922_000, 128_000, cached=0.1, write=2.5, above=_LONG),
    "gpt-6-sol": _openai(2, 10, 922_000, 128_000, cached=0.2, write=2.5, above=_LONG),
    "gpt-6-luna": _openai(0.1, 0.5, 922_000, 128_000, cached=0.01, write=0.125, above=_LONG),
    "gpt-6-astra": _openai(10, 50, 922_000, 128_000, cached=1, write=12.5, above=_LONG),
    "gpt-5.6-sol": _openai(4, 20, 922_000, 128_000, cached=0.4, write=5, above=_LONG),
    "gpt-5.6-terra": _openai(2, 12, 922_000, 128_000, cached=0.2, write=2.5, above=_LONG),
    "gpt-5.6-luna": _openai(0.2, 1.2, 922_000, 128_000, cached=0.02, write=0.25, above=_LONG),
    "gpt-5.5": _openai(5, 30, 1_050_000, 128_000, cached=0.5, above=_LONG),
    "gpt-5.5-pro": _openai(30, 180, 1_050_000, 128_000, above=_LONG),
    "gpt-5.4-mini": _openai(0.75, 4.5, 272_000, 128_000, cached=0.075),
    "gpt-5.4-nano": _openai(0.2, 1.25, 272_000, 128_000, cached=0.02),
    "gpt-5.4": _openai(2.5, 15, 1_050_000, 128_000, cached=0.25, above=_LONG),
    "gpt-5.3-codex": _openai(1.75, 14, 272_000, 128_000, cached=0.175),
    "gpt-5.2": _openai(1.75, 14, 272_000, 128_000, cached=0.175),
    "gpt-5.1": _openai(1.25, 10, 272_000, 128_000, cached=0.125),
    "gpt-5": _openai(1.25, 10, 272_000, 128_000, cached=0.125),
    "gpt-5-mini": _openai(0.25, 2, 272_000, 128_000, cached=0.025),
    "gpt-5-nano": _openai(0.05, 0.4, 272_000, 128_000, cached=0.005),
    "gpt-4.1": _openai(2, 8, 1_050_000, 32_000, cached=0.5),
    "gpt-4.1-mini": _openai(0.4, 1.6, 1_050_000, 32_000, cached=0.1),
    "gpt-4o": _openai(2.5, 10, 128_000, 16_000, cached=1.25),
    "gpt-4o-mini": _openai(0.15, 0.6, 128_000, 16_000, cached=0.075),
    "o3": _openai(2, 8, 200_000, 100_000, cached=0.5),
}

_CLAUDE = {
    "claude-haiku-5-5": _claude(0.1, 0.5, 1_000_000, 128_000, cached=0.01, write=0.125, above=(100_000, 5.0, 5.0)),
    "claude-fable-5-2": _claude(8, 40, 1_000_000, cached=0.2, write=10),
    "claude-mythos-5-2": _claude(8, 40, 1_000_000, cached=0.2, write=10),
    "claude-sonnet-5-5": _claude(2, 10, 1_000_000, 128_000, cached=0.1, write=2.5),
    "claude-opus-5-5": _claude(4, 20, 1_000_000, 128_000, cached=0.2, write=5),
    "claude-fable-5-1": _claude(10, 50, 1_000_000, 128_000, cached=0.25, write=12.5),
    "claude-opus-5": _claude(5, 25, 1_000_000, 128_000, cached=0.5, write=6.25),
    "claude-sonnet-5": _claude(2, 10, 1_000_000, 128_000, cached=0.2, write=2.5),
    "claude-fable-5": _claude(10, 50, 1_000_000, 128_000, cached=1, write=12.5),
    "claude-opus-4-8": _claude(5, 25, 1_000_000, 128_000, cached=0.5, write=6.25),
    "claude-opus-4-7": _claude(5, 25, 1_000_000, 128_000, cached=0.5, write=6.25),
    "claude-opus-4-6": _claude(5, 25, 1_000_000, 128_000, cached=0.5, write=6.25),
    "claude-sonnet-4-6": _claude(3, 15, 1_000_000, 128_000, cached=0.3, write=3.75),
    "claude-opus-4-5": _claude(5, 25, 200_000, 64_000, cached=0.5, write=6.25),
    "claude-haiku-4-5": _claude(1, 5, 200_000, 64_000, cached=0.1, write=1.25),
    "claude-sonnet-4-5": _claude(3, 15, 200_000, 64_000, cached=0.3, write=3.75, above=(200_000, 2.0, 1.5)),
}

_GEMINI = {
    "gemini-4-argon": _usd(2, 10, 1_048_576, 1_048_576, cached=0.1),
    "gemini-3.8-flash": _usd(0.75, 3.75, 1_048_576, 65_536, cached=0.075),
    "gemini-3.7-flash": _usd(0.75, 3.75, 1_048_576, 65_536, cached=0.075),
    "gemini-3.6-flash": _usd(0.75, 3.75, 1_048_576, 65_536, cached=0.075),
    "gemini-3.5-flash-lite": _usd(0.3, 2.5, 1_048_576, 65_536, cached=0.03),
    "gemini-3.5-flash": _usd(1.5, 9, 1_048_576, 65_536, cached=0.15),
    "gemini-3.1-flash-lite": _usd(0.25, 1.5, 1_048_576, 65_536, cached=0.025),
    "gemini-3.1-pro-preview": _usd(2, 12, 1_048_576, 65_536, cached=0.2, above=(200_000, 2.0, 1.5)),
    "gemini-3-flash-preview": _usd(0.5, 3, 1_048_576, 65_536, cached=0.05),
    "gemini-2.5-pro": _usd(1.25, 10, 1_048_576, 65_536, cached=0.125, above=(200_000, 2.0, 1.5)),
    "gemini-2.5-flash": _usd(0.3, 2.5, 1_048_576, 65_536, cached=0.03),
    "gemini-2.5-flash-lite": _usd(0.1, 0.4, 1_048_576, 65_536, cached=0.01),
}

_LONG_GROK = (200_000, 2.0, 2.0)

_GROK = {
    "grok-4.7": _usd(2, 6, 500_000, 500_000, cached=0.5, above=_LONG_GROK),
    "grok-4.6": _usd(2, 6, 500_000, 500_000, cached=0.5, above=_LONG_GROK),
    "grok-4.5": _usd(2, 6, 500_000, 500_000, cached=0.3, above=_LONG_GROK),
    "grok-4.3": _usd(1.25, 2.5, 1_000_000, 1_000_000, cached=0.2, above=_LONG_GROK),
    "grok-4.20-0309-reasoning": _usd(1.25, 2.5, 1_000_000, 1_000_000, cached=0.2, above=_LONG_GROK),
    "grok-4.20-0309-non-reasoning": _usd(1.25, 2.5, 1_000_000, 1_000_000, cached=0.2, above=_LONG_GROK),
    "grok-4.20-multi-agent-0309": _usd(1.25, 2.5, 1_000_000, 1_000_000, cached=0.2, above=_LONG_GROK),
    "grok-build-0.1": _usd(1, 2, 256_000, 256_000, cached=0.2, above=_LONG_GROK),
}

_MISTRAL = {
    "mistral-large-4": _usd(0.7, 2.1, 1_050_000, 1_050_000, cached=0.07),  # since 2026-10-29
    "mistral-large-3": _usd(0.5, 1.5, 262_144, 262_144, cached=0.05),
    "mistral-medium-3-5": _usd(1.5, 7.5, 262_144, 262_144, cached=0.15),
    "mistral-small-latest": _usd(0.15, 0.6, 262_144, 262_144, cached=0.015),
    "magistral-medium-latest": _usd(1.5, 7.5, 262_144, 262_144, cached=0.15),
    "devstral-latest": _usd(0.4, 2, 256_000, 256_000, cached=0.04),
    "codestral-latest": _usd(0.3, 0.9, 128_000, 128_000, cached=0.03),
    "ministral-14b-latest": _usd(0.2, 0.2, 262_144, 262_144, cached=0.02),
    "ministral-8b-latest": _usd(0.15, 0.15, 262_144, 262_144, cached=0.015),
    "ministral-3b-latest": _usd(0.1, 0.1, 131_072, 131_072, cached=0.01),
}

_GROQ = {
    "qwen/qwen3.8-27b": _usd(0.8, 4, 131_072, 16_384),
    "openai/gpt-oss-safeguard-20b": _usd(0.075, 0.3, 131_072, 65_536, cached=0.0375),
    "openai/gpt-oss-120b": _usd(0.15, 0.6, 131_072, 65_536, cached=0.075),
    "openai/gpt-oss-20b": _usd(0.075, 0.3, 131_072, 65_536, cached=0.0375),
}

_DEEPSEEK = {
    "deepseek-v4-flash-vision-exp": _usd(0.3, 1.2, 1_000_000, 393_216, cached=0.006),
    "deepseek-flash": _usd(0.3, 1.2, 1_000_000, 393_216, cached=0.006),
    "deepseek-v4-flash": _usd(0.3, 1.2, 1_000_000, 393_216, cached=0.006),
    "deepseek-v4-pro": _usd(1.32, 3.96, 1_000_000, 393_216, cached=0.044),
}

_OPENROUTER = {
    "openai/gpt-6.1-terra": _usd(1, 5, 1_050_000, 128_000, cached=0.05, write=1.25, above=_LONG),
    "openai/gpt-6.1-sol": _usd(2, 10, 1_050_000, 128_000, cached=0.1, write=2.5, above=_LONG),
    "anthropic/claude-sonnet-5.5": _usd(2, 10, 1_000_000, 128_000, cached=0.1, write=2.5),
    "anthropic/claude-opus-5.5": _usd(4, 20, 1_000_000, 128_000, cached=0.2, write=5),
    "google/gemini-4-argon": _usd(2, 10, 1_048_576, 1_048_576, cached=0.1, write=0.1875),
    "moonshotai/kimi-k3.1-pro": _usd(2, 10, 1_048_576, cached=0.2),
    "z-ai/glm-5.3": _usd(1.4, 4.4, 1_048_576, cached=0.26),
    "qwen/qwen3.8-27b": _usd(0.425, 2.55, 1_000_000, cached=0.085, write=0.53125),
    "deepseek/deepseek-v4-pro": _usd(1.416, 2.832, 1_000_000, 393_216, cached=0.118),
}

_TOGETHER = {
    "deepseek-ai/DeepSeek-V4.1-Flash": _usd(0.3, 1.2, 1_048_576, cached=0.006),
    "deepseek-ai/DeepSeek-V4-Pro-0813": _usd(1.32, 3.96, 1_048_576, cached=0.13),
    "moonshotai/Kimi-K3": _usd(3, 15, 1_048_576, cached=0.3),
    "zai-org/GLM-5.3": _usd(1.4, 4.4, 1_048_575, 128_000, cached=0.26),
    "zai-org/GLM-5.3-Flash": _usd(0.15, 0.5, 1_048_575, 128_000, cached=0.03),
    "Qwen/Qwen3.7-Max": _usd(1.5, 4.5, 1_000_000, cached=0.3),
    "Qwen/Qwen3.8-Flash": _usd(0.15, 0.47, 1_000_000),
    "MiniMaxAI/MiniMax-M3.1-Flash": _usd(0.15, 0.6, 1_048_576, cached=0.015),
    "openai/gpt-oss-120b": _usd(0.15, 0.6, 131_072),
}

_FIREWORKS = {
    "accounts/fireworks/models/minimax-m3": _usd(0.3, 1.2, 512_000, cached=0.06),
    "accounts/fireworks/models/qwen3p7-plus": _usd(0.4, 1.6, 262_144, 65_536, cached=0.08),
    "accounts/fireworks/models/gpt-oss-20b": _usd(0.07, 0.3, 131_072, 32_768, cached=0.035),
    "accounts/fireworks/models/deepseek-v4p1-flash": _usd(0.3, 1.2, 1_048_576, 393_216, cached=0.006),
    "accounts/fireworks/models/kimi-k3": _usd(3, 15, 1_048_576, 131_072, cached=0.3),
    "accounts/fireworks/models/gpt-oss-safeguard-120b": _usd(1.2, 1.2, 131_072),
    "accounts/fireworks/models/gpt-oss-safeguard-20b": _usd(0.5, 0.5, 131_072),
}

_CEREBRAS = {
    "gpt-oss-120b": _usd(0.35, 0.75, 131_072, 32_768),
    "qwen-3.8-27b": _usd(0.99, 1.49, 65_536, 32_768),
    "gemma-4-31b": _usd(0.99, 1.49, 131_072, 40_960),
}

_MOONSHOT = {
    "kimi-k3.1-pro": _usd(2, 10, 1_048_576, cached=0.2),
    "kimi-k3": _usd(3, 15, 1_048_576, cached=0.3),
    "kimi-k2.7-code": _usd(0.95, 4, 262_144, cached=0.19),
    "kimi-k2.6": _usd(0.95, 4, 262_144, cached=0.16),
}

_QWEN = {
    "qwen3.8-max": _usd(2, 6, 991_808, 131_072, cached=0.25),
    "qwen3.8-flash": _usd(0.15, 0.47, 991_808, 131_072, cached=0.016, write=0.2),
    "qwen3.7-max": _usd(2.5, 7.5, 991_808, 65_536, cached=0.5, write=3.125),
    "qwen3.7-plus": _usd(0.4, 1.6, 991_808, 65_536, cached=0.08, above=(256_000, 3.0, 3.0)),
    "qwen3.5-plus": _usd(0.4, 2.4, 991_808, 65_536, above=(256_000, 1.25, 1.25)),
    "qwen3-max": _usd(1.2, 6, 258_048, 65_536, steps=((32_000, 2.0, 2.0), (128_000, 2.5, 2.5))),
    "qwen-plus": _usd(0.4, 1.2, 129_024, 16_384),
    "qwen3-coder-plus": _usd(
        1, 5, 997_952, 65_536, cached=0.1, steps=((32_000, 1.8, 1.8), (128_000, 3.0, 3.0), (256_000, 6.0, 12.0))
    ),
}

_ZAI = {
    "glm-5.3": _usd(1.4, 4.4, 1_000_000, 128_000, cached=0.26),
    "glm-5.3-flash": _usd(0.15, 0.5, 1_048_576, 128_000, cached=0.03),
    "glm-5.2": _usd(1.4, 4.4, 1_000_000, 128_000, cached=0.26),
    "glm-5.1": _usd(1.4, 4.4, 200_000, 128_000, cached=0.26),
    "glm-5v-turbo": _usd(1.2, 4, 200_000, 128_000, cached=0.24),
    "glm-5": _usd(1, 3.2, 200_000, 128_000, cached=0.2),
    "glm-4.7-flash": _usd(0, 0, 200_000, 128_000),
    "glm-4.7": _usd(0.6, 2.2, 200_000, 128_000, cached=0.11),
    "glm-4.6": _usd(0.6, 2.2, 200_000, 128_000, cached=0.11),
    "glm-4.5-air": _usd(0.2, 1.1, 128_000, 32_000, cached=0.03),
}

_NEBIUS = {
    "deepseek-ai/DeepSeek-V4.1-Flash": _usd(0.3, 1.2, 1_048_000, 384_000),
    "deepseek-ai/DeepSeek-V4-Pro-0813": _usd(1.32, 3.96, 979_000),
    "moonshotai/Kimi-K3": _usd(3, 15, 1_024_000),
    "moonshotai/Kimi-K2.7-Code": _usd(0.95, 4, 262_144),
    "zai-org/GLM-5.3": _usd(1.4, 4.4, 1_024_000),
    "zai-org/GLM-5.3-Flash": _usd(0.15, 0.5, 1_024_000),
    "Qwen/Qwen3.8-27B": _usd(0.45, 3, 262_144),
    "openai/gpt-oss-120b": _usd(0.15, 0.6, 131_072),
}

_AZURE = {**_OPENAI, "gpt-5.6": _OPENAI["gpt-5.6-sol"]}  # OpenAI's prices, in the deployments called global standard

PROVIDER_PRICING: dict[str, dict[str, ModelPricing]] = {
    "OpenAI": _OPENAI,
    "Claude": _CLAUDE,
    "Gemini": _GEMINI,
    "Groq": _GROQ,
    "DeepSeek": _DEEPSEEK,
    "OpenRouter": _OPENROUTER,
    "Together AI": _TOGETHER,
    "Fireworks AI": _FIREWORKS,
    "Cerebras AI": _CEREBRAS,
    "Moonshot AI": _MOONSHOT,
    "Qwen": _QWEN,
    "Z.AI": _ZAI,
    "Nebius": _NEBIUS,
    "Grok": _GROK,
    "Azure OpenAI": _AZURE,
    "Mistral": _MISTRAL,
}
