"""One exchange of the player: the plan that it plays, what came of it, and how a test waits for it.

The player writes from its own thread; a test reads, waits and releases gates from any loop or thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from massgen_conformance.plan import Plan, Played, Refusal, Respond
from massgen_conformance.player_http import Request
from massgen_conformance.trace import Received, WireLog

Value = TypeVar("Value")


class Signal:
    """Lets coroutines of any loop wait until something that another thread changes has become true."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: list[tuple[Callable[[], bool], asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as `holds()`; it is asked again after every `change`."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if holds():
                return
            waiter = (holds, loop, loop.create_future())
            self._waiters.append(waiter)
        try:
            await waiter[2]
        finally:
            with self._lock:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    def change(self, act: Callable[[], object]) -> None:
        """Do `act` and wake those whose condition it made true. From any thread."""
        with self._lock:
            act()
            if not self._waiters:
                return
            woken = [waiter for waiter in self._waiters if waiter[0]()]
            for waiter in woken:
                self._waiters.remove(waiter)
        for _, loop, future in woken:
            try:
                loop.call_soon_threadsafe(_resolve, future)
            except RuntimeError:  # the waiter's loop is closed: nobody waits any more
                pass

    def read(self, value: Callable[[], Value]) -> Value:
        """The value of `value()` between two changes."""
        with self._lock:
            return value()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Exchange:
    """The requests of one run, answered by one plan. Use it as a context manager, or `close` it.

    `base_url` is what a backend is given in place of its provider's origin. `log` grows while the exchange runs.
    """

    def __init__(self, plan: Plan | Respond, base_url: str, on_close: Callable[[Exchange], None]) -> None:
        self.base_url = base_url
        self.log = WireLog()
        self.failure: Exception | None = None  # what the function that chooses replies raised
        self.limit: asyncio.TimerHandle | None = None  # of the player's loop
        self._plan = plan
        self._on_close = on_close
        self._start = time.monotonic()
        self._signal = Signal()
        self._gates_before: list[int] = []  # gates of all earlier replies, by request
        self._gate_count = 0
        self._released: set[int] = set()
        self._all_released = False
        self._reached: set[int] = set()
        self._active = 0
        self._out: dict[int, int] = {}  # by request: how much of an answer a program has put out
        self._connections: set[object] = set()
        self.most_connections = 0  # that were open at the same time

    def now(self) -> float:
        """Seconds since the exchange was made: the clock of all its records."""
        return time.monotonic() - self._start

    @property
    def sent(self) -> int:
        """Body bytes written so far, over all requests; never less than what a client can have received."""
        return self._signal.read(self._sent)

    def _sent(self) -> int:
        return sum(self.log.sent)

    def release(self, gate: int | None = None) -> None:
        """Open the gate of this number, or all of them. Gates are numbered on over the replies of the exchange."""

        def open_gate() -> None:
            if gate is None:
                self._all_released = True
            else:
                self._released.add(gate)

        self._signal.change(open_gate)

    async def requests_at_least(self, count: int) -> None:
        """Wait until this many requests have arrived."""
        await self._signal.until(lambda: len(self.log.requests) >= count)

    async def messages_at_least(self, count: int) -> None:
        """Wait until this many messages have come over WebSockets."""
        await self._signal.until(lambda: len(self.log.messages) >= count)

    async def sent_at_least(self, count: int) -> None:
        """Wait until this many body bytes have been written, over all requests."""
        await self._signal.until(lambda: self._sent() >= count)

    async def reached(self, gate: int) -> None:
        """Wait until the player stands at (or has passed) this gate."""
        await self._signal.until(lambda: gate in self._reached)

    async def all_out(self) -> None:
        """Wait until programs have put out all that was written to them; a client that is none has it at once."""
        await self._signal.until(lambda: all(out >= self.log.sent[request] for request, out in self._out.items()))

    async def closed_by_client(self, request: int = 0) -> float:
        """Wait until the client has left in the middle of the answer to this request; the time at which it did."""
        await self._signal.until(lambda: self._left_at(request) is not None)
        return self._left_at(request) or 0.0

    async def settled(self) -> None:
        """Wait until no reply is under way."""
        await self._signal.until(lambda: self._active == 0)

    async def disconnected(self) -> None:
        """Wait until every connection that asked anything here is closed."""
        await self._signal.until(lambda: not self._connections)

    def _left_at(self, request: int) -> float | None:
        left = self.log.client_closed_at
        return left[request] if request < len(left) else None

    def connected(self, connection: object) -> None:
        """Player only: a connection brings a request."""

        def record() -> None:
            self._connections.add(connection)
            self.most_connections = max(self.most_connections, len(self._connections))

        self._signal.change(record)

    def left(self, connection: object) -> None:
        """Player only: a connection is closed."""
        self._signal.change(lambda: self._connections.discard(connection))

    def begin(self, request: Request, target: str) -> tuple[int, Played | None]:
        """Player only: log a request and choose its reply, None when the plan has none left."""
        received = Received(request.method, target, request.headers, request.body, self.now())
        number = len(self.log.requests)
        reply = self._choose(number, received)

        def record() -> None:
            self.log.requests.append(received)
            self.log.replies.append(reply)
            self.log.sent.append(0)
            self.log.client_closed_at.append(None)
            self.log.unexpected += reply is None
            self._gates_before.append(self._gate_count)
            self._gate_count += 0 if reply is None or isinstance(reply, Refusal) else len(reply.gates)
            self._active += 1

        self._signal.change(record)
        return number, reply

    def _choose(self, number: int, received: Received) -> Played | None:
        if not isinstance(self._plan, Plan):
            try:
                return self._plan(number, received)
            except Exception as problem:  # told to the test, which is in another thread
                self.failure = problem
                return None
        return self._plan.replies[number] if number < len(self._plan.replies) else None

    def write(self, request: int, count: int, send: Callable[[bytes], object], data: bytes) -> None:
        """Player only: send `data`, which holds this many body bytes of a reply, and count them in the same breath."""

        def record() -> None:
            at = self.now()  # before the bytes leave: a client that has them comes later
            send(data)
            self.log.sent[request] += count
            if count:
                self.log.writes.append((at, request, count))

        self._signal.change(record)

    def put_out(self, request: int, count: int) -> None:
        """Player only: a program tells that it has put out this many bytes of an answer."""
        self._signal.change(lambda: self._out.__setitem__(request, count))

    def told(self, request: int, message: str | bytes) -> None:
        """Player only: a message of the client has come over a WebSocket."""
        self._signal.change(lambda: self.log.messages.append((self.now(), request, message)))

    async def gate(self, request: int, number: int) -> None:
        """Player only: stand at a gate of a reply until it is released."""
        gate = self._gates_before[request] + number
        self._signal.change(lambda: self._reached.add(gate))
        await self._signal.until(lambda: self._all_released or gate in self._released)

    def ended(self, request: int, *, client_left: bool) -> None:
        """Player only: a reply is over."""

        def record() -> None:
            self._active -= 1
            if client_left:
                self.log.client_closed_at[request] = self.now()

        self._signal.change(record)

    def close(self) -> None:
        """Forget the exchange and cut off the replies that are still under way."""
        self._on_close(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
