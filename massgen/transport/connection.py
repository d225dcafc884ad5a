"""One connection for httpx2 on an asyncio transport: httpcore2's `AsyncNetworkStream`.

Against the stock stream it saves a cancel scope and a pause of the transport at every read, and sends a request in one
packet. And it lends itself to reading a chunked body past h11, which makes objects of every chunk (`claimed_body`): the
pool, proxies, requests, heads and the ends of bodies stay httpx2's and h11's.
"""

from __future__ import annotations

import asyncio
import re
import select
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, cast

import httpcore2

from massgen.transport.chunked import ChunkedBody, ChunkError
from massgen.transport.turns import turn

_READ = 16 * 1024  # bytes that one read of the socket, or of a body, takes at most
_HIGH_WATER = 64 * 1024  # bytes that wait to be read before the transport pauses
_PACKET = 64 * 1024  # bytes of a request that wait for the rest of it
_LONGEST_HEAD = 100 * 1024  # what h11 takes

_HEAD = b"HTTP/"
_BLANK_LINE = re.compile(rb"\n\r?\n")  # h11's own idea of where a head ends


class _Ending(IntEnum):
    """Where a read ends: with what has arrived, with the head of a response, or with the end of a chunked body."""

    ANYWHERE = 0
    HEAD = 1
    BODY = 2


class Connection(asyncio.BufferedProtocol, httpcore2.AsyncNetworkStream):
    """One connection, for one reader and one writer at a time.

    Closing it never waits, so that no cancellation can leave it open.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._buffer = memoryview(bytearray(_READ))
        self._pieces: list[bytes] = []  # received and not read yet
        self._size = 0  # bytes in `_pieces`
        self._paused = False  # whether reading is
        self._over = False  # no more bytes will come
        self._lost: Exception | None = None  # why, where it was no plain end
        self._arrival: asyncio.Future[None] | None = None  # who waits for bytes
        self._drained: asyncio.Future[None] | None = None  # who waits until more may be written
        self._unsent = b""  # written and not handed to the transport yet
        self._full = False  # no more may be written for the moment
        self._ending = _Ending.ANYWHERE  # where the next read ends
        self._poll: select.poll | None = None
        self._claimable = False  # the head has been read, and nothing after it

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._turn = cast("asyncio.Transport", transport), turn()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._pieces.append(bytes(self._buffer[:nbytes]))
        self._size += nbytes
        if self._size > _HIGH_WATER and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._arrival)

    def eof_received(self) -> None:
        self._over = True
        _wake(self._arrival)

    def connection_lost(self, error: Exception | None) -> None:
        self._over, self._lost = True, self._lost or error
        _wake(self._arrival)
        _wake(self._drained)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        _wake(self._drained)

    # httpcore2's side

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has arrived, at most `max_bytes`, b"" at the end. The head of a response comes whole and alone."""
        self._claimable = False
        if self._unsent:
            self._flush()
        if self._ending:
            return await self._read_lines(timeout)
        if not self._pieces and not self._over:
            await self._wait(timeout)
        if self._turn.is_long():
            await self._turn.wait()
        return self._take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`. A small one waits for what follows it, so that a head and its body go out in one packet."""
        if self._over or self._transport.is_closing():
            raise httpcore2.WriteError(self._reason())
        self._ending, self._claimable = _Ending.HEAD, False
        self._unsent += buffer
        if len(self._unsent) < _PACKET:
            return
        self._flush()
        if self._full:
            self._drained = asyncio.get_running_loop().create_future()
            try:
                with raising(httpcore2.WriteTimeout, httpcore2.WriteError):
                    async with asyncio.timeout(timeout):
                        await self._drained
            finally:
                self._drained = None
            if self._over:
                raise httpcore2.WriteError(self._reason())

    def _flush(self) -> None:
        if self._unsent and not self._over:
            self._transport.write(self._unsent)
        self._unsent = b""

    def _reason(self) -> str:
        return str(self._lost or "") or "the server has closed the connection"

    async def aclose(self) -> None:
        """At once: nothing that is still to be sent can matter to who closes."""
        self.abort()

    def abort(self) -> None:
        self._over = True
        self._transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """TLS from here on, on this connection; a second time inside the first is what an HTTPS proxy needs."""
        self._ending, self._claimable = _Ending.ANYWHERE, False
        self._flush()
        try:
            if self._pieces:  # would be taken for what was said under encryption
                raise httpcore2.ConnectError("the server spoke before the TLS handshake")
            with raising(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                async with asyncio.timeout(timeout):
                    secured = await asyncio.get_running_loop().start_tls(
                        self._transport, self, ssl_context, server_hostname=server_hostname
                    )
            if secured is None or self._over:
                raise httpcore2.ConnectError("the server closed the connection inside the TLS handshake")
        except BaseException:
            self.abort()
            raise
        self._transport = secured
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of idle connections: bytes or an end that nobody asked for
            return bool(self._pieces) or self._over or self._is_readable()
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))

    def _is_readable(self) -> bool:
        """Whether the socket has something that the loop has not come to yet."""
        if not hasattr(select, "poll"):
            return False  # Windows: the loop will come to it
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(self._poll.poll(0))

    # Reading a body past h11

    def claim_body(self) -> bool:
        """Whether the body that follows is the caller's to `read`.

        It is right after a head was read and nothing else: h11 then has not seen any of the body. (After an interim
        head h11 reads on.) Whoever claims it says with `release_body` where it ended.
        """
        claimed, self._claimable = self._claimable, False
        return claimed

    def release_body(self, rest: bytes) -> None:
        """The body was read up to `rest`: the end of its coding, for h11, which then frees the connection.

        Bytes after that end stay here, where they show an idle connection to be unusable.
        """
        self._put_back(rest)
        self._ending = _Ending.BODY

    async def _read_lines(self, timeout: float | None) -> bytes:
        """Everything up to a blank line; whatever there is where none can come, which h11 then judges."""
        while True:
            data = self._take(self._size)
            foreign = self._ending is _Ending.HEAD and not data.startswith(_HEAD[: len(data)])
            found = _BLANK_LINE.search(data)
            if found is None and not (foreign or self._over or len(data) > _LONGEST_HEAD):
                self._put_back(data)
                await self._wait(timeout)
                continue
            if found is None or foreign:
                self._ending = _Ending.ANYWHERE
                return data
            if self._turn.is_long():
                self._put_back(data)
                await self._turn.wait()
                continue
            self._claimable = self._ending is _Ending.HEAD
            self._ending = _Ending.ANYWHERE
            self._put_back(data[found.end() :])
            return data[: found.end()]

    def _put_back(self, data: bytes) -> None:
        if data:
            self._pieces.insert(0, data)
            self._size += len(data)

    def _take(self, max_bytes: int) -> bytes:
        pieces = self._pieces
        if not pieces:
            if self._lost is not None:
                raise httpcore2.ReadError(str(self._lost) or type(self._lost).__name__) from self._lost
            return b""
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if len(data) > max_bytes:
            pieces[:] = [data[max_bytes:]]
            self._size = len(data) - max_bytes
            return data[:max_bytes]
        pieces.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return data

    async def _wait(self, timeout: float | None) -> None:
        """Until bytes or the end have come."""
        loop = asyncio.get_running_loop()
        arrival = self._arrival = loop.create_future()
        limit = loop.call_later(timeout, _expire, arrival) if timeout is not None else None
        try:
            await arrival
        finally:
            self._arrival = None
            if limit is not None:
                limit.cancel()


def claimed_body(connection: Any, stream: Any, idle: float) -> AsyncIterator[bytes] | None:
    """A chunked body read straight from `connection`, or None where it is not ours to read.

    `stream` is the response's own stream, which is read afterwards: it then holds the end of the coding, and frees the
    connection. `idle` is in seconds. What is not the coding raises `httpcore2.RemoteProtocolError`.
    """
    if isinstance(connection, Connection) and connection.claim_body():
        return _read_chunked(connection, stream, idle)
    return None


async def _read_chunked(connection: Connection, stream: Any, idle: float) -> AsyncGenerator[bytes, None]:
    body = ChunkedBody()
    try:
        while not body.ended:
            data = await connection.read(_READ, idle)
            if not data:
                raise httpcore2.RemoteProtocolError("the server closed the connection before the end of its answer")
            if content := body.feed(data):
                yield content
    except ChunkError as error:
        raise httpcore2.RemoteProtocolError(str(error)) from error
    connection.release_body(body.rest)
    async for content in stream:
        yield content


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(httpcore2.ReadTimeout())


@contextmanager
def raising(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """What asyncio raises, as httpcore2's exceptions. A name that cannot be one is a UnicodeError."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, UnicodeError) as error:
        raise failed(str(error)) from error
