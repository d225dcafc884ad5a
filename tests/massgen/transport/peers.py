"""What tests of connections do with servers of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from massgen.errors import TransportError
from massgen.transport.http import HTTPRequest, HTTPTransport

from .servers import Peer

Run = Callable[[Coroutine[Any, Any, None]], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = HEAD + b"3\r\none\r\n4\r\ntwo.\r\n0\r\n\r\n"
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


async def ask(transport: HTTPTransport, url: str, body: bytes = b"{}") -> bytes:
    async with transport.stream(HTTPRequest(url, {"content-type": "application/json"}, body)) as answer:
        return b"".join([data async for data in answer.body])


async def failing(transport: HTTPTransport, url: str, body: bytes = b"{}") -> TransportError:
    with pytest.raises(TransportError) as caught:
        await ask(transport, url, body)
    return caught.value


def saying(*pieces: bytes) -> Callable[[Peer], Coroutine[Any, Any, None]]:
    """Answers every request of a connection with `pieces`."""

    async def talk(peer: Peer) -> None:
        while await peer.request():
            await peer.say(*pieces)

    return talk


def pool(transport: HTTPTransport) -> list[Any]:
    client: Any = transport._own  # httpx2 has no public view of its pools
    return client._transport._pool.connections if client else []


async def settled(condition: Callable[[], bool]) -> None:
    """Until the loop has come to what is under way."""
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.001)
