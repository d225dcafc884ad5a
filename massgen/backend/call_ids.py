"""Ids of tool calls: the provider's own, or ours where it sent none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Any

_SYNTHETIC = "mgcall_"


def is_synthetic_id(call_id: str) -> bool:
    """Whether `call_id` was made here because the provider sent none: it must not go back to the provider."""
    return call_id.startswith(_SYNTHETIC)


def call_ids_of(messages: Iterable[Json]) -> Iterator[str]:
    """The ids of the tool calls in a history, in whatever place the shape of a message keeps them."""
    for message in messages:
        if isinstance(message, Mapping):
            for call in (message, *_inside(message)):
                yield from (call[key] for key in ("id", "call_id") if isinstance(call.get(key), str))


def _inside(message: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """What may be a call: Chat's `tool_calls`, Anthropic's blocks, Gemini's parts."""
    for place in ("tool_calls", "content", "parts"):
        items = message.get(place)
        for item in items if isinstance(items, list | tuple) else ():
            if isinstance(item, Mapping):
                yield item
                yield from (inner for inner in item.values() if isinstance(inner, Mapping))


class CallIds:
    """Hands out tool-call ids: the provider's own where it is usable, else one that never repeats in the conversation.

    `seed` must differ from turn to turn of one conversation (the request's bytes do: the history grows), so that a
    synthetic id is the same for the same bytes and never the same in two turns. `taken` holds the ids of the history.
    """

    __slots__ = ("_seed", "_taken")

    def __init__(self, seed: bytes, taken: frozenset[str] = frozenset()) -> None:
        self._seed = seed
        self._taken = set(taken)

    def claim(self, provider_id: str | None) -> str:
        """A usable id for a call that the provider names `provider_id`."""
        if provider_id and provider_id != "null" and provider_id not in self._taken:
            self._taken.add(provider_id)
            return provider_id
        position = len(self._taken)
        digest = hashlib.blake2b(self._seed + position.to_bytes(4, "big"), digest_size=12).hexdigest()
        synthetic = _SYNTHETIC + digest
        self._taken.add(synthetic)
        return synthetic
