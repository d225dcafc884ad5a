"""Results as values: one per item, folded to one per check and provider."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from massgen_conformance.check import GENERATED, Verdict

WORST_FIRST: Final = (
    Verdict.FAIL,
    Verdict.STALE,
    Verdict.NOT_TESTABLE,
    Verdict.XFAIL,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
GREEN: Final = frozenset({Verdict.PASS, Verdict.XFAIL, Verdict.NOT_APPLICABLE})
"""Verdicts with which a run succeeds. What could not be tested is not among them."""

EVIDENCE: Final = ("live", "recorded", "synthetic")
"""Kinds of evidence, strongest first: the real provider now, its recorded bytes, bytes made from the protocol."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What was required and what came, with the place in the stream and the wire around it."""

    requirement: str
    expected: str
    actual: str
    where: str = ""  # position in the stream
    stream: str = ""  # the chunk types that came, counted
    wire: str = ""  # bytes that had been sent around that position
    chunk: int | None = None  # index of the chunk at fault
    script: str = ""  # the file with the smallest case that fails, for what `massgen-conformance replay` plays


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened in a run, on the wire or in the stream."""

    at: float  # seconds on the run's clock
    kind: str  # "request", "wire", "cut", "chunk", "end"; "gap" for moments that are left out
    title: str
    text: str = ""
    wire: int = 0  # body bytes that had been written by then
    fault: bool = False  # the chunk at fault


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from, and how its items are run again."""

    target: str = ""
    started: str = ""  # ISO 8601, UTC
    command: tuple[str, ...] = ()  # what runs the same suite; empty for a run that no command line repeats
    item_option: str = "-k"  # what chooses an item by its name
    seed: int = 0  # of every random choice
    examples: int = 0  # cases drawn for each property

    def repeat(self, provider: str, check: str, case: str) -> str:
        """The command that runs one item again."""
        if not self.command:
            return ""
        chance = ["--seed", str(self.seed), *(["--examples", str(self.examples)] if case == GENERATED else [])]
        chosen = ["--provider", provider, "--check", check, *chance]
        return shlex.join([*self.command, *chosen, self.item_option, item_name(check, provider, case)])


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The verdict of one check on one case for one provider."""

    check: str
    provider: str
    case: str
    verdict: Verdict
    evidence: str = "synthetic"
    message: str = ""
    failure: Failure | None = None
    seconds: float = 0.0
    timeline: tuple[Moment, ...] = ()  # of what is not green; of others on request

    @property
    def name(self) -> str:
        return item_name(self.check, self.provider, self.case)


def item_name(check: str, provider: str, case: str) -> str:
    """`LIF-01[gemini-text]`: what `-k` selects."""
    return f"{check}[{provider}-{case}]" if case else f"{check}[{provider}]"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The verdict of one check for one provider: the worst of its items, or `stale`; `verdicts` counts them."""

    verdict: Verdict
    evidence: str
    message: str
    items: int
    failures: tuple[ItemResult, ...] = ()
    passed: tuple[ItemResult, ...] = ()
    seconds: float = 0.0
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """The results of a run.

    `planned` is how many items each (provider, check) has when nothing is deselected: only a check whose items all ran
    can be judged stale. `expected` holds the reasons of the expected failures in force. `problems` are faults of the
    run itself, such as expired expectations; any of them makes the report not green.
    """

    items: list[ItemResult] = field(default_factory=list)
    planned: Mapping[tuple[str, str], int] = field(default_factory=dict)
    expected: Mapping[tuple[str, str], str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    origin: Origin = field(default_factory=Origin)

    @property
    def providers(self) -> list[str]:
        return list(dict.fromkeys(item.provider for item in self.items))

    def checks(self, provider: str) -> dict[str, CheckResult]:
        """The result of each check for one provider, in the order of their ids."""
        grouped: dict[str, list[ItemResult]] = {}
        for item in self.items:
            if item.provider == provider:
                grouped.setdefault(item.check, []).append(item)
        return {check: self._fold(provider, check, grouped[check]) for check in sorted(grouped)}

    def verdicts(self) -> dict[Verdict, int]:
        """How many (provider, check) pairs have each verdict."""
        counts = dict.fromkeys(Verdict, 0)
        for provider in self.providers:
            for result in self.checks(provider).values():
                counts[result.verdict] += 1
        return counts

    @property
    def green(self) -> bool:
        """Whether the run succeeded: something was decided, nothing failed, nothing was left undecided."""
        counts = self.verdicts()
        decided = counts[Verdict.PASS] + counts[Verdict.XFAIL]
        return bool(decided) and not self.problems and all(not counts[verdict] for verdict in set(Verdict) - GREEN)

    def _fold(self, provider: str, check: str, items: list[ItemResult]) -> CheckResult:
        worst = min(items, key=lambda item: WORST_FIRST.index(item.verdict))
        complete = len(items) >= self.planned.get((provider, check), 1)
        reason = self.expected.get((provider, check))
        counts, seconds = Counter(item.verdict for item in items), _seconds(items)
        if reason and complete and worst.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            message = f"listed as an expected failure ({reason}), but it is {worst.verdict}: remove the entry"
            return CheckResult(Verdict.STALE, _evidence(items), message, len(items), seconds=seconds, verdicts=counts)
        not_green = tuple(item for item in items if item.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE))
        passed = tuple(item for item in items if item.verdict is Verdict.PASS)
        return CheckResult(
            worst.verdict, _evidence(items), worst.message, len(items), not_green, passed, seconds, counts
        )


def _seconds(items: Iterable[ItemResult]) -> float:
    return sum(item.seconds for item in items)


def _evidence(items: Iterable[ItemResult]) -> str:
    """The strongest evidence among the items that decided something."""
    decided = [item.evidence for item in items if item.verdict not in (Verdict.NOT_TESTABLE, Verdict.NOT_APPLICABLE)]
    return min(decided, key=EVIDENCE.index, default="synthetic")
