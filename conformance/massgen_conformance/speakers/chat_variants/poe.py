"""Poe, from creator.poe.com: OpenAI's dialect with calls in one piece and comments while a bot is silent."""

from __future__ import annotations

from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts

_IGNORED = "max_completion_tokens seed frequency_penalty presence_penalty logprobs top_logprobs store"

POE = Variant(
    name="poe",
    usage=base_counts,
    opening={"role": "assistant", "content": ""},
    whole_calls=True,
    comments_first=True,
    developers=False,
    refused_fields=frozenset(_IGNORED.split()),
)
