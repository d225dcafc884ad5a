"""Usage objects of the vendors as one `Usage`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from massgen.token_manager import TokenCostCalculator, Usage
from massgen.token_manager.dialects import read_usage

CASES: dict[str, tuple[dict[str, Any], Usage]] = {
    "openai chat": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 10, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 30},
        },
        Usage(100, 50, cached=40, cache_creation=10, reasoning=30),
    ),
    "openai chat without details": ({"prompt_tokens": 1, "completion_tokens": 2}, Usage(1, 2)),
    "openai responses": (
        {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 40},
            "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 30},
            "total_tokens": 150,
        },
        Usage(100, 50, cached=40, reasoning=30),
    ),
    "anthropic": (
        {
            "input_tokens": 10,
            "cache_read_input_tokens": 40,
            "cache_creation_input_tokens": 50,
            "output_tokens": 7,
        },
        Usage(100, 7, cached=40, cache_creation=50),
    ),
    "anthropic with an empty cache": (
        {"input_tokens": 10, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "output_tokens": 7},
        Usage(10, 7, cached=0, cache_creation=0),
    ),
    "gemini on the wire": (
        {
            "promptTokenCount": 12,
            "toolUsePromptTokenCount": 3,
            "cachedContentTokenCount": 5,
            "candidatesTokenCount": 9,
            "thoughtsTokenCount": 28,
            "totalTokenCount": 52,
        },
        Usage(15, 37, cached=5, reasoning=28),
    ),
    "gemini in the SDK": (
        {"prompt_token_count": 12, "candidates_token_count": 9, "thoughts_token_count": None},
        Usage(12, 9),
    ),
    "deepseek": (
        {
            "prompt_tokens": 100,
            "prompt_cache_hit_tokens": 60,
            "prompt_cache_miss_tokens": 40,
            "completion_tokens": 5,
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
        Usage(100, 5, cached=60, reasoning=2),
    ),
    "openrouter": (
        {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.0012, "prompt_tokens_details": {"cached_tokens": 4}},
        Usage(10, 5, cached=4, cost=0.0012),
    ),
    "xai chat, reasoning beside the completion": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 115,
            "completion_tokens_details": {"reasoning_tokens": 100},
            "cost_in_usd_ticks": 25_000_000,
        },
        Usage(10, 105, reasoning=100, cost=0.0025),
    ),
    "sglang": ({"prompt_tokens": 10, "completion_tokens": 5, "reasoning_tokens": 3}, Usage(10, 5, reasoning=3)),
    "ollama": ({"prompt_eval_count": 10, "eval_count": 5}, Usage(10, 5)),
    "lm studio": (
        {"input_tokens": 10, "total_output_tokens": 5, "reasoning_output_tokens": 2},
        Usage(10, 5, reasoning=2),
    ),
    "ours": (
        {"prompt_tokens": 10, "completion_tokens": 5, "cached_input_tokens": 4, "cache_creation_tokens": 3,
         "reasoning_tokens": 2, "estimated": True, "partial": True},
        Usage(10, 5, cached=4, cache_creation=3, reasoning=2, estimated=True, partial=True),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), CASES.values(), ids=CASES.keys())
def test_a_usage_object_is_read_in_its_dialect(fields: dict[str, Any], expected: Usage) -> None:
    assert read_usage(fields) == expected


@pytest.mark.parametrize(("fields", "expected"), CASES.values(), ids=CASES.keys())
def test_an_sdk_object_reads_like_its_dictionary(fields: dict[str, Any], expected: Usage) -> None:
    nested = {key: SimpleNamespace(**value) if isinstance(value, dict) else value for key, value in fields.items()}
    assert read_usage(SimpleNamespace(**nested)) == expected
    assert read_usage(SimpleNamespace(model_dump=lambda: fields)) == expected


def test_ours_survives_the_way_through_a_done_chunk() -> None:
    usage = Usage(10, 5, cached=4, cache_creation=3, reasoning=2, cost=0.5, estimated=True)
    assert read_usage(usage) is usage
    assert read_usage(usage.to_dict()) == usage


@pytest.mark.parametrize("broken", [None, {}, "usage", 7, {"prompt_tokens": None}, {"prompt_tokens": "9"},
                                    {"prompt_tokens": -1, "cost": float("nan")}, {"prompt_tokens": True}])  # fmt: skip
def test_what_is_no_count_counts_nothing(broken: Any) -> None:
    assert read_usage(broken) == Usage()


def test_the_breakdown_uses_the_names_of_token_usage() -> None:
    fields = CASES["anthropic"][0]
    assert TokenCostCalculator().extract_token_breakdown(fields) == {
        "input_tokens": 100,
        "output_tokens": 7,
        "reasoning_tokens": 0,
        "cached_input_tokens": 40,
        "cache_creation_tokens": 50,
    }
