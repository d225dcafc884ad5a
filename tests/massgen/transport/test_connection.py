"""Connections of our own network backend, against servers that do what networks do. On asyncio's loop and on uvloop."""

from __future__ import annotations

import asyncio
import gc
import ssl
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
import vcr

from massgen.transport import network
from massgen.transport.connection import Connection
from massgen.transport.http import HTTPRequest, HTTPTransport, Timeouts

from .peers import HEAD, WHOLE, Run, ask, failing, pool, saying, settled
from .servers import Peer, serving

# Bodies and their ends: what the server says, what is read, how many connections two requests need.
ENDS = [
    pytest.param([WHOLE], b"onetwo.", 1, id="chunks"),
    pytest.param([WHOLE[at : at + 1] for at in range(len(WHOLE))], b"onetwo.", 1, id="byte-by-byte"),
    pytest.param([HEAD, WHOLE[len(HEAD) :]], b"onetwo.", 1, id="the-body-after-the-head"),
    pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE], b"onetwo.", 1, id="an-interim-head"),
    pytest.param([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE], b"onetwo.", 1, id="early-hints"),
    pytest.param([HEAD + b"3;a=b\r\none\r\n0;c\r\nX-Sum: 1\r\nY: 2\r\n\r\n"], b"one", 1, id="extensions-and-trailers"),
    pytest.param([HEAD + b"3\r\none\r\n0\r\nX: ", b"1\r", b"\n\r\n"], b"one", 1, id="a-trailer-in-pieces"),
    pytest.param([HEAD + b"0\r\n\r\n"], b"", 1, id="no-body"),
    pytest.param([WHOLE + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"], b"onetwo.", 2, id="one-too-many"),
    pytest.param([WHOLE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")], b"onetwo.", 2, id="connection-close"),
    pytest.param([b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nHTTP/1.1"], b"HTTP/1.1", 1, id="a-length"),
    pytest.param([b"HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], b"", 1, id="a-status-without-a-body"),
    pytest.param([HEAD.replace(b"\r\n", b"\n") + b"3\r\none\r\n0\r\n\r\n"], b"one", 1, id="bare-line-feeds"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "content", "connections"), ENDS)
def test_a_body_is_read_to_its_end_and_the_connection_used_again(
    run: Run, said: list[bytes], content: bytes, connections: int
) -> None:
    async def scenario() -> None:
        async with serving(saying(*said)) as server:
            transport = HTTPTransport(Timeouts(idle=5))
            for _ in range(2):
                assert await ask(transport, f"http://127.0.0.1:{server.port}/x") == content
                await asyncio.sleep(0.01)
            assert server.connections == connections
            await transport.aclose()
            await settled(lambda: server.open == 0)

    run(scenario())


BROKEN = [
    pytest.param([WHOLE[:-9]], "incomplete", id="before-the-last-chunk"),
    pytest.param([HEAD + b"5\r\non"], "incomplete", id="inside-a-chunk"),
    pytest.param([HEAD + b"3\r\none\r\n0\r\nX: 1\r\n"], "incomplete", id="inside-the-trailers"),
    pytest.param([HEAD + b"3\r\none\r\nzz\r\n"], "incomplete", id="a-size-that-is-none"),
    pytest.param([HEAD + b"3\r\none\r\n0\r\nno trailer\r\n\r\n"], "incomplete", id="a-trailer-that-is-none"),
    pytest.param([b"HTTP/1.1 200 OK\r\nTransf"], "connection", id="inside-the-head"),
    pytest.param([b"SSH-2.0-server\r\n"], "connection", id="another-protocol"),
    pytest.param([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000], "connection", id="a-head-without-end"),
    pytest.param([], "connection", id="at-once"),
]


@pytest.mark.parametrize(("said", "kind"), BROKEN)
def test_an_answer_that_breaks_off_is_never_a_whole_one(run: Run, said: list[bytes], kind: str) -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*said)

    async def scenario() -> None:
        async with serving(talk) as server:
            transport = HTTPTransport(Timeouts(idle=5))
            assert (await failing(transport, f"http://127.0.0.1:{server.port}/x")).kind == kind
            assert pool(transport) == []
            await transport.aclose()

    run(scenario())


@pytest.mark.parametrize("said", [b"\x05\x00", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 120_000], ids=["binary", "endless"])
def test_what_cannot_become_a_head_is_not_waited_for(run: Run, said: bytes) -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)
        await peer.reader.read()

    async def scenario() -> None:
        async with serving(talk) as server:
            failure = await failing(HTTPTransport(Timeouts(idle=5)), f"http://127.0.0.1:{server.port}/x")
            assert failure.kind == "connection"

    run(scenario())


def test_a_large_request_arrives_whole(run: Run) -> None:
    seen: list[bytes] = []

    async def talk(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.say(WHOLE)

    async def scenario() -> None:
        async with serving(talk) as server:
            await ask(HTTPTransport(), f"http://127.0.0.1:{server.port}/x", b"large" * 1_000_000)

    run(scenario())
    assert seen[0].endswith(b"\r\n\r\n" + b"large" * 1_000_000)


class Wire(asyncio.Transport):
    """Keeps what is written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return False


async def test_the_head_and_the_body_of_a_request_are_one_write() -> None:
    connection, wire = Connection(), Wire()
    connection.connection_made(wire)
    for data in (b"head ", b"body", b""):
        await connection.write(data)
    connection.get_buffer(2)[:2] = b"ok"
    connection.buffer_updated(2)
    assert await connection.read(10) == b"ok"
    assert wire.writes == [b"head body"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_cancellation_at_any_moment_leaves_no_connection_behind(
    run: Run, certificate: ssl.SSLContext, scheme: str
) -> None:
    pieces = [
        WHOLE[begin:end] for begin, end in pairwise([0, 30, len(HEAD), len(HEAD) + 5, len(WHOLE) - 4, len(WHOLE)])
    ]

    async def talk(peer: Peer) -> None:
        while await peer.request():
            for piece in pieces:
                await peer.say(piece)
                await asyncio.sleep(0)

    async def scenario() -> None:
        async with serving(talk, certificate if scheme == "https" else None) as server:
            transport = HTTPTransport()
            finished = 0
            for turns in range(0, 60 if scheme == "http" else 120, 1 if scheme == "http" else 3):
                task = asyncio.create_task(ask(transport, f"{scheme}://127.0.0.1:{server.port}/x"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    finished += await task == b"onetwo."
                except asyncio.CancelledError:
                    pass
                assert all(connection.is_idle() for connection in pool(transport))
                await transport.aclose()
            assert finished > 0
            await settled(lambda: server.open == 0)
            assert len(asyncio.all_tasks()) <= 2  # this one, and the time limit's

    run(scenario())


def paused() -> list[Connection]:
    return [found for found in gc.get_objects() if isinstance(found, Connection) and found._paused]


def test_a_consumer_that_stops_reading_stops_the_server(run: Run) -> None:
    piece, count, sent = b"x" * 65_000, 1000, 0

    async def talk(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.say(HEAD)
        for _ in range(count):
            await peer.say(b"%x\r\n%s\r\n" % (len(piece), piece))
            sent += len(piece)
        await peer.say(b"0\r\n\r\n")

    async def scenario() -> None:
        async with serving(talk) as server:
            transport = HTTPTransport()
            async with transport.stream(HTTPRequest(f"http://127.0.0.1:{server.port}/x", {}, b"")) as answer:
                received = len(await anext(answer.body))
                await settled(lambda: bool(paused()))  # from here on only the kernel takes more
                await asyncio.sleep(0.05)
                assert sent < count * len(piece) / 2
                assert max(connection._size for connection in paused()) < 256 * 1024
                async for data in answer.body:
                    received += len(data)
            assert received == count * len(piece)
            await transport.aclose()

    run(scenario())


def test_a_server_that_does_not_read_or_does_not_answer_is_a_timeout(run: Run) -> None:
    async def never_reads(peer: Peer) -> None:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(3600)

    async def never_answers(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(3600)

    async def scenario() -> None:
        cases = ((never_reads, b"x" * 50_000_000, "could not be sent"), (never_answers, b"x", "no byte arrived"))
        for talk, body, what in cases:
            async with serving(talk) as server:
                transport = HTTPTransport(Timeouts(idle=0.1))
                failure = await failing(transport, f"http://127.0.0.1:{server.port}/x", body)
                assert (failure.kind, what in str(failure)) == ("timeout", True)
                assert pool(transport) == []

    run(scenario())


def test_an_address_that_is_not_found_in_time_is_a_timeout(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forever(host: str, port: int) -> list[str]:
        await asyncio.sleep(3600)
        return []

    monkeypatch.setattr(network, "_addresses", forever)

    async def scenario() -> None:
        failure = await failing(HTTPTransport(Timeouts(connect=0.05)), "http://slow.example/x")
        assert failure.kind == "timeout"

    run(scenario())


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def addresses_of(host: str, port: int) -> list[str]:
        return list(addresses)

    monkeypatch.setattr(network, "_addresses", addresses_of)


def test_the_next_address_is_tried_where_one_refuses_and_all_are_named_where_all_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with serving(saying(WHOLE), host="127.0.0.1") as server:
            resolving(monkeypatch, "127.0.0.3", "127.0.0.2", "127.0.0.1")
            assert await ask(HTTPTransport(), f"http://many.example:{server.port}/x") == b"onetwo."
            resolving(monkeypatch, "127.0.0.3", "127.0.0.2")
            failure = await failing(HTTPTransport(), f"http://many.example:{server.port}/x")
            assert "127.0.0.2" in str(failure)
            assert "127.0.0.3" in str(failure)

    run(scenario())


def test_of_two_connections_that_come_up_one_is_used_and_the_other_closed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_HEAD_START", 0)
    resolving(monkeypatch, "127.0.0.1", "127.0.0.2")

    async def scenario() -> None:
        async with (
            serving(saying(WHOLE), host="127.0.0.1") as one,
            serving(saying(WHOLE), host="127.0.0.2", port=one.port) as two,
        ):
            transport = HTTPTransport()
            assert await ask(transport, f"http://two.example:{one.port}/x") == b"onetwo."
            await settled(lambda: one.open + two.open == 1)
            await transport.aclose()
            await settled(lambda: one.open + two.open == 0)

    run(scenario())


def test_ipv6_and_the_name_of_this_machine_are_reached(run: Run) -> None:
    async def scenario() -> None:
        try:
            listening = serving(saying(WHOLE), host="::1")
            async with listening as server:
                assert await ask(HTTPTransport(), f"http://[::1]:{server.port}/x") == b"onetwo."
        except OSError as error:
            pytest.skip(f"no IPv6 here: {error}")
        async with serving(saying(WHOLE)) as server:
            assert await ask(HTTPTransport(), f"http://localhost:{server.port}/x") == b"onetwo."

    run(scenario())


@pytest.mark.parametrize("host", ["a..b", "name.invalid", "x" * 70 + ".example"])
def test_a_name_that_has_no_address_is_a_connection_failure(run: Run, host: str) -> None:
    async def scenario() -> None:
        assert (await failing(HTTPTransport(), f"http://{host}/x")).kind == "connection"

    run(scenario())


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(run: Run) -> None:
    async def once(peer: Peer) -> None:
        await peer.request()
        await peer.say(WHOLE)

    async def scenario() -> None:
        async with serving(once) as server:
            transport = HTTPTransport()
            for _ in range(3):
                assert await ask(transport, f"http://127.0.0.1:{server.port}/x") == b"onetwo."
                await settled(lambda: server.open == 0)
            assert server.connections == 3
            await transport.aclose()

    run(scenario())


def test_vcrpy_records_and_replays_what_goes_through_our_connections(run: Run, tmp_path: Path) -> None:
    cassette = str(tmp_path / "tape.yaml")

    async def scenario() -> None:
        transport = HTTPTransport()
        async with serving(saying(WHOLE)) as server:
            url = f"http://127.0.0.1:{server.port}/x"
            with vcr.use_cassette(cassette, record_mode="once"):
                assert await ask(transport, url) == b"onetwo."
            assert await ask(transport, url) == b"onetwo."
            assert server.connections == 1
        with vcr.use_cassette(cassette, record_mode="none"):
            assert await ask(HTTPTransport(), url) == b"onetwo."
        await transport.aclose()

    run(scenario())


def test_a_callers_own_client_keeps_its_own_connections(run: Run) -> None:
    async def scenario() -> None:
        async with serving(saying(WHOLE)) as server, httpx2.AsyncClient() as client:
            transport = HTTPTransport(client=client)
            assert await ask(transport, f"http://127.0.0.1:{server.port}/x") == b"onetwo."
            pools = client._transport._pool  # type: ignore[attr-defined]
            assert not isinstance(pools._network_backend, network.NetworkBackend)

    run(scenario())


def test_our_own_client_and_its_proxies_are_on_our_backend(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """These are private names of httpx2: where an upgrade changes them, connections are its own and slower."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def scenario() -> None:
        client = HTTPTransport()._client()
        transports = [client._transport, *filter(None, client._mounts.values())]
        assert len(transports) >= 3
        assert all(isinstance(it._pool._network_backend, network.NetworkBackend) for it in transports)  # type: ignore[attr-defined]

    run(scenario())
