"""The kinds of cassettes, told by the end of a file's name: what each holds, and how it is read, written and cleaned.

HTTP exchanges are vcrpy's format (`store`); what HTTP cannot hold has a kind of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from massgen_conformance.cassette import processes, store, websockets
from massgen_conformance.cassette.errors import UnreadableCassette
from massgen_conformance.cassette.scrub import Scrubber

HTTP: Final = "http"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind beside HTTP. `parts` are the exchanges of a cassette: its connections, or its runs."""

    name: str
    ending: str
    loads: Callable[[str, str], Any]
    dumps: Callable[[Any], str]
    scrubbed: Callable[[Any, Scrubber], Any]
    places: Callable[[Any], Iterator[tuple[str, bytes]]]
    parts: Callable[[Any], tuple[Any, ...]]


WEBSOCKET: Final = Kind(
    "websocket",
    websockets.ENDING,
    websockets.loads,
    websockets.dumps,
    websockets.scrubbed,
    websockets.places,
    lambda cassette: tuple(cassette.connections),
)
PROCESS: Final = Kind(
    "process",
    processes.ENDING,
    processes.loads,
    processes.dumps,
    processes.scrubbed,
    processes.places,
    lambda cassette: tuple(cassette.runs),
)
KINDS: Final = (WEBSOCKET, PROCESS)


def kind_of(path: Path) -> Kind | None:
    """The kind of a file; None for HTTP exchanges."""
    return next((kind for kind in KINDS if path.name.endswith(kind.ending)), None)


def load(path: Path) -> Any:
    """The cassette of whatever kind. Raises `UnreadableCassette` with the path."""
    kind = kind_of(path)
    if kind is None:
        require_http(path)
        return store.load(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCassette(f"cannot read {path}: {error}") from error
    return kind.loads(text, str(path))


def require_http(path: Path) -> None:
    """Raise `UnreadableCassette` for a file that says it is of a kind and has not its name."""
    try:
        with path.open("rb") as file:
            first = file.readline(80).strip()
    except OSError:
        return  # who reads it says why it cannot be read
    for kind in KINDS:
        if first == f"kind: {kind.name}".encode():
            raise UnreadableCassette(f"{path} holds a {kind.name} recording: its name must end in {kind.ending}")


def exchanges(path: Path) -> int:
    """How many exchanges, connections or runs a file holds. Raises `UnreadableCassette`."""
    kind, cassette = kind_of(path), load(path)
    return len(kind.parts(cassette)) if kind else len(cassette.interactions)
