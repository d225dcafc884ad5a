"""The stored recordings that a run plays: those of the programme, of servers and of command-line agents."""

from __future__ import annotations

from typing import Final

from massgen_conformance.cassette import kinds, processes
from massgen_conformance.cassette import sidecar as sidecars
from massgen_conformance.cassette.errors import CassetteError
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.store import Store
from massgen_conformance.stage import Recording

_PROCESS: Final = processes.ENDING.removesuffix(".yaml")


def recordings_of(provider: str, store: Store | None, problems: list[str]) -> list[Recording]:
    """The stored recordings of a provider that are of the programme; unreadable ones go into `problems`."""
    found = []
    for owner, name in store.names() if store else ():
        if owner != provider or name.removesuffix(_PROCESS) not in PROGRAMME or store is None:
            continue
        try:
            found.append(_recording(store, owner, name))
        except CassetteError as error:
            problems.append(str(error))
    return found


def _recording(store: Store, provider: str, name: str) -> Recording:
    path, piece = store.path(provider, name), PROGRAMME[name.removesuffix(_PROCESS)]
    described = sidecars.beside(path)
    if kinds.kind_of(path) is None:
        return Recording(piece, store.load(provider, name), described)
    told = kinds.load(path)
    return Recording(piece, processes.exchanges(told), described and processes.described(described, told))
