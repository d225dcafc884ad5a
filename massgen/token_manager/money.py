"""Amounts of money, written for people."""

from __future__ import annotations


def usd(cost: float | None) -> str:
    """`$0.000012`, `$0.0123`, `$0.123`, `$1.23`; `unknown` for None."""
    if cost is None:
        return "unknown"
    if 0 < cost < 0.001:
        exponent = int(f"{cost:.1e}".partition("e")[2])
        return f"${cost:.{1 - exponent}f}"  # two digits that count
    digits = 4 if cost < 0.01 else 3 if cost < 1 else 2
    return f"${cost:.{digits}f}"
