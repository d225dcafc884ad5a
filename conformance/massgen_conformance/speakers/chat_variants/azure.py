"""Azure OpenAI, as its live streams show it: OpenAI's own with the findings of the content filter."""

from __future__ import annotations

from collections.abc import Mapping

from massgen_conformance.speakers.base import JSON
from massgen_conformance.speakers.openai_chat_variant import Variant, openai_counts

_SAFE: Mapping[str, JSON] = {"filtered": False, "severity": "safe"}
_PROMPT: Mapping[str, JSON] = {
    **dict.fromkeys(("hate", "self_harm", "sexual", "violence"), _SAFE),
    "jailbreak": {"filtered": False, "detected": False},
}
_CHECKPOINTS = (
    *("engine_tbt_ms", "engine_ttft_ms", "engine_ttlt_ms", "pre_inference_ms", "service_tbt_ms", "service_ttft_ms"),
    *("service_ttlt_ms", "total_duration_ms", "user_visible_ttft_ms"),
)

AZURE = Variant(
    name="azure_openai",
    usage=openai_counts,
    content_type="text/event-stream; charset=utf-8",
    envelope={"service_tier": "default", "system_fingerprint": None},
    choice={"content_filter_results": {}, "logprobs": None},
    first={
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _PROMPT}],
    },
    opening={"role": "assistant", "content": "", "refusal": None},
    refuses=True,
    null_usage=True,
    obfuscates="obfuscation",
    counted={"latency_checkpoint": dict.fromkeys(_CHECKPOINTS, 100)},
    key_header="api-key",
    model_in_path=True,
)
