"""Faults that make recordings worthless."""

from __future__ import annotations

import socket
from contextlib import suppress
from itertools import count
from typing import Any

from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.record import Mode, Outcome, record
from massgen_conformance.cassette.store import Store
from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.liar import liar

_NUMBERS = count(1)


@liar(
    "PRM-01",
    "PRM-02",
    "PRM-03",
    "PRM-04",
    "PRM-05",
    "PRM-06",
    "PRM-07",
    "PRM-08",
    "REC-01",
    "REC-04",
    "STA-01",
    "STA-05",
    "PRM-10",
    fault="options are reported to another host",
)
class PhonesHome(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        if options:
            with suppress(OSError):
                socket.getaddrinfo("telemetry.invalid", 443)
        return super().body(messages, tools, options)


@liar("REC-03", "STA-02", "STA-03", fault="no two requests are the same")
class NeverTheSame(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        return super().body(messages, tools, options) | {"seed": next(_NUMBERS)}


@liar(
    "MUL-01",
    "MUL-02",
    "MUL-04",
    "PRM-03",
    "PRM-07",
    "REC-04",
    "STA-07",
    "TOL-12",
    "TOL-13",
    "TOL-14",
    "TOL-20",
    "PRM-10",
    fault="the key travels where no recorder looks for it",
)
class OddHeader(Honest):
    def headers(self) -> dict[str, str]:
        return {"x-odd-credential": self._key}


async def deletes_first(job: Job, store: Store, mode: Mode = Mode.ALL) -> Outcome:
    """A recorder that clears the way before it knows whether it has something better."""
    store.path(job.provider, job.scenario).unlink(missing_ok=True)
    return await record(job, store, mode)


@liar("REC-07", fault="the old recording is deleted before the new one is judged", recorder=deletes_first)
class DeletesFirst(Honest):
    """An honest backend; the recorder lies."""
