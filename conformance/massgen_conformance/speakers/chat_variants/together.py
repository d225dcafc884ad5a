"""Together AI, as its live streams and the together 3.1 SDK's types show it."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _together_usage(usage: Usage, completion: int) -> JSON:
    return {**base_counts(usage, completion), "cached_tokens": usage.cached}


TOGETHER = Variant(
    name="together",
    usage=_together_usage,
    id_prefix="ovCb55p-",
    content_type="text/event-stream;charset=utf-8",
    choice={"logprobs": None, "seed": None},
    every_delta={"token_id": None, "role": "assistant", "content": ""},
    closing={},
    echoes_text=True,
    reasoning="reasoning",
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    null_usage=True,
    developers=False,
    request_fields=frozenset(
        {
            "reasoning",
            "chat_template_kwargs",
            "context_length_exceeded_behavior",
            "repetition_penalty",
            "top_k",
            "min_p",
            "safety_model",
            "compliance",
            "echo",
        }
    ),
    refused_fields=frozenset({"max_completion_tokens"}),
    message_fields=frozenset({"reasoning", "reasoning_content"}),
)
