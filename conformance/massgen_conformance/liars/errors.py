"""Faults in how failures are told, retried, and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


@liar(
    "ERR-01", "ERR-06", "ERR-16", "ERR-18", "SEC-04", fault="every HTTP error is a server error that a retry can help"
)
class OneError(Honest):
    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        return Failure("server", "the request failed", response.status_code, retryable=True)


@liar("ERR-02", fault="the id of the request is read only where the status is an error")
class NamesRefusalsOnly(Honest):
    def request_id(self, response: httpx2.Response) -> str | None:
        return super().request_id(response) if response.status_code >= 400 else None


@liar("ERR-11", fault="a call that was cancelled counts as a success")
class CancelledIsSuccess(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.calls: list[dict[str, bool]] = []

    def get_api_call_history(self) -> list[dict[str, bool]]:
        return self.calls

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        try:
            async for chunk in super().attempt(body, answer):
                yield chunk
        finally:
            self.calls.append({"success": answer.failure is None})


class _IgnoresErrors(ChatWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        return super().read({name: value for name, value in data.items() if name != "error"})


@liar("ERR-02", "ERR-18", fault="an error event is passed over as unknown")
class IgnoresErrorEvents(Honest):
    chat = _IgnoresErrors


@liar(
    "ERR-03",
    "ERR-04",
    "ERR-11",
    "ERR-12",
    "ERR-13",
    "RES-08",
    "STA-04",
    "TIM-01",
    "RSN-03",
    fault="text is withheld until the answer is whole",
)
class AllOrNothing(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        chunks = [chunk async for chunk in super().attempt(body, answer)]
        for chunk in chunks if answer.failure is None else ():
            yield chunk


@liar("ERR-04", fault="a broken stream is asked for again after output was yielded")
class RetriesAfterOutput(Honest):
    def may_retry(self, answer: Answer, failure: Failure, tries_left: int) -> bool:
        return tries_left > 0 and failure.retryable


@liar("ERR-04", fault="reasoning does not count as output: a stream that breaks after it is asked for again")
class RetriesAfterReasoning(Honest):
    def may_retry(self, answer: Answer, failure: Failure, tries_left: int) -> bool:
        return tries_left > 0 and failure.retryable and not answer.text


@liar("ERR-05", "ISO-01", "ISO-03", "ISO-04", "ISO-05", "STA-04", fault="what was left of a read outlives its stream")
class OneFramer(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        framer = self.framer()
        self.framer = lambda: framer  # type: ignore[assignment]  # the fault: made once


@liar("ERR-05", fault="a retry asks for something else")
class RetriesAnotherRequest(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().attempt(body, answer):
            yield chunk
        body["messages"] = [*body["messages"], {"role": "user", "content": "Are you there?"}]


@liar(
    "ERR-09",
    "ERR-10",
    "LIF-02",
    "LIF-10",
    "USG-11",
    "ERR-03",
    "ERR-04",
    "ERR-19",
    fault="the end of the bytes is taken for the end of the answer",
)
class EndIsSuccess(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        if answer.failure is not None and answer.failure.kind == "incomplete":
            answer.failure = None
        return super().terminal(answer)


@liar("ERR-11", fault="a cancellation is caught and told as an error")
class SwallowsCancel(Honest):
    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        try:
            async for chunk in super().stream_with_tools(messages, tools, **options):
                yield chunk
        except asyncio.CancelledError:
            for chunk in self.terminal(self.cancelled()):
                yield chunk

    def cancelled(self) -> Answer:
        answer = Answer()
        answer.failure = Failure("connection", "cancelled")
        return answer


@liar("ERR-12", fault="the response stays open until somebody collects it")
class LeavesOpen(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.kept: list[Any] = []  # the fault: it outlives the stream

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        stream = super().stream_with_tools(messages, tools, **options)
        self.kept.append(stream)
        async for chunk in stream:
            yield chunk

    async def aclose(self) -> None:
        while self.kept:
            await self.kept.pop().aclose()
