"""Faults in how long is waited, and in what is left when somebody stops waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.liar import liar


@liar("ERR-06", fault="only seconds are read: a date or milliseconds mean no wait")
class ReadsSeconds(Honest):
    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        failure = super().refused(response, body)
        if not response.headers.get("retry-after", "").isdigit():
            failure.retry_after = None
        return failure


@liar("ERR-06", fault="however long the wait that is named, it asks again at once")
class WaitsForNobody(Honest):
    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        failure = super().refused(response, body)
        self.named, failure.retry_after = failure.retry_after, 0.0
        return failure

    def error(self, failure: Failure) -> Chunk:
        failure.retry_after = getattr(self, "named", None)
        return super().error(failure)


class _Limited(Honest):
    """At most `rpm` requests in a minute of `clock`."""

    def __init__(self, *, rate_limits: dict[str, int] | None = None, clock: Any = None, **config: Any) -> None:
        super().__init__(**config)
        self.rate_limits, self.clock = rate_limits, clock
        self.taken: list[float] = []

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        if self.rate_limits:
            await self.admit(self.rate_limits["rpm"])
        async for chunk in super().stream_with_tools(messages, tools, **options):
            yield chunk

    async def admit(self, limit: int) -> None:
        """Wait for a slot."""


@liar("ERR-07", fault="a limit is taken and not kept")
class NoLimit(_Limited):
    pass


@liar("ERR-07", fault="a call that was given up while it waited keeps its slot")
class KeepsSlot(_Limited):
    async def admit(self, limit: int) -> None:
        now = self.clock.monotonic()
        at = max(now, self.taken[-limit] + 60) if len(self.taken) >= limit else now
        self.taken.append(at)
        if at > now:
            await self.clock.sleep(at - now)


class _Broken(Honest):
    """It takes the settings of a breaker."""

    circuit_breaker = True

    def __init__(self, **config: Any) -> None:
        taken = {name: value for name, value in config.items() if name.startswith("llm_circuit_breaker_")}
        self.clock = config.pop("clock", None)
        super().__init__(**{name: value for name, value in config.items() if name not in taken})


@liar("ERR-20", fault="a breaker is taken, and nothing is counted")
class NeverOpens(_Broken):
    pass


@liar("ERR-20", fault="the breaker opens and no answer closes it")
class NeverCloses(_Broken):
    failures = 0

    def terminal(self, answer: Answer) -> list[Chunk]:
        self.failures += answer.failure is not None
        return super().terminal(answer)

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        if self.failures >= 2:
            answer.failure = Failure("overloaded", "the breaker is open", retry_after=60.0)
            return
        async for chunk in super().attempt(body, answer):
            yield chunk


@liar("ERR-13", fault="a second cancellation while it closes leaves the request running")
class ClosesWithPatience(Honest):
    left: tuple[asyncio.Task[None], ...] = ()

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        arrived: asyncio.Queue[Chunk | None] = asyncio.Queue(1)

        async def pump() -> None:
            async for chunk in super(ClosesWithPatience, self).attempt(body, answer):
                await arrived.put(chunk)
            await arrived.put(None)

        asking = asyncio.create_task(pump())
        type(self).left = (*self.left[-3:], asking)
        try:
            while (chunk := await arrived.get()) is not None:
                yield chunk
        finally:
            await asyncio.sleep(0.001)  # whoever cancels here ends the cleanup
            asking.cancel()
            await asyncio.wait({asking})


@liar("ERR-16", fault="a conversation that is too long is a bad request like any other")
class LongIsBad(Honest):
    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        failure = super().refused(response, body)
        if failure.kind == "context_length":
            failure.kind = "bad_request"
        return failure


@liar("ERR-16", fault="a conversation that does not fit is sent again without its last question")
class ShortensTheQuestion(Honest):
    context_compression = True

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().attempt(body, answer):
            yield chunk
        if answer.failure is not None and answer.failure.kind == "context_length" and len(body["messages"]) > 1:
            answer.failure = None
            yield Chunk("compression_status", status="compressing")
            async for chunk in super().attempt({**body, "messages": body["messages"][:1]}, answer):
                yield chunk


@liar("ERR-16", fault="it is said that a conversation is made shorter, and it is not")
class ShortensNothing(Honest):
    context_compression = True


@liar("TIM-06", fault="every comment of a proxy begins the total timeout anew")
class CommentsAreProgress(Honest):
    def __init__(self, *, total_timeout: float = 3600.0, **config: Any) -> None:
        super().__init__(total_timeout=3600.0, **config)


@liar(
    "MUL-01",
    "MUL-02",
    "MUL-03",
    "MUL-04",
    "MUL-07",
    fault="what a conversation shows is uploaded first, and stays",
)
class UploadsFirst(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        if "image_url" in str(body):
            async with self.client() as client:
                await client.post(f"{self.base_url}/files", headers=self.headers(), content=b"image")
        async for chunk in super().attempt(body, answer):
            yield chunk
