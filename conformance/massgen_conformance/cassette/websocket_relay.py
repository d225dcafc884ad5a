"""A loopback relay between a client and a WebSocket server: passes every message on and notes it with its time.

Plain requests to the same address, such as a greeting before the handshake, are passed on, and their answers noted. A
server that refuses the handshake is heard by the client as it refused.
"""

from __future__ import annotations

import asyncio
import http
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import Connection as Side
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from massgen_conformance.cassette.errors import Failure, Reason
from massgen_conformance.cassette.served import HOST, STOP_SECONDS, Served
from massgen_conformance.cassette.websockets import (
    BROKEN_OFF,
    CLIENT,
    SERVER,
    Connection,
    Ended,
    Message,
    Plain,
    WebSockets,
)

_HANDSHAKE: Final = frozenset({"host", "connection", "upgrade", "date", "content-length", "transfer-encoding"})
_UNSAID: Final = (1005, BROKEN_OFF, 1015)
"""Codes that stand for the absence of one: nobody may send them. RFC 6455, section 7.4.1."""


class WebSocketRelay(Served):
    """Stands in for the server at `upstream` (`ws://host:port`). Use it as a context manager; `taken` has what passed.

    `failure` is why the server could not be asked, if it could not: the client has heard as much. `clock` gives
    seconds; the times of a recording count from the handshake of its connection.
    """

    name = "websocket-relay"
    stop_seconds = STOP_SECONDS
    unending = "a connection neither answers nor closes"

    def __init__(self, upstream: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        parts = urlsplit(upstream)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise ValueError(f"{upstream!r} is not the address of a WebSocket server; expected one such as ws://host:1")
        self._upstream, self._clock = upstream.rstrip("/"), clock
        self._plain = "http" + self._upstream.removeprefix("ws")
        self._servers: dict[ServerConnection, ClientConnection] = {}
        self._passed: list[Connection | None] = []  # in the order of the handshakes; None while one is open
        self._greeted: dict[Plain, None] = {}
        self.failure: Failure | None = None

    @property
    def given(self) -> str:
        """What the client is given as host and port."""
        return f"{HOST}:{self.port}"

    def taken(self) -> WebSockets:
        """The connections that have ended. Raises `ValueError` while one is open: it would be half a recording."""
        ended = [each for each in self._passed if each is not None]
        if len(ended) != len(self._passed):
            raise ValueError("a connection is still open; close it, or leave the `with` block of the relay")
        return WebSockets(tuple(ended), tuple(self._greeted))

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        served = serve(
            self._relayed,
            HOST,
            0,
            process_request=self._asked,
            process_response=_answered,
            select_subprotocol=lambda client, _offered: self._servers[client].subprotocol,
            compression=None,
            max_size=None,
        )
        async with served as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._over.wait()

    async def _asked(self, client: ServerConnection, request: Request) -> Response | None:
        if "upgrade" not in request.headers:
            return await self._passed_on(client, request)
        try:
            self._servers[client] = await connect(
                self._upstream + request.path,
                additional_headers=_kept(request.headers.raw_items()),
                subprotocols=_offered(request) or None,
                user_agent_header=None,
                compression=None,
                max_size=None,
                proxy=None,
            )
        except InvalidStatus as refused:
            self.failure = Failure(Reason.REFUSED, f"the handshake of {request.path} was answered: {refused}")
            return refused.response
        except (OSError, InvalidHandshake) as error:
            return self._unreached(client, error)
        return None

    def _unreached(self, client: ServerConnection, error: Exception) -> Response:
        self.failure = Failure(Reason.UNREACHABLE, str(error) or type(error).__name__)
        return client.respond(http.HTTPStatus.BAD_GATEWAY, f"the relay cannot reach {self._upstream}: {error}\n")

    async def _passed_on(self, client: ServerConnection, request: Request) -> Response:
        async with httpx2.AsyncClient(trust_env=False, verify=self._plain.startswith("https:")) as plain:
            try:
                answer = await plain.get(self._plain + request.path, headers=_kept(request.headers.raw_items()))
            except httpx2.HTTPError as error:
                return self._unreached(client, error)
        content_type = answer.headers.get("content-type", "text/plain")
        self._greeted[Plain(request.path, answer.status_code, content_type, answer.text)] = None
        response = client.respond(http.HTTPStatus(answer.status_code), answer.text)
        del response.headers["content-type"]
        response.headers["content-type"] = content_type
        return response

    async def _relayed(self, client: ServerConnection) -> None:
        server, began, number = self._servers.pop(client), self._clock(), len(self._passed)
        self._passed.append(None)
        messages: list[Message] = []

        async def pump(sender: str, source: Side, target: Side) -> Ended:
            with suppress(ConnectionClosed):
                async for message in source:
                    messages.append(Message(sender, self._since(began), message))
                    with suppress(ConnectionClosed):
                        await target.send(message)
            return Ended(sender, self._since(began), source.close_code or BROKEN_OFF, source.close_reason or "")

        pumps = {
            asyncio.ensure_future(pump(CLIENT, client, server)),
            asyncio.ensure_future(pump(SERVER, server, client)),
        }
        done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        ended = next(iter(done)).result()
        await _end(server if ended.by == CLIENT else client, ended)
        await asyncio.gather(*pumps)
        assert client.request is not None
        assert server.response is not None
        self._passed[number] = Connection(
            self._upstream + client.request.path,
            _kept(client.request.headers.raw_items()),
            _kept(server.response.headers.raw_items()),
            tuple(messages),
            ended,
        )

    def _since(self, began: float) -> float:
        return round(self._clock() - began, 4)


async def _end(other: Side, ended: Ended) -> None:
    """The end of one side for the other one; without a word where there was none."""
    if ended.code in _UNSAID:
        other.transport.abort()
    else:
        await other.close(ended.code, ended.reason)


def _offered(request: Request) -> list[Subprotocol]:
    names = ",".join(request.headers.get_all("sec-websocket-protocol")).split(",")
    return [Subprotocol(name.strip()) for name in names if name.strip()]


def _answered(_client: ServerConnection, _request: Request, response: Response) -> Response:
    """The relay is not a server of its own name."""
    with suppress(KeyError):
        del response.headers["server"]
    return response


def _kept(headers: object) -> tuple[tuple[str, str], ...]:
    """Headers without those of the handshake and of the one connection, names in lower case."""
    pairs = [(name.lower(), value) for name, value in headers]  # type: ignore[attr-defined]  # an iterator of pairs
    return tuple(pair for pair in pairs if pair[0] not in _HANDSHAKE and not pair[0].startswith("sec-websocket-"))
