"""Cerebras, from the cerebras-cloud-sdk 1.91 types; its answers without a stream are recorded live."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _cerebras_usage(usage: Usage, completion: int) -> JSON:
    return {
        **base_counts(usage, completion),
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
            "reasoning_tokens": min(usage.reasoning, completion),
        },
    }


CEREBRAS = Variant(
    name="cerebras",
    usage=_cerebras_usage,
    envelope={"system_fingerprint": "fp_46358675aa6b1ba4d98d"},
    null_finish=False,
    opening={"role": "assistant"},
    closing_fields={
        "time_info": {
            "queue_time": 0.004,
            "prompt_time": 0.002,
            "completion_time": 0.017,
            "total_time": 0.026,
            "created": 1777000000.5,
        }
    },
    reasoning="reasoning",
    whole_calls=True,
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    developers=False,
    request_fields=frozenset(
        {
            "reasoning_format",
            "disable_reasoning",
            "clear_thinking",
            "min_tokens",
            "min_completion_tokens",
            "model_parameters",
        }
    ),
    message_fields=frozenset({"reasoning"}),
)
