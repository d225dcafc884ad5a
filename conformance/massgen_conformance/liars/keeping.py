"""Faults of what stands in a recording and beside it, and of what is made of it when it is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any, ClassVar, TypeAlias

from massgen_conformance.cassette import sidecar as sidecars
from massgen_conformance.cassette import store as cassettes
from massgen_conformance.cassette.describe import with_hash
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.record import Mode, Outcome, record
from massgen_conformance.cassette.sidecar import Pace, Provenance, Sidecar
from massgen_conformance.cassette.store import Cassette, Response, Store
from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import Answer, Chunk
from massgen_conformance.liars.liar import liar
from massgen_conformance.stage import Recorder

Change: TypeAlias = Callable[[Cassette, Sidecar], tuple[Cassette, Sidecar]]


def changing(change: Change) -> Recorder:
    """A recorder that stores something else than what it recorded."""

    async def lying(job: Job, store: Store, mode: Mode = Mode.ALL) -> Outcome:
        outcome = await record(job, store, mode)
        path, beside = store.path(job.provider, job.scenario), store.sidecar_path(job.provider, job.scenario)
        cassette, told = change(cassettes.load(path), sidecars.load(beside))
        text = cassettes.dumps(cassette)
        cassettes.write({path: text, beside: sidecars.dumps(with_hash(told, text))})
        return outcome

    return lying


def drops_a_piece(cassette: Cassette, told: Sidecar) -> tuple[Cassette, Sidecar]:
    paces = tuple(Pace(pace.chunks[:-1], pace.key) for pace in told.interactions)
    return cassette, replace(told, interactions=paces)


def forgets_the_model(cassette: Cassette, told: Sidecar) -> tuple[Cassette, Sidecar]:
    return cassette, replace(told, model="")


def passes_for_live(cassette: Cassette, told: Sidecar) -> tuple[Cassette, Sidecar]:
    return cassette, replace(told, provenance=Provenance.LIVE)


def renames_a_field(cassette: Cassette, told: Sidecar) -> tuple[Cassette, Sidecar]:
    """As a provider does that has another name for it from one day on."""

    def renamed(answer: Response) -> Response:
        return replace(answer, body=answer.body.replace(b'"created":', b'"started":'))

    return Cassette(tuple(replace(item, response=renamed(item.response)) for item in cassette.interactions)), told


def keeps_the_length(cassette: Cassette, told: Sidecar) -> tuple[Cassette, Sidecar]:
    """The length of before the scrubbing."""

    def longer(answer: Response) -> Response:
        return replace(answer, headers=(*answer.headers, ("content-length", str(len(answer.body) + 9))))

    return Cassette(tuple(replace(item, response=longer(item.response)) for item in cassette.interactions)), told


def keeps_too_much(cassette: Cassette, told: Sidecar) -> tuple[Cassette, Sidecar]:
    """The last exchange twice."""
    items, paces = cassette.interactions, told.interactions
    return Cassette((*items, items[-1])), replace(told, interactions=(*paces, paces[-1]))


@liar("REC-11", fault="a field has another name than the one that was sent", recorder=changing(renames_a_field))
class RenamesField(Honest):
    """An honest backend; the recorder lies."""


@liar("REC-08", fault="the last piece of every body is not noted", recorder=changing(drops_a_piece))
class DropsAPiece(Honest):
    """An honest backend; the recorder lies."""


@liar("REC-05", fault="nobody can tell which model answered", recorder=changing(forgets_the_model))
class ForgetsTheModel(Honest):
    """An honest backend; the recorder lies."""


@liar("REC-09", fault="the kit's own words are marked as a provider's", recorder=changing(passes_for_live))
class PassesForLive(Honest):
    """An honest backend; the recorder lies."""


@liar("REC-06", fault="a body is scrubbed and its length is not", recorder=changing(keeps_the_length))
class KeepsTheLength(Honest):
    """An honest backend; the recorder lies."""


@liar(
    "REC-02",
    "REC-03",
    fault="an exchange that nobody asks for stays in the recording",
    recorder=changing(keeps_too_much),
)
class KeepsTooMuch(Honest):
    """An honest backend; the recorder lies."""


_ANSWERS = count(1)


class _Wandering(Answer):
    """Cuts every delta in two, in each answer at another place."""

    def __init__(self) -> None:
        super().__init__()
        self.number = next(_ANSWERS)

    def say(self, delta: str) -> Iterator[Chunk]:
        place = 1 + self.number % (len(delta) - 1) if len(delta) > 1 else 0
        for piece in (delta[:place], delta[place:]):
            yield from super().say(piece)


@liar("CON-12", "REC-10", fault="the text is cut in another way each time")
class Fickle(Honest):
    answer = _Wandering


@liar("REC-12", fault="the address is that of the backend which was made last")
class SharesAddress(Honest):
    latest: ClassVar[str] = ""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        SharesAddress.latest = self.base_url

    def url(self) -> str:
        return SharesAddress.latest + self.wire.target(self.model)
