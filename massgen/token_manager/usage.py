"""One attempt's token counts in one shape, whatever the wire called them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import force_setattr


class Usage(msgspec.Struct, frozen=True):
    """Token counts of one attempt.

    `prompt` includes cached and cache-writing tokens; `completion` includes reasoning. `None` means that the wire did
    not say, which is not the same as 0. `cost` is the provider's own figure in USD, where it gives one. `estimated`
    marks counts of ours, `partial` those of a stream that was cut.

    What prices need beside: `cache_creation_1h` is the part of `cache_creation` that is kept for an hour, the audio
    counts are parts of `prompt` and `completion`, and `service_tier` is the tier that served the request (`batch`,
    `flex`, `priority`, `fast`), None for the standard one. `model` is the one that answered, as the provider names it.

    A part is never larger than its whole: where a provider reports so, the whole is at least the sum of its parts.
    """

    prompt: int = 0
    completion: int = 0
    cached: int | None = None
    cache_creation: int | None = None
    reasoning: int | None = None
    cost: float | None = None
    estimated: bool = False
    partial: bool = False
    cache_creation_1h: int | None = None
    audio_prompt: int | None = None
    audio_completion: int | None = None
    service_tier: str | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        if (self.cache_creation_1h or 0) > (self.cache_creation or 0):
            force_setattr(self, "cache_creation", self.cache_creation_1h)
        inside = max((self.cached or 0) + (self.cache_creation or 0), self.audio_prompt or 0)
        if inside > self.prompt:
            force_setattr(self, "prompt", inside)
        made = max(self.reasoning or 0, self.audio_completion or 0)
        if made > self.completion:
            force_setattr(self, "completion", made)

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def to_dict(self) -> dict[str, Any]:
        """The `usage` of a `done` chunk: required keys always, optional ones only where they are known or true."""
        record: dict[str, Any] = {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }
        optional = {
            "cached_input_tokens": self.cached,
            "cache_creation_tokens": self.cache_creation,
            "reasoning_tokens": self.reasoning,
            "cost": self.cost,
            "estimated": self.estimated or None,
            "partial": self.partial or None,
            "cache_creation_1h_tokens": self.cache_creation_1h or None,
            "audio_input_tokens": self.audio_prompt or None,
            "audio_output_tokens": self.audio_completion or None,
            "service_tier": self.service_tier,
        }
        record.update({key: value for key, value in optional.items() if value is not None})
        return record

    def __add__(self, other: Usage) -> Usage:
        """The sum of two attempts; a flag of either is a flag of the sum, tier and model have to be those of both."""
        return Usage(
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            cached=_plus(self.cached, other.cached),
            cache_creation=_plus(self.cache_creation, other.cache_creation),
            reasoning=_plus(self.reasoning, other.reasoning),
            cost=None if self.cost is None and other.cost is None else (self.cost or 0.0) + (other.cost or 0.0),
            estimated=self.estimated or other.estimated,
            partial=self.partial or other.partial,
            cache_creation_1h=_plus(self.cache_creation_1h, other.cache_creation_1h),
            audio_prompt=_plus(self.audio_prompt, other.audio_prompt),
            audio_completion=_plus(self.audio_completion, other.audio_completion),
            service_tier=self.service_tier if self.service_tier == other.service_tier else None,
            model=self.model if self.model == other.model else None,
        )


_STANDARD = frozenset({"default", "standard", "standard_only", "auto", "on_demand", "scale"})


def tier_of(*words: Any) -> str | None:
    """The service tier that a provider's words name: the first that is not the standard one."""
    return next((word for word in words if isinstance(word, str) and word and word not in _STANDARD), None)


def _plus(left: int | None, right: int | None) -> int | None:
    return right if left is None else left if right is None else left + right
