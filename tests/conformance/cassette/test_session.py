"""The programme is recorded with a backend that is nobody's, from the player as if it were a provider."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from massgen_conformance.cassette import scan, sidecar
from massgen_conformance.cassette.errors import Reason, RecordingRefused
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.record import Mode
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store
from massgen_conformance.driver import CANARY
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Player
from massgen_conformance.subject import Subject

from . import bare

SUBJECT = Subject("chatcompletion", "openai_chat", bare.factory, "m-1", "/v1", frozenset({"tools", "usage"}))
DONE_RIGHT = ["text", "tool", "tool-parallel", "usage", "error-401", "error-429"]


@pytest.mark.parametrize("name", DONE_RIGHT)
async def test_every_piece_is_recorded_and_plays(name: str, player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    piece = PROGRAMME[name]
    outcome = await session.record(SUBJECT, piece)
    assert outcome is not None
    assert outcome.interactions == len(piece.scenario.turns)
    cassette = session.store.load("chatcompletion", name)
    described = sidecar.load(session.store.sidecar_path("chatcompletion", name))
    assert {item.request.uri for item in cassette.interactions} == {"http://synthetic.invalid/v1/chat/completions"}
    assert (described.provenance, described.model) == (Provenance.SYNTHETIC, "m-1")
    assert [sum(pace.sizes) for pace in described.interactions] == [
        len(item.response.body) for item in cassette.interactions
    ]
    assert scan.scan(cassette, [CANARY]) == []


async def test_a_tool_round_trip_carries_the_result_under_the_id_of_the_call(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    await session.record(SUBJECT, PROGRAMME["tool-parallel"])
    _, second = session.store.load("chatcompletion", "tool-parallel").interactions
    *_, assistant, first_result, second_result = json.loads(second.request.body)["messages"]
    assert [call["id"] for call in assistant["tool_calls"]] == [
        first_result["tool_call_id"],
        second_result["tool_call_id"],
    ]
    assert (first_result["content"], second_result["content"]) == ("7 C, light rain", "19 C, clouds")


async def test_what_the_subject_cannot_do_is_left_out(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    assert await session.record(SUBJECT, PROGRAMME["reasoning"]) is None
    assert not list(tmp_path.iterdir())


async def test_a_live_provider_is_not_asked_for_what_it_cannot_give(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, keys={"OPENAI_API_KEY": CANARY})
    with pytest.raises(RecordingRefused, match="status 429; record error-429 with --from-player"):
        await session.record(SUBJECT, PROGRAMME["error-429"])


async def test_an_unknown_provider_needs_an_address(player: Player, tmp_path: Path) -> None:
    with pytest.raises(RecordingRefused, match="nothing is known of acme's address; give --base-url"):
        await Session(Store(tmp_path), player).record(replace(SUBJECT, provider="acme"), PROGRAMME["text"])


@pytest.mark.parametrize(
    ("provider", "chosen", "named"),
    [("chatcompletion", "", "OPENAI_API_KEY"), ("acme", "", "ACME_API_KEY"), ("acme", "MY_KEY", "MY_KEY")],
)
async def test_a_missing_key_names_its_variable(
    player: Player, tmp_path: Path, provider: str, chosen: str, named: str
) -> None:
    session = Session(Store(tmp_path), player, base_url=player.refusing_url(), key_variable=chosen)
    with pytest.raises(RecordingRefused, match=f"set {named} and run") as refused:
        await session.record(replace(SUBJECT, provider=provider), PROGRAMME["text"])
    assert refused.value.reason is Reason.NO_KEY


async def test_an_answer_on_this_machine_is_a_peer_s(player: Player, tmp_path: Path) -> None:
    body = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
    with player.exchange(Plan((Reply((body,)),))) as exchange:
        session = Session(Store(tmp_path), player, base_url=exchange.base_url + "/v1", keys={"OPENAI_API_KEY": CANARY})
        await session.record(SUBJECT, PROGRAMME["text"])
    described = sidecar.load(session.store.sidecar_path("chatcompletion", "text"))
    assert (described.provenance, described.upstream) == (Provenance.PEER, exchange.base_url + "/v1")


async def test_a_recording_that_the_subject_cannot_play_is_not_stored(player: Player, tmp_path: Path) -> None:
    # Arguments that are no JSON: an answer that a conforming backend does not hand on as it is.
    call = b'{"index":0,"id":"c","function":{"name":"f","arguments":"{"}}'
    odd = b'data: {"choices":[{"index":0,"delta":{"tool_calls":[' + call + b"]}}]}\n\n"
    with player.exchange(Plan((Reply((odd,)),))) as exchange:
        session = Session(Store(tmp_path), player, base_url=exchange.base_url + "/v1", keys={"OPENAI_API_KEY": CANARY})
        with pytest.raises(RecordingRefused, match="playing it shows") as refused:
            await session.record(SUBJECT, PROGRAMME["text"])
    assert refused.value.reason is Reason.CHECK_FAILED
    assert not list(tmp_path.rglob("*.yaml"))


async def test_new_episodes_from_the_player_knows_its_own_recording(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    await session.record(SUBJECT, PROGRAMME["tool"])
    outcome = await session.record(SUBJECT, PROGRAMME["tool"], Mode.NEW_EPISODES)
    assert outcome is not None
    assert (outcome.written, outcome.reused) == (False, 2)


async def test_exchanges_with_a_peer_are_not_mixed_into_a_synthetic_recording(player: Player, tmp_path: Path) -> None:
    store = Store(tmp_path)
    await Session(store, player, from_player=True).record(SUBJECT, PROGRAMME["text"])
    asking = Session(store, player, base_url=player.refusing_url(), keys={"OPENAI_API_KEY": CANARY})
    with pytest.raises(RecordingRefused, match="is synthetic, the new exchanges would be peer; record it again with"):
        await asking.record(SUBJECT, PROGRAMME["text"], Mode.NEW_EPISODES)


async def test_an_altered_recording_is_not_extended(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    await session.record(SUBJECT, PROGRAMME["text"])
    path = session.store.path("chatcompletion", "text")
    path.write_text(path.read_text().replace("Hello", "HELLO"))
    with pytest.raises(RecordingRefused, match="not what its sidecar describes"):
        await session.record(SUBJECT, PROGRAMME["text"], Mode.NEW_EPISODES)


async def test_a_backend_that_fails_on_its_own_recording_is_quoted(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    with pytest.raises(RecordingRefused, match="took an answer for a failure: bare: I do not like it"):
        await session.record(replace(SUBJECT, factory=bare.of(bare.Dissatisfied)), PROGRAMME["text"])


async def test_a_backend_that_would_not_ask_the_same_again_is_refused(player: Player, tmp_path: Path) -> None:
    session = Session(Store(tmp_path), player, from_player=True)
    with pytest.raises(RecordingRefused, match=r'request 0 body\.model: recorded "m-1-1", now "m-1-2"'):
        await session.record(replace(SUBJECT, factory=bare.of(bare.Restless)), PROGRAMME["text"])


async def test_a_refused_key_is_recorded_with_a_key_that_is_nobody_s(player: Player, tmp_path: Path) -> None:
    refusal = Reply((b'{"error":{"message":"no"}}',), 401, (("content-type", "application/json"),))
    with player.exchange(Plan((refusal,))) as exchange:
        session = Session(Store(tmp_path), player, base_url=exchange.base_url, keys={"OPENAI_API_KEY": CANARY})
        await session.record(SUBJECT, PROGRAMME["error-401"])
        assert [sent.header("authorization") for sent in exchange.log.requests] == ["Bearer bad-key-5e1f09c7a2d84b36"]
