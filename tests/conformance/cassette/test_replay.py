"""A recording that is played is the recording."""

from __future__ import annotations

import httpx2
import pytest

from massgen_conformance.cassette import replay
from massgen_conformance.cassette.sidecar import Pace
from massgen_conformance.cassette.store import Interaction, Request, Response
from massgen_conformance.plan import Plan
from massgen_conformance.player import Player

from .samples import CANNED, cassette, interaction

TYPED = (("content-type", "text/event-stream"), ("content-length", "999"), ("retry-after", "1"))


async def test_the_player_serves_the_recorded_bytes_with_their_status_and_headers(player: Player) -> None:
    recorded = cassette(interaction(headers=TYPED), interaction(b'{"e":1}', status=429))
    with player.exchange(replay.plan(recorded)) as exchange:
        async with httpx2.AsyncClient(trust_env=False) as client:
            answers = [await client.post(exchange.base_url + "/v1/chat/completions") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, CANNED), (429, b'{"e":1}')]
    assert answers[0].headers["retry-after"] == "1"


def test_cuts_and_times_are_those_of_the_sidecar() -> None:
    one = replay.reply(interaction())
    paced = replay.as_recorded(one, Pace(((10, 0.5), (len(CANNED) - 10, 0.75))), paced=True)
    assert paced.body == CANNED
    assert paced.cuts == (0, 10)
    assert paced.delays == ((0, 0.5), (10, 0.25))


def test_a_sidecar_of_another_body_is_refused() -> None:
    with pytest.raises(ValueError, match="sum to 3 bytes, the body has"):
        replay.as_recorded(replay.reply(interaction()), Pace(((3, 0.0),)))


async def test_drift_names_the_request_and_the_place(player: Player) -> None:
    recorded = cassette(interaction(request={"model": "a"}), interaction(request={"model": "a"}))
    with player.exchange(replay.plan(recorded)) as exchange:
        async with httpx2.AsyncClient(trust_env=False) as client:
            for model in ("a", "b"):
                await client.post(exchange.base_url + "/v1/chat/completions", json={"model": model})
        assert replay.drift(exchange.log.requests, recorded) == ['request 1 body.model: recorded "a", now "b"']
        assert replay.drift(exchange.log.requests[:1], recorded) == ["2 requests were recorded, 1 were made now"]
        one = cassette(recorded.interactions[0])
        assert replay.drift(exchange.log.requests[:1], one, base_path="/openai") == [
            "request 0 path: recorded '/v1/chat/completions', now '/openai/v1/chat/completions'"
        ]
        assert replay.drift(exchange.log.requests[:1], one, base_path="/v1", now_base="/v1") == []


def test_a_coded_body_is_played_as_it_is() -> None:
    coded = Interaction(Request("GET", "/"), Response(200, (("content-encoding", "gzip"),), b"\x1f\x8b\n\n\n\n"))
    assert replay.plan(cassette(coded)) == Plan((replay.reply(coded),))
    assert replay.reply(coded).events == (b"\x1f\x8b\n\n\n\n",)
