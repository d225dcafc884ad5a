"""A loopback HTTP server that plays replies under a plan, in a thread and loop of its own.

A subject that blocks its loop is still served, and delivery is exact: the cuts, gates and endings of the plan are what
happens on the socket. One player serves any number of exchanges at once, told apart by a token in the path:

    with player.exchange(Plan((Reply(events),))) as exchange:
        backend = make(base_url=exchange.base_url + "/v1")
        ...
        exchange.release(0)
        await exchange.closed_by_client()
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from types import TracebackType
from typing import Self

from massgen_conformance.plan import Plan, Respond
from massgen_conformance.player_connection import Connection
from massgen_conformance.player_exchange import Exchange

__all__ = ["Exchange", "Player"]

HOST = "127.0.0.1"
_STOP_SECONDS = 5.0


class Player:
    """The server. `start` and `stop` it, or use it as a context manager; `port=0` takes a free port."""

    def __init__(self, port: int = 0) -> None:
        self._wanted_port = port
        self._tokens = itertools.count(1)
        self._exchanges: dict[str, Exchange] = {}
        self._open: set[Connection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed_port: socket.socket | None = None
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Bind the port and begin to serve. `OSError` when the port is taken."""
        if self._thread is not None:
            raise RuntimeError("the player runs already")
        listener = socket.create_server((HOST, self._wanted_port), backlog=256)
        self.port = listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        serving = threading.Event()  # until then `stop` would stop the loop before it serves
        target = (self._loop, listener, serving)
        self._thread = threading.Thread(target=self._serve, args=target, name="player", daemon=True)
        self._thread.start()
        serving.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """Drop every connection and end the thread. `RuntimeError` when it does not end."""
        if self._closed_port is not None:
            self._closed_port.close()
            self._closed_port = None
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError(f"the player did not stop within {_STOP_SECONDS} s")
        self._thread = self._loop = None
        self._exchanges.clear()

    def exchange(self, plan: Plan | Respond, *, root: bool = False, lifetime: float | None = None) -> Exchange:
        """Begin an exchange. With `root` it answers every path outside the exchanges that have a token.

        After `lifetime` seconds it closes itself, so that a client that blocks on it goes on.
        """
        if self._thread is None:
            raise RuntimeError("the player is not started")
        token = "" if root else f"{next(self._tokens):x}"
        base_url = self.origin if root else f"{self.origin}/x/{token}"
        exchange = Exchange(plan, base_url, lambda closing: self._forget(token, closing))
        self._exchanges[token] = exchange
        if lifetime is not None:
            self.prolong(exchange, lifetime)
        return exchange

    def prolong(self, exchange: Exchange, lifetime: float) -> None:
        """Let an exchange live `lifetime` seconds from here on: for a check that makes call after call."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._limit, exchange, lifetime)

    def refusing_url(self) -> str:
        """An origin of this machine at which nobody listens, and nobody will while the player runs."""
        if self._closed_port is None:
            self._closed_port = socket.socket()
            self._closed_port.bind((HOST, 0))
        return f"http://{HOST}:{self._closed_port.getsockname()[1]}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _find(self, target: str) -> tuple[Exchange, str] | None:
        if target.startswith("/x/"):
            token, _, rest = target[3:].partition("/")
            exchange = self._exchanges.get(token)
            return (exchange, f"/{rest}") if exchange is not None else None
        exchange = self._exchanges.get("")
        return (exchange, target) if exchange is not None else None

    def _limit(self, exchange: Exchange, lifetime: float) -> None:
        if exchange.limit is not None:
            exchange.limit.cancel()
        exchange.limit = asyncio.get_running_loop().call_later(lifetime, exchange.close)

    def _forget(self, token: str, exchange: Exchange) -> None:
        self._exchanges.pop(token, None)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drop_connections, exchange)

    def _drop_connections(self, exchange: Exchange) -> None:
        """Idle connections stay: they are in the pool of a client that may be about to use them again."""
        if exchange.limit is not None:
            exchange.limit.cancel()
        for connection in [open_ for open_ in self._open if open_.exchange is exchange and open_.busy]:
            connection.drop()

    def _serve(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, serving: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(lambda: Connection(self._find, self._open), sock=listener))
        serving.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(self._drain())
        loop.close()

    async def _drain(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in list(self._open):
            connection.drop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close their sockets in the turn after they were dropped
