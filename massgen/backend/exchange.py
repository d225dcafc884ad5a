"""One attempt on the network: a request goes out, its answer goes through a decoder, and the clock is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from massgen.backend._gate import Pass
from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import ErrorKind, StreamChunk
from massgen.backend.tokens import TokenError
from massgen.errors import TransportError
from massgen.token_manager.records import APICallMetric
from massgen.token_manager.usage import Usage
from massgen.transport.http import HTTPRequest, HTTPResponse
from massgen.wire.decoder import Decoder
from massgen.wire.failure import from_response, holds_error

if TYPE_CHECKING:
    from massgen.backend.http import HTTPBackend

Json = Any

# How long the rest of an answer may take after its terminal marker, so that the connection can serve another request.
_DRAIN_SECONDS = 0.05
_BODY_SECONDS = 10.0  # how long an answer that is no stream may take to arrive: its status has said the most already
_FIRST_PART = 512  # bytes: an event or two
_NO_STREAM = frozenset({"application/json", "text/html"})


class Call(msgspec.Struct, frozen=True):
    """One prepared request, and what is needed to read its answer and to count it."""

    request: HTTPRequest
    model: str
    messages: list[Json]
    seed: bytes
    known_ids: frozenset[str]
    agent_id: str | None = None

    def ids(self) -> CallIds:
        """A fresh source of tool-call ids: a retry of the same request gives the same ids."""
        return CallIds(self.seed, self.known_ids)


class Exchange:
    """`async with` one attempt: `open` gives its bytes, `feed` and `finish` give chunks, `over` says when to stop.

    Whatever the network does wrong ends in `decoder.failure`; nothing but cancellation leaves the block. Entering it
    waits for an access token where one is needed, and for the rate limits; where no token comes or the circuit breaker
    is open there is no attempt and no timing, only the failure. Timing starts right before the request and ends on
    every way out.
    """

    def __init__(self, backend: HTTPBackend, call: Call, decoder: Decoder) -> None:
        self.over = False
        self.usage: Usage | None = None  # what the attempt used, once it is over
        self.request = call.request  # as it goes out: with a token that was made for this attempt
        self._backend, self._call, self._decoder = backend, call, decoder
        self._connection: AbstractAsyncContextManager[HTTPResponse] | None = None
        self._answer: HTTPResponse | None = None
        self._waiting = True  # for the first token
        self._timing: APICallMetric | None = None
        self._pass: Pass | None = None
        self._now = backend.clock.monotonic
        self._deadline = 0.0

    async def __aenter__(self) -> Exchange:
        try:
            self.request = await self._backend.signed(self.request)
        except TokenError as error:
            self._decoder.fail(ErrorKind.AUTH, str(error))
            return self
        entered = await self._backend.enter(self._call)
        if not isinstance(entered, Pass):
            self._decoder.failure = entered
            return self
        self._pass = entered
        self._backend._follow(self._decoder.attempt)
        self._timing = self._backend.start_api_call_timing(self._call.model, self._call.agent_id)
        self._deadline = self._now() + self._backend.transport.timeouts.total
        return self

    async def open(self) -> AsyncIterator[bytes]:
        """Send the request, inside the block. The bytes of the answer, or none where it is no stream."""
        if self._pass is None:
            return _nothing()
        self._connection = self._backend.transport.stream(self.request)
        self._answer = await self._connection.__aenter__()
        return self._answer.body if await self._streams(self._answer) else _nothing()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            if self._answer is not None and self._connection is not None:
                await self._connection.__aexit__(kind, error, trace)
            elif isinstance(error, TransportError):
                raise error  # there is no answer whose end could report it
        except TransportError as broken:
            if not self._decoder.ended:
                self._decoder.fail(ErrorKind(broken.kind), str(broken))
            return True
        finally:
            self._settle(error)
        return False

    def parts(self, data: bytes) -> Iterator[bytes]:
        """`data` for `feed`: in small parts until the model has begun to answer, so that its first words go out before
        the rest of what has arrived is decoded.
        """
        at = 0
        while self._waiting and not self.over and at < len(data):
            yield data[at : at + _FIRST_PART]
            at += _FIRST_PART
        if at < len(data) and not self.over:
            yield data[at:]

    def feed(self, data: bytes) -> list[StreamChunk]:
        """Chunks for the bytes that just arrived."""
        decoder = self._decoder
        chunks = decoder.feed(data)
        if self._waiting and decoder.attempt.started:
            self._first_token()
        if decoder.finished or decoder.failure is not None:
            self.over = True
        elif self._now() > self._deadline:
            decoder.fail(ErrorKind.TIMEOUT, "the answer took longer than the total timeout")
            self.over = True
        return chunks

    async def finish(self) -> list[StreamChunk]:
        """The bytes are over, or need not be read on: the last chunks."""
        chunks = self._decoder.close()
        if self._waiting and self._decoder.attempt.started:
            self._first_token()
        if self._decoder.finished:
            await self._drain()
        return chunks

    def _first_token(self) -> None:
        self._waiting = False
        self._backend.record_first_token(self._timing)
        if self._pass is not None:
            self._pass.answering()

    async def _streams(self, answer: HTTPResponse) -> bool:
        """Whether the answer is a stream to decode; if not, why becomes the decoder's failure."""
        backend, kind = self._backend, answer.content_type
        refused = not 200 <= answer.status < 300 or answer.status == 202
        if not refused and (kind in backend.stream_types or kind not in _NO_STREAM):
            return True
        body = b""  # of a refusal the status alone still says what happened
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await answer.read()
        except TimeoutError:
            pass
        except Exception:
            if not refused:
                raise
        if refused or holds_error(body):
            self._decoder.failure = from_response(backend.get_provider_name(), answer.status, answer.headers, body)
        else:
            self._decoder.fail(ErrorKind.MALFORMED, f"the server answered {kind} instead of an event stream")
        return False

    async def _drain(self) -> None:
        """Read what follows the terminal marker, briefly; whatever happens there changes nothing."""
        with suppress(Exception):
            async with asyncio.timeout(_DRAIN_SECONDS):
                async for _ in self._answer.body if self._answer is not None else _nothing():
                    pass

    def _settle(self, error: BaseException | None) -> None:
        decoder = self._decoder
        if self._pass is None:
            return
        if decoder.failure is not None and self._answer is not None:
            decoder.failure = decoder.failure.answered_by(self._answer.headers)
        why = decoder.failure.info.kind if decoder.failure else None
        if why is None and not decoder.finished:
            why = "cancelled" if error is None or not isinstance(error, Exception) else type(error).__name__
        self._backend.end_api_call_timing(success=why is None, error=why, call=self._timing)
        self.usage = self._backend.account(decoder, self._call)
        self._pass.end(decoder.failure, self.usage, given_up=not decoder.ended)
        self._backend._settle_streaming_buffer(decoder.attempt)
        if decoder.attempt.started:
            self._backend._finalize_streaming_buffer(self._call.agent_id)


async def _nothing() -> AsyncIterator[bytes]:
    for data in [b""][:0]:
        yield data
