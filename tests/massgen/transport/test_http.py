from __future__ import annotations

import asyncio

import httpx
import httpx2
import pytest

from massgen.errors import TransportError
from massgen.transport.http import HTTPRequest, HTTPTransport, Timeouts, tls_context
from massgen_conformance.plan import Ending, Plan, Refusal, Reply, gzipped
from massgen_conformance.player import Exchange, Player


def ask(exchange: Exchange) -> HTTPRequest:
    return HTTPRequest(exchange.base_url + "/v1/x", {"content-type": "application/json", "x-mine": "1"}, b'{"a":1}')


async def body_of(transport: HTTPTransport, request: HTTPRequest) -> list[bytes]:
    async with transport.stream(request) as answer:
        return [data async for data in answer.body]


async def test_the_request_goes_out_as_it_was_given_and_the_answer_comes_in_pieces(player: Player) -> None:
    transport = HTTPTransport()
    with player.exchange(
        Plan((Reply((b"one", b"two"), headers=(("Content-Type", "text/event-stream"),)),))
    ) as exchange:
        async with transport.stream(ask(exchange)) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            assert b"".join([data async for data in answer.body]) == b"onetwo"
        (request,) = exchange.log.requests
    assert (request.method, request.target, request.body) == ("POST", "/v1/x", b'{"a":1}')
    assert request.header("x-mine") == "1"
    await transport.aclose()


async def test_one_connection_serves_several_requests(player: Player) -> None:
    transport = HTTPTransport()
    with player.exchange(Plan((Reply((b"a",)),) * 3)) as exchange:
        for _ in range(3):
            assert await body_of(transport, ask(exchange)) == [b"a"]
    assert transport._own is not None
    assert len(transport._own._transport._pool.connections) == 1  # type: ignore[attr-defined]  # no public view of the pool
    await transport.aclose()


async def test_a_compressed_answer_is_decoded(player: Player) -> None:
    transport = HTTPTransport()
    with player.exchange(Plan((gzipped(Reply((b"hello ", b"there"))),))) as exchange:
        assert b"".join(await body_of(transport, ask(exchange))) == b"hello there"
    await transport.aclose()


BROKEN = [
    pytest.param(Reply((b"some", b"more"), stop_at=5, ending=Ending.RESET), "incomplete", id="cut-inside-the-body"),
    pytest.param(Refusal(reset=True), "connection", id="reset-before-an-answer"),
    pytest.param(Refusal(reset=False), "connection", id="closed-before-an-answer"),
    pytest.param(Reply((b"some",), ending=Ending.HANG), "timeout", id="silence-inside-the-body"),
]


@pytest.mark.parametrize(("reply", "kind"), BROKEN)
async def test_what_the_network_does_wrong_is_a_transport_error(player: Player, reply: Reply, kind: str) -> None:
    transport = HTTPTransport(Timeouts(idle=0.05))
    with player.exchange(Plan((reply,))) as exchange, pytest.raises(TransportError) as caught:
        await body_of(transport, ask(exchange))
    assert caught.value.kind == kind
    assert "127.0.0.1" in str(caught.value)
    await transport.aclose()


async def test_a_refused_connection_names_the_host(player: Player) -> None:
    transport = HTTPTransport()
    url = player.refusing_url() + "/v1/x"
    with pytest.raises(TransportError, match=r"no connection to 127\.0\.0\.1"):
        await body_of(transport, HTTPRequest(url, {}, b""))
    await transport.aclose()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://", "nonsense"])
async def test_an_impossible_address_is_a_transport_error(url: str) -> None:
    transport = HTTPTransport()
    with pytest.raises(TransportError):
        await body_of(transport, HTTPRequest(url, {}, b""))
    await transport.aclose()


async def test_leaving_early_closes_the_connection_at_once(player: Player) -> None:
    transport = HTTPTransport()
    with player.exchange(Plan((Reply((b"some",), ending=Ending.HANG),))) as exchange:
        async with transport.stream(ask(exchange)) as answer:
            async for _ in answer.body:
                break
        await exchange.closed_by_client()
    await transport.aclose()


async def test_cancellation_closes_the_connection_and_passes_through(player: Player) -> None:
    transport = HTTPTransport()
    with player.exchange(Plan((Reply((b"some",), ending=Ending.HANG),))) as exchange:
        task = asyncio.create_task(body_of(transport, ask(exchange)))
        await exchange.sent_at_least(4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await exchange.closed_by_client()
    await transport.aclose()


@pytest.mark.parametrize("client_type", [httpx.AsyncClient, httpx2.AsyncClient], ids=["httpx", "httpx2"])
async def test_a_callers_own_client_is_used_and_left_open(player: Player, client_type: type) -> None:
    async with client_type() as client:
        transport = HTTPTransport(client=client)
        replies = (Reply((b"a", b"b")), Reply((b"some",), stop_at=2, ending=Ending.RESET), Reply((b"c",)))
        with player.exchange(Plan(replies)) as exchange:
            assert b"".join(await body_of(transport, ask(exchange))) == b"ab"
            with pytest.raises(TransportError):
                await body_of(transport, ask(exchange))
            await transport.aclose()
            assert await body_of(transport, ask(exchange)) == [b"c"]


def test_a_transport_outlives_its_event_loop(player: Player) -> None:
    transport = HTTPTransport()

    async def once(exchange: Exchange) -> list[bytes]:
        pieces = await body_of(transport, ask(exchange))
        await transport.aclose()
        return pieces

    with player.exchange(Plan((Reply((b"a",)),) * 2)) as exchange:
        assert asyncio.run(once(exchange)) == [b"a"]
        assert asyncio.run(once(exchange)) == [b"a"]


def test_the_tls_context_is_shared() -> None:
    assert tls_context() is tls_context()


async def test_an_error_of_the_callers_own_passes_through(player: Player) -> None:
    transport = HTTPTransport()
    with player.exchange(Plan((Reply((b"a",)),))) as exchange, pytest.raises(ZeroDivisionError):
        async with transport.stream(ask(exchange)):
            raise ZeroDivisionError
    await transport.aclose()
