"""One attempt's token counts in one shape, whatever the wire called them."""

from __future__ import annotations

from typing import Any

import msgspec


class Usage(msgspec.Struct, frozen=True):
    """Token counts of one attempt.

    `prompt` includes cached and cache-writing tokens; `completion` includes reasoning. `None` means that the wire did
    not say, which is not the same as 0. `cost` is the provider's own figure in USD, where it gives one. `estimated`
    marks counts of ours, `partial` those of a stream that was cut.
    """

    prompt: int = 0
    completion: int = 0
    cached: int | None = None
    cache_creation: int | None = None
    reasoning: int | None = None
    cost: float | None = None
    estimated: bool = False
    partial: bool = False

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
        }
        record.update({key: value for key, value in optional.items() if value is not None})
        return record

    def __add__(self, other: Usage) -> Usage:
        """The sum of two attempts; a flag of either is a flag of the sum."""
        return Usage(
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            cached=_plus(self.cached, other.cached),
            cache_creation=_plus(self.cache_creation, other.cache_creation),
            reasoning=_plus(self.reasoning, other.reasoning),
            cost=None if self.cost is None and other.cost is None else (self.cost or 0.0) + (other.cost or 0.0),
            estimated=self.estimated or other.estimated,
            partial=self.partial or other.partial,
        )


def _plus(left: int | None, right: int | None) -> int | None:
    return right if left is None else left if right is None else left + right
