"""Recordings do not depend on what a backend is written with: httpx, httpx2, aiohttp, requests."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests
import vcr

from massgen_conformance import driver, reading
from massgen_conformance.cassette import import_, replay, scan, sidecar
from massgen_conformance.cassette.errors import RecordingRefused
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Player
from massgen_conformance.providers import speaker_for
from massgen_conformance.scenario import Scenario
from massgen_conformance.scenarios import tools
from massgen_conformance.subject import Subject
from massgen_conformance.trace import Run

from . import bare
from .samples import KEY


class OverHttpx(bare.BareChat):
    def connected(self) -> Any:
        return httpx.AsyncClient(trust_env=False, headers=self.headers)


class OverAiohttp(bare.BareChat):
    def connected(self) -> Any:
        return aiohttp.ClientSession(headers=self.headers)

    async def aclose(self) -> None:
        await self.client.close()

    async def post(self, body: Any) -> tuple[int, bytes]:
        async with self.client.post(self.url, json=body) as answer:
            return answer.status, await answer.read()


class OverRequests(bare.BareChat):
    def connected(self) -> Any:
        session = requests.Session()
        session.trust_env = False
        session.headers.update(self.headers)
        return session

    async def aclose(self) -> None:
        self.client.close()

    async def post(self, body: Any) -> tuple[int, bytes]:
        answer = await asyncio.to_thread(self.client.post, self.url, json=body, timeout=10)
        return answer.status_code, answer.content


CLIENTS: dict[str, type[bare.BareChat]] = {
    "httpx": OverHttpx,
    "httpx2": bare.BareChat,
    "aiohttp": OverAiohttp,
    "requests": OverRequests,
}

each_client = pytest.mark.parametrize("kind", CLIENTS.values(), ids=CLIENTS)


def subject_over(kind: type[bare.BareChat]) -> Subject:
    return Subject("chatcompletion", "openai_chat", bare.of(kind), "m-1", "/v1", frozenset({"tools", "usage"}))


async def replayed(subject: Subject, player: Player, plan: Plan, scenario: Scenario) -> list[Run]:
    runs = await driver.drive(subject, scenario, player=player, plan=plan)
    assert [run.raised for run in runs] == [None] * len(runs)
    return runs


def transcripts(runs: list[Run]) -> list[Any]:
    return [reading.transcript(run) for run in runs]


@each_client
async def test_a_round_trip_is_recorded_scrubbed_and_plays_the_same(
    kind: type[bare.BareChat], player: Player, tmp_path: Path
) -> None:
    """`record` itself plays what it has made to the backend before it stores anything."""
    subject, piece, store = subject_over(kind), PROGRAMME["tool"], Store(tmp_path)
    plain = await driver.drive(subject, piece.scenario, player=player)
    with player.exchange(driver.responses(piece.scenario, speaker_for(subject))) as exchange:
        session = Session(store, player, base_url=exchange.base_url + "/v1", key_variable="K", keys={"K": KEY})
        outcome = await session.record(subject, piece)
    assert outcome is not None
    assert (outcome.written, outcome.interactions) == (True, 2)
    cassette = store.load("chatcompletion", "tool")
    described = sidecar.load(store.sidecar_path("chatcompletion", "tool"))
    assert described.provenance is Provenance.PEER
    assert scan.scan(cassette, [KEY]) == []
    for item, pace in zip(cassette.interactions, described.interactions, strict=True):
        assert sum(pace.sizes) == len(item.response.body)
        assert len(pace.chunks) > 1, "the pieces in which the provider sent it, not one drained body"
        assert [seconds for _, seconds in pace.chunks] == sorted(seconds for _, seconds in pace.chunks)
    runs = await replayed(subject, player, replay.plan(cassette, described), piece.scenario)
    assert transcripts(runs) == transcripts(plain)
    then = urlsplit(described.upstream).path
    assert replay.drift(runs[0].wire.requests, cassette, base_path=then, now_base="/v1") == []


@each_client
async def test_a_recording_that_breaks_off_leaves_the_old_one(
    kind: type[bare.BareChat], player: Player, tmp_path: Path
) -> None:
    subject, piece, store = subject_over(kind), PROGRAMME["text"], Store(tmp_path)
    session = Session(store, player, from_player=True)
    await session.record(subject, piece)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    whole = speaker_for(subject).reply(piece.scenario.turns[0])
    broken = Reply(whole.events, stop_at=len(whole.body) // 2, ending=Ending.RESET)
    with player.exchange(Plan((broken,))) as exchange:
        peer = Session(store, player, base_url=exchange.base_url + "/v1", key_variable="K", keys={"K": KEY})
        with pytest.raises(RecordingRefused, match="broke off answer 0"):
            await peer.record(subject, piece)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


@each_client
async def test_what_vcrpy_recorded_of_it_is_imported_and_plays_the_same(
    kind: type[bare.BareChat], player: Player, tmp_path: Path
) -> None:
    subject, scenario, path = subject_over(kind), tools.ONE_CALL, tmp_path / "theirs.yaml"
    with vcr.use_cassette(str(path), record_mode="all", filter_headers=["authorization"]):
        plain = await driver.drive(subject, scenario, player=player)
    foreign = import_.load(path)
    assert (foreign.protocol, foreign.model, foreign.streaming) == ("openai-chat", "m-1", True)
    assert len(foreign.cassette.interactions) == 2
    runs = await replayed(subject, player, replay.plan(foreign.cassette), scenario)
    assert transcripts(runs) == transcripts(plain)
