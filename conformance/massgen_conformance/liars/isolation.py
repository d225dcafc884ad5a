"""Faults that show only when calls run at the same time."""

from __future__ import annotations

import contextvars
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.honest.backend import Wire
from massgen_conformance.liars.liar import liar


@liar("ISO-01", "ISO-03", "ISO-04", "ISO-05", "STA-04", fault="the answer under way is an attribute of the backend")
class OneAnswer(Honest):
    current: Answer | None = None

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        self.current = answer
        async for chunk in super().attempt(body, answer):
            yield chunk

    def event(self, wire: Wire, answer: Answer, text: str) -> list[Chunk]:
        wire.answer = self.current or answer
        return super().event(wire, wire.answer, text)


@liar(
    "ISO-01",
    "ISO-02",
    "ISO-03",
    "ISO-04",
    "ISO-05",
    "REC-12",
    "STA-04",
    fault="the answer under way is an attribute of the class",
)
class OneAnswerForAll(OneAnswer):
    shared: ClassVar[list[Answer]] = []

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        self.shared[:] = [answer]
        async for chunk in Honest.attempt(self, body, answer):
            yield chunk

    def event(self, wire: Wire, answer: Answer, text: str) -> list[Chunk]:
        wire.answer = self.shared[0]
        return Honest.event(self, wire, wire.answer, text)


@liar("ISO-03", "USG-04", fault="the counts that came first are those of every answer under way")
class OneCount(Honest):
    counts: dict[str, int] | None = None

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        self.counts = None
        async for chunk in super().attempt(body, answer):
            yield chunk

    def event(self, wire: Wire, answer: Answer, text: str) -> list[Chunk]:
        chunks = super().event(wire, answer, text)
        self.counts = self.counts or answer.usage
        return chunks

    def terminal(self, answer: Answer) -> list[Chunk]:
        answer.usage = self.counts
        return super().terminal(answer)


@liar("ISO-04", fault="the client that all calls share is closed when one of them breaks")
class ClosesForAll(Honest):
    shared: httpx2.AsyncClient | None = None
    users = 0

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx2.AsyncClient]:  # type: ignore[override]  # entered all the same
        client = self.shared = self.shared or super().client()
        self.users += 1
        whole = False
        try:
            yield client
            whole = True
        finally:
            self.users -= 1
            if not whole or not self.users:
                self.shared = None
                await client.aclose()


_AGENT: contextvars.ContextVar[str] = contextvars.ContextVar("agent_of_the_call", default="")


@liar("ISO-06", fault="the agent of a call is put into a context variable and left there")
class LeavesContext(Honest):
    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        _AGENT.set("somebody")
        async for chunk in super().stream_with_tools(messages, tools, **options):
            yield chunk
