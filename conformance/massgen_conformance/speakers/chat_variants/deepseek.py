"""DeepSeek, as its live streams show it."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _deepseek_usage(usage: Usage, completion: int) -> JSON:
    counted = {**base_counts(usage, completion), "prompt_tokens_details": {"cached_tokens": usage.cached}}
    if usage.reasoning:
        counted["completion_tokens_details"] = {"reasoning_tokens": min(usage.reasoning, completion)}
    return {
        **counted,
        "prompt_cache_hit_tokens": usage.cached,
        "prompt_cache_miss_tokens": usage.prompt - usage.cached,
    }


DEEPSEEK = Variant(
    name="deepseek",
    usage=_deepseek_usage,
    content_type="text/event-stream; charset=utf-8",
    envelope={"system_fingerprint": "fp_8802369eaa_prod"},
    choice={"logprobs": None},
    opening={"role": "assistant", "content": None, "reasoning_content": ""},
    text_delta={"reasoning_content": None},
    reasoning_delta={"content": None},
    closing={"content": "", "reasoning_content": None},
    reasoning="reasoning_content",
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    null_usage=True,
    thoughts_due=True,
    joined=True,
    begun="prefix",
    request_fields=frozenset({"thinking"}),
    refused_fields=frozenset({"max_completion_tokens"}),
    message_fields=frozenset({"reasoning_content", "prefix"}),
)
