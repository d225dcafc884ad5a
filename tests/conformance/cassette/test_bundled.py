"""The recordings in the repository: described, clean, playable by vcrpy, and what our backends send today."""

from __future__ import annotations

import datetime
from pathlib import Path

import httpx2
import pytest
import vcr

from massgen_conformance.cassette import scan, sidecar, store
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.sidecar import Provenance, State
from massgen_conformance.cassette.store import Store
from massgen_conformance.driver import CANARY
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.targets import load_target, subjects

BUNDLED = Store(Path(__file__).parents[3] / "cassettes")
NAMES = list(BUNDLED.names())
EACH = pytest.mark.parametrize(("provider", "name"), NAMES, ids=["/".join(pair) for pair in NAMES])


def test_every_provider_has_the_whole_programme() -> None:
    expected = {
        (profile.name, piece.name)
        for profile in PROVIDERS.values()
        for piece in PROGRAMME.values()
        if piece.scenario.needs <= profile.abilities
    }
    assert set(NAMES) == expected


@EACH
def test_it_is_described_clean_and_marked_as_synthetic(provider: str, name: str) -> None:
    path = BUNDLED.path(provider, name)
    told = sidecar.load(BUNDLED.sidecar_path(provider, name))
    items = store.load(path).interactions
    assert told.state(path.read_bytes(), datetime.date.max) is State.FRESH
    assert told.provenance is Provenance.SYNTHETIC
    assert [sum(pace.sizes) for pace in told.interactions] == [len(item.response.body) for item in items]
    assert {item.request.uri.partition("/v1")[0].partition(".invalid")[0] for item in items} == {"http://synthetic"}
    assert scan.scan(store.load(path), [CANARY, "bad-key-5e1f09c7a2d84b36"]) == []


# One format for all: whole programmes of one provider a wire, and a text of each of the others.
PLAYED = [
    (provider, name)
    for provider, name in NAMES
    if name == "text" or provider in {profile.wire: profile.name for profile in PROVIDERS.values()}.values()
]


@pytest.mark.parametrize(("provider", "name"), PLAYED, ids=["/".join(pair) for pair in PLAYED])
def test_vcrpy_plays_it(provider: str, name: str) -> None:
    path = BUNDLED.path(provider, name)
    items = store.load(path).interactions
    with vcr.use_cassette(str(path), record_mode="none", match_on=["method", "uri", "body"]) as played:
        for item in items:
            answer = httpx2.request(item.request.method, item.request.uri, content=item.request.body)
            assert (answer.status_code, answer.content) == (item.response.status, item.response.body)
    assert played.all_played


@pytest.mark.parametrize("provider", sorted({provider for provider, _ in NAMES}))
async def test_recording_it_again_gives_the_same_bytes(provider: str, player: Player, tmp_path: Path) -> None:
    _, factory = load_target("massgen.backend.factory:conformance_target")
    [subject] = subjects([provider], factory)
    session = Session(Store(tmp_path), player, from_player=True)
    for piece in PROGRAMME.values():
        await session.record(subject, piece)
    again = f"massgen-conformance record --provider {provider} --from-player"
    for _, name in session.store.names():
        stored, made = BUNDLED.path(provider, name), session.store.path(provider, name)
        assert made.read_text() == stored.read_text(), f"{stored.name} is out of date; make it again with: {again}"
