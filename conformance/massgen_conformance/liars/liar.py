"""A liar: a fault in one sentence, the backend that has it, and the checks that catch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from massgen_conformance.cassette.record import record
from massgen_conformance.cassette.store import load
from massgen_conformance.liars.honest import Honest
from massgen_conformance.stage import Reader, Recorder

Class = TypeVar("Class", bound=type[Honest])


@dataclass(frozen=True, slots=True)
class Liar:
    """One planted fault. `caught_by` is exact: these checks fail on the liar and no others do."""

    name: str
    fault: str
    caught_by: frozenset[str]
    backend: type[Honest]
    provider: str = "chatcompletion"
    recorder: Recorder = record
    reader: Reader = load


LIARS: dict[str, Liar] = {}


def liar(
    *caught_by: str,
    fault: str,
    provider: str = "chatcompletion",
    recorder: Recorder = record,
    reader: Reader = load,
) -> Callable[[Class], Class]:
    """Register a backend class as a liar under its own name; a second one of the same name is a `ValueError`."""

    def register(backend: Class) -> Class:
        name = backend.__name__
        if name in LIARS:
            raise ValueError(f"there is a liar {name} already")
        LIARS[name] = Liar(name, fault, frozenset(caught_by), backend, provider, recorder, reader)
        return backend

    return register
