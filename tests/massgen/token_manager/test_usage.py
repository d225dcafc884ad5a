"""What holds of every count, whatever the wire and the numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend._ledger import UsageLedger
from massgen.token_manager import ModelPricing, TokenCostCalculator, Usage
from massgen.token_manager.dialects import read_usage
from massgen.wire.anthropic_messages import MessagesDecoder
from massgen.wire.gemini_generate import GeminiDecoder
from massgen.wire.openai_chat import ChatDecoder
from massgen.wire.openai_responses import ResponsesDecoder

counts = st.none() | st.integers(0, 10**6)
usages = st.builds(
    Usage,
    prompt=st.integers(0, 10**6),
    completion=st.integers(0, 10**6),
    cached=counts,
    cache_creation=counts,
    reasoning=counts,
    cost=st.none() | st.integers(0, 100).map(float),
    cache_creation_1h=counts,
    audio_prompt=counts,
    audio_completion=counts,
)
FLAT = ModelPricing(1.0, 8.0, None, None, "user", 0.1, 1.25, (), 2.0, 4.0, 16.0, 8.0)


def holds(usage: Usage) -> None:
    """The identities of the contract."""
    record = usage.to_dict()
    assert record["total_tokens"] == record["prompt_tokens"] + record["completion_tokens"] == usage.total
    assert (usage.cached or 0) + (usage.cache_creation or 0) <= usage.prompt
    assert (usage.cache_creation_1h or 0) <= (usage.cache_creation or 0)
    assert max(usage.reasoning or 0, usage.audio_completion or 0) <= usage.completion
    assert (usage.audio_prompt or 0) <= usage.prompt


@given(usages, usages)
def test_a_part_is_never_larger_than_its_whole_and_sums_keep_it_so(one: Usage, other: Usage) -> None:
    for usage in (one, other, one + other):
        holds(usage)
    assert (one + other).total == one.total + other.total


@given(usages)
def test_what_goes_into_a_done_chunk_comes_out_of_it(usage: Usage) -> None:
    assert read_usage(usage.to_dict()).to_dict() == usage.to_dict()


keys = ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens", "input_tokens",
        "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "promptTokenCount",
        "candidatesTokenCount", "thoughtsTokenCount", "cachedContentTokenCount"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(keys), st.integers(-5, 10**6)))
def test_whatever_a_provider_reports_the_identities_hold(fields: dict[str, Any]) -> None:
    holds(read_usage(fields))


@given(usages, usages)
def test_costs_add_up(one: Usage, other: Usage) -> None:
    calculator = TokenCostCalculator({"p": {"m": FLAT}})
    ledger = UsageLedger(calculator)
    ledger.add(one, "p", "m")
    ledger.add(other, "p", "m")
    apart = [calculator.price(usage, "p", "m") for usage in (one, other)]
    assert None not in apart
    assert ledger.usage.estimated_cost == pytest.approx(sum(cost or 0.0 for cost in apart))
    assert (ledger.usage.input_tokens, ledger.usage.output_tokens) == (
        one.prompt + other.prompt,
        one.completion + other.completion,
    )


@given(usages)
def test_a_token_is_charged_once_and_a_dearer_kind_never_makes_it_cheaper(usage: Usage) -> None:
    flat = ModelPricing(1.0, 1.0)
    assert flat.cost(usage) == pytest.approx(usage.total / 1000)
    assert FLAT.cost(usage) >= ModelPricing(0.1, 8.0).cost(usage) * (1 - 1e-9)


def feed(decoder: Any, *events: dict[str, Any]) -> Usage:
    for event in events:
        decoder.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    assert decoder.usage is not None
    found: Usage = decoder.usage
    return found


snapshots = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=4)


@given(snapshots)
def test_snapshots_overwrite_on_the_chat_wire(given_: list[tuple[int, int]]) -> None:
    events = [{"choices": [], "usage": {"prompt_tokens": a, "completion_tokens": b}} for a, b in given_]
    usage = feed(ChatDecoder("p"), *events)
    assert (usage.prompt, usage.completion) == given_[-1]


@given(snapshots)
def test_snapshots_overwrite_on_the_messages_wire(given_: list[tuple[int, int]]) -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 1, "output_tokens": 1}}}
    deltas = [
        {"type": "message_delta", "delta": {}, "usage": {"input_tokens": a, "output_tokens": b}} for a, b in given_
    ]
    usage = feed(MessagesDecoder("p"), start, *deltas)
    assert (usage.prompt, usage.completion) == given_[-1]


# What a wire tells of prices: the hour, the tier, the sound.
TOLD = {
    "anthropic": (
        MessagesDecoder,
        {
            "type": "message_start",
            "message": {
                "usage": {
                    "input_tokens": 10,
                    "cache_creation_input_tokens": 50,
                    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
                    "service_tier": "batch",
                }
            },
        },
        Usage(60, 0, cache_creation=50, cache_creation_1h=30, service_tier="batch"),
    ),
    "anthropic, fast": (
        MessagesDecoder,
        {
            "type": "message_start",
            "message": {"usage": {"input_tokens": 1, "speed": "fast", "service_tier": "standard"}},
        },
        Usage(1, 0, service_tier="fast"),
    ),
    "chat": (
        ChatDecoder,
        {
            "choices": [{"delta": {}, "finish_reason": "stop"}],
            "service_tier": "flex",
            "usage": {
                "prompt_tokens": 9,
                "completion_tokens": 8,
                "prompt_tokens_details": {"audio_tokens": 4},
                "completion_tokens_details": {"audio_tokens": 5},
            },
        },
        Usage(9, 8, audio_prompt=4, audio_completion=5, service_tier="flex"),
    ),
    "chat, the standard tier": (
        ChatDecoder,
        {
            "choices": [{"delta": {}, "finish_reason": "stop"}],
            "service_tier": "default",
            "usage": {"prompt_tokens": 9, "completion_tokens": 8},
        },
        Usage(9, 8),
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_decides_the_price_is_read_from_the_wire(name: str) -> None:
    make, event, expected = TOLD[name]
    decoder = make("p")
    feed(decoder, event)
    decoder.feed(b"data: [DONE]\n\n")
    assert decoder.usage == expected


NAMED = {
    "anthropic": (MessagesDecoder, {"type": "message_start", "message": {"model": "answering", "usage": {}}}),
    "chat": (ChatDecoder, {"model": "answering", "choices": [], "usage": {"prompt_tokens": 1}}),
    "groq": (ChatDecoder, {"model": "answering", "choices": [], "x_groq": {"usage": {"prompt_tokens": 1}}}),
    "gemini": (GeminiDecoder, {"modelVersion": "answering", "usageMetadata": {"promptTokenCount": 1}}),
    "responses": (
        ResponsesDecoder,
        {"type": "response.completed", "response": {"model": "answering", "usage": {"input_tokens": 1}}},
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_the_model_that_answers_is_read_from_the_wire(name: str) -> None:
    make, event = NAMED[name]
    decoder = make("p")
    decoder.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    assert decoder.answering_model == "answering"


@pytest.mark.parametrize(
    ("answering", "cost"), [("dear", 2.0), ("dear-2026-01-01", 2.0), ("unheard-of", 1.0), (None, 1.0)]
)
def test_the_model_that_answers_is_paid_for_where_it_has_a_price(answering: str | None, cost: float) -> None:
    calculator = TokenCostCalculator({"p": {"asked": ModelPricing(1.0, 1.0), "dear": ModelPricing(2.0, 2.0)}})
    assert calculator.price(Usage(1000, model=answering), "p", "asked") == pytest.approx(cost)


def test_the_account_of_a_model_has_the_name_it_was_asked_by() -> None:
    ledger = UsageLedger(TokenCostCalculator({"p": {"base": FLAT}}))
    ledger.add(Usage(1000), "p", "my-deployment", priced_as="base")
    assert {name: usage.estimated_cost for name, usage in ledger.by_model.items()} == {"my-deployment": 1.0}
