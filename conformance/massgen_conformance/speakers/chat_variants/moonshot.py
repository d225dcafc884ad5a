"""Moonshot AI, from platform.moonshot.ai and a fixture of a client that was made from its streams.

That models without sight take no list of parts is told by litellm's adapter (`llms/moonshot/chat/transformation.py`).
"""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts


def _moonshot_usage(usage: Usage, completion: int) -> JSON:
    counted = {**base_counts(usage, completion), "cached_tokens": usage.cached}
    if usage.reasoning:
        counted["completion_tokens_details"] = {"reasoning_tokens": min(usage.reasoning, completion)}
    return counted


MOONSHOT = Variant(
    name="moonshot",
    usage=_moonshot_usage,
    envelope={"system_fingerprint": "fpv0_ff52a3ef"},
    opening={"role": "assistant", "content": ""},
    reasoning="reasoning_content",
    usage_unasked=True,
    usage_on_finish=True,
    usage_in_choice=True,
    usage_after=False,
    thoughts_due=True,
    begun="partial",
    developers=False,
    blind="kimi-k2-thinking",
    request_fields=frozenset({"thinking"}),
    refused_fields=frozenset({"functions", "function_call"}),
    message_fields=frozenset({"reasoning_content", "partial"}),
)
