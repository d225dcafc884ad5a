"""NVIDIA NIM, from its API reference: vLLM's stream, in which counts come again and again, and bare errors."""

from __future__ import annotations

from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts

NVIDIA_NIM = Variant(
    name="nvidia_nim",
    usage=base_counts,
    choice={"logprobs": None},
    opening={"role": "assistant", "content": None},
    reasoning="reasoning_content",
    whole_calls=True,
    usage_everywhere=True,
    developers=False,
    request_fields=frozenset({"chat_template_kwargs", "reasoning_budget", "nvext", "top_k"}),
    refused_fields=frozenset({"max_completion_tokens", "store", "verbosity", "metadata", "prompt_cache_key"}),
)
