"""What to record: the values that a recording starts from."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from massgen_conformance.cassette.sidecar import Provenance, Sidecar
from massgen_conformance.cassette.store import Cassette

Drive = Callable[[str], Awaitable[None]]
"""Runs the scenario against this base URL. What the upstream did is judged from the wire, not from what is raised."""

Verify = Callable[[Cassette, Sidecar], Awaitable[Sequence[str]]]
"""Problems of a new recording when it is played, as sentences."""


async def nothing_more(_cassette: Cassette, _sidecar: Sidecar) -> Sequence[str]:
    """The verification of a job that has none of its own."""
    return ()


@dataclass(frozen=True, slots=True)
class Job:
    """What to record, from where, and by whom it is asked."""

    provider: str
    scenario: str
    upstream: str  # base URL
    api_key: str
    drive: Drive
    provenance: Provenance
    stored_as: str = ""  # base URL under which the exchanges are stored, the upstream's own when empty
    model: str = ""
    key_variable: str = ""  # the environment variable that a message names
    requests: int = 1  # how many the scenario makes at least
    statuses: tuple[int, ...] = (200,)  # of the answers, in order; the last one counts for all that follow
    other_secrets: tuple[str, ...] = ()
    verify: Verify = nothing_more
    versions: dict[str, str] = field(default_factory=dict)
    today: Callable[[], datetime.date] = lambda: datetime.datetime.now(datetime.UTC).date()

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.api_key, *self.other_secrets)
