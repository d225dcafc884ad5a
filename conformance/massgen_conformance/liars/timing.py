"""Faults in when things happen."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.liar import liar


@liar(
    "ERR-03",
    "ERR-04",
    "ERR-11",
    "ERR-12",
    "STA-04",
    "TIM-01",
    fault="the whole answer is collected before it is yielded",
)
class CollectsFirst(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        chunks = [chunk async for chunk in super().attempt(body, answer)]
        for chunk in chunks:
            yield chunk


@liar("TIM-02", fault="the first token is recorded when the headers arrive")
class EarlyFirstToken(Honest):
    async def events(self, response: httpx2.Response, answer: Answer) -> AsyncGenerator[Chunk, None]:
        self.record_first_token()
        async for chunk in super().events(response, answer):
            yield chunk


@liar("TIM-04", fault="silence is taken for the end of the answer")
class SilenceIsTheEnd(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        if answer.failure is not None and answer.failure.kind == "timeout":
            answer.failure = None
        return super().terminal(answer)


@liar("TIM-05", fault="the idle timeout is that of the whole answer")
class OneTimeout(Honest):
    async def events(self, response: httpx2.Response, answer: Answer) -> AsyncGenerator[Chunk, None]:
        ends = time.monotonic() + self.idle_timeout
        async for chunk in super().events(response, answer):
            yield chunk
            if time.monotonic() > ends:
                raise httpx2.ReadTimeout("the answer takes too long")


@liar("TIM-04", fault="the idle timeout is ignored")
class NoIdleTimeout(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**{**config, "idle_timeout": 3600.0})
