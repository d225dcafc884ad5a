"""Many exchanges on one player: none disturbs another, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time

import httpx
import pytest

from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Player
from tests.conformance.sockets import Client

EVENTS = (b"data: one\n\n", b"data: two\n\n", b"data: three\n\n")
BODY = b"".join(EVENTS)


async def test_exchanges_at_the_same_time_do_not_mix(player: Player) -> None:
    async def one(number: int) -> bool:
        word = b"%d" % number
        with player.exchange(Plan((Reply((word,) * 20, every=1),))) as exchange:
            async with httpx.AsyncClient() as client:
                answer = await client.post(exchange.base_url, content=word)
            return answer.content == word * 20 and exchange.log.requests[0].body == word

    assert all(await asyncio.gather(*(one(number) for number in range(20))))


async def test_the_connections_of_an_exchange_are_counted_until_they_are_closed(player: Player) -> None:
    with player.exchange(lambda number, request: Reply(EVENTS)) as exchange:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(*(client.post(exchange.base_url) for _ in range(3)))
            assert 1 <= exchange.most_connections <= 3
            left = asyncio.ensure_future(exchange.disconnected())
            assert not (await asyncio.wait({left}, timeout=0))[0]
        await asyncio.wait_for(left, 5)


async def test_an_unknown_exchange_is_404(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        pass
    async with httpx.AsyncClient() as client:
        assert (await client.post(exchange.base_url)).status_code == 404
        assert (await client.post(player.origin)).status_code == 404
    assert exchange.log.requests == []


async def test_a_root_exchange_answers_every_other_path(player: Player) -> None:
    with player.exchange(lambda number, request: Reply((request.target.encode(),)), root=True) as exchange:
        async with httpx.AsyncClient() as client:
            assert (await client.post(exchange.base_url + "/v1/models?x=1")).content == b"/v1/models?x=1"


async def test_an_exchange_that_is_closed_cuts_off_its_reply_but_keeps_idle_connections(player: Player) -> None:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client:
        for _ in range(30):  # the one connection is used again right after the exchange before it was closed
            with player.exchange(Plan((Reply(EVENTS),))) as exchange:
                assert (await client.post(exchange.base_url)).content == BODY
    with player.exchange(Plan((Reply(EVENTS, ending=Ending.HANG),))) as exchange:
        async with Client(exchange.base_url) as bare:
            bare.ask()
            await bare.head()
            exchange.close()
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await bare.reader.readuntil(b"never")


async def test_an_exchange_with_a_lifetime_frees_a_client_that_blocks_on_it(player: Player) -> None:
    plan = Plan((Reply(EVENTS, ending=Ending.HANG),))
    with httpx.Client(timeout=30) as client, player.exchange(plan, lifetime=0.3) as exchange:
        # The client is synchronous, so the loop of this test stands still until it is freed.
        with pytest.raises(httpx.TransportError) as freed:
            client.post(exchange.base_url)
        assert len(exchange.log.requests) == 1
    assert not isinstance(freed.value, httpx.TimeoutException)


async def test_an_exchange_that_is_prolonged_outlives_the_time_it_was_given(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),)), lifetime=60) as exchange:
        player.prolong(exchange, 3600)
        async with httpx.AsyncClient() as client:  # once it is answered, the player has read both times
            assert (await client.post(exchange.base_url)).content == BODY
        assert exchange.limit is not None
        assert exchange.limit.when() - time.monotonic() > 600


async def test_a_blocked_loop_is_still_served(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        assert httpx.post(exchange.base_url).content == BODY


def test_a_player_that_stops_leaves_no_thread_and_no_socket() -> None:
    threads, sockets = set(threading.enumerate()), _sockets()  # some of which another test may still be closing
    player = Player()
    player.start()
    exchange = player.exchange(Plan((Reply(EVENTS, ending=Ending.HANG),)), lifetime=60)
    player.refusing_url()
    connection = socket.create_connection(("127.0.0.1", player.port))
    path = exchange.base_url.removeprefix(player.origin)
    connection.sendall(f"POST {path}/v1 HTTP/1.1\r\ncontent-length: 0\r\n\r\n".encode())
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    player.stop()
    connection.close()
    assert set(threading.enumerate()) - threads == set()
    assert _sockets() - sockets == set()
    player.stop()


def _sockets() -> set[str]:
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)]
    return {link for link in links if link.startswith("socket")}


def _is_open(fd: str) -> bool:
    return os.path.exists(f"/proc/self/fd/{fd}") or os.path.islink(f"/proc/self/fd/{fd}")


def test_a_player_can_be_started_again_and_refuses_to_start_twice() -> None:
    player = Player()
    with pytest.raises(RuntimeError, match="not started"):
        player.exchange(Plan(()))
    for _ in range(2):
        with player:
            assert httpx.post(player.exchange(Plan((Reply(EVENTS),))).base_url).content == BODY
            with pytest.raises(RuntimeError, match="already"):
                player.start()


def test_an_exchange_costs_less_than_a_millisecond_of_the_players_time(player: Player) -> None:
    reply = Reply(EVENTS)
    connection = socket.create_connection(("127.0.0.1", player.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def once() -> float:
        start = time.perf_counter()
        with player.exchange(Plan((reply,))) as exchange:
            path = exchange.base_url.removeprefix(player.origin)
            connection.sendall(f"POST {path} HTTP/1.1\r\ncontent-length: 0\r\n\r\n".encode())
            while not connection.recv(4096).endswith(b"0\r\n\r\n"):
                pass
        return time.perf_counter() - start

    with connection:
        assert min(once() for _ in range(50)) < 0.005  # measured near 0.0003; Nagle's algorithm would make it 0.04
