"""Replays ready bytes on loopback: one HTTP chunk per event, many events per write, as a busy front end sends them.

`/s/<wire>/<count>/...` answers with that stream. Prints its port, serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import re
import sys
from functools import cache

from bench.streams import body

_PATH = re.compile(rb"/s/([a-z_]+)/(\d+)/")
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
_TYPES = {"ollama_chat": b"application/x-ndjson"}


@cache
def _answer(wire: str, count: int) -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(frame), frame) for frame in body(wire, count))
    return _HEAD % _TYPES.get(wire, b"text/event-stream") + chunks + b"0\r\n\r\n"


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.pending = transport, b""

    def data_received(self, data: bytes) -> None:
        self.pending += data
        head, separator, rest = self.pending.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length.group(1)) if length else 0
        if not separator or len(rest) < size:
            return
        self.pending = rest[size:]
        match = _PATH.search(head)
        if match is None:
            self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        else:
            self.transport.write(_answer(match.group(1).decode(), int(match.group(2))))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
