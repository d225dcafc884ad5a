"""Cassettes of WebSockets: what passed the relay, stored clean, and played again to a client of `websockets`."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from massgen_conformance.cassette import kinds, websockets
from massgen_conformance.cassette.errors import RecordingRefused, UnreadableCassette
from massgen_conformance.cassette.keep import Origin, keep
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store
from massgen_conformance.cassette.websocket_relay import WebSocketRelay
from massgen_conformance.cassette.websockets import Connection, Ended, Message, WebSockets
from massgen_conformance.commands.cassettes import listed
from massgen_conformance.plan import Close, Ending, Frame, Plan, Reply, Said, Talk
from massgen_conformance.player import Exchange, Player

KEY = "sk-live-4f9a8b7c6d5e4f3a2b1c"
TODAY = datetime.date(2026, 11, 21)


def upper(number: int, message: str | bytes) -> Sequence[Said]:
    """Each message in capitals, twice; the end after the second."""
    said = (Frame(message.upper()), Frame(message.upper()))
    return said if number == 0 else (*said, Close(1000, "enough"))


def at(url: str, **options: object) -> connect:
    return connect(url, proxy=None, max_size=None, compression=None, **options)  # type: ignore[arg-type]


@asynccontextmanager
async def relayed(exchange: Exchange) -> AsyncIterator[WebSocketRelay]:
    relay = WebSocketRelay(exchange.base_url.replace("http:", "ws:"))
    relay.__enter__()
    try:
        yield relay
    finally:
        await asyncio.to_thread(relay.__exit__, None, None, None)


async def spoken(client: ClientConnection) -> list[str | bytes]:
    for message in (f"one {KEY}", b"two"):
        await client.send(message)
    return [message async for message in client]


async def test_every_message_is_passed_on_and_noted_with_its_time(player: Player, tmp_path: Path) -> None:
    talk = Talk((Frame("hello"),), upper, headers=(("x-request-id", "req_1"), ("set-cookie", "a=b")))
    headers = {"Authorization": f"Bearer {KEY}", "OpenAI-Beta": "realtime=v1"}
    heard = ["hello", *[f"ONE {KEY.upper()}"] * 2, b"TWO", b"TWO"]
    with player.exchange(Plan((talk,))) as exchange:
        async with relayed(exchange) as relay:
            url = f"ws://{relay.given}/v1/realtime?key={KEY}&model=m"
            offered = [Subprotocol("realtime")]
            async with at(url, additional_headers=headers, subprotocols=offered) as client:
                assert await spoken(client) == heard
                assert (client.close_code, client.close_reason, client.subprotocol) == (1000, "enough", "realtime")
        [request] = exchange.log.requests
        assert (request.header("authorization"), request.header("openai-beta")) == (f"Bearer {KEY}", "realtime=v1")
    [connection] = relay.taken().connections
    assert list(connection.of("server")) == heard
    assert connection.of("client") == (f"one {KEY}", b"two")
    assert (connection.ended.by, connection.ended.code, connection.ended.reason) == ("server", 1000, "enough")
    moments = [message.at for message in connection.messages]
    assert moments == sorted(moments)
    assert connection.ended.at >= moments[-1] > 0

    origin = Origin("realtime", "two", Provenance.LIVE, secrets=(KEY, KEY.upper()), today=TODAY)
    path = keep(Store(tmp_path), kinds.WEBSOCKET, relay.taken(), origin)
    assert KEY.lower() not in path.read_text().lower()
    [stored] = kinds.load(path).connections
    assert dict(stored.headers) == {"openai-beta": "realtime=v1"} | {
        "user-agent": dict(connection.headers)["user-agent"]
    }
    assert dict(stored.answer) == {"x-request-id": "[removed-request-id]"}
    [row] = listed(Store(tmp_path), TODAY)
    assert (row.kind, row.scenario, row.state, row.exchanges) == ("websocket", "two", "fresh", 1)


async def test_a_message_reaches_the_client_before_the_server_says_the_next(player: Player) -> None:
    with player.exchange(Plan((Talk((Frame("a"), Frame("b"), Close()), gates=(1,)),))) as exchange:
        async with relayed(exchange) as relay, at(f"ws://{relay.given}/") as client:
            assert await client.recv() == "a"
            with pytest.raises(ValueError, match="still open"):
                relay.taken()
            exchange.release(0)
            assert [message async for message in client] == ["b"]


async def test_a_refusal_and_a_plain_request_are_heard_as_they_came(player: Player) -> None:
    greeting = Reply((b'{"ready":true}',), 200, (("content-type", "application/json"),), sized=True)
    with player.exchange(Plan((greeting, Reply((b"no",), 401, sized=True)))) as exchange:
        async with relayed(exchange) as relay:
            async with httpx2.AsyncClient(trust_env=False) as plain:
                answer = await plain.get(f"http://{relay.given}/greeting")
            assert (answer.json(), answer.headers["content-type"]) == ({"ready": True}, "application/json")
            with pytest.raises(InvalidStatus, match="401"):
                await at(f"ws://{relay.given}/llm")
        assert [request.target for request in exchange.log.requests] == ["/greeting", "/llm"]
    with pytest.raises(RecordingRefused, match="nothing passed that is a websocket"):
        keep(Store(Path("/nowhere")), kinds.WEBSOCKET, relay.taken(), Origin("p", "s", Provenance.PEER))


async def test_a_server_that_breaks_off_is_heard_to_break_off_and_noted(player: Player) -> None:
    talk = Talk((Frame("a"), Frame("b")), stop_at=1, ending=Ending.CLEAN_EOF)
    with player.exchange(Plan((talk,))) as exchange:
        async with relayed(exchange) as relay, at(f"ws://{relay.given}/") as client:
            assert await client.recv() == "a"
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1006
    assert relay.taken().connections[0].ended.code == websockets.BROKEN_OFF
    with player.exchange(websockets.respond(relay.taken())) as again:
        again_at = again.base_url.replace("http:", "ws:") + "/"
        async with at(again_at) as client:
            assert await client.recv() == "a"
            with pytest.raises(ConnectionClosed):
                await client.recv()


def a_talk(*messages: tuple[str, float, str]) -> WebSockets:
    said = tuple(Message(*each) for each in messages)
    return WebSockets((Connection("ws://synthetic.invalid/llm", (), (), said, Ended("server", 0.9)),))


def test_a_talk_has_the_groups_and_the_pace_of_the_recording() -> None:
    cassette = a_talk(("server", 0.1, "hi"), ("client", 0.2, "q"), ("server", 0.5, "a"), ("server", 0.6, "b"))
    talk = websockets.talk(cassette.connections[0], paced=True)
    assert talk.opening == (Frame("hi", 0.1),)
    assert [round(said.after, 3) for said in talk.answer(0, "?")] == [0.3, 0.1, 0.3]
    assert [type(said) for said in talk.answer(0, "?")] == [Frame, Frame, Close]
    assert list(talk.answer(1, "?")) == []


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
CONNECTIONS = st.builds(
    Connection,
    TEXTS.map(lambda text: "ws://h.invalid/" + text),
    st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda pairs: tuple(pairs.items())),
    st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda pairs: tuple(pairs.items())),
    st.lists(
        st.builds(Message, st.sampled_from(["client", "server"]), st.floats(0, 1e6), TEXTS | st.binary(max_size=20)),
        max_size=4,
    ).map(tuple),
    st.builds(Ended, st.sampled_from(["client", "server"]), st.floats(0, 1e6), st.integers(1000, 4999), TEXTS),
)


@given(st.lists(CONNECTIONS, max_size=2).map(tuple).map(WebSockets))
def test_a_file_gives_back_what_was_written(cassette: WebSockets) -> None:
    assert websockets.loads(websockets.dumps(cassette)) == cassette


GOOD = websockets.dumps(a_talk(("client", 0.1, '{"a":1}')))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("kind: websocket", "kind: http", "f.websocket.yaml:1: kind is 'websocket', as the name of the file says, not"),
        (
            "version: 1",
            "version: 0",
            "f.websocket.yaml:2: version is 1, which is what this kit reads, not '0'; use the",
        ),
        ("ws://", "http://", "f.websocket.yaml:4: uri is an address such as ws://host/path"),
        ("[client, 0.1", "[proxy, 0.1", "f.websocket.yaml:8: messages[0][0] is one of client, server, not 'proxy'"),
        ("0.1", "-0.1", "f.websocket.yaml:8: messages[0][1] is a number of seconds, not '-0.1'; mend that line"),
        ("1000", "'1000'", "is an integer"),
        ("  answer: {}\n", "", "lacks answer"),
        (GOOD, "connections: [", "f.websocket.yaml:2: not YAML"),
        (GOOD, "- 1", "f.websocket.yaml:1: the file is a mapping, not 'a list'"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_what_to_do(before: str, after: str, told: str) -> None:
    assert before in GOOD
    with pytest.raises(UnreadableCassette) as refused:
        websockets.loads(GOOD.replace(before, after, 1), "f.websocket.yaml")
    assert told in str(refused.value)


def test_an_address_that_is_no_websocket_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one such as ws://host:1"):
        WebSocketRelay("http://127.0.0.1:1")
