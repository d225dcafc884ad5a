"""Faults in how it is told that there is no answer."""

from __future__ import annotations

import traceback
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import httpx2

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.honest.gemini import GeminiWire
from massgen_conformance.liars.honest.refusals import RETRYABLE, kind_of
from massgen_conformance.liars.liar import liar


@liar("ERR-08", fault="an error of the network is told with its traceback")
class ShowsTraceback(Honest):
    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().attempt(body, answer):
            yield chunk
        if answer.failure is not None and answer.failure.kind in ("connection", "incomplete"):
            try:
                raise ConnectionError(answer.failure.message)
            except ConnectionError:
                answer.failure.message = traceback.format_exc()


@liar("ERR-10", fault="an error object behind status 200 is read as an empty answer")
class PageIsEmpty(Honest):
    async def events(self, response: httpx2.Response, answer: Answer) -> AsyncGenerator[Chunk, None]:
        if response.headers.get("content-type") == "application/json":
            yield Chunk("complete_message", complete_message=answer.message())
            return
        async for chunk in super().events(response, answer):
            yield chunk


@liar("ERR-10", fault="a proxy's page in the place of a stream is a bad request of the caller's")
class BlamesForPages(Honest):
    async def events(self, response: httpx2.Response, answer: Answer) -> AsyncGenerator[Chunk, None]:
        if response.headers.get("content-type") == "text/html":
            answer.failure = Failure("bad_request", "a page came in the place of a stream")
            return
        async for chunk in super().events(response, answer):
            yield chunk


class _SilentIsStop(Answer):
    def close(self) -> Iterator[Chunk]:
        if not self.text and self.finish == "content_filter":
            self.finish = "stop"
        yield from super().close()


@liar("ERR-15", fault="an answer of which the filter left nothing is an empty one")
class SilentFilter(Honest):
    answer = _SilentIsStop


@liar("ERR-17", fault="a missing key is found out by asking", provider="groq")
class AsksWithoutKey(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**{**config, "api_key": config.get("api_key") or "none"})


@liar("ERR-16", "ERR-18", fault="a refusal is known by its status: what the provider says of it is not read")
class StatusAlone(Honest):
    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        failure = super().refused(response, body)
        failure.kind = kind_of(response.status_code, "")
        failure.retryable = failure.kind in RETRYABLE
        return failure


@liar("ERR-19", fault="an error says what happened and not what to do")
class NoAdvice(Honest):
    def error(self, failure: Failure) -> Chunk:
        told = super().error(failure)
        told.error = f"{self.provider}: {failure.message}"  # type: ignore[attr-defined]
        return told


@liar("SEC-04", fault="a redirect that is not followed is a bad request: nobody learns that the address is wrong")
class BlamesTheRequest(Honest):
    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        failure = super().refused(response, body)
        if response.is_redirect:
            failure.kind = "bad_request"
        return failure


class _Unblocked(GeminiWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        return super().read({name: told for name, told in data.items() if name != "promptFeedback"})


@liar("ERR-15", fault="a prompt that is blocked is an answer that broke off", provider="gemini")
class BlockedIsBroken(Honest):
    wires = {**Honest.wires, "gemini": _Unblocked}  # noqa: RUF012  # never changed


class _AnyEnd(GeminiWire):
    def finish(self, reason: str) -> None:
        super().finish(reason)
        self.answer.failure = None


@liar("LIF-11", fault="a finish reason that stands for a failure is a stop", provider="gemini")
class FailureIsStop(Honest):
    wires = {**Honest.wires, "gemini": _AnyEnd}  # noqa: RUF012  # never changed
