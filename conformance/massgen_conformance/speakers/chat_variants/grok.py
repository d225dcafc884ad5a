"""xAI's Chat Completions, as its live streams show them."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant

TICKS_PER_USD = 10**10


def grok_cost(usage: Usage, completion: int) -> int:
    """`cost_in_usd_ticks`: the scenario's cost, or one at two and six dollars a million."""
    cost = usage.prompt * 2e-6 + completion * 6e-6 if usage.cost is None else usage.cost
    return round(cost * TICKS_PER_USD)


def _grok_usage(usage: Usage, completion: int) -> JSON:
    """Reasoning is counted beside the completion, and in the total."""
    reasoning = min(usage.reasoning, completion)
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": completion - reasoning,
        "total_tokens": usage.prompt + completion,
        "prompt_tokens_details": {
            "text_tokens": usage.prompt,
            "audio_tokens": 0,
            "image_tokens": 0,
            "cached_tokens": usage.cached,
        },
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "num_sources_used": 0,
        "cost_in_usd_ticks": grok_cost(usage, completion),
    }


GROK = Variant(
    name="grok",
    usage=_grok_usage,
    id_prefix="028e638f-",
    envelope={"system_fingerprint": "fp_3d7ed3b779"},
    reasoning="reasoning_content",
    whole_calls=True,
    null_finish=False,
    named=frozenset(),
    request_fields=frozenset({"deferred"}),
    refused_fields=frozenset(
        {"stop", "presence_penalty", "frequency_penalty", "max_completion_tokens", "web_search_options"}
    ),
    message_fields=frozenset({"reasoning_content"}),
)
