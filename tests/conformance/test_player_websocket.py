"""A WebSocket of the player says what its talk says, however it is cut, and sees what the client does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from massgen_conformance.plan import Close, Ending, Frame, Plan, Reply, Said, Talk
from massgen_conformance.player import Player


def echo(number: int, message: str | bytes) -> Sequence[Said]:
    """Each message back, and the end after the third."""
    return (Frame(message),) if number < 2 else (Frame(message), Close(1000, "enough"))


def at(url: str) -> connect:
    return connect(url.replace("http:", "ws:") + "/llm?x=1", proxy=None, max_size=None, compression=None)


async def heard(client: ClientConnection) -> list[str | bytes]:
    """Every message until the end."""
    return [message async for message in client]


async def test_it_says_its_opening_and_answers_until_it_ends(player: Player) -> None:
    talk = Talk((Frame("hello"),), echo, headers=(("x-server", "kit"),))
    with player.exchange(Plan((talk,))) as exchange:
        async with at(exchange.base_url) as client:
            for message in ("one", b"\x00\xff", "\U0001f680"):
                await client.send(message)
            assert await heard(client) == ["hello", "one", b"\x00\xff", "\U0001f680"]
            assert (client.close_code, client.close_reason) == (1000, "enough")
            assert client.response is not None
            assert client.response.headers["x-server"] == "kit"
        await exchange.settled()
        [request] = exchange.log.requests
        assert (request.method, request.target) == ("GET", "/llm?x=1")
        assert [message for _, _, message in exchange.log.messages] == ["one", b"\x00\xff", "\U0001f680"]
        assert exchange.log.client_closed_at == [None]


MESSAGES = st.lists(st.one_of(st.text(max_size=40), st.binary(max_size=40)), max_size=5)


@settings(deadline=None, max_examples=40)
@given(messages=MESSAGES, fragment=st.integers(0, 7), every=st.integers(0, 5))
def test_the_client_hears_the_same_however_it_is_cut(
    player: Player, messages: list[str | bytes], fragment: int, every: int
) -> None:
    async def play() -> list[str | bytes]:
        talk = Talk((*map(Frame, messages), Close()), fragment=fragment, every=every)
        with player.exchange(Plan((talk,))) as exchange:
            async with at(exchange.base_url) as client:
                return await heard(client)

    assert asyncio.run(play()) == messages


async def test_a_gate_holds_a_message_back(player: Player) -> None:
    with player.exchange(Plan((Talk((Frame("a"), Frame("b"), Close()), gates=(1,)),))) as exchange:
        async with at(exchange.base_url) as client:
            assert await client.recv() == "a"
            await exchange.reached(0)
            exchange.release(0)
            assert await heard(client) == ["b"]


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.CLEAN_EOF])
async def test_a_talk_that_breaks_off_ends_without_a_word(player: Player, ending: Ending) -> None:
    with player.exchange(Plan((Talk((Frame("a"), Frame("b")), stop_at=1, ending=ending),))) as exchange:
        async with at(exchange.base_url) as client:
            assert await client.recv() == "a"
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1006


async def test_one_that_hangs_waits_until_the_client_leaves(player: Player) -> None:
    talk = Talk((Frame("a"), Frame("b")), stop_at=1, ending=Ending.HANG)
    with player.exchange(Plan((talk,))) as exchange:
        async with at(exchange.base_url) as client:
            assert await client.recv() == "a"
            client.transport.abort()
        assert await exchange.closed_by_client() > 0


async def test_the_client_may_end_it_and_pings_are_answered(player: Player) -> None:
    with player.exchange(Plan((Talk(),))) as exchange:
        async with at(exchange.base_url) as client:
            await (await client.ping())
            await client.close(1001, "going")
            assert client.close_code == 1001
        await exchange.settled()
        assert exchange.log.client_closed_at == [None]


async def test_a_request_may_be_refused_and_a_plain_one_is_no_websocket(player: Player) -> None:
    refused = Plan((Reply((b"no",), 401, sized=True),))
    with player.exchange(refused) as exchange, pytest.raises(InvalidStatus, match="401"):
        await at(exchange.base_url)
    with player.exchange(Plan((Talk(),))) as exchange:
        async with httpx2.AsyncClient(trust_env=False) as plain:
            assert (await plain.get(exchange.base_url)).status_code == 426


async def test_what_chooses_the_answers_may_fail_and_the_test_is_told(player: Player) -> None:
    def broken(_number: int, _message: str | bytes) -> Sequence[Said]:
        raise RuntimeError("no idea")

    with player.exchange(Plan((Talk(answer=broken),))) as exchange:
        async with at(exchange.base_url) as client:
            await client.send("?")
            with pytest.raises(ConnectionClosed, match="1011"):
                await client.recv()
        assert str(exchange.failure) == "no idea"
