"""OpenRouter, as its live streams show it."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _openrouter_usage(usage: Usage, completion: int) -> JSON:
    cost = usage.cost if usage.cost is not None else round(usage.prompt * 1e-6 + completion * 4e-6, 9)
    return {
        **base_counts(usage, completion),
        "cost": cost,
        "is_byok": False,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.cache_creation,
            "audio_tokens": 0,
            "video_tokens": 0,
        },
        "cost_details": {
            "upstream_inference_cost": cost,
            "upstream_inference_prompt_cost": round(usage.prompt * 1e-6, 9),
            "upstream_inference_completions_cost": round(completion * 4e-6, 9),
        },
        "completion_tokens_details": {
            "reasoning_tokens": min(usage.reasoning, completion),
            "image_tokens": 0,
            "audio_tokens": 0,
        },
    }


OPENROUTER = Variant(
    name="openrouter",
    usage=_openrouter_usage,
    id_prefix="gen-1777319882-",
    envelope={"provider": "Z.AI"},
    choice={"native_finish_reason": None},
    every_delta={"content": "", "role": "assistant"},
    call_delta={"content": None},
    closing={},
    reasoning="reasoning",
    details=True,
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    comment="OPENROUTER PROCESSING",
    comments_first=True,
    error_in_chunk=True,
    result_parts=True,
    marks=frozenset({"cache_control"}),
    request_fields=frozenset(
        {
            "models",
            "provider",
            "plugins",
            "reasoning",
            "session_id",
            "transforms",
            "route",
            "usage",
            "include_reasoning",
        }
    ),
    message_fields=frozenset({"reasoning", "reasoning_details"}),
)
