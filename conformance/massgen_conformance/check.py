"""A check is an id, a requirement, a level, what it needs, how it is driven, and a function.

    @check("LIF-01", "Exactly one `done`, and it is last.", drive=RECORDED, catches="seven separate `yield done` sites")
    def one_terminal(run: Run) -> None:
        ...

The function raises `Violation` (through `require`) or returns. `CATALOGUE` is filled by importing `checks`; it can be
listed without running anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    MUST = "must"
    SHOULD = "should"


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  # a verdict, not a password
    FAIL = "fail"
    XFAIL = "xfail"
    STALE = "stale"
    NOT_TESTABLE = "not_testable"
    NOT_APPLICABLE = "not_applicable"


class Drive(StrEnum):
    """Where a check's traffic comes from; the letters are those of the catalogue."""

    CASSETTE = "C"
    RECHUNKED = "R"
    FAULT = "F"
    PROPERTY = "P"
    SCRIPT = "S"
    METAMORPHIC = "M"
    UNIT = "U"
    LIVE = "L"


class Violation(AssertionError):
    """The subject broke a requirement. Says what was expected, what came, and where in the stream."""

    def __init__(self, expected: str, actual: str, where: str = "") -> None:
        self.expected, self.actual, self.where = expected, actual, where
        place = f" ({where})" if where else ""
        super().__init__(f"expected {expected}; got {actual}{place}")


class NotTestable(Exception):
    """The check could not reach the point under test: counts as not green, never as a skip."""


def require(condition: object, expected: str, actual: object, where: str = "") -> None:
    """Raise `Violation` unless `condition` holds."""
    if not condition:
        raise Violation(expected, actual if isinstance(actual, str) else repr(actual), where)


Body = Callable[..., Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement and the function that decides it."""

    id: str
    requirement: str
    level: Level
    drive: tuple[Drive, ...]
    needs: frozenset[str]
    catches: str  # the real bug that taught us
    cases: tuple[Any, ...]  # what the runner gives the function, one item each: scenarios, plans, cassette kinds
    function: Body

    @property
    def family(self) -> str:
        return self.id.partition("-")[0]


CATALOGUE: dict[str, Check] = {}


def check(
    id: str,
    requirement: str,
    *,
    drive: Drive | tuple[Drive, ...],
    catches: str,
    level: Level = Level.MUST,
    needs: frozenset[str] = frozenset(),
    cases: tuple[Any, ...] = (),
) -> Callable[[Body], Body]:
    """Register the decorated function in `CATALOGUE`; a second check of the same id is a `ValueError`."""

    def register(function: Body) -> Body:
        if id in CATALOGUE:
            raise ValueError(f"check {id} is defined twice")
        drives = drive if isinstance(drive, tuple) else (drive,)
        CATALOGUE[id] = Check(id, requirement, level, drives, needs, catches, cases, function)
        return function

    return register
