"""A WebSocket of the player: the server's side of one connection, as a `Talk` says.

The protocol itself (handshake, masks, pings, the closing handshake) is the part of `websockets` that does no I/O.
https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from massgen_conformance.plan import Close, Said, Talk
from massgen_conformance.player_exchange import Exchange
from massgen_conformance.player_http import Request

BROKEN: Final = 1011
"""The code of a server that failed: what chooses the answers raised."""


class Conversation:
    """One WebSocket: `feed` it what comes, `play` the talk. What it has to write goes to `send`."""

    def __init__(self, exchange: Exchange, number: int, talk: Talk, send: Callable[[bytes], object]) -> None:
        self._exchange, self._number, self._talk, self._send = exchange, number, talk, send
        self._protocol = ServerProtocol(max_size=None, select_subprotocol=_first)
        self._heard: asyncio.Queue[str | bytes | None] = asyncio.Queue()  # None: the client has ended it
        self._parts: list[bytes] = []
        self._opcode = Opcode.TEXT
        self._said = 0

    def feed(self, data: bytes) -> None:
        """Bytes of the client after its handshake."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, WireFrame):
                self._take(event)
        self._flush()
        if self._protocol.state is not State.OPEN:
            self._heard.put_nowait(None)

    async def play(self, request: Request, writable: asyncio.Event) -> bool:
        """The handshake, then the talk to its end; False when it stops as a fault of the talk."""
        self._greet(request)
        count = 0
        said: Iterable[Said] = self._talk.opening
        while self._protocol.state is not State.CONNECTING:
            for each in said:
                if self._said == self._talk.stop_at:
                    return False
                await self._say(each)
                await writable.wait()
            message = await self._heard.get()
            if message is None:
                break
            said, count = self._answer(count, message), count + 1
        return True

    def _greet(self, request: Request) -> None:
        lines = [f"GET {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers), "", ""]
        self._protocol.receive_data("\r\n".join(lines).encode("latin-1"))
        for event in self._protocol.events_received():
            if isinstance(event, Handshake):
                response = self._protocol.accept(event)
                for name, value in self._talk.headers:
                    response.headers[name] = value
                self._protocol.send_response(response)
        self._flush()

    def _take(self, frame: WireFrame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode = frame.opcode
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            whole = b"".join(self._parts)
            self._parts.clear()
            message = whole.decode() if self._opcode is Opcode.TEXT else whole
            self._exchange.told(self._number, message)
            self._heard.put_nowait(message)

    def _answer(self, number: int, message: str | bytes) -> Sequence[Said]:
        try:
            return self._talk.answer(number, message)
        except Exception as problem:  # told to the test, which is in another thread
            self._exchange.failure = problem
            return (Close(BROKEN, "the player failed"),)

    async def _say(self, said: Said) -> None:
        if self._protocol.state is not State.OPEN:
            return  # one of both has ended it: nothing more is said
        if self._said in self._talk.gates:
            await self._exchange.gate(self._number, self._talk.gates.index(self._said))
        if said.after:
            await asyncio.sleep(said.after)
        self._said += 1
        if isinstance(said, Close):
            self._protocol.send_close(said.code, said.reason)
        else:
            self._frames(said.data)
        self._flush()

    def _frames(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        size = self._talk.fragment or len(data) or 1
        pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
        first = self._protocol.send_text if isinstance(message, str) else self._protocol.send_binary
        for number, piece in enumerate(pieces):
            write = self._protocol.send_continuation if number else first
            write(piece, number == len(pieces) - 1)

    def _flush(self) -> None:
        """Write all that is due at once, so that nothing else gets between the pieces of a frame."""
        data = b"".join(self._protocol.data_to_send())
        size = self._talk.every or len(data) or 1
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._exchange.write(self._number, len(piece), self._send, piece)


def _first(_protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The client's first choice: a server of anything speaks it."""
    return offered[0] if offered else None
