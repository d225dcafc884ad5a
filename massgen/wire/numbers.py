"""Counts and costs as wires write them."""

from __future__ import annotations

Number = int | float | None
"""A count. Some servers write it as a float, and null or nothing where they do not know."""

TICKS_PER_USD = 10**10  # xAI's `cost_in_usd_ticks`: its recorded costs match its prices at this factor


def whole(value: Number) -> int | None:
    """A count as an integer; None stays unknown."""
    return None if value is None else int(value)
