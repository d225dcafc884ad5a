"""Qwen on DashScope's compatible mode, as its live streams show it."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _qwen_usage(usage: Usage, completion: int) -> JSON:
    counted = base_counts(usage, completion)
    if usage.reasoning:
        counted["completion_tokens_details"] = {"reasoning_tokens": min(usage.reasoning, completion)}
    return {**counted, "prompt_tokens_details": {"cached_tokens": usage.cached}}


QWEN = Variant(
    name="qwen",
    usage=_qwen_usage,
    envelope={"system_fingerprint": None},
    choice={"logprobs": None},
    opening={"role": "assistant", "content": None, "reasoning_content": ""},
    text_delta={"reasoning_content": None},
    reasoning_delta={"content": None},
    call_delta={"content": None},
    tail={"id": "", "type": "function"},
    reasoning="reasoning_content",
    null_usage=True,
    developers=False,
    marks=frozenset({"cache_control"}),
    request_fields=frozenset(
        {
            "enable_thinking",
            "thinking_budget",
            "preserve_thinking",
            "enable_search",
            "search_options",
            "top_k",
            "repetition_penalty",
        }
    ),
    refused_fields=frozenset({"max_completion_tokens"}),
    message_fields=frozenset({"reasoning_content"}),
)
