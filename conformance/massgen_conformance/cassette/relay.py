"""A loopback relay between a client and an upstream that sees every byte, its cut and its time.

Why not vcrpy's own recording: it patches the client's transport for the whole process, drains a body before the client
sees any of it, loses chunk boundaries and times, and stores nothing when a stream breaks. The relay works for any
client that takes a base URL, whatever it is written with, forwards each piece as it comes, and notes what happened;
`record` then writes vcrpy's format from it. A client that leaves early does not shorten the recording: the upstream is
read to its end.

The upstream is asked for no compression, because a compressed body can neither be scanned nor read in a review. One
that compresses nevertheless is decoded here; the cuts are then those of the decoded pieces.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import httpx2

from massgen_conformance.cassette.errors import Failure, Reason
from massgen_conformance.cassette.served import HOST, STOP_SECONDS, Served
from massgen_conformance.cassette.store import Headers, Request, Response
from massgen_conformance.guard import is_local
from massgen_conformance.player_http import BadRequest, RequestParser, as_chunk, response_head
from massgen_conformance.player_http import Request as Arrived

CONNECT_SECONDS = 15.0
READ_SECONDS = 180.0  # the longest silence of an upstream that thinks before it answers
READ_BYTES = 1 << 16

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"})
_NOT_REACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL)
_OURS = frozenset({"host", "content-length", "accept-encoding", "expect"})


@dataclass(slots=True)
class Passed:
    """One request that went through the relay. `answer` is None until it is whole, and for good after a failure."""

    request: Request
    answer: Response | None = None
    chunks: list[tuple[int, float]] = field(default_factory=list)  # size in bytes, seconds after the request
    failure: Failure | None = None
    known: bool = False  # answered from an earlier recording; the upstream was not asked


Known = Callable[[Request], tuple[Response, list[tuple[int, float]]] | None]
"""Gives the answer of an earlier recording, with its chunks, to a request that it holds; each once."""


class Relay(Served):
    """Stands in for `upstream` at `base_url`. `start` and `stop` it, or use it as a context manager."""

    name = "relay"
    stop_seconds = READ_SECONDS + STOP_SECONDS
    unending = "an upstream neither answers nor closes"

    def __init__(
        self, upstream: str, *, known: Known | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        parts = urlsplit(upstream.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{upstream!r} is not a base URL; expected one such as https://host/v1")
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path
        self._loopback = is_local(parts.hostname)
        self._known = known or (lambda _: None)
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._connections: list[asyncio.Task[None]] = []
        self._clients: list[_Client] = []
        self.passed: list[Passed] = []

    @property
    def base_url(self) -> str:
        """What the client is given in place of the upstream's base URL."""
        return f"http://{HOST}:{self.port}{self._path}"

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        limits = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        async with httpx2.AsyncClient(
            timeout=limits,
            trust_env=not self._loopback,
            verify=self._origin.startswith("https:"),  # reading the certificates takes longer than an exchange
        ) as self._upstream:
            server = await asyncio.start_server(self._connected, HOST, 0)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._over.wait()
            server.close()
            for client in self._clients:
                client.break_off()  # nobody reads any more; a client that does not must not hold up the upstream
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        self._connections.append(connection)  # type: ignore[arg-type]  # a stream callback always runs in a task
        parser = RequestParser()
        client = _Client(writer)
        self._clients.append(client)
        try:
            while data := await reader.read(READ_BYTES):
                for arrived in parser.feed(data):
                    await self._answer(arrived, client)
                if parser.wants_continue:
                    parser.wants_continue = False
                    await client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        except BadRequest as problem:
            await client.send(response_head(400, (("connection", "close"),)) + str(problem).encode())
        except ConnectionError:
            pass  # the client has gone between two requests
        finally:
            writer.close()

    async def _answer(self, arrived: Arrived, client: _Client) -> None:
        task = asyncio.ensure_future(self._pass_on(arrived, client))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await task

    async def _pass_on(self, arrived: Arrived, client: _Client) -> None:
        passed = Passed(Request(arrived.method, self._origin + arrived.target, arrived.headers, arrived.body))
        self.passed.append(passed)
        earlier = self._known(passed.request)
        if earlier is not None:
            passed.known, (passed.answer, passed.chunks) = True, earlier
            await client.send(_head(passed.answer) + _chunked(passed.answer.body))
            return
        try:
            await self._ask(passed, client)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = Reason.UNREACHABLE if isinstance(error, _NOT_REACHED) else Reason.INTERRUPTED
            passed.failure = Failure(reason, f"{type(error).__name__}: {error}".rstrip(": "))
            client.break_off()

    async def _ask(self, passed: Passed, client: _Client) -> None:
        sent = passed.request
        headers = [pair for pair in sent.headers if pair[0] not in _HOP | _OURS]
        request = httpx2.Request(
            sent.method, sent.uri, headers=[*headers, ("accept-encoding", "identity")], content=sent.body
        )
        started = self._clock()
        answer = await self._upstream.send(request, stream=True)
        try:
            response = Response(answer.status_code, _kept(answer), reason=answer.reason_phrase)
            await client.send(_head(response))
            pieces: list[bytes] = []
            async for piece in answer.aiter_bytes():
                pieces.append(piece)
                passed.chunks.append((len(piece), self._clock() - started))
                await client.send(as_chunk(piece))
        finally:
            await answer.aclose()
        passed.answer = replace(response, body=b"".join(pieces))
        await client.send(as_chunk(b""))


class _Client:
    """The writing side of a client that may leave: what is sent after that is dropped."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            self._writer.close()

    def break_off(self) -> None:
        """Close without ending the answer, as the upstream did."""
        self._writer.transport.abort()


def _head(response: Response) -> bytes:
    headers = tuple(pair for pair in response.headers if pair[0] != "content-length")
    return response_head(response.status, (*headers, ("transfer-encoding", "chunked")))


def _chunked(body: bytes) -> bytes:
    return (as_chunk(body) if body else b"") + as_chunk(b"")


def _kept(answer: httpx2.Response) -> Headers:
    """The headers of the answer without those of its one connection, nor of a coding that is undone here."""
    undone = {"content-encoding", "content-length"} if "content-encoding" in answer.headers else set()
    return tuple(
        (name.lower(), value) for name, value in answer.headers.multi_items() if name.lower() not in _HOP | undone
    )
