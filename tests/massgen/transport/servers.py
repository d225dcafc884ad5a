"""Small servers on loopback that do with a connection exactly what a test says, and a proxy."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Talk = Callable[["Peer"], Awaitable[None]]


@dataclass
class Peer:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """The next request, head and body; b"" where the client closed instead."""
        head = b""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
            )
            return head + await self.reader.readexactly(length)
        return head

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()


@dataclass
class Server:
    port: int = 0
    connections: int = 0
    open: int = 0
    failures: list[BaseException] = field(default_factory=list)


@asynccontextmanager
async def serving(
    talk: Talk, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Server]:
    """A server whose every connection is a call of `talk`; the connection is closed after it."""
    server, tasks = Server(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        server.open += 1
        try:
            await talk(Peer(reader, writer))
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass
        except Exception as error:  # a handler's failure would be logged and forgotten
            server.failures.append(error)
        finally:
            server.open -= 1
            tasks.discard(task)
            writer.transport.abort() if writer.is_closing() else writer.close()

    listener = await asyncio.start_server(serve, host, port, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert server.failures == []


async def tunnel(peer: Peer) -> None:
    """A proxy: CONNECT opens a tunnel, anything else is forwarded to the address it names."""
    head = await peer.request()
    method, target, _ = head.split(b" ", 2)
    place = target if method == b"CONNECT" else target.split(b"/")[2]
    host, _, port = place.decode().rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    if method == b"CONNECT":
        await peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        writer.write(head)
    try:
        await asyncio.gather(_copy(peer.reader, writer), _copy(reader, peer.writer))
    finally:
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
