"""Fireworks AI, from the fireworks-ai 1.2 SDK's types and docs.fireworks.ai."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _fireworks_usage(usage: Usage, completion: int) -> JSON:
    return {**base_counts(usage, completion), "prompt_tokens_details": {"cached_tokens": usage.cached}}


FIREWORKS = Variant(
    name="fireworks",
    usage=_fireworks_usage,
    id_prefix="",
    opening={"role": "assistant"},
    reasoning="reasoning_content",
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    developers=False,
    named=frozenset(),
    exclusive=(("thinking", "reasoning_effort"),),
    request_fields=frozenset(
        {
            "thinking",
            "reasoning_history",
            "context_length_exceeded_behavior",
            "prompt_truncate_len",
            "perf_metrics_in_response",
            "prompt_cache_isolation_key",
            "repetition_penalty",
            "top_k",
            "min_p",
            "raw_output",
            "return_token_ids",
        }
    ),
    message_fields=frozenset({"reasoning_content"}),
)
