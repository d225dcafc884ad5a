"""How connections are opened: httpcore2's `AsyncNetworkBackend`, on the running asyncio loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from ipaddress import ip_address
from itertools import chain, zip_longest
from socket import SOCK_STREAM
from typing import Any

import httpcore2

from massgen.transport.connection import Connection, raising

_HEAD_START = 0.25  # seconds that an address has before the next one is tried beside it (RFC 8305)


class NetworkBackend(httpcore2.AsyncNetworkBackend):
    """Any asyncio loop will do; uvloop's is one."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        local = (local_address, 0) if local_address else None
        with raising(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                connection = await _connect(host, port, local)
        for option in socket_options or ():
            connection.get_extra_info("socket").setsockopt(*option)
        return connection

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        with raising(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                _, connection = await asyncio.get_running_loop().create_unix_connection(Connection, path)
        for option in socket_options or ():
            connection.get_extra_info("socket").setsockopt(*option)
        return connection

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _connect(host: str, port: int, local: tuple[str, int] | None) -> Connection:
    """The first connection that comes up; each address of the host has a head start over the next one."""
    loop = asyncio.get_running_loop()

    async def attempt(address: str) -> Connection:
        _, connection = await loop.create_connection(Connection, address, port, local_addr=local)
        return connection

    waiting = await _addresses(host, port)
    if len(waiting) == 1:
        return await attempt(waiting[0])
    running: dict[asyncio.Task[Connection], str] = {}
    failures: list[str] = []
    try:
        while waiting or running:
            if waiting:
                address = waiting.pop(0)
                running[asyncio.create_task(attempt(address))] = address
            patience = _HEAD_START if waiting else None
            await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in running if task.done()]:
                address = running.pop(task)
                try:
                    return task.result()
                except OSError as error:
                    failures.append(f"{address}: {error}")
        raise OSError("; ".join(failures))
    finally:
        for task in running:
            task.cancel()
            task.add_done_callback(_discard)


def _discard(task: asyncio.Task[Connection]) -> None:
    """A connection that came up too late, or that nobody waits for any more."""
    if not task.cancelled() and task.exception() is None:
        task.result().abort()


async def _addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, its families in turn (RFC 8305 section 4), beginning with the resolver's first."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    families: dict[int, dict[str, None]] = {}
    for family, _, _, _, place in found:
        families.setdefault(family, {})[str(place[0])] = None
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]
