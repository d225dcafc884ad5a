"""The dialects of Chat Completions, as data. What each provider adds is seen in recordings of its live streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON

Count = Callable[[Usage, int], JSON]


def _base(usage: Usage, completion: int) -> dict[str, JSON]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": completion,
        "total_tokens": usage.prompt + completion,
    }


def _openai_usage(usage: Usage, completion: int) -> JSON:
    return {
        **_base(usage, completion),
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": min(usage.reasoning, completion),
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _groq_usage(usage: Usage, completion: int) -> JSON:
    counted = {"queue_time": 0.2, **_base(usage, completion)}
    counted.update(prompt_time=0.022, completion_time=0.168, total_time=0.19)
    if usage.cached or usage.reasoning:
        counted["prompt_tokens_details"] = {"cached_tokens": usage.cached}
        counted["completion_tokens_details"] = {"reasoning_tokens": min(usage.reasoning, completion)}
    return counted


def _deepseek_usage(usage: Usage, completion: int) -> JSON:
    counted = {**_base(usage, completion), "prompt_tokens_details": {"cached_tokens": usage.cached}}
    if usage.reasoning:
        counted["completion_tokens_details"] = {"reasoning_tokens": min(usage.reasoning, completion)}
    return {
        **counted,
        "prompt_cache_hit_tokens": usage.cached,
        "prompt_cache_miss_tokens": usage.prompt - usage.cached,
    }


def _openrouter_usage(usage: Usage, completion: int) -> JSON:
    cost = usage.cost if usage.cost is not None else round(usage.prompt * 1e-6 + completion * 4e-6, 9)
    return {
        **_base(usage, completion),
        "cost": cost,
        "is_byok": False,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.cache_creation,
            "audio_tokens": 0,
            "video_tokens": 0,
        },
        "cost_details": {
            "upstream_inference_cost": cost,
            "upstream_inference_prompt_cost": round(usage.prompt * 1e-6, 9),
            "upstream_inference_completions_cost": round(completion * 4e-6, 9),
        },
        "completion_tokens_details": {
            "reasoning_tokens": min(usage.reasoning, completion),
            "image_tokens": 0,
            "audio_tokens": 0,
        },
    }


@dataclass(frozen=True, slots=True)
class Variant:
    """How one provider's Chat Completions differ from the others'."""

    name: str
    usage: Count
    id_prefix: str = "chatcmpl-"
    content_type: str = "text/event-stream"
    envelope: Mapping[str, JSON] = field(default_factory=dict)  # fields of every chunk
    choice: Mapping[str, JSON] = field(default_factory=dict)  # fields of every choice
    opening: Mapping[str, JSON] | None = None  # the first delta; None when the provider sends none of its own
    opening_fields: Mapping[str, JSON] = field(default_factory=dict)
    every_delta: Mapping[str, JSON] = field(default_factory=dict)
    text_delta: Mapping[str, JSON] = field(default_factory=dict)  # beside text, when the model thinks
    reasoning_delta: Mapping[str, JSON] = field(default_factory=dict)
    call_delta: Mapping[str, JSON] = field(default_factory=dict)
    closing: Mapping[str, JSON] = field(default_factory=dict)
    reasoning: str | None = None  # the delta's field for reasoning; None: never shown
    details: bool = False  # reasoning_details beside it
    whole_calls: bool = False  # a call comes in one delta
    no_arguments: tuple[str, ...] = ("{}",)  # the fragments of a call without arguments
    refuses: bool = False  # delta.refusal
    x_groq: bool = False
    usage_unasked: bool = False  # counts come without stream_options.include_usage
    usage_on_finish: bool = False
    usage_after: bool = True
    null_usage: bool = False  # `usage: null` on the chunks without counts
    obfuscates: bool = False
    comment: str = "keep-alive"
    comments_first: bool = False
    error_in_chunk: bool = False
    error_event: str = ""
    thoughts_due: bool = False  # an assistant message with calls must show its reasoning again
    request_fields: frozenset[str] = frozenset()  # accepted beside OpenAI's
    message_fields: frozenset[str] = frozenset()  # accepted on assistant messages beside OpenAI's


OPENAI = Variant(
    name="openai",
    usage=_openai_usage,
    content_type="text/event-stream; charset=utf-8",
    envelope={"service_tier": "default", "system_fingerprint": "fp_cbf1785567"},
    choice={"logprobs": None},
    opening={"role": "assistant", "content": "", "refusal": None},
    refuses=True,
    null_usage=True,
    obfuscates=True,
)

COMPATIBLE = Variant(
    name="compatible",
    usage=_base,
    envelope={"system_fingerprint": "fp_local"},
    opening={"role": "assistant", "content": ""},
    reasoning="reasoning_content",
    no_arguments=(),
    message_fields=frozenset({"reasoning_content"}),
)

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
)

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
    request_fields=frozenset({"thinking"}),
    message_fields=frozenset({"reasoning_content", "prefix"}),
)

OPENROUTER = Variant(
    name="openrouter",
    usage=_openrouter_usage,
    id_prefix="gen-1777319882-",
    envelope={"provider": "Z.AI"},
    choice={"native_finish_reason": None},
    every_delta={"content": "", "role": "assistant"},
    call_delta={"content": None},
    closing={},
    reasoning="reasoning",
    details=True,
    usage_unasked=True,
    usage_on_finish=True,
    usage_after=False,
    comment="OPENROUTER PROCESSING",
    comments_first=True,
    error_in_chunk=True,
    request_fields=frozenset(
        {
            "models",
            "provider",
            "plugins",
            "reasoning",
            "session_id",
            "transforms",
            "route",
            "usage",
            "include_reasoning",
        }
    ),
    message_fields=frozenset({"reasoning", "reasoning_details"}),
)
