"""One mutant before the kit, in a process of its own: forked from one that has imported everything else.

A fork costs milliseconds and the mutated module is imported like any other, so nothing holds a name of the old one.
"""

from __future__ import annotations

import asyncio
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType

from massgen_conformance.cassette.store import Store
from massgen_conformance.report.values import GREEN
from massgen_conformance.runner import Item, Runner
from massgen_conformance.runner import select as checks
from massgen_conformance.targets import load_target, subjects

CASSETTES = Path(__file__).parents[1] / "cassettes"
TARGET = "massgen.backend.factory:conformance_target"
LAST = ("CON-13", "REC-07", "ERR-05", "TIM-05", "USG-07", "RES-02", "TIM-04", "REC-03")
"""Checks that take long; they are asked when the others have found nothing."""
EXAMPLES = 3
MEMORY = 3 << 30  # bytes: a mutant may collect without end
SURVIVED = "survived"
TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Plant(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from changed source, wherever it is imported."""

    module: str
    path: Path
    source: str

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        package = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        spec = importlib.util.spec_from_loader(fullname, self, origin=str(self.path), is_package=package is not None)
        if spec is not None and package:
            spec.submodule_search_locations = package
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


@dataclass(frozen=True, slots=True)
class Trial:
    """A child that plays, the pipe on which it tells the end, and when it must have ended."""

    child: int
    pipe: int
    until: float


def begin(
    plant: Plant | None, providers: Sequence[str], seconds: float, seed: int = 0, first: Sequence[str] = ()
) -> Trial:
    """Start a trial, of the unchanged code without a plant. `first` are checks to play before all others."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(plant, providers, seed, first, writing)
    os.close(writing)
    return Trial(child, reading, time.monotonic() + seconds)


def ended(trials: Sequence[Trial]) -> Iterator[tuple[Trial, str]]:
    """Those that are over, waiting for the first: `survived`, or what killed the mutant: the name of an item, `import`,
    `timeout`, `crash`."""
    soonest = min(trial.until for trial in trials)
    ready, _, _ = select.select([trial.pipe for trial in trials], [], [], max(0.0, soonest - time.monotonic()))
    for trial in trials:
        if trial.pipe in ready:
            told = os.read(trial.pipe, 4096).decode() or "crash"
        elif time.monotonic() >= trial.until:
            os.kill(trial.child, signal.SIGKILL)
            told = TIMEOUT
        else:
            continue
        os.close(trial.pipe)
        os.waitpid(trial.child, 0)
        yield trial, told


def _child(plant: Plant | None, providers: Sequence[str], seed: int, first: Sequence[str], writing: int) -> None:
    """Never returns."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    told = "crash"
    try:
        _forget("massgen")
        if plant is not None:
            sys.meta_path.insert(0, plant)
        try:
            _, factory = load_target(TARGET)
        except Exception:
            told = "import"
        else:
            told = asyncio.run(_first_kill(factory, providers, seed, first))
    finally:
        os.write(writing, told.encode())
        os._exit(0)


def _forget(package: str) -> None:
    """Import the package anew: what the parent has imported already would stand in the plant's place."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


async def _first_kill(factory: object, providers: Sequence[str], seed: int, first: Sequence[str]) -> str:
    likely = [(provider, checks(ids=first), slice(2)) for provider in providers if first]
    parts = [(provider, checks(), slice(part, part + 1)) for part in (0, 1) for provider in providers]
    for provider, chosen, part in (*likely, *parts, (providers[0], checks(), slice(2, 3))):
        (subject,) = subjects([provider], factory)  # type: ignore[arg-type]
        with Runner([subject], chosen, Store(CASSETTES), examples=EXAMPLES, seed=seed) as runner:
            for item in chain.from_iterable(divided(runner.plan())[part]):
                if (await runner.run(item)).verdict in GREEN:
                    continue
                if (await runner.run(item)).verdict not in GREEN:  # twice: a machine that stalls is no kill
                    return item.name
    return SURVIVED


def divided(items: Sequence[Item]) -> tuple[list[Item], list[Item], list[Item]]:
    """One case of each check, the others, and the checks that take long, which only the first provider is played."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.check.id, item)
    return (
        [item for item in first.values() if item.check.id not in LAST],
        [item for item in items if item is not first[item.check.id] and item.check.id not in LAST],
        [item for item in items if item.check.id in LAST],
    )
