"""Faults in when things happen."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.honest.backend import Wire
from massgen_conformance.liars.liar import liar

PONDERED_SECONDS = 0.003


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


@liar("TIM-02", fault="the first token is recorded when the answer is whole")
class LateFirstToken(Honest):
    def first_output(self) -> None:
        """Nothing is recorded yet."""

    def terminal(self, answer: Answer) -> list[Chunk]:
        self.record_first_token()
        return super().terminal(answer)


@liar("TIM-04", "TIM-06", "ERR-18", "ERR-19", fault="silence is taken for the end of the answer")
class SilenceIsTheEnd(Honest):
    def terminal(self, answer: Answer) -> list[Chunk]:
        if answer.failure is not None and answer.failure.kind == "timeout":
            answer.failure = None
        return super().terminal(answer)


@liar(
    "ERR-11",
    "ERR-13",
    "ISO-01",
    "ISO-02",
    "ISO-03",
    "ISO-04",
    "ISO-05",
    "LIF-10",
    "REC-12",
    "STA-04",
    "TIM-02",
    "TIM-05",
    "TIM-09",
    fault="a blocking client reads the answer",
)
class BlocksTheLoop(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        timeout = httpx2.Timeout(self.idle_timeout)
        wire, framer = self.wire(answer), self.framer()
        try:
            with (
                httpx2.Client(timeout=timeout, trust_env=False) as client,
                client.stream("POST", self.url(), json=body, headers=self.headers()) as response,
            ):
                answer.request_id = self.request_id(response)
                if response.status_code != 200:
                    answer.failure = self.refused(response, response.read())
                    return
                for piece in response.iter_bytes():
                    for text in framer.feed(piece):
                        for chunk in self.event(wire, answer, text):
                            yield chunk
            for text in framer.close():
                for chunk in self.event(wire, answer, text):
                    yield chunk
            for chunk in self.ending(wire, answer):
                yield chunk
        except httpx2.TimeoutException:
            answer.failure = Failure("timeout", f"nothing came for {self.idle_timeout} s", retryable=True)
        except httpx2.HTTPError as error:
            answer.failure = Failure("incomplete", f"the connection broke ({type(error).__name__})", retryable=True)


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


@liar("TIM-03", fault="each event is worked on for milliseconds")
class Ponders(Honest):
    def event(self, wire: Wire, answer: Answer, text: str) -> list[Chunk]:
        ends = time.thread_time() + PONDERED_SECONDS
        while time.thread_time() < ends:
            pass
        return super().event(wire, answer, text)


@liar("TIM-08", fault="durations are differences of the wall clock")
class WallClock(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.calls: list[dict[str, float]] = []

    def get_api_call_history(self) -> list[dict[str, float]]:
        return self.calls

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        started = time.time()
        async for chunk in super().attempt(body, answer):
            yield chunk
        self.calls.append({"duration_ms": (time.time() - started) * 1000})


class _NoTimes(Answer):
    def message(self) -> JSON:
        return {name: value for name, value in super().message().items() if name != "timings"}


@liar("TIM-07", fault="the provider's own times are left out", provider="groq")
class DropsTimes(Honest):
    answer = _NoTimes
