"""REC: what stands in a recording and beside it, and what comes of it when it is played."""

from __future__ import annotations

import asyncio
import datetime
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from massgen_conformance import driver, reading
from massgen_conformance.cassette import sidecar as sidecars
from massgen_conformance.cassette.endpoints import SYNTHETIC_ORIGIN
from massgen_conformance.cassette.scan import scan
from massgen_conformance.cassette.scrub import scrub
from massgen_conformance.cassette.sidecar import Provenance, Sidecar, State
from massgen_conformance.cassette.store import Cassette, Store, header
from massgen_conformance.check import RECORDED, Case, Drive, check, require
from massgen_conformance.checks.recording import recorded
from massgen_conformance.driver import Play
from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Text
from massgen_conformance.scenarios import text, tools
from massgen_conformance.stage import KEY, Stage
from massgen_conformance.trace import Run

MADE = (Case("tool", tools.ONE_CALL),)


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording that is stored, read again."""

    cassette: Cassette
    sidecar: Sidecar
    content: bytes


async def kept(stage: Stage) -> Kept:
    """The recording of the case, or one that is made of its scenario, once for all checks."""
    if stage.recording is not None:
        stage.reached(stage.recording.sidecar, "a recording with a sidecar")
        assert stage.recording.sidecar is not None
        return Kept(stage.recording.cassette, stage.recording.sidecar, b"")
    name, made = stage.scenario.name, stage.theatre.made
    if name not in made:
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            cassette, _ = await recorded(stage, store)
            beside, path = store.sidecar_path(stage.subject.provider, name), store.path(stage.subject.provider, name)
            made[name] = Kept(cassette, sidecars.load(beside), path.read_bytes())
    found: Kept = made[name]
    return found


@check(
    "REC-02",
    "A replay uses every recorded exchange once, in order, and asks for no other.",
    drive=Drive.CASSETTE,
    catches="a recording of which half is never asked for any more, and a request that nothing answers",
    cases=(*MADE, RECORDED),
)
async def every_exchange_is_used_once(stage: Stage) -> None:
    recording = await kept(stage)
    cassette = recording.cassette
    runs = await (stage.watch() if stage.recorded else stage.replay(cassette))
    wire, wanted = runs[0].wire, len(cassette.interactions)
    require(len(wire.requests) == wanted, f"{wanted} requests", f"{len(wire.requests)}, {wire.unexpected} too many")
    now, then = [urlsplit(each.target).path for each in wire.requests], urlsplit(recording.sidecar.upstream).path
    placed = [then.rstrip("/") + path.removeprefix(stage.subject.base_path.rstrip("/")) for path in now]
    paths = [urlsplit(item.request.uri).path for item in cassette.interactions]
    require(placed == paths, f"the addresses {paths}, in order", placed)


@check(
    "REC-05",
    "A recording says who answered, which model, when, until when, with which versions, and its hash.",
    drive=Drive.UNIT,
    catches="a model that was retired two years ago and still answers in every test; live calls once it has expired",
    cases=(*MADE, RECORDED),
)
async def recordings_say_where_they_come_from(stage: Stage) -> None:
    recording = await kept(stage)
    told = recording.sidecar
    empty = [
        name for name in ("provider", "model", "upstream", "recorder", "versions", "sha256") if not getattr(told, name)
    ]
    require(not empty, "every field filled", f"{', '.join(empty)} empty")
    require(told.provider == stage.subject.provider, stage.subject.provider, told.provider)
    if stage.recorded:
        return
    today = told.recorded_at
    require(told.state(recording.content, today) is State.FRESH, "fresh today", told.state(recording.content, today))
    require(told.state(recording.content + b" ", today) is State.ALTERED, "altered with other bytes", "not noticed")
    ageing = replace(told, expires=today)
    late = ageing.state(recording.content, today + datetime.timedelta(days=1))
    require(late is State.EXPIRED, "expired when its day is over", late)


@check(
    "REC-06",
    "What was scrubbed stays as it is when scrubbed again, has no secret, and its lengths are true.",
    drive=(Drive.UNIT, Drive.PROPERTY),
    catches="a body that is shorter than its content-length says: the client waits for the rest",
    cases=(*MADE, RECORDED),
)
async def scrubbing_leaves_nothing_to_scrub(stage: Stage) -> None:
    recording = await kept(stage)
    again = scrub(recording.cassette, (KEY,))
    require(again.cassette == recording.cassette, "no change when scrubbed again", ", ".join(again.removed))
    leaks = [str(leak) for leak in scan(recording.cassette, (KEY,))]
    require(not leaks, "no secret", "; ".join(leaks))
    for number, item in enumerate(recording.cassette.interactions):
        for what, headers, body in (
            ("request", item.request.headers, item.request.body),
            ("answer", item.response.headers, item.response.body),
        ):
            length = header(headers, "content-length")
            true = length in (None, str(len(body)))
            require(true, f"content-length {len(body)}", str(length), f"{what} {number}")


@check(
    "REC-08",
    "The recorded pieces sum to the body, and their times do not run backwards.",
    drive=(Drive.UNIT, Drive.CASSETTE),
    catches="a recorder that drains the body first: one piece, one time, nothing of how it came",
    cases=(*MADE, RECORDED),
)
async def pieces_sum_to_the_body(stage: Stage) -> None:
    recording = await kept(stage)
    items, paces = recording.cassette.interactions, recording.sidecar.interactions
    require(len(items) == len(paces), f"the pace of {len(items)} exchanges", len(paces))
    for number, (item, pace) in enumerate(zip(items, paces, strict=True)):
        size = len(item.response.body)
        require(sum(pace.sizes) == size, f"pieces of {size} bytes", sum(pace.sizes), f"exchange {number}")
        times = [seconds for _, seconds in pace.chunks]
        require(times == sorted(times) and min(times, default=0.0) >= 0, "times that grow", times, f"exchange {number}")


@check(
    "REC-09",
    "What the kit's own player answered is marked as synthetic and is stored under an address that nobody has.",
    drive=Drive.UNIT,
    catches="answers of a mock that were committed as recordings, and taken for what the provider does",
    cases=MADE,
)
async def synthetic_is_marked(stage: Stage) -> None:
    recording = await kept(stage)
    told = recording.sidecar
    require(told.provenance is Provenance.SYNTHETIC, "provenance synthetic", told.provenance)
    require(told.expires is None, "no expiry, for it does not age", told.expires)
    for item in recording.cassette.interactions:
        require(item.request.uri.startswith(SYNTHETIC_ORIGIN), f"an address of {SYNTHETIC_ORIGIN}", item.request.uri)


def log(runs: list[Run]) -> list[tuple[str, str]]:
    """Every chunk of a conversation as text, ids that the backend made up under one name."""
    return [entry for run in runs for entry in reading.transcript(run, joined=False)]


@check(
    "REC-10",
    "The same recording gives the same chunks each time it is played.",
    drive=Drive.METAMORPHIC,
    catches="chunks that are put together by the clock: green here, red on a slower machine",
    cases=(*MADE, RECORDED),
)
async def replays_are_alike(stage: Stage) -> None:
    recording = await kept(stage)
    first, second = [log(await stage.replay(recording.cassette)) for _ in range(2)]
    difference = reading.first_difference(first, second)
    require(not difference, "the same chunks", difference)


def held_in_its_middle(reply: Reply) -> Reply:
    """Between two events: how bytes are cut is no concern of this check."""
    first_half = reply.events[: len(reply.events) // 2]
    return replace(reply, gates=(sum(map(len, first_half)),))


async def at_the_same_time(plays: list[Play], seconds: float) -> list[Run]:
    """A call of each: one begins when the answer before it is in its middle, and they end one after the other.

    What a request that went astray would have to bring is waited for a while only.
    """
    calls: list[asyncio.Task[Run]] = []
    for play in plays:
        calls.append(asyncio.create_task(play.observe([{"role": "user", "content": "Say it."}], [])))
        middle = asyncio.create_task(play.exchange.reached(0))
        await asyncio.wait([middle, calls[-1]], timeout=seconds / 4, return_when=asyncio.FIRST_COMPLETED)
        middle.cancel()
    for play, call in zip(plays, calls, strict=True):
        play.exchange.release()
        await asyncio.wait([call], timeout=seconds / 4)
    return await asyncio.gather(*calls)


@check(
    "REC-12",
    "Recordings that are played at the same time answer their own tests only.",
    drive=Drive.UNIT,
    catches="two open cassettes in one process: the second answered requests of the first",
    cases=(Case("two", text.TEXT),),
)
async def recordings_serve_their_own_test(stage: Stage) -> None:
    other = replace(text.TEXT, turns=(replace(text.TEXT.turns[0], parts=(Text(("Some", "thing ", "el", "se.")),)),))
    plans = [driver.responses(scenario, stage.speaker, held_in_its_middle) for scenario in (text.TEXT, other)]
    player, settings = stage.theatre.player, {"max_retries": 0}
    plays = [
        driver.play(stage.subject, plan, player=player, config=settings, timeout=stage.guard_seconds) for plan in plans
    ]
    async with plays[0] as mine, plays[1] as theirs:
        runs = await at_the_same_time([mine, theirs], stage.guard_seconds)
        stage.performed = runs[0]
        for run, scenario in zip(runs, (text.TEXT, other), strict=True):
            said = scenario.turns[0].text
            require(
                (run.text, len(run.wire.requests)) == (said, 1),
                f"one request, answered {said!r}",
                (run.text, len(run.wire.requests)),
            )
