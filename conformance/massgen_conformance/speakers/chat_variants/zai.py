"""Z.AI, as its live streams show it. `tool_stream` is of its reference: no stream with it is recorded."""

from __future__ import annotations

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, base_counts
from massgen_conformance.speakers.searches import TITLE, URL


def _zai_usage(usage: Usage, completion: int) -> JSON:
    return {
        **base_counts(usage, completion),
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": min(usage.reasoning, completion)},
    }


ZAI = Variant(
    name="zai",
    usage=_zai_usage,
    id_prefix="20260313050448",
    content_type="text/event-stream;charset=UTF-8",
    null_finish=False,
    said_delta={"role": "assistant"},
    reasoning_delta={"role": "assistant"},
    closing={"role": "assistant", "content": ""},
    reasoning="reasoning_content",
    whole_calls=True,
    sources={"web_search": [{"title": TITLE, "link": URL, "refer": "ref_1"}]},
    pieces_on="tool_stream",
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    strict=False,
    developers=False,
    marks=frozenset({"cache_control"}),
    again_with={"thinking": {"type": "enabled", "clear_thinking": False}},
    named=frozenset(),
    request_fields=frozenset({"thinking", "tool_stream", "do_sample", "request_id", "user_id"}),
    refused_fields=frozenset({"max_completion_tokens", "frequency_penalty", "presence_penalty"}),
    message_fields=frozenset({"reasoning_content"}),
)
