"""The relay passes on what comes, when it comes, and notes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from massgen_conformance.cassette.errors import Reason
from massgen_conformance.cassette.relay import Relay
from massgen_conformance.cassette.store import Response
from massgen_conformance.plan import Ending, Plan, Refusal, Reply, gzipped
from massgen_conformance.player import Exchange, Player

EVENTS = (b"data: 1\n\n", b"data: zwei \xf0\x9f\x9a", b"\x80\n\n", b"data: [DONE]\n\n")
BODY = b"".join(EVENTS)


@asynccontextmanager
async def relayed(exchange: Exchange) -> AsyncIterator[tuple[Relay, httpx2.AsyncClient]]:
    relay = Relay(exchange.base_url + "/v1")
    relay.start()
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            yield relay, client
    finally:
        await asyncio.to_thread(relay.stop)


async def test_bytes_and_cuts_are_those_of_the_upstream(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        async with relayed(exchange) as (relay, client):
            answer = await client.post(f"{relay.base_url}/chat?x=1", content=b'{"a":1}', headers={"X-Api-Key": "K"})
        [passed] = relay.passed
        assert answer.content == BODY == (passed.answer or Response(0)).body
        assert [size for size, _ in passed.chunks] == [len(event) for event in EVENTS]
        [received] = exchange.log.requests
        assert (received.target, received.body, received.header("x-api-key")) == ("/v1/chat?x=1", b'{"a":1}', "K")
        assert received.header("accept-encoding") == "identity"
        assert passed.request.uri == f"{exchange.base_url}/v1/chat?x=1"


async def test_a_piece_reaches_the_client_before_the_upstream_sends_the_next(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, gates=(len(EVENTS[0]),)),))) as exchange:
        async with relayed(exchange) as (relay, client), client.stream("POST", relay.base_url) as answer:
            pieces = answer.aiter_bytes()
            assert await anext(pieces) == EVENTS[0]
            assert exchange.sent == len(EVENTS[0])
            exchange.release(0)
            assert b"".join([piece async for piece in pieces]) == BODY[len(EVENTS[0]) :]
        times = [seconds for _, seconds in relay.passed[0].chunks]
        assert times == sorted(times)
        assert times[0] > 0


async def test_two_requests_on_one_connection_stay_apart(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS[:1]), Reply(EVENTS[3:], status=429)))) as exchange:
        async with relayed(exchange) as (relay, client):
            for _ in range(2):
                await client.post(relay.base_url)
        assert [(one.answer or Response(0)).body for one in relay.passed] == [EVENTS[0], EVENTS[3]]
        assert [(one.answer or Response(0)).status for one in relay.passed] == [200, 429]


async def test_a_client_that_leaves_does_not_shorten_the_recording(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, gates=(len(EVENTS[0]),)),))) as exchange:
        async with relayed(exchange) as (relay, client):
            async with client.stream("POST", relay.base_url) as answer:
                await anext(answer.aiter_bytes())
            exchange.release(0)
        assert (relay.passed[0].answer or Response(0)).body == BODY


async def test_nothing_is_written_to_a_client_that_has_left(player: Player, caplog: pytest.LogCaptureFixture) -> None:
    """asyncio warns about every write to a lost connection."""
    large = Reply(tuple(b"x" * 65536 for _ in range(50)), gates=(65536,))
    with player.exchange(Plan((large,))) as exchange:
        async with relayed(exchange) as (relay, client):
            async with client.stream("POST", relay.base_url) as answer:
                await anext(answer.aiter_bytes())
            exchange.release(0)
        assert (relay.passed[0].answer or Response(0)).body == large.body
    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_a_client_that_stops_reading_does_not_hang_the_relay(player: Player) -> None:
    large = Reply(tuple(b"x" * 65536 for _ in range(200)))
    with player.exchange(Plan((large,))) as exchange:
        async with relayed(exchange) as (relay, client), client.stream("POST", relay.base_url):
            async with asyncio.timeout(20):
                await asyncio.to_thread(relay.stop)
        assert (relay.passed[0].answer or Response(0)).body == large.body


async def test_a_compressed_answer_is_decoded(player: Player) -> None:
    with player.exchange(Plan((gzipped(Reply(EVENTS)),))) as exchange:
        async with relayed(exchange) as (relay, client):
            answer = await client.post(relay.base_url)
        assert answer.content == BODY == (relay.passed[0].answer or Response(0)).body
        assert "content-encoding" not in answer.headers


async def test_a_broken_stream_is_noted_and_broken_off(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, stop_at=12, ending=Ending.RESET),))) as exchange:
        async with relayed(exchange) as (relay, client):
            with pytest.raises(httpx2.RemoteProtocolError):
                await client.post(relay.base_url)
        [passed] = relay.passed
        assert passed.answer is None
        assert passed.failure is not None
        assert passed.failure.reason is Reason.INTERRUPTED
        assert sum(size for size, _ in passed.chunks) <= 12


async def test_an_upstream_that_refuses_is_unreachable(player: Player) -> None:
    with player.exchange(Plan(())) as exchange:
        exchange.base_url = player.refusing_url()
        async with relayed(exchange) as (relay, client):
            with pytest.raises(httpx2.TransportError):
                await client.post(relay.base_url)
        assert [one.failure and one.failure.reason for one in relay.passed] == [Reason.UNREACHABLE]


async def test_an_upstream_that_closes_without_a_word_is_an_interruption(player: Player) -> None:
    with player.exchange(Plan((Refusal(),))) as exchange:
        async with relayed(exchange) as (relay, client):
            with pytest.raises(httpx2.TransportError):
                await client.post(relay.base_url)
        assert [one.failure and one.failure.reason for one in relay.passed] == [Reason.INTERRUPTED]


@pytest.mark.parametrize("url", ["", "api.openai.com/v1", "ftp://x/v1", "http://"])
def test_what_is_not_a_base_url_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="is not a base URL"):
        Relay(url)
