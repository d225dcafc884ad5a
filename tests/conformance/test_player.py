"""The player delivers exactly what a plan says, sees what the client does, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import threading
import time
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance.plan import Ending, Plan, Refusal, Reply, gzipped
from massgen_conformance.player import Player
from massgen_conformance.player_delivery import Gate, Write, cut_offsets, steps
from massgen_conformance.player_http import BadRequest, Request, RequestParser, response_head
from massgen_conformance.trace import Received

EVENTS = (b"data: one\n\n", b"data: two\n\n", b"data: three\n\n")
BODY = b"".join(EVENTS)
JSON_HEADERS = (("content-type", "application/json"),)


class Client:
    """A bare socket client: what is asserted here is what is on the wire, not what a library makes of it."""

    def __init__(self, base_url: str) -> None:
        address, _, self.path = base_url.removeprefix("http://").partition("/")
        self.host, _, self.port = address.partition(":")

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection(self.host, int(self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            pass

    def ask(self, body: bytes = b"{}", path: str = "/v1/chat", headers: str = "") -> None:
        head = f"POST /{self.path}{path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)

    async def head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def chunks(self) -> list[bytes]:
        """HTTP chunks up to the last one."""
        found: list[bytes] = []
        while chunk := await self.chunk():
            found.append(chunk)
        return found

    async def chunk(self) -> bytes:
        size = int(await self.reader.readline(), 16)
        data = await self.reader.readexactly(size)
        assert await self.reader.readexactly(2) == b"\r\n"
        return data


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


@given(
    st.lists(st.binary(max_size=9), max_size=5),
    st.lists(st.integers(0, 60), max_size=6),
    st.one_of(st.none(), st.integers(0, 60)),
    st.lists(st.integers(0, 60), max_size=3),
)
def test_the_steps_write_the_body_up_to_the_stop_whatever_the_cuts(
    events: list[bytes], cuts: list[int], stop: int | None, gates: list[int]
) -> None:
    reply = Reply(tuple(events), cuts=tuple(cuts), stop_at=stop, gates=tuple(gates), ending=Ending.RESET)
    end = min(len(reply.body), len(reply.body) if stop is None else stop)
    written, passed = 0, []
    for step in list(steps(reply))[1:]:
        if isinstance(step, Gate):
            passed.append((step.number, written))
        elif isinstance(step, Write):
            written += step.body
    assert written == end
    assert passed == sorted(((n, gates[n]) for n, _ in passed), key=lambda gate: (gate[1], gate[0]))
    assert {number for number, _ in passed} == {n for n, gate in enumerate(gates) if gate <= end}
    assert cut_offsets(reply)[0] == 0
    assert cut_offsets(reply)[-1] == end


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


async def test_exchanges_at_the_same_time_do_not_mix(player: Player) -> None:
    async def one(number: int) -> bool:
        word = b"%d" % number
        with player.exchange(Plan((Reply((word,) * 20, every=1),))) as exchange:
            async with httpx.AsyncClient() as client:
                answer = await client.post(exchange.base_url, content=word)
            return answer.content == word * 20 and exchange.log.requests[0].body == word

    assert all(await asyncio.gather(*(one(number) for number in range(20))))


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
    with player.exchange(plan, lifetime=0.05) as exchange, pytest.raises(httpx.HTTPError):
        httpx.post(exchange.base_url, timeout=5)  # a synchronous client: the loop of this test stands still


async def test_a_blocked_loop_is_still_served(player: Player) -> None:
    with player.exchange(Plan((Reply(EVENTS),))) as exchange:
        assert httpx.post(exchange.base_url).content == BODY


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


@pytest.mark.parametrize(
    "bad",
    [
        b"GET / SPDY/3\r\n\r\n",
        b"x" * (1 << 20) + b"x",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["protocol", "endless head", "length", "chunk size"],
)
def test_a_bad_request_says_what_is_wrong(bad: bytes) -> None:
    with pytest.raises(BadRequest, match=r"\w+"):
        list(RequestParser().feed(bad))


@given(st.data())
def test_requests_are_parsed_the_same_however_they_are_cut(data: st.DataObject) -> None:
    bodies = [b"", b"{}", b"\r\n\r\n"]
    wire = b"".join(b"POST /a HTTP/1.1\r\nX: 1\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    wire += b"POST /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(wire) - 1), max_size=12)))
    parser = RequestParser()
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    found = [request for piece in pieces for request in parser.feed(piece)]
    assert [request.body for request in found] == [*bodies, b"abcde"]
    assert found[0] == Request("POST", "/a", (("x", "1"), ("content-length", "0")), b"")


def test_an_unassigned_status_has_a_head_too() -> None:
    assert response_head(599, (("a", "b"),)) == b"HTTP/1.1 599 Unassigned\r\na: b\r\n\r\n"


def test_a_player_that_stops_leaves_no_thread_and_no_socket() -> None:
    before = set(threading.enumerate()), _sockets()
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
    assert (set(threading.enumerate()), _sockets()) == before
    player.stop()


def _sockets() -> list[str]:
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)]
    return sorted(link for link in links if link.startswith("socket"))


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
