"""One connection of the player: requests in, planned replies out."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from massgen_conformance.plan import Ending, Played, Refusal, Reply, Talk
from massgen_conformance.player_delivery import Delay, Gate, Write, completes, steps
from massgen_conformance.player_exchange import Exchange
from massgen_conformance.player_http import BadRequest, Request, RequestParser

if sys.platform == "linux":
    import fcntl
if TYPE_CHECKING:
    from massgen_conformance.player_websocket import Conversation

Find = Callable[[str], tuple[Exchange, str] | None]
"""A request's target -> its exchange and the rest of the target."""

_LINGER_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close() sends RST instead of FIN
_SIOCOUTQNSD = 0x894B  # linux/sockios.h: bytes of the send queue that were never sent
_SEND_BUFFER = 1 << 18  # bytes; left to itself the kernel takes megabytes that nobody reads
_POLL_SECONDS = 0.001
TELLS_OUTPUT = ("x-tells-output", "1")
"""The header of a program that puts out what it receives: after its request it sends nothing but how much is out."""
_WRITES_PER_TURN = 64  # writes before other connections get the loop


class Connection(asyncio.Protocol):
    """Answers one request after the other, as their exchanges say."""

    def __init__(self, find: Find, all_open: set[Connection]) -> None:
        self._find = find
        self._all_open = all_open
        self._parser = RequestParser()
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._client_left = False
        self._output: bytearray | None = None  # what a program tells of its output, after its request
        self._talk: Conversation | None = None  # over the WebSocket that this connection has become
        self.exchange: Exchange | None = None  # whose reply is or was last under way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each write leaves at once
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._transport.set_write_buffer_limits(high=0)  # at most one write is waiting for the client to read
        self._writable.set()
        self._all_open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._all_open.discard(self)
        self._leave()
        if self.exchange is not None:
            self.exchange.left(self)

    def eof_received(self) -> bool:
        self._leave()
        return False

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        if self._output is not None:
            self._note_output(data)
            return
        if self._talk is not None:
            self._talk.feed(data)
            return
        try:
            self._waiting.extend(self._parser.feed(data))
        except BadRequest as problem:
            self._transport.write(_plain_answer(400, str(problem)))
            self._transport.close()
            return
        if self._parser.wants_continue:
            self._parser.wants_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._waiting and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._serve())

    def _note_output(self, data: bytes) -> None:
        """A program tells how many bytes of the answer it has put out so far."""
        assert self._output is not None
        self._output += data
        *whole, rest = self._output.split(b"\n")
        self._output = bytearray(rest)
        if whole and self.exchange is not None:
            self.exchange.put_out(self._number, int(whole[-1]))

    @property
    def busy(self) -> bool:
        """Whether a reply is under way."""
        return self._task is not None

    def drop(self) -> None:
        """Close at once, whatever is under way."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _leave(self) -> None:
        """The client is gone: nothing that is under way can reach it."""
        self._client_left = True
        if self._task is not None:
            self._task.cancel()

    async def _serve(self) -> None:
        try:
            while self._waiting and not self._transport.is_closing():
                await self._answer(self._waiting.popleft())
        finally:
            self._task = None

    async def _answer(self, request: Request) -> None:
        found = self._find(request.target)
        if found is None:
            self._transport.write(_plain_answer(404, f"no exchange is played at {request.target[:80]}"))
            return
        if self.exchange is not None and self.exchange is not found[0]:
            self.exchange.left(self)
        self.exchange, target = found
        self.exchange.connected(self)
        number, reply = self.exchange.begin(request, target)
        if TELLS_OUTPUT in request.headers:
            self._output, self._number = bytearray(), number
            self.exchange.put_out(number, 0)
        over = False
        try:
            await self._play(self.exchange, number, reply, request)
            over = True
        finally:
            self.exchange.ended(number, client_left=self._client_left and not over)
        if request.closes:
            self._transport.close()

    async def _play(self, exchange: Exchange, number: int, reply: Played | None, request: Request) -> None:
        if reply is None:
            self._transport.write(_plain_answer(500, f"request {number} is beyond the plan"))
        elif isinstance(reply, Refusal):
            await self._close(reset=reply.reset)
        elif isinstance(reply, Talk):
            await self._converse(exchange, number, reply, request)
        else:
            await self._deliver(exchange, number, reply)
            await self._end(reply)

    async def _deliver(self, exchange: Exchange, number: int, reply: Reply) -> None:
        send, writable = self._transport.write, self._writable
        for count, step in enumerate(steps(reply), 1):
            if not count % _WRITES_PER_TURN or self._transport.is_closing():  # the loop tells that the client left
                await asyncio.sleep(0)
            if isinstance(step, Write):
                exchange.write(number, step.body, send, step.data)
                if not writable.is_set():
                    await writable.wait()
            elif isinstance(step, Gate):
                await exchange.gate(number, step.number)
            elif isinstance(step, Delay):
                await asyncio.sleep(step.seconds)

    async def _converse(self, exchange: Exchange, number: int, talk: Talk, request: Request) -> None:
        from massgen_conformance.player_websocket import Conversation

        self._talk = Conversation(exchange, number, talk, self._transport.write)
        whole = await self._talk.play(request, self._writable)
        if not whole and talk.ending is Ending.HANG:
            await asyncio.Event().wait()
        await self._close(reset=not whole and talk.ending is Ending.RESET)

    async def _end(self, reply: Reply) -> None:
        if reply.ending is Ending.HANG:
            await asyncio.Event().wait()  # until the client leaves or the exchange is closed
        elif reply.ending is Ending.RESET:
            await self._close(reset=True)
        elif not completes(reply):
            await self._close(reset=False)

    async def _close(self, *, reset: bool) -> None:
        if not reset:
            self._transport.close()
            return
        connection = self._transport.get_extra_info("socket")
        # A reset throws away what the kernel still holds, and the kernel has no event for an empty queue.
        while _unsent(connection):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self._transport.abort()


def _unsent(connection: socket.socket) -> int:
    """Bytes in the kernel that have not left yet, because the client does not read. Linux only; 0 elsewhere."""
    if sys.platform != "linux":
        return 0
    return int.from_bytes(fcntl.ioctl(connection.fileno(), _SIOCOUTQNSD, bytes(4)), sys.byteorder)


def _plain_answer(status: int, message: str) -> bytes:
    body = json.dumps({"error": {"message": f"player: {message}"}}).encode()
    head = f"HTTP/1.1 {status} Player\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
