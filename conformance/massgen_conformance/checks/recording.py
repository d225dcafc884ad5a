"""REC: recordings are what was sent, hold no key, and are never lost."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from massgen_conformance import driver, guard
from massgen_conformance.cassette import replay
from massgen_conformance.cassette.errors import Reason, RecordingRefused
from massgen_conformance.cassette.job import Job, Verify, nothing_more
from massgen_conformance.cassette.match import KeyMatcher, credential, fingerprint, matches
from massgen_conformance.cassette.sidecar import Provenance, Sidecar
from massgen_conformance.cassette.store import Cassette, Store
from massgen_conformance.cassette.take import conversation, unretrying
from massgen_conformance.check import RECORDED, Case, Drive, Violation, check, require
from massgen_conformance.plan import Plan
from massgen_conformance.scenarios import text, tools
from massgen_conformance.stage import KEY, Stage

SALT = "conformance"
OTHER_KEY = "sk-another-key-9f8e7d6c5b4a"


@check(
    "REC-01",
    "A replay opens no connection but to the player.",
    drive=(Drive.UNIT, Drive.CASSETTE),
    catches="a transport that the recorder does not patch: the request goes to the network in silence",
    cases=(Case("text", text.TEXT), Case("tool", tools.ONE_CALL), RECORDED),
)
async def replay_stays_offline(stage: Stage) -> None:
    with guard.closed() as watch:
        run = await stage.first_run(options={"temperature": 0.5})
    require(not watch.attempts, "no connection but to the base_url", ", ".join(watch.attempts))
    stage.reached(run.wire.requests, "a request to the player")


@check(
    "REC-03",
    "The request built now equals the recorded one, under a named normaliser.",
    drive=(Drive.CASSETTE, Drive.METAMORPHIC),
    catches="recordings that answer requests which nobody sends any more: 435 of 9,093 in one suite",
    cases=(Case("text", text.TEXT), Case("tool", tools.ONE_CALL), RECORDED),
)
async def requests_equal_the_recorded_ones(stage: Stage) -> None:
    if stage.recording is not None:
        cassette, upstream = stage.recording.cassette, stage.recording.upstream
        stage.reached(upstream, "a recording whose sidecar says where it was made")
        runs = await stage.watch()
    else:
        with tempfile.TemporaryDirectory() as folder:
            cassette, upstream = await recorded(stage, Store(Path(folder)))
        runs = await stage.replay(cassette)
    requests = runs[0].wire.requests
    stage.reached(requests, "a request")
    lines = replay.drift(requests, cassette, base_path=urlsplit(upstream).path, now_base=stage.subject.base_path)
    require(not lines, "the requests that were recorded", "; ".join(lines))


@check(
    "REC-04",
    "A request with another key cannot be answered by this key's recording.",
    drive=Drive.UNIT,
    catches="a test of a bad key that replays the good key's answer, because the recorder scrubs the header",
    cases=(Case("text", text.TEXT),),
)
async def another_key_does_not_match(stage: Stage) -> None:
    mine = (await stage.first_run(options={"temperature": 0.5})).wire.requests
    other = (await stage.first_run(api_key=OTHER_KEY)).wire.requests
    stage.reached(mine and other, "a request")
    now, foreign = replay.as_request(mine[0]), replay.as_request(other[0])
    key = credential(now.headers, now.uri)
    require(key == KEY, "the key where a recorder can tell it", "none" if key is None else "another value")
    mark, keys = fingerprint(key, SALT), KeyMatcher(SALT)
    require(matches(now, now, mark, keys), "a match with the same key", "no match")
    require(not matches(foreign, foreign, mark, keys), "no match with another key", "a match")


@check(
    "REC-07",
    "A new recording replaces the old one only after it was checked and scanned for secrets.",
    drive=Drive.UNIT,
    catches="`rewrite`, which deletes the good recording before a run that then fails",
    cases=(
        Case("check-fails", text.TEXT, value=Reason.CHECK_FAILED),
        Case("provider-refuses", text.TEXT, value=Reason.REFUSED),
    ),
)
async def old_recordings_survive(stage: Stage) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        await recorded(stage, store)
        path = store.path(stage.subject.provider, stage.scenario.name)
        before = path.read_bytes()
        refusing = stage.case.value is Reason.REFUSED
        try:
            await recorded(stage, store, verify=nothing_more if refusing else objection, refusing=refusing)
        except RecordingRefused as refusal:
            require(refusal.reason is stage.case.value, f"reason {stage.case.value}", str(refusal.reason))
        else:
            raise Violation("a refused recording", "it was stored")
        require(path.read_bytes() == before, "the old recording, byte for byte", "another one")
        require(KEY.encode() not in before, "a recording without the key", "one that holds it")


async def objection(_cassette: Cassette, _sidecar: Sidecar) -> Sequence[str]:
    return ("an objection",)


async def recorded(
    stage: Stage,
    store: Store,
    verify: Verify = nothing_more,
    *,
    refusing: bool = False,
    delivery: driver.Delivery = driver.AS_IS,
) -> tuple[Cassette, str]:
    """Record the subject's conversation with the player, as one would with the provider; where it was recorded."""
    scenario, subject = stage.scenario, stage.subject
    refusal = Plan((stage.speaker.refuse(500, "server", "Refused for the test."),))
    chosen = refusal if refusing else driver.responses(scenario, stage.speaker, delivery)
    with stage.theatre.player.exchange(chosen) as exchange:
        upstream = exchange.base_url + subject.base_path
        job = Job(
            provider=subject.provider,
            scenario=scenario.name,
            upstream=upstream,
            api_key=KEY,
            drive=conversation(unretrying(subject), scenario, KEY),
            provenance=Provenance.SYNTHETIC,
            model=subject.model,
            requests=1 if refusing else len(scenario.turns),
            verify=verify,
        )
        await stage.theatre.recorder(job, store)
    return store.load(subject.provider, scenario.name), upstream
