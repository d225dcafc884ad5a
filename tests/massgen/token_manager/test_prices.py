"""What a model costs, and which names find a price."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.token_manager import ModelPricing, PriceTier, TokenCostCalculator, TokenUsage, Usage, genai
from massgen.token_manager.price_table import PROVIDER_PRICING
from massgen.token_manager.prices import is_version_of
from massgen.token_manager.token_manager import _GENAI_IDS

CALCULATOR = TokenCostCalculator()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def without_genai(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the extra `prices`."""
    monkeypatch.setattr(genai, "_providers", dict)


# Each of these once found the price of a model whose name it merely contains, or of a longer one that contains it.
@pytest.mark.parametrize(
    ("provider", "name", "wrong"),
    [
        ("OpenAI", "gpt-4o-mini-2024-07-18", "gpt-4o"),
        ("OpenAI", "gpt-4.1", "gpt-4"),
        ("OpenAI", "gpt-5.4-mini", "gpt-5.4"),
        ("Gemini", "gemini-1.5-flash-8b-001", "gemini-1.5-flash"),
        ("Gemini", "gemini-3.5-flash-lite", "gemini-3.5-flash"),
        ("DeepSeek", "deepseek-v4-flash-vision-exp", "deepseek-v4"),
        ("OpenAI", "my-gpt-4o", "gpt-4o"),
        ("OpenAI", "", "gpt-4o"),
    ],
)
def test_a_name_never_finds_the_price_of_a_name_inside_it(provider: str, name: str, wrong: str) -> None:
    found, other = CALCULATOR.get_model_pricing(provider, name), CALCULATOR.get_model_pricing(provider, wrong)
    assert found is None or found != other


@pytest.mark.parametrize(
    ("provider", "name", "model"),
    [
        ("OpenAI", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("OpenAI", "gpt-5.4-2026-03-05", "gpt-5.4"),
        ("Claude", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("Claude", "claude-opus-4.6", "claude-opus-4-6"),
        ("anthropic", "claude-opus-4-6", "claude-opus-4-6"),
        ("Gemini", "models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("google", "gemini-2.5-pro-001", "gemini-2.5-pro"),
        ("groq", "openai/gpt-oss-120b", "openai/gpt-oss-120b"),
    ],
)
@pytest.mark.parametrize("source", ["with genai-prices", "without"])
def test_a_version_finds_the_price_of_its_model(
    provider: str, name: str, model: str, source: str, request: pytest.FixtureRequest
) -> None:
    if source == "without":
        request.getfixturevalue("without_genai")
    found = CALCULATOR.get_model_pricing(provider, name)
    assert found is not None
    assert found == CALCULATOR.get_model_pricing(provider, model)
    assert found.source == ("table" if source == "without" else "genai-prices")


@pytest.mark.parametrize(
    ("name", "model", "same"),
    [
        ("gpt-5", "gpt-5", True),
        ("GPT-5", "gpt-5", True),
        ("gpt-5-2025-08-07", "gpt-5", True),
        ("gpt-5-mini", "gpt-5", False),
        ("gpt-5.1", "gpt-5", False),
        ("gpt-5-1", "gpt-5", False),
        ("gemini-1.5-flash-8b-001", "gemini-1.5-flash", False),
        ("claude-opus-4@20250514", "claude-opus-4", True),
        ("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash-preview", True),
        ("x-latest", "x", True),
        ("", "", True),
        ("anything", "", False),
    ],
)
def test_a_version_is_a_date_or_a_number_after_the_whole_name(name: str, model: str, same: bool) -> None:
    assert is_version_of(name, model) is same


@pytest.mark.parametrize("provider", ["OpenAI", "Claude", "Nobody", ""])
def test_an_unknown_model_costs_none_and_not_nothing(provider: str) -> None:
    assert CALCULATOR.get_model_pricing(provider, "no-such-model") is None
    assert CALCULATOR.calculate_cost(10, 10, provider, "no-such-model") is None
    assert CALCULATOR.calculate_cost_with_usage_object("no-such-model", {"prompt_tokens": 1}, provider) is None


LOCAL = [row for row in BACKEND_CAPABILITIES.values() if row.local]


@pytest.mark.parametrize("provider", [name for row in LOCAL for name in (row.provider_name, row.backend_type)])
def test_a_local_server_costs_nothing(provider: str) -> None:
    assert CALCULATOR.calculate_cost(10, 10, provider, "whatever") == 0.0


def test_each_token_is_charged_once() -> None:
    price = ModelPricing(1.0, 10.0, cached_cost_per_1k=0.1, cache_write_cost_per_1k=1.25)
    usage = Usage(prompt=1000, completion=100, cached=600, cache_creation=300, reasoning=90)
    assert price.cost(usage) == pytest.approx(0.1 * 1.0 + 0.6 * 0.1 + 0.3 * 1.25 + 0.1 * 10.0)


def test_without_a_price_of_its_own_cached_input_costs_as_other_input() -> None:
    assert ModelPricing(1.0, 10.0).cost(Usage(prompt=1000, cached=600, cache_creation=300)) == pytest.approx(1.0)


def test_a_cached_price_of_zero_is_a_price() -> None:
    assert ModelPricing(1.0, 1.0, cached_cost_per_1k=0.0).cost(Usage(prompt=1000, cached=1000)) == 0.0


TIERED = ModelPricing(1.0, 2.0, tiers=(PriceTier(200, 3.0, 4.0, cached_cost_per_1k=0.5), PriceTier(400, 5.0, 6.0)))


@pytest.mark.parametrize(("prompt", "rate"), [(199, 1.0), (200, 1.0), (201, 3.0), (400, 3.0), (401, 5.0)])
def test_a_tier_reprices_the_whole_request(prompt: int, rate: float) -> None:
    assert TIERED.cost(Usage(prompt=prompt)) == pytest.approx(prompt * rate / 1000)


def test_a_tier_of_the_database_is_kept() -> None:
    below, above = (CALCULATOR.calculate_cost(n, 0, "OpenAI", "gpt-5.4") for n in (272_000, 272_001))
    assert below == pytest.approx(272_000 * 2.5e-6)
    assert above == pytest.approx(272_001 * 5e-6)


def test_a_price_that_changes_on_a_date_is_taken_at_the_date() -> None:
    before = CALCULATOR.get_model_pricing("Gemini", "gemini-4-argon", at=NOON)
    after = CALCULATOR.get_model_pricing("Gemini", "gemini-4-argon", at=datetime(2026, 12, 2, tzinfo=UTC))
    assert before is not None
    assert after is not None
    assert (before.input_cost_per_1k, after.input_cost_per_1k) == (0.002, 0.004)


def test_the_callers_own_price_wins() -> None:
    own = TokenCostCalculator({"OpenAI": {"gpt-5.4": ModelPricing(1.0, 1.0)}, "Mine": {"m": ModelPricing(2.0, 2.0)}})
    assert own.calculate_cost(1000, 0, "openai", "gpt-5.4") == pytest.approx(1.0)
    assert own.calculate_cost(1000, 0, "Mine", "m-2026-01-01") == pytest.approx(2.0)
    found = own.get_model_pricing("Mine", "m")
    assert found is not None
    assert found.source == "user"


def test_the_cost_that_the_provider_reports_wins() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 1000, "cost": 0.25}
    assert CALCULATOR.calculate_cost_with_usage_object("gpt-5.4", usage, "OpenAI") == 0.25
    assert CALCULATOR.calculate_cost_with_usage_object("no-such-model", usage, "OpenRouter") == 0.25


USAGES = [
    Usage(prompt=1_000, completion=1000, cached=300, cache_creation=200),
    Usage(prompt=1_000_000, completion=1000, cached=300, cache_creation=200, reasoning=900),
    Usage(prompt=1_000, completion=1000, cache_creation=200, cache_creation_1h=150),
    Usage(prompt=1_000, completion=1000, service_tier="batch"),
    Usage(prompt=1_000, completion=1000, service_tier="flex"),
]


# Prices that differ for a reason: DeepSeek's by the time of day, and those that litellm has otherwise.
DIFFERENT = {
    "DeepSeek": set(PROVIDER_PRICING["DeepSeek"]),
    "Together AI": {"Qwen/Qwen3.7-Max"},
    "Mistral": {"codestral-latest", "magistral-medium-latest"},
}


def test_the_table_agrees_with_the_database() -> None:
    """Where both know a model and its tier, at noon, both say the same."""
    compared = set()
    for provider, models in PROVIDER_PRICING.items():
        for name in models.keys() - DIFFERENT.get(provider, set()):
            listed = models[name]
            known = genai.find(_GENAI_IDS.get(provider, provider.lower()), name, NOON)
            for usage in USAGES if known is not None else ():
                tier = usage.service_tier
                told = not tier or (tier in listed.service_tiers and known and tier in known.service_tiers)
                if known is None or not told or (usage.cache_creation_1h and provider != "Claude"):
                    continue
                assert listed.cost(usage) == pytest.approx(known.cost(usage)), (provider, name, usage)
                compared.add((provider, tier))
    assert compared >= {("OpenAI", "batch"), ("OpenAI", "flex"), ("Claude", None), ("Claude", "batch")}


def test_no_price_is_asked_for_over_a_network() -> None:
    """The database's updater is never imported into use, and any socket is an error."""
    code = """
import socket, sys
def refuse(*args, **kwargs): raise AssertionError("a socket was opened")
socket.socket.connect = refuse
from massgen.token_manager import TokenCostCalculator
assert TokenCostCalculator().calculate_cost(1, 1, "OpenAI", "gpt-5.4") is not None
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@given(
    st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**7), st.integers(0, 10**7),
    st.sampled_from([(provider, name) for provider, models in PROVIDER_PRICING.items() for name in models]),
)  # fmt: skip
def test_a_cost_is_never_negative_and_never_above_all_at_the_dearest_rate(
    prompt: int, completion: int, cached: int, written: int, model: tuple[str, str]
) -> None:
    price = PROVIDER_PRICING[model[0]][model[1]]
    rates = [price, *price.tiers]
    dearest = max(max(rate.input_cost_per_1k, rate.cache_write_cost_per_1k or 0) for rate in rates)
    output = max(rate.output_cost_per_1k for rate in rates)
    usage = Usage(prompt=prompt, completion=completion, cached=cached, cache_creation=written)
    assert 0 <= price.cost(usage) <= (usage.prompt * dearest + completion * output) / 1000 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("cost", "text"),
    [(None, "unknown"), (0.0, "$0.0000"), (0.00123, "$0.0012"), (0.123, "$0.123"), (1.239, "$1.24")],
)
def test_a_cost_is_written_with_as_many_digits_as_it_needs(cost: float | None, text: str) -> None:
    assert CALCULATOR.format_cost(cost) == text


def test_the_summary_says_when_the_cost_is_unknown() -> None:
    usage = TokenUsage(input_tokens=1234, output_tokens=567)
    assert CALCULATOR.format_usage_summary(usage) == "Tokens: 1,234 input, 567 output, Cost: $0.0000"
    usage.count(Usage(prompt=1), None)
    assert CALCULATOR.format_usage_summary(usage).endswith("Cost: unknown")


@pytest.mark.parametrize(
    ("cost", "text"), [(0.0000213, "$0.000021"), (0.000999, "$0.0010"), (0.0004, "$0.00040"), (1e-9, "$0.0000000010")]
)
def test_a_tiny_cost_is_not_written_as_none(cost: float, text: str) -> None:
    assert CALCULATOR.format_cost(cost) == text


def test_writes_for_an_hour_sound_and_thoughts_have_prices_of_their_own() -> None:
    price = ModelPricing(
        1.0, 10.0, cache_write_cost_per_1k=1.25, cache_write_1h_cost_per_1k=2.0, audio_input_cost_per_1k=4.0,
        audio_output_cost_per_1k=20.0, reasoning_cost_per_1k=12.0,
    )  # fmt: skip
    usage = Usage(
        prompt=1000, completion=100, cache_creation=300, cache_creation_1h=200, audio_prompt=100, reasoning=50,
        audio_completion=10,
    )  # fmt: skip
    written, fresh = 0.1 * 1.25 + 0.2 * 2.0, 0.6 * 1.0 + 0.1 * 4.0
    assert price.cost(usage) == pytest.approx(written + fresh + 0.04 * 10.0 + 0.01 * 20.0 + 0.05 * 12.0)


def test_a_tier_of_service_costs_what_its_tier_costs_and_an_unknown_one_as_the_standard() -> None:
    half = ModelPricing(1.0, 1.0, tiers=(PriceTier(100, 2.0, 2.0),)).scaled(0.5)
    price = ModelPricing(1.0, 1.0, service_tiers={"flex": half})
    costs = {tier: price.cost(Usage(prompt=1000, service_tier=tier)) for tier in (None, "flex", "turbo")}
    assert costs == {None: 1.0, "flex": 1.0, "turbo": 1.0}
    assert price.cost(Usage(prompt=100, service_tier="flex")) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai", "OpenAI"), ("Anthropic", "Claude"), ("claude", "Claude"), ("google", "Gemini"),
        ("vertex", "Gemini"), ("Cerebras AI", "Cerebras AI"), ("cerebras", "Cerebras AI"), ("together", "Together AI"),
        ("TOGETHER AI", "Together AI"), ("fireworks ai", "Fireworks AI"), ("groq", "Groq"), ("xai", "Grok"),
        ("x.ai", "Grok"), ("grok", "Grok"), ("deepseek", "DeepSeek"), ("kimi", "Moonshot AI"), ("zai", "Z.AI"),
        ("Somebody Else", "Somebody Else"),
    ],
)  # fmt: skip
def test_a_provider_is_known_by_its_other_names(name: str, expected: str) -> None:
    assert CALCULATOR.normalize_provider(name) == CALCULATOR._normalize_provider(name) == expected


def test_a_provider_is_known_by_its_type_and_by_its_name_in_any_case() -> None:
    for row in BACKEND_CAPABILITIES.values():
        names = (row.backend_type, row.provider_name, row.provider_name.lower(), f" {row.provider_name.upper()} ")
        assert {CALCULATOR.normalize_provider(name) for name in names} == {row.provider_name}


@pytest.mark.parametrize(("tokens", "usd"), [(32_000, 1.0), (32_001, 1.8), (128_001, 3.0), (256_001, 6.0)])
def test_a_price_may_rise_in_steps(tokens: int, usd: float) -> None:
    price = PROVIDER_PRICING["Qwen"]["qwen3-coder-plus"]
    assert price.cost(Usage(prompt=tokens)) == pytest.approx(usd * tokens / 1_000_000)
