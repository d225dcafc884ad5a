"""A usage object of any vendor as one `Usage`.

The decoders of `massgen.wire` read their own wire's usage field by field while it streams; this reads a whole object
that somebody hands over: a dictionary, an SDK's object, or a `Usage`. The facts are in the vendors' API references
under "usage".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from massgen.token_manager.usage import Usage, tier_of

Json = Any

_TICKS_PER_USD = 10**10  # xAI's `cost_in_usd_ticks`

_PROMPT = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_GEMINI_PROMPT = ("promptTokenCount", "prompt_token_count")
_COMPLETION = ("completion_tokens", "output_tokens", "eval_count", "total_output_tokens")
_CANDIDATES = ("candidatesTokenCount", "candidates_token_count", "responseTokenCount", "response_token_count")
_TOOL_PROMPT = ("toolUsePromptTokenCount", "tool_use_prompt_token_count")
_THOUGHTS = ("thoughtsTokenCount", "thoughts_token_count")
_TOTAL = ("total_tokens", "totalTokenCount", "total_token_count")
_REASONING = ("reasoning_tokens", "reasoning_output_tokens")
_READ = ("cache_read_input_tokens",)
_WRITTEN = ("cache_creation_input_tokens",)
_CACHED = ("cached_input_tokens", "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens",
           "cachedContentTokenCount", "cached_content_token_count")  # fmt: skip
_AUDIO = ("audio_tokens",)
_WRITES = ("cache_creation_tokens", "cache_write_tokens")


def read_usage(usage: Json) -> Usage:
    """The counts of one answer. An object that says nothing gives zeros; negative or broken counts are ignored."""
    if isinstance(usage, Usage):
        return usage
    fields = _mapping(usage)
    if _first(fields, *_CANDIDATES, *_THOUGHTS) is not None or _first(fields, *_GEMINI_PROMPT) is not None:
        return _gemini(fields)
    if _first(fields, *_READ, *_WRITTEN) is not None:
        return _anthropic(fields)
    return _openai(fields)


def _openai(fields: Mapping[str, Json]) -> Usage:
    """Chat Completions and Responses and everyone who copies them: the totals include their parts."""
    prompt_details = _mapping(fields.get("prompt_tokens_details") or fields.get("input_tokens_details"))
    output_details = _mapping(fields.get("completion_tokens_details") or fields.get("output_tokens_details"))
    prompt, completion = _first(fields, *_PROMPT) or 0, _first(fields, *_COMPLETION) or 0
    heard = _first(prompt_details, *_AUDIO) or 0
    reasoning = _first(output_details, *_REASONING)
    reasoning = _first(fields, *_REASONING) if reasoning is None else reasoning
    total = _first(fields, *_TOTAL)
    if heard and total == prompt + completion + heard:
        prompt += heard  # Mistral counts sound beside the prompt
    if reasoning and total == prompt + completion + reasoning:
        completion += reasoning  # xAI's Chat wire counts reasoning beside the completion
    cached = _first(prompt_details, *_CACHED)
    written = _first(prompt_details, *_WRITES)
    return Usage(
        prompt=prompt,
        completion=completion,
        cached=_first(fields, *_CACHED) if cached is None else cached,
        cache_creation=_first(fields, *_WRITES) if written is None else written,
        reasoning=reasoning,
        cost=_cost(fields),
        estimated=fields.get("estimated") is True,
        partial=fields.get("partial") is True,
        cache_creation_1h=_first(fields, "cache_creation_1h_tokens"),
        audio_prompt=heard or _first(fields, "audio_input_tokens"),
        audio_completion=_first(output_details, *_AUDIO) or _first(fields, "audio_output_tokens"),
        service_tier=tier_of(fields.get("service_tier")),
    )


def _anthropic(fields: Mapping[str, Json]) -> Usage:
    """Three disjoint counters of input: fresh, read from the cache, written to it."""
    read, written = _first(fields, *_READ), _first(fields, *_WRITTEN)
    return Usage(
        prompt=(_first(fields, "input_tokens") or 0) + (read or 0) + (written or 0),
        completion=_first(fields, "output_tokens") or 0,
        cached=read,
        cache_creation=written,
        reasoning=_first(_mapping(fields.get("output_tokens_details")), "thinking_tokens", *_REASONING),
        cost=_cost(fields),
        cache_creation_1h=_first(_mapping(fields.get("cache_creation")), "ephemeral_1h_input_tokens") or None,
        service_tier=tier_of(fields.get("speed"), fields.get("service_tier")),
    )


def _gemini(fields: Mapping[str, Json]) -> Usage:
    """Output is candidates and thoughts; what built-in tools put into the prompt is counted apart."""
    thoughts = _first(fields, *_THOUGHTS)
    return Usage(
        prompt=(_first(fields, *_GEMINI_PROMPT) or 0) + (_first(fields, *_TOOL_PROMPT) or 0),
        completion=(_first(fields, *_CANDIDATES) or 0) + (thoughts or 0),
        cached=_first(fields, *_CACHED),
        reasoning=thoughts,
        cost=_cost(fields),
        audio_prompt=_modality(fields, "promptTokensDetails", "prompt_tokens_details"),
        audio_completion=_modality(fields, "candidatesTokensDetails", "candidates_tokens_details"),
    )


def _modality(fields: Mapping[str, Json], *names: str) -> int | None:
    """The tokens of sound among details by modality."""
    details: list[Json] = next((fields[name] for name in names if isinstance(fields.get(name), list)), [])
    heard = (_mapping(entry) for entry in details)
    counts = [
        _first(entry, "tokenCount", "token_count") or 0
        for entry in heard
        if str(entry.get("modality")).rpartition(".")[2] == "AUDIO"
    ]
    return sum(counts) or None


def _cost(fields: Mapping[str, Json]) -> float | None:
    """The provider's own figure in USD."""
    ticks = _number(fields.get("cost_in_usd_ticks"))
    return _number(fields.get("cost")) if ticks is None else ticks / _TICKS_PER_USD


def _first(fields: Mapping[str, Json], *names: str) -> int | None:
    """The first of `names` that holds a count."""
    values = (_number(fields.get(name)) for name in names)
    return next((int(value) for value in values if value is not None), None)


def _number(value: Json) -> float | None:
    """A finite number that is not negative; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < float("inf") else None


def _mapping(value: Json) -> Mapping[str, Json]:
    """The fields of a dictionary or of an SDK's object."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    for method in ("model_dump", "to_dict"):
        if callable(dump := getattr(value, method, None)):
            dumped = dump()
            return dumped if isinstance(dumped, Mapping) else {}
    return getattr(value, "__dict__", {})
