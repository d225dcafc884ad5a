"""Makes a recording, or changes nothing.

A client is driven through the relay; what passed is checked to be whole and expected, scrubbed, scanned, written out
and read back, judged by the job's own verification, and only then swapped in together with its sidecar. Whatever goes
wrong before that raises `RecordingRefused` with the reason, and the cassette that was there stays as it was, byte for
byte.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from massgen_conformance.cassette import sidecar as sidecars
from massgen_conformance.cassette import store as cassettes
from massgen_conformance.cassette.describe import described, placed, with_hash
from massgen_conformance.cassette.errors import MissingRecording, Reason, RecordingRefused, UnreadableCassette
from massgen_conformance.cassette.forms import SHORTEST
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.match import KeyMatcher, matches
from massgen_conformance.cassette.relay import Known, Passed, Relay
from massgen_conformance.cassette.scan import scan, scan_text
from massgen_conformance.cassette.scrub import Scrubbed, Scrubber
from massgen_conformance.cassette.sidecar import Provenance, Sidecar, State
from massgen_conformance.cassette.store import Cassette, Request, Response, Store

DEADLINE_SECONDS = 600.0
"""For one scenario, however slowly a model answers."""

TOLD = 2000
"""Characters of a provider's refusal that are repeated in a message."""


class Mode(StrEnum):
    """vcrpy's record modes, per scenario."""

    NONE = "none"  # never record; a missing recording is an error that says how to make it
    ONCE = "once"  # record what is missing
    NEW_EPISODES = "new_episodes"  # answer known requests from the recording, ask the upstream for the others
    ALL = "all"  # record again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `record` did."""

    path: Path
    written: bool
    interactions: int = 0
    reused: int = 0  # answered from the earlier recording
    removed: tuple[str, ...] = ()
    complaint: str = ""  # what the client raised, where all that passed is whole nevertheless


async def record(job: Job, store: Store, mode: Mode = Mode.ALL) -> Outcome:
    """Record one scenario.

    Raises `MissingRecording` in mode `none`, `RecordingRefused` with the reason when nothing could be stored.
    """
    path = store.path(job.provider, job.scenario)
    exists = path.is_file()
    if mode is Mode.NONE and not exists:
        raise MissingRecording(job.provider, job.scenario, str(path))
    if exists and mode in (Mode.NONE, Mode.ONCE):
        return Outcome(path, written=False)
    _require_key(job)
    require_writable(path)
    earlier = _Earlier(store, job) if exists and mode is Mode.NEW_EPISODES else None
    passed = await _through_relay(job, earlier)
    if earlier is not None and all(one.known for one in passed):
        return Outcome(path, written=False, interactions=len(passed), reused=len(passed))
    scrubbed, description = _describe(job, passed)
    text = cassettes.dumps(scrubbed.cassette)
    description = with_hash(description, text)
    beside = sidecars.dumps(description)
    _require_clean(job, scrubbed.cassette, text, beside)
    await _require_playable(job, scrubbed.cassette, text, description)
    try:
        cassettes.write({path: text, store.sidecar_path(job.provider, job.scenario): beside})
    except OSError as error:
        raise _refused(job, Reason.UNWRITABLE, f"cannot write {path}: {error}") from error
    return Outcome(path, True, len(passed), sum(one.known for one in passed), description.removed)


def _refused(job: Job, reason: Reason, message: str) -> RecordingRefused:
    """The refusal, with nothing secret in it: providers and clients like to repeat the key."""
    scrubber = Scrubber(secret for secret in job.secrets if len(secret) >= SHORTEST)
    if job.upstream:
        message = message.replace(job.upstream, scrubber.uri(job.upstream))
    return RecordingRefused(reason, f"{job.provider}/{job.scenario} was not recorded: {scrubber.text(message)}")


def _require_key(job: Job) -> None:
    if not job.api_key:
        named = f"set {job.key_variable}" if job.key_variable else "give an API key"
        raise _refused(job, Reason.NO_KEY, f"there is no API key; {named} and run the command again")


def require_writable(path: Path) -> None:
    """Fail before anything is asked of an upstream that may cost money."""
    probe = path.with_name(f".{path.name}.probe")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RecordingRefused(Reason.UNWRITABLE, f"cannot write into {path.parent}: {error}") from error


async def _through_relay(job: Job, earlier: Known | None) -> list[Passed]:
    synthetic = job.provenance is Provenance.SYNTHETIC
    try:
        relay = Relay(job.upstream, known=earlier, clock=_no_time if synthetic else time.monotonic)
    except ValueError as error:
        raise _refused(job, Reason.UNREACHABLE, str(error)) from error
    problem = ""
    relay.start()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await job.drive(relay.base_url)
    except Exception as error:  # the client's own opinion: told only when the wire does not explain it
        problem = f" ({type(error).__name__}: {error})"
    finally:
        await asyncio.to_thread(relay.stop)
    _require_whole(job, relay.passed)
    if len(relay.passed) < job.requests:
        made = f"the client made {len(relay.passed)} of its {job.requests} requests to the base_url given{problem}"
        raise _refused(job, Reason.UNSUPPORTED, made)
    return relay.passed


def _no_time() -> float:
    """The player has no pace of its own; a machine's would make the same recording differ from day to day."""
    return 0.0


def _require_whole(job: Job, passed: Sequence[Passed]) -> None:
    for number, one in enumerate(passed):
        if one.answer is None:
            failure = one.failure
            reason = failure.reason if failure else Reason.INTERRUPTED
            told = failure.message if failure else "the answer did not end"
            what = "cannot be reached" if reason is Reason.UNREACHABLE else f"broke off answer {number}"
            raise _refused(job, reason, f"{job.upstream} {what}: {told}")
        expected = job.statuses[min(number, len(job.statuses) - 1)]
        if one.answer.status != expected:
            raise _refused(job, Reason.REFUSED, _unexpected(job, number, one.answer, expected))


def _unexpected(job: Job, number: int, answer: Response, expected: int) -> str:
    text = answer.body.decode("utf-8", "replace")[:TOLD].strip()
    hint = f"; check {job.key_variable}" if answer.status in (401, 403) and job.key_variable else ""
    return f"answer {number} of {job.upstream} has status {answer.status}, expected {expected}{hint}: {text}"


def _describe(job: Job, passed: Sequence[Passed]) -> tuple[Scrubbed, Sidecar]:
    try:
        return described(job, passed)
    except (ValueError, UnreadableCassette) as error:
        raise _refused(job, Reason.UNSUPPORTED, str(error)) from error


def _require_clean(job: Job, cassette: Cassette, *texts: str) -> None:
    """Scan the values and the very texts that will be written."""
    leaks = scan(cassette, job.secrets)
    for text in texts:
        leaks += scan_text(text, "the file to be written", job.secrets)
    if leaks:
        found = "; ".join(dict.fromkeys(str(leak) for leak in leaks))
        raise _refused(job, Reason.LEAK, f"a secret would be stored: {found}")


async def _require_playable(job: Job, cassette: Cassette, text: str, description: Sidecar) -> None:
    if cassettes.loads(text) != cassette:
        raise _refused(job, Reason.CHECK_FAILED, "the file does not give back the bytes that were recorded")
    try:
        problems = await job.verify(cassette, description)
    except Exception as error:  # a client that breaks on the new bytes is a problem of theirs like any other
        problems = [f"{type(error).__name__}: {error}"]
    if problems:
        raise _refused(job, Reason.CHECK_FAILED, "playing it shows " + "; ".join(problems))


class _Earlier:
    """The recording that is being extended: answers each of its requests once."""

    def __init__(self, store: Store, job: Job) -> None:
        description = sidecars.load(store.sidecar_path(job.provider, job.scenario))
        path = store.path(job.provider, job.scenario)
        items = store.load(job.provider, job.scenario).interactions
        fits = len(items) == len(description.interactions)
        state = description.state(path.read_bytes(), job.today()) if fits else State.ALTERED
        _require_extendable(job, description, state)
        self._left = list(zip(items, description.interactions, strict=True))
        self._keys = KeyMatcher(description.salt, stand_in=job.api_key)
        self._job = job

    def __call__(self, request: Request) -> tuple[Response, list[tuple[int, float]]] | None:
        asked = replace(request, uri=placed(self._job, request.uri))
        for position, (item, pace) in enumerate(self._left):
            if matches(asked, item.request, pace.key, self._keys):
                del self._left[position]
                return item.response, list(pace.chunks)
        return None


def _require_extendable(job: Job, description: Sidecar, state: State) -> None:
    """What one party answered must not be mixed with what another did: the sidecar speaks for the whole."""
    again = "record it again with --mode all"
    if state is State.ALTERED:
        raise _refused(job, Reason.CHECK_FAILED, f"the old recording is not what its sidecar describes; {again}")
    if description.provenance is not job.provenance:
        mixed = f"the old recording is {description.provenance}, the new exchanges would be {job.provenance}"
        raise _refused(job, Reason.UNSUPPORTED, f"{mixed}; {again}")
