"""The player delivers exactly what a plan says, sees what the client does, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import threading
import zlib

import httpx
import pytest

from massgen_conformance.plan import Ending, Plan, Refusal, Reply, gzipped
from massgen_conformance.player import Player
from massgen_conformance.trace import Received
from tests.conformance.sockets import Client

EVENTS = (b"data: one\n\n", b"data: two\n\n", b"data: three\n\n")
BODY = b"".join(EVENTS)
JSON_HEADERS = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    ("changes", "pieces"),
    [
        ({}, list(EVENTS)),
        ({"cuts": ()}, [BODY]),
        ({"cuts": (3, 5)}, [BODY[:3], BODY[3:5], BODY[5:]]),
        ({"every": 10}, [BODY[:10], BODY[10:20], BODY[20:30], BODY[30:]]),
        ({"cuts": (), "stop_at": 7}, [BODY[:7]]),
        ({"cuts": (0, 0, 99)}, [BODY]),
    ],
    ids=["one per event", "at once", "cuts", "every", "stopped", "cuts beyond the body"],
)
async def test_each_piece_is_one_http_chunk(player: Player, changes: dict[str, object], pieces: list[bytes]) -> None:
    with player.exchange(Plan((Reply(EVENTS).with_(**changes),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            assert "transfer-encoding: chunked" in await client.head()
            assert await client.chunks() == pieces
        assert exchange.log.sent == [len(b"".join(pieces))]


async def test_a_gate_holds_the_rest_back_until_it_is_released(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, gates=(11, 22)),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            await client.head()
            assert await client.chunk() == EVENTS[0]
            await exchange.reached(0)
            assert exchange.sent == 11
            exchange.release(0)
            assert await client.chunk() == EVENTS[1]
            await exchange.reached(1)
            assert exchange.sent == 22
            exchange.release(1)
            assert await client.chunks() == [EVENTS[2]]


async def test_a_gate_before_the_body_lets_the_headers_pass(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, gates=(0,)),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            assert "200 OK" in await client.head()
            await exchange.reached(0)
            assert exchange.sent == 0
            exchange.release()
            assert b"".join(await client.chunks()) == BODY


async def test_gates_are_numbered_on_over_the_replies_of_an_exchange(player: Player) -> None:
    reply = Reply(EVENTS, gates=(11,))
    with player.exchange(Plan((reply, reply))) as exchange:
        async with Client(exchange.base_url) as client:
            exchange.release(0)
            client.ask()
            await client.head()
            assert len(await client.chunks()) == 3
            client.ask()
            await client.head()
            assert await client.chunk() == EVENTS[0]
            await exchange.reached(1)
            exchange.release(1)
            assert len(await client.chunks()) == 2


async def test_a_gate_can_be_released_from_any_thread(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, gates=(11,)),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            await client.head()
            await client.chunk()
            thread = threading.Thread(target=exchange.release, args=(0,))
            thread.start()
            assert len(await client.chunks()) == 2
            thread.join()


async def test_a_reset_ends_the_connection_with_an_error_after_what_was_sent(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, stop_at=15, ending=Ending.RESET),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            await client.head()
            assert await client.chunk() == EVENTS[0]
            assert await client.chunk() == EVENTS[1][:4]
            with pytest.raises(ConnectionResetError):
                await client.reader.read()
        await exchange.settled()
        assert exchange.log.client_closed_at == [None]


async def test_a_large_body_arrives_whole_before_the_reset(player: Player) -> None:
    big = b"x" * 3_000_000
    with player.exchange(Plan((Reply((big,), ending=Ending.RESET, cuts=()),))) as exchange:
        connection = await asyncio.to_thread(socket.create_connection, ("127.0.0.1", player.port))
        with connection:
            path = exchange.base_url.removeprefix(player.origin)
            connection.sendall(f"POST {path}/v1 HTTP/1.1\r\ncontent-length: 0\r\n\r\n".encode())
            assert await asyncio.to_thread(_read_until_reset, connection) > len(big)


def _read_until_reset(connection: socket.socket) -> int:
    count = 0
    try:
        while data := connection.recv(1 << 16):
            count += len(data)
    except ConnectionResetError:
        pass
    return count


async def test_a_clean_eof_looks_complete(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, stop_at=11, ending=Ending.CLEAN_EOF),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            await client.head()
            assert await client.chunks() == [EVENTS[0]]


async def test_a_hanging_reply_notes_when_the_client_leaves(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS, ending=Ending.HANG),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            await client.head()
            assert [await client.chunk() for _ in EVENTS] == list(EVENTS)
            before = exchange.now()
            assert exchange.log.client_closed_at == [None]
        left = await exchange.closed_by_client()
        assert before <= left <= exchange.now()
        await exchange.settled()


async def test_a_client_that_leaves_at_a_gate_or_in_a_delay_is_noticed(player: Player) -> None:
    for reply in (Reply(EVENTS, gates=(11,)), Reply(EVENTS, delays=((11, 60.0),))):
        with player.exchange(Plan((reply,))) as exchange:
            async with Client(exchange.base_url) as client:
                client.ask()
                await client.head()
                await client.chunk()
            await exchange.closed_by_client()
            assert exchange.log.sent == [11]


async def test_a_client_that_leaves_after_a_whole_reply_is_nothing_to_note(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            await client.head()
            await client.chunks()
        await exchange.settled()
        assert exchange.log.client_closed_at == [None]


async def test_a_client_that_does_not_read_stops_the_player_but_not_others(player: Player) -> None:
    big = Reply((b"x" * 50_000_000,), every=100_000)
    with player.exchange(Plan((big,))) as stalled, player.exchange(Plan((Reply(EVENTS),))) as other:
        async with Client(stalled.base_url) as sleeper, Client(other.base_url) as client:
            sleeper.ask()
            await stalled.sent_at_least(100_000)
            client.ask()
            await client.head()
            assert len(await client.chunks()) == 3
            assert stalled.sent < 50_000_000
        await stalled.closed_by_client()


async def test_a_sized_reply_has_a_content_length(player: Player) -> None:
    with player.exchange(Plan((Reply((b'{"a":1}',), headers=JSON_HEADERS, sized=True),))) as exchange:
        async with httpx.AsyncClient() as client:
            answer = await client.post(exchange.base_url + "/v1")
    assert (answer.headers["content-length"], answer.json()) == ("7", {"a": 1})


async def test_a_false_content_length_is_sent_as_it_is(player: Player) -> None:
    reply = Reply((b"{}",), headers=(*JSON_HEADERS, ("content-length", "90")))
    with player.exchange(Plan((reply,))) as exchange:
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(exchange.base_url + "/v1")


async def test_status_and_headers_are_the_plans(player: Player) -> None:
    reply = Reply((b"{}",), 429, (*JSON_HEADERS, ("retry-after", "7"), ("x-a", "1"), ("x-a", "2")), sized=True)
    with player.exchange(Plan((reply, reply.with_(status=529)))) as exchange:
        async with httpx.AsyncClient() as client:
            first = await client.post(exchange.base_url + "/v1")
            second = await client.post(exchange.base_url + "/v1")
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert first.headers.get_list("x-a") == ["1", "2"]
    assert second.status_code == 529


async def test_a_refusal_ends_the_connection_before_any_answer(player: Player) -> None:
    with player.exchange(Plan((Refusal(), Refusal(reset=False), Reply(EVENTS)))) as exchange:
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.ReadError):
                await client.post(exchange.base_url + "/v1")
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(exchange.base_url + "/v1")
            assert (await client.post(exchange.base_url + "/v1")).content == BODY
        assert len(exchange.log.requests) == 3
        assert exchange.log.unexpected == 0


async def test_nobody_listens_at_the_refusing_url(player: Player) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.post(player.refusing_url())
    assert player.refusing_url() == player.refusing_url()


async def test_requests_are_logged_as_they_came(player: Player) -> None:
    body = os.urandom(3_000_000)
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        async with httpx.AsyncClient() as client:
            await client.put(
                exchange.base_url + "/v1/x%20y?key=a&b=", content=body, headers={"X-Key": "K", "x-two": "2"}
            )
        (received,) = exchange.log.requests
    assert (received.method, received.target) == ("PUT", "/v1/x%20y?key=a&b=")
    assert (received.header("x-key"), received.header("X-TWO")) == ("K", "2")
    assert received.body == body
    assert 0 <= received.at <= exchange.now()


async def test_a_chunked_request_body_is_joined(player: Player) -> None:
    async def pieces():  # type: ignore[no-untyped-def]
        for piece in (b'{"a"', b":", b"1}"):
            yield piece

    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        async with httpx.AsyncClient() as client:
            await client.post(exchange.base_url + "/v1", content=pieces())
        assert exchange.log.requests[0].json() == {"a": 1}


async def test_a_client_that_expects_continue_is_told_to(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        async with Client(exchange.base_url) as client:
            head = f"POST /{client.path}/v1 HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
            client.writer.write(head.encode())
            assert await client.head() == "HTTP/1.1 100 Continue\r\n\r\n"
            client.writer.write(b"{}")
            assert "200 OK" in await client.head()


async def test_several_requests_take_the_replies_in_order_on_one_connection(player: Player) -> None:
    plan = Plan(tuple(Reply((word,)) for word in (b"one", b"two", b"three")))
    with player.exchange(plan) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            client.ask()
            client.ask()
            answers = [(await client.head(), await client.chunks())[1] for _ in range(3)]
    assert answers == [[b"one"], [b"two"], [b"three"]]


async def test_a_request_beyond_the_plan_is_answered_500_and_counted(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        async with httpx.AsyncClient() as client:
            await client.post(exchange.base_url + "/v1")
            answer = await client.post(exchange.base_url + "/v1")
        assert exchange.log.unexpected == 1
    assert answer.status_code == 500
    assert "beyond the plan" in answer.json()["error"]["message"]


async def test_replies_can_be_chosen_by_the_request(player: Player) -> None:
    def respond(number: int, request: Received) -> Reply | None:
        return Reply((b"%d" % number, request.body)) if number < 2 else None

    with player.exchange(respond) as exchange:
        async with httpx.AsyncClient() as client:
            answers = [await client.post(exchange.base_url, content=word) for word in (b"a", b"b", b"c")]
    assert [answer.content for answer in answers[:2]] == [b"0a", b"1b"]
    assert answers[2].status_code == 500


async def test_what_the_choosing_function_raises_is_kept_for_the_test(player: Player) -> None:
    def respond(number: int, request: Received) -> Reply:
        raise LookupError("no such scenario")

    with player.exchange(respond) as exchange:
        async with httpx.AsyncClient() as client:
            assert (await client.post(exchange.base_url)).status_code == 500
        assert isinstance(exchange.failure, LookupError)


async def test_a_compressed_body_arrives_event_by_event(player: Player) -> None:
    reply = gzipped(Reply(EVENTS))
    assert gzip.decompress(reply.body) == BODY
    with player.exchange(Plan((reply.with_(gates=(len(reply.events[0]),)),))) as exchange:
        async with Client(exchange.base_url) as client:
            client.ask()
            assert "content-encoding: gzip" in await client.head()
            first = await client.chunk()
            assert zlib.decompressobj(wbits=31).decompress(first) == EVENTS[0]
            exchange.release()
            async with httpx.AsyncClient() as whole:
                with player.exchange(Plan((reply,))) as other:
                    assert (await whole.post(other.base_url)).content == BODY


async def test_what_is_no_http_is_answered_400_and_closed(player: Player) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", player.port)
    writer.write(b"HELO there\r\n\r\n")
    assert b"400" in await reader.readline()
    await reader.read()
    writer.close()
    await writer.wait_closed()
