"""Nebius Token Factory, from its documents: vLLM's dialect."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _nebius_usage(usage: Usage, completion: int) -> JSON:
    details = {"cached_tokens": usage.cached} if usage.cached else None
    return {**base_counts(usage, completion), "prompt_tokens_details": details}


NEBIUS = Variant(
    name="nebius",
    usage=_nebius_usage,
    content_type="text/event-stream; charset=utf-8",
    envelope={"service_tier": None, "prompt_logprobs": None},
    choice={"logprobs": None, "stop_reason": None},
    opening={"role": "assistant", "content": ""},
    reasoning="reasoning_content",
    no_arguments=("{}",),
    developers=False,
    request_fields=frozenset(
        {"top_k", "min_p", "repetition_penalty", "guided_json", "guided_regex", "guided_choice", "chat_template_kwargs"}
    ),
    message_fields=frozenset({"reasoning_content", "reasoning"}),
)
