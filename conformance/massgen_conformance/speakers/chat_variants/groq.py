"""Groq, as its live streams show it."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _groq_usage(usage: Usage, completion: int) -> JSON:
    counted = {"queue_time": 0.2, **base_counts(usage, completion)}
    counted.update(prompt_time=0.022, completion_time=0.168, total_time=0.19)
    if usage.cached or usage.reasoning:
        counted["prompt_tokens_details"] = {"cached_tokens": usage.cached}
        counted["completion_tokens_details"] = {"reasoning_tokens": min(usage.reasoning, completion)}
    return counted


GROQ = Variant(
    name="groq",
    usage=_groq_usage,
    envelope={"system_fingerprint": "fp_05df423bab"},
    choice={"logprobs": None},
    opening={"role": "assistant", "content": ""},
    opening_fields={"x_groq": {"id": "req_01hz0000000000000000000000", "seed": 690443319}},
    reasoning="reasoning",
    reasoning_delta={"channel": "analysis"},
    whole_calls=True,
    x_groq=True,
    usage_unasked=True,
    usage_on_finish=True,
    error_event="error",
    request_fields=frozenset(
        {"reasoning_format", "include_reasoning", "disable_tool_validation", "citation_options", "search_settings"}
    ),
    message_fields=frozenset({"reasoning"}),
    result_parts=True,
    refused_fields=frozenset({"logit_bias"}),
    exclusive=(("reasoning_format", "include_reasoning"),),
)
