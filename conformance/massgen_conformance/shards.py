"""A long run in several processes, a provider in each: event loops, patches and the offline guard are per process.

The verdicts do not depend on how many there are: a provider is always played from its first item to its last by one
process, and results are given in the order of the plan.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from massgen_conformance.cassette.store import Store
from massgen_conformance.check import Verdict
from massgen_conformance.expectations import Expectations
from massgen_conformance.report import ItemResult
from massgen_conformance.runner import Item, Runner, select
from massgen_conformance.search import share
from massgen_conformance.subject import Subject
from massgen_conformance.targets import load_target, subjects

ITEMS_OF_A_JOB = 400
"""A process takes a second to begin: with fewer items than these for each it would cost more than it saves."""

_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Order:
    """What a process needs to play the same items: values only, for it begins with nothing."""

    target: str
    wire: str
    checks: tuple[str, ...]  # ids
    store: Store | None
    expectations: Expectations
    timelines: bool
    seed: int
    examples: int
    scripts: Path | None

    @classmethod
    def of(cls, runner: Runner, target: str, wire: str) -> Self:
        """The order for the run of this runner, whose subjects were made of a target and a wire."""
        return cls(
            target=target,
            wire=wire,
            checks=tuple(check.id for check in runner.checks),
            store=runner.store,
            expectations=runner.expectations,
            timelines=runner.timelines,
            seed=runner.seed,
            examples=runner.examples or share(len(runner.subjects)),  # a process has fewer subjects than the run
            scripts=runner.scripts,
        )

    def runner(self, subject: Subject) -> Runner:
        """What plays the items of one provider."""
        shaped = {name: getattr(self, name) for name in ("timelines", "seed", "examples", "scripts")}
        return Runner([subject], select(ids=self.checks), self.store, self.expectations, **shaped)


def jobs_for(items: Sequence[Item], wanted: int | None = None) -> int:
    """How many processes are worth their beginning, `wanted` at most; without a wish, one for each core."""
    providers = len({item.subject.provider for item in items})
    if wanted is not None:
        return max(1, min(wanted, providers))
    return max(1, min(_cores(), providers, len(items) // ITEMS_OF_A_JOB))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # those that this process may use; not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False, slots=True)
class _Worker:
    process: BaseProcess
    link: Connection
    waiting: dict[str, Item] = field(default_factory=dict)  # by name, of the provider that it plays


class Shards:
    """Plays items in `jobs` processes. Use it as a context manager: leaving it ends the processes, done or not."""

    def __init__(self, order: Order, items: Sequence[Item], jobs: int) -> None:
        self._order, self._jobs = order, jobs
        self._items = list(items)
        self._results: dict[str, ItemResult] = {}
        self._providers: list[list[Item]] = []
        grouped: dict[str, list[Item]] = {}
        for item in self._items:
            grouped.setdefault(item.subject.provider, []).append(item)
        self._providers = list(grouped.values())
        self._workers: list[_Worker] = []

    def results(self) -> Iterator[ItemResult]:
        """Every result, in the order of the items, each as soon as it and those before it are there."""
        for item in self._items:
            yield self.result_of(item)

    def result_of(self, item: Item) -> ItemResult:
        """The result of one item; waits for it."""
        while item.name not in self._results:
            self._receive()
        return self._results[item.name]

    def _receive(self) -> None:
        """Take what the processes send, once. One that is gone leaves its items untested and gets a successor."""
        links = {worker.link: worker for worker in self._workers if worker.waiting}
        for link in wait(list(links)):
            worker = links[link]  # type: ignore[index]  # `wait` gives back what it was given
            try:
                result: ItemResult = worker.link.recv()
            except (EOFError, OSError):
                self._mourn(worker)
                continue
            self._results[result.name] = result
            worker.waiting.pop(result.name, None)
            if not worker.waiting:
                self._employ(worker)

    def _employ(self, worker: _Worker) -> None:
        """Give the next provider to a process, or let it go."""
        items = self._providers.pop(0) if self._providers else []
        worker.waiting = {item.name: item for item in items}
        try:
            worker.link.send((items[0].subject.provider, list(worker.waiting)) if items else None)
        except OSError:
            self._mourn(worker)

    def _mourn(self, worker: _Worker) -> None:
        worker.process.join(_STOP_SECONDS)
        reason = (
            f"the process that played {{}} ended before this item was decided (exit code {worker.process.exitcode})"
        )
        for name, item in worker.waiting.items():
            told = reason.format(item.subject.provider)
            decided = (item.check.id, item.subject.provider, item.case.name, Verdict.NOT_TESTABLE, item.evidence, told)
            self._results[name] = ItemResult(*decided)
        worker.waiting.clear()
        self._dismiss(worker)
        if self._providers:
            self._hire()

    def _hire(self) -> None:
        here, there = multiprocessing.Pipe()
        # Not forked: a copy of a process that has threads and loops may hang.
        process = multiprocessing.get_context("spawn").Process(target=_work, args=(self._order, there), name="shard")
        process.start()
        there.close()
        worker = _Worker(process, here)
        self._workers.append(worker)
        self._employ(worker)

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.link.close()
        worker.process.terminate()
        worker.process.join(_STOP_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.process.close()

    def __enter__(self) -> Self:
        for _ in range(min(self._jobs, len(self._providers))):
            self._hire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._dismiss(worker)


def _work(order: Order, link: Connection) -> None:
    """The life of a process: a provider and the names of its items come in, results go out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair: it ends this process
    _, factory = load_target(order.target)
    try:
        while (told := link.recv()) is not None:
            provider, names = told
            (subject,) = subjects([provider], factory, order.wire)
            asyncio.run(_play(order.runner(subject), names, link))
    except (EOFError, OSError):
        return  # the parent is gone


async def _play(runner: Runner, names: Sequence[str], link: Connection) -> None:
    with runner:
        planned = {item.name: item for item in runner.plan()}
        for name in names:
            link.send(await runner.run(planned[name]))
