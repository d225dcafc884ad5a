"""The kill matrix: which checks catch which fault. A fault that nobody catches is a missing check."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from massgen_conformance.check import CATALOGUE, Verdict
from massgen_conformance.liars.agent import Agent
from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.liar import Liar
from massgen_conformance.liars.process import ProcessBackend
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Item, Runner
from massgen_conformance.subject import AGENT_ABILITIES
from massgen_conformance.targets import subject
from massgen_conformance.unsuited import OF_PROCESSES

IMPATIENT_SECONDS = 0.5
"""How long a liar is waited for: most of them are caught by what they never do."""

LONG = frozenset({"RES-02"})
"""What takes as long as a third of all others together: a panel has it for the faults that it must catch."""

CAUGHT = (Verdict.FAIL, Verdict.NOT_TESTABLE)


@dataclass(frozen=True, slots=True)
class Kill:
    """One liar before the catalogue."""

    liar: Liar
    caught_by: frozenset[str]
    results: tuple[ItemResult, ...]

    @property
    def as_declared(self) -> bool:
        return self.caught_by == self.liar.caught_by


def honest_twin(liar: Liar) -> Liar:
    """The same subject without the fault."""
    honest = next((kind for kind in (Agent, ProcessBackend) if issubclass(liar.backend, kind)), Honest)
    return Liar("Honest", "none", frozenset(), honest, liar.provider)


async def kill(liar: Liar, *, panel: bool = False) -> Kill:
    """Put one liar before the catalogue. A `panel` is the short way: see `on_panel`."""
    who = subject(liar.provider, liar.backend)
    checks = [CATALOGUE[name] for name in sorted(CATALOGUE)]
    with Runner([who], checks, recorder=liar.recorder, reader=liar.reader, guard_seconds=IMPATIENT_SECONDS) as runner:
        chosen = list(on_panel(liar, runner.plan()) if panel else decided(runner.plan()))
        results = [await runner.run(item) for item in chosen]
    caught = frozenset(result.check for result in results if result.verdict in CAUGHT)
    return Kill(liar, caught, tuple(results))


def on_panel(liar: Liar, items: Sequence[Item]) -> Iterator[Item]:
    """One item of each check that is not long, and all items of those that must catch the liar.

    The fault of an agent, or of a backend over a process, lies in what a plain backend lacks: of the checks that
    concern both the panel has one of each family. The whole catalogue is for `kill` without a panel.
    """
    usual = [item for item in items if item.check.id not in LONG - liar.caught_by]
    chosen = one_each(usual, all_of=liar.caught_by)
    particular = issubclass(liar.backend, Agent | ProcessBackend)
    return _mostly_particular(chosen, liar.caught_by) if particular else chosen


def _mostly_particular(items: Iterable[Item], catchers: Container[str]) -> Iterator[Item]:
    seen: set[str] = set()
    for item in items:
        check = item.check
        particular = check.needs & AGENT_ABILITIES.keys() or check.id in OF_PROCESSES
        if particular or check.id in catchers or check.family not in seen:
            yield item
        seen.add(check.family)


def decided(items: Iterable[Item]) -> Iterator[Item]:
    """The items whose case is written down. What a drawn case catches depends on the seed, and proves no check."""
    return (item for item in items if not item.case.generated)


def one_each(items: Sequence[Item], all_of: Container[str] = ()) -> Iterator[Item]:
    """The first item of each check, and every item of the checks in `all_of`; none that is drawn by chance."""
    seen: set[str] = set()
    for item in decided(items):
        if item.check.id not in seen or item.check.id in all_of:
            seen.add(item.check.id)
            yield item


async def kill_matrix(liars: Iterable[Liar]) -> list[Kill]:
    """Every liar before the whole catalogue."""
    return [await kill(liar) for liar in liars]
