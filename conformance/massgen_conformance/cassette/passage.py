"""Makes a recording of what is no HTTP, or changes nothing.

A client is given what stands in for the program or the server; what passes must be whole, and is scrubbed, scanned,
read back, judged by the passage's own verification, and only then swapped in. Whatever goes wrong before that raises
`RecordingRefused` with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from massgen_conformance.cassette.errors import Failure, MissingRecording, Reason
from massgen_conformance.cassette.job import Drive
from massgen_conformance.cassette.keep import Origin, path_of, put, ready, refused
from massgen_conformance.cassette.kinds import Kind
from massgen_conformance.cassette.record import DEADLINE_SECONDS, Mode, Outcome, require_writable
from massgen_conformance.cassette.store import Store

Verify = Callable[[Any], Awaitable[Sequence[str]]]
"""Problems of a new recording when it is played, as sentences."""


class Between(Protocol):
    """What stands between a client and what it asks: a relay, or the recorder of a process."""

    @property
    def given(self) -> str: ...  # what the client is given in place of what it would ask

    @property
    def failure(self) -> Failure | None: ...  # why nobody could be asked

    def taken(self) -> Any: ...  # the cassette; `ValueError` for half a recording

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


async def nothing_more(_cassette: Any) -> Sequence[str]:
    """The verification of a passage that has none of its own."""
    return ()


def as_it_is(cassette: Any) -> Any:
    return cassette


@dataclass(frozen=True, slots=True)
class Passage:
    """What to record, through what, and by whom it is asked. `remedy` is what to do when nothing passed."""

    kind: Kind
    origin: Origin
    between: Between
    drive: Drive  # is given what `between` gives
    remedy: str
    verify: Verify = nothing_more
    tidy: Callable[[Any], Any] = as_it_is


async def record_passage(passage: Passage, store: Store, mode: Mode = Mode.ALL) -> Outcome:
    """Record one scenario.

    Raises `MissingRecording` in mode `none`, `RecordingRefused` with the reason when nothing could be stored.
    """
    origin = passage.origin
    path = path_of(store, passage.kind, origin.provider, origin.scenario)
    if mode is Mode.NONE and not path.is_file():
        raise MissingRecording(origin.provider, origin.scenario, str(path))
    if path.is_file() and mode in (Mode.NONE, Mode.ONCE):
        return Outcome(path, written=False)
    if mode is Mode.NEW_EPISODES:
        told = f"a {passage.kind.name} is recorded as a whole; use --mode all or --mode once"
        raise refused(origin, Reason.UNSUPPORTED, told)
    require_writable(path)
    cassette, complaint = await _passed(passage)
    kept = await asyncio.to_thread(ready, store, passage.kind, cassette, origin)
    await _require_playable(passage, kept.cassette)
    put(kept, origin)
    return Outcome(path, True, len(passage.kind.parts(cassette)), removed=kept.removed, complaint=complaint)


async def _passed(passage: Passage) -> tuple[Any, str]:
    """The cassette of what passed while the client was driven, and what the client said of it."""
    origin, between, problem = passage.origin, passage.between, ""
    between.__enter__()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await passage.drive(between.given)
    except Exception as error:  # the client's own opinion: told only when what passed does not explain it
        problem = f"{type(error).__name__}: {error}"
    finally:
        await asyncio.to_thread(between.__exit__, None, None, None)
    if between.failure is not None:
        asked = f"{origin.upstream} was not reached" if between.failure.reason is Reason.UNREACHABLE else "refused"
        raise refused(origin, between.failure.reason, f"{asked}: {between.failure.message}; {passage.remedy}")
    told = f" ({problem})" if problem else ""
    try:
        cassette = between.taken()
    except ValueError as error:
        raise refused(origin, Reason.INTERRUPTED, f"{error}{told}") from error
    if not passage.kind.parts(cassette):
        raise refused(
            origin, Reason.UNSUPPORTED, f"nothing passed that is a {passage.kind.name}{told}; {passage.remedy}"
        )
    return passage.tidy(cassette), problem


async def _require_playable(passage: Passage, cassette: Any) -> None:
    try:
        problems = await passage.verify(cassette)
    except Exception as error:  # a client that breaks on the new bytes is a problem of theirs like any other
        problems = [f"{type(error).__name__}: {error}"]
    if problems:
        raise refused(passage.origin, Reason.CHECK_FAILED, "playing it shows " + "; ".join(problems))
