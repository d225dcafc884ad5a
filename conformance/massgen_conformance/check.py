"""A check is an id, a requirement, a level, what it needs, how it is driven, its cases, and a function.

    @check("LIF-01", "Exactly one `done`, and it is last.", drive=SCRIPT, catches="seven `yield done` sites", cases=...)
    async def one_terminal(stage: Stage) -> None:
        ...

The function raises `Violation` (through `require`), `NotTestable` or `NotApplicable`, or returns. `CATALOGUE` is filled
by importing `checks`; it can be listed without running anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from massgen_conformance.driver import Delivery
from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Scenario


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
    """The subject broke a requirement. Says what was expected, what came, and where in the stream.

    `chunk` is the index of the chunk at fault, when there is one; the report shows the wire around it.
    """

    def __init__(self, expected: str, actual: str, where: str = "", chunk: int | None = None) -> None:
        self.expected, self.actual, self.chunk = expected, actual, chunk
        self.where = where or (f"chunk {chunk}" if chunk is not None else "")
        place = f" ({self.where})" if self.where else ""
        super().__init__(f"expected {expected}; got {actual}{place}")


class NotTestable(Exception):
    """The check could not reach the point under test: counts as not green, never as a skip."""


class NotApplicable(Exception):
    """The requirement does not concern this subject, for the reason given: an ability it does not have."""


def require(condition: object, expected: str, actual: object, where: str = "", chunk: int | None = None) -> None:
    """Raise `Violation` unless `condition` holds."""
    if not condition:
        raise Violation(expected, actual if isinstance(actual, str) else shortened(repr(actual)), where, chunk)


def shortened(text: str, limit: int = 400) -> str:
    """`text` with its middle left out when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} ... {len(text) - 2 * half} more ... {text[-half:]}"


@dataclass(frozen=True, slots=True)
class Case:
    """One item of a check.

    `scenario` is what is played; `bend` is how it travels; `value` is whatever else the function compares with.
    `recorded` stands for every recording of the provider whose name is in `kinds` (empty: all that were answered):
    the runner puts one case per recording in its place, and none when there is none. `generated` names a strategy of
    `strategies`: the runner draws cases from it and reports the smallest that fails. `spoken` fixes the bytes of each
    turn, before they are bent: those of a script file. `live` is a case of runs alone that record afresh.
    """

    name: str
    scenario: Scenario | None = None
    bend: Delivery | None = None
    value: Any = None
    needs: frozenset[str] = frozenset()
    recorded: bool = False
    kinds: frozenset[str] = field(default=frozenset())
    generated: str = ""
    spoken: tuple[Reply, ...] = ()
    live: bool = False


RECORDED = Case("recorded", recorded=True)
"""Every recording of an answer of the provider."""

RECORDED_ERRORS = Case("recorded", recorded=True, kinds=frozenset({"error-401", "error-429"}))
"""Every recording of a refusal."""

GENERATED = "generated"
"""The name of the case that stands for what a strategy draws."""


def generated(strategy: str, *needs: str) -> Case:
    """Cases drawn from the strategy of this name, for subjects with these abilities."""
    return Case(GENERATED, generated=strategy, needs=frozenset(needs))


Body = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement and the function that decides it."""

    id: str
    requirement: str
    level: Level
    drive: tuple[Drive, ...]
    needs: frozenset[str]
    catches: str  # the real bug that taught us
    cases: tuple[Case, ...]  # one item each
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
    cases: tuple[Case, ...] = (Case(""),),
) -> Callable[[Body], Body]:
    """Register the decorated function in `CATALOGUE`; a second check of the same id is a `ValueError`."""

    def register(function: Body) -> Body:
        if id in CATALOGUE:
            raise ValueError(f"check {id} is defined twice")
        drives = drive if isinstance(drive, tuple) else (drive,)
        CATALOGUE[id] = Check(id, requirement, level, drives, needs, catches, cases, function)
        return function

    return register
