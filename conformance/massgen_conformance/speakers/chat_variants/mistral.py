"""Mistral, as its live streams and mistralai 3.7 (`client/models`) show it."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts

_NOT_MISTRALS = """
    audio developer frequency_bias function_call functions logit_bias max_completion_tokens modalities moderation
    prompt_cache_options prompt_cache_retention safety_identifier seed store stream_options user verbosity
    web_search_options
"""


def _mistral_usage(usage: Usage, completion: int) -> JSON:
    """Sound is counted beside the prompt, and in the total."""
    heard = {"audio_tokens": usage.heard} if usage.heard else {}
    return {
        **base_counts(usage, completion),
        "prompt_tokens": usage.prompt - usage.heard,
        "prompt_tokens_details": {"cached_tokens": usage.cached, **heard},
        "service_tier": "standard",
    }


MISTRAL = Variant(
    name="mistral",
    usage=_mistral_usage,
    id_prefix="",
    content_type="text/event-stream; charset=utf-8",
    opening={"role": "assistant", "content": ""},
    reasoning="content",
    chunks=True,
    whole_calls=True,
    fragments=False,
    calls_on_finish=True,
    call_id="[a-zA-Z0-9]{9}",
    closing={"content": ""},
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    obfuscates="p",
    developers=False,
    named=frozenset({"tool"}),
    efforts=("none", "high"),
    begun="prefix",
    request_fields=frozenset(
        {"random_seed", "prompt_mode", "safe_prompt", "guardrails", "top_k", "min_tokens", "repetition_penalty"}
    ),
    refused_fields=frozenset(_NOT_MISTRALS.split()),
    message_fields=frozenset({"prefix"}),
)
