"""How long a provider says that it took, as the last chunk with counts tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

Json = Any

_SPENT = re.compile(r"\w+_(?:time|duration|ms)")
_WHOLE = ("time_info", "latency_checkpoint", "stats")


def timings_of(payload: bytes) -> dict[str, Json]:
    """The provider's own names and values; empty where it tells none.

    Groq has `queue_time`, `prompt_time`, `completion_time`, `total_time` among the counts (seconds; groq 1.7,
    CompletionUsage), Cerebras the same in `time_info` (cerebras-cloud-sdk 1.91), Azure milliseconds in
    `usage.latency_checkpoint` (its live streams), LM Studio's REST v0 seconds and a rate in `stats` (its page on it).
    """
    chunk = msgspec.json.decode(payload)
    groq = chunk.get("x_groq")
    counts = [place.get("usage") for place in (chunk, groq) if isinstance(place, Mapping)]
    told: dict[str, Json] = {}
    for place in (chunk, *counts):
        if isinstance(place, Mapping):
            told.update({name: value for name, value in place.items() if _SPENT.fullmatch(name)})
            for name in _WHOLE:
                if isinstance(inner := place.get(name), Mapping):
                    told.update(inner)
    return {name: value for name, value in told.items() if value is not None}
