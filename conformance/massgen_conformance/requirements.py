"""The whole catalogue of requirements: how many each family has, and which of them another check asserts already.

A requirement is one check under its own id. One that would only repeat what another check asserts is an alias of that
check, with the reason; `absent` names those that are neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

FAMILIES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "LIF": 14,
        "CON": 14,
        "TOL": 21,
        "RSN": 9,
        "USG": 12,
        "TIM": 9,
        "ERR": 17,
        "STA": 7,
        "MCP": 10,
        "CUS": 5,
        "HOK": 5,
        "FLT": 1,
        "MUL": 7,
        "PRM": 9,
        "SEC": 8,
        "ISO": 6,
        "RES": 8,
        "REC": 12,
    }
)
"""The requirements of each family, numbered from 01. Checks that were added later have the numbers behind them."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A requirement that the check `of` asserts, and why one check is enough for both."""

    of: str
    reason: str


ALIASES: Final[Mapping[str, Alias]] = MappingProxyType({})


def numbered(family: str) -> list[str]:
    """The ids of a family's requirements."""
    return [f"{family}-{number:02}" for number in range(1, FAMILIES[family] + 1)]


def absent(family: str, checks: Collection[str]) -> list[str]:
    """The requirements of a family that are neither a check nor an alias of one."""
    aliases = {name for name, alias in ALIASES.items() if alias.of in checks}
    return [each for each in numbered(family) if each not in checks and each not in aliases]
