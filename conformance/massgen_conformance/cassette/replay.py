"""A recording as a plan for the player: the same bytes, delivered as recorded or in any other way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from massgen_conformance.cassette.framing import events
from massgen_conformance.cassette.match import CANONICAL_JSON, Normaliser, differences
from massgen_conformance.cassette.sidecar import Pace, Sidecar
from massgen_conformance.cassette.store import Cassette, Interaction, Request, header
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.trace import Received

_OF_THE_CONNECTION = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})


def reply(item: Interaction) -> Reply:
    """One recorded answer, an event a piece; `Reply.with_` changes how it travels."""
    answer = item.response
    kept = tuple(pair for pair in answer.headers if pair[0] not in _OF_THE_CONNECTION)
    coded = header(answer.headers, "content-encoding") is not None
    kind = "" if coded else header(answer.headers, "content-type") or ""
    return Reply(events(answer.body, kind), answer.status, kept)


def plan(cassette: Cassette, description: Sidecar | None = None, *, paced: bool = False) -> Plan:
    """All answers in order. With a sidecar the cuts are those of the recording, with `paced` its times too.

    Raises `ValueError` when the sidecar does not fit the cassette.
    """
    plain = [reply(item) for item in cassette.interactions]
    if description is None:
        return Plan(tuple(plain))
    pairs = zip(plain, description.interactions, strict=True)
    return Plan(tuple(as_recorded(one, pace, paced=paced) for one, pace in pairs))


def as_recorded(one: Reply, pace: Pace, *, paced: bool = False) -> Reply:
    """The reply cut where the recorder saw it cut. Raises `ValueError` when the sizes do not sum to the body."""
    total = sum(pace.sizes)
    if total != len(one.body):
        raise ValueError(f"the sidecar's chunks sum to {total} bytes, the body has {len(one.body)}")
    offsets = (0, *accumulate(pace.sizes))[: len(pace.sizes)]
    return one.with_(cuts=offsets, delays=_delays(offsets, pace) if paced else ())


def _delays(offsets: Sequence[int], pace: Pace) -> tuple[tuple[int, float], ...]:
    times = [seconds for _, seconds in pace.chunks]
    waits = [after - before for before, after in zip([0.0, *times], times, strict=False)]
    return tuple((offset, wait) for offset, wait in zip(offsets, waits, strict=True) if wait > 0)


def as_request(received: Received) -> Request:
    """What reached the player, in the form in which recordings keep a request."""
    return Request(received.method, received.target, received.headers, received.body)


def drift(
    received: Sequence[Received],
    cassette: Cassette,
    normaliser: Normaliser = CANONICAL_JSON,
    *,
    base_path: str = "",
    now_base: str = "",
) -> list[str]:
    """How the requests made now differ from the recorded ones, one line each; an empty list means not at all.

    The path of the base URL does not count: `now_base` is the one that the player sees, `base_path` the recorded one.
    """
    lines = []
    if len(received) != len(cassette.interactions):
        lines.append(f"{len(cassette.interactions)} requests were recorded, {len(received)} were made now")
    for number, (one, item) in enumerate(zip(received, cassette.interactions, strict=False)):
        now = as_request(one)
        placed = replace(now, uri=base_path.rstrip("/") + now.uri.removeprefix(now_base.rstrip("/")))
        lines += [f"request {number} {line}" for line in differences(placed, item.request, normaliser)]
    return lines
