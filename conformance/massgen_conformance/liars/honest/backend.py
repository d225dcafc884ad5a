"""The honest backend: one HTTP request per attempt, retried only before the model's first output."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, TypeAlias

import httpx2

from massgen_conformance.checks.parameters import FRAMEWORK, LISTS
from massgen_conformance.liars.honest import parts
from massgen_conformance.liars.honest.account import Account
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure, Malformed
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import ChatWire, DeepSeekWire, GroqWire, failure_of
from massgen_conformance.liars.honest.gemini import GeminiWire
from massgen_conformance.liars.honest.refusals import RETRYABLE, kind_of, with_advice
from massgen_conformance.liars.honest.sse import Framer
from massgen_conformance.liars.honest.tagged import TaggedWire
from massgen_conformance.liars.honest.waits import named_wait

Wire: TypeAlias = ChatWire | AnthropicWire | GeminiWire

BY_PROVIDER: Final[Mapping[str, type[Wire]]] = {
    "claude": AnthropicWire,
    "anthropic": AnthropicWire,
    "gemini": GeminiWire,
    "deepseek": DeepSeekWire,
    "groq": GroqWire,
    "vllm": TaggedWire,
}
"""Everybody else speaks Chat Completions."""

FOREIGN_END: Final = "[DONE]"  # gateways put it behind streams of every wire
IMAGES_IN_RESULTS: Final = frozenset({"groq", "openrouter"})
LONGEST_WAIT: Final = 120.0  # seconds; nobody waits longer for a retry

INTERNAL: Final = frozenset((*FRAMEWORK, *LISTS))
"""What the framework tells its backends."""


class Honest:
    """Yields exactly what the provider said, and one classified error when it could not.

    `idle_timeout` is the longest silence in seconds, `total_timeout` the longest answer; `max_retries` counts the
    further attempts before first output.
    """

    account: type[Account] = Account
    framer: type[Framer] = Framer
    answer: type[Answer] = Answer
    wires: Mapping[str, type[Wire]] = BY_PROVIDER
    chat: type[ChatWire] = ChatWire

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        api_key: str,
        model: str,
        idle_timeout: float = 60.0,
        total_timeout: float = 3600.0,
        max_retries: int = 1,
        **options: Any,
    ) -> None:
        if not api_key:
            raise ValueError(f"{provider}: no API key was given; pass api_key")
        self.provider, self.model = provider, model
        self.base_url = base_url.rstrip("/")
        self.idle_timeout, self.total_timeout, self.max_retries = idle_timeout, total_timeout, max_retries
        self._key = api_key
        self.options = options
        self.token_usage = self.account()
        self.wire: type[Wire] = self.wires.get(provider, self.chat)

    def client(self) -> httpx2.AsyncClient:
        timeout = httpx2.Timeout(self.idle_timeout)
        return httpx2.AsyncClient(timeout=timeout, trust_env=False, verify=self.base_url.startswith("https"))

    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        wanted = self.wanted(options)
        if unknown := sorted(wanted.keys() - self.wire.PARAMETERS):
            raise ValueError(f"{self.provider} has no such parameter: {', '.join(unknown)}; leave it out")
        return self.wire.body(self.model, [self.shown(message) for message in messages], tools, wanted)

    def shown(self, message: JSON) -> JSON:
        """A message whose parts may be sent. Raises ValueError for one that cannot."""
        if message["role"] == "tool" and not isinstance(message["content"], str | list):
            return {**message, "content": self.written(message["content"])}
        if not isinstance(message["content"], list):
            return message
        if message["role"] == "tool" and self.provider not in IMAGES_IN_RESULTS and not is_text(message["content"]):
            raise ValueError("a tool's result is text here: an image in it cannot be sent")
        return {**message, "content": [self.part(part) for part in message["content"]]}

    def written(self, result: JSON) -> str:
        """A tool's result that is no text."""
        return json.dumps(result, ensure_ascii=False)

    def part(self, part: JSON) -> JSON:
        return parts.known(part)

    def wanted(self, options: dict[str, Any]) -> dict[str, Any]:
        """The parameters of a call over those of the configuration, without None and without the framework's."""
        given = {**self.options, **options}
        return {name: value for name, value in given.items() if value is not None and name not in INTERNAL}

    def url(self) -> str:
        return self.base_url + self.wire.target(self.model)

    def headers(self) -> dict[str, str]:
        return self.wire.headers(self._key)

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        """The chunks of one answer, under the contract."""
        body = self.body(messages, tools or [], options)
        spent: Counter[str] = Counter()
        for tries_left in range(self.max_retries, -1, -1):
            answer = self.answer()
            answer.known = frozenset(call["id"] for message in messages for call in message.get("tool_calls") or ())
            async with aclosing(self.attempt(body, answer)) as attempt:
                async for chunk in attempt:
                    if not answer.streamed:
                        self.first_output()
                    answer.streamed = True
                    yield chunk
            failure = answer.failure
            if failure is None or not self.may_retry(answer, failure, tries_left):
                break
            spent += self.spent(answer)
            await asyncio.sleep(failure.retry_after or 0.0)
        if spent:
            answer.usage = dict(spent + self.spent(answer))
        for chunk in self.terminal(answer):
            yield chunk

    def spent(self, answer: Answer) -> Counter[str]:
        """What an attempt has used, as far as its provider has told: attempts add up."""
        return Counter(answer.usage or {})

    def may_retry(self, answer: Answer, failure: Failure, tries_left: int) -> bool:
        patient = (failure.retry_after or 0.0) <= LONGEST_WAIT
        return tries_left > 0 and failure.retryable and patient and not answer.streamed

    def reset_token_usage(self) -> None:
        self.token_usage = self.account()

    def terminal(self, answer: Answer) -> list[Chunk]:
        """The chunks that end the stream."""
        if answer.usage is not None:
            self.token_usage.add(self.model, answer.usage, answer.cost)
        if answer.failure is None:
            return [Chunk("done", status=answer.status(), usage=answer.usage)]
        usage = None if answer.usage is None else {**answer.usage, "partial": True}
        answer.failure.request_id = answer.request_id
        return [self.error(answer.failure), Chunk("done", status="error", usage=usage)]

    def error(self, failure: Failure) -> Chunk:
        info = {
            "kind": failure.kind,
            "provider": self.provider,
            "http_status": failure.http_status,
            "retryable": failure.retryable,
            "retry_after": failure.retry_after,
            "request_id": failure.request_id,
        }
        said = with_advice(failure.kind, failure.message)
        return Chunk("error", error=f"{self.provider}: {said}", error_info=info)

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        """One request and its answer; whatever the network does ends as `answer.failure`."""
        headers = {"content-type": "application/json", **self.headers()}
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            async with (
                self.client() as client,
                client.stream("POST", self.url(), content=content, headers=headers) as response,
            ):
                answer.request_id = self.request_id(response)
                if response.status_code != 200:
                    answer.failure = self.refused(response, await response.aread())
                    return
                async with aclosing(self.events(response, answer)) as events:
                    async for chunk in events:
                        yield chunk
        except httpx2.TimeoutException:
            answer.failure = Failure("timeout", f"nothing came for {self.idle_timeout} s", retryable=True)
        except httpx2.HTTPError as error:
            kind = "incomplete" if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError) else "connection"
            answer.failure = Failure(kind, f"the connection broke ({type(error).__name__})", retryable=True)

    async def events(self, response: httpx2.Response, answer: Answer) -> AsyncGenerator[Chunk, None]:
        if response.headers.get("content-type") == "application/json":  # no stream: an error behind status 200
            told = json.loads(await response.aread())
            answer.failure = failure_of(told.get("error") if isinstance(told, dict) else told)
            return
        wire, framer, deadline = self.wire(answer), self.framer(), time.monotonic() + self.total_timeout
        try:
            async with aclosing(self.received(response)) as received:
                async for piece in received:
                    if time.monotonic() > deadline:
                        raise httpx2.ReadTimeout("the answer took too long")
                    for text in framer.feed(piece):
                        for chunk in self.event(wire, answer, text):
                            yield chunk
        except httpx2.HTTPError:
            for chunk in self.held(wire):
                yield chunk
            raise
        for text in framer.close():
            for chunk in self.event(wire, answer, text):
                yield chunk
            if answer.failure is not None and answer.failure.kind == "malformed":
                answer.failure = self.half(answer.failure)
        for chunk in self.ending(wire, answer):
            yield chunk

    def half(self, failure: Failure) -> Failure:
        """What the end of the bytes leaves of an event is not the provider's mistake."""
        return replace(failure, kind="incomplete", retryable=True)

    def received(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        return response.aiter_bytes()

    def event(self, wire: Wire, answer: Answer, text: str) -> list[Chunk]:
        if answer.failure or answer.ended:
            return []
        if wire.end(text):
            answer.ended = answer.finish is not None
            return []
        if text == FOREIGN_END:
            return []
        try:
            return list(wire.read(self.parsed(text)))
        except (Malformed, KeyError, TypeError) as error:
            answer.failure = Failure("malformed", f"an event is not of its protocol: {error!r}")
            return []

    @staticmethod
    def parsed(text: str) -> JSON:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"not JSON at {error}") from error
        if not isinstance(data, dict):
            raise Malformed("not an object")
        return data

    def ending(self, wire: Wire, answer: Answer) -> list[Chunk]:
        held = self.held(wire)
        if not answer.failure and not (answer.ended or wire.closes(answer)):
            answer.failure = Failure("incomplete", "the stream stopped before its end", retryable=True)
        if answer.failure:
            return [*held, *answer.end_thought()]
        return [*held, *answer.close()]

    @staticmethod
    def held(wire: Wire) -> list[Chunk]:
        """What was held back until more of it would come."""
        return list(wire.rest()) if isinstance(wire, ChatWire) else []

    def without_key(self, said: str) -> str:
        """A provider may repeat the key that it refuses."""
        return said.replace(self._key, "[key]")

    def first_output(self) -> None:
        """The first output of the model in an attempt goes out."""
        self.record_first_token()

    def record_first_token(self) -> None:
        """Called at the first output of the model in each attempt."""

    def request_id(self, response: httpx2.Response) -> str | None:
        """The provider's name for the request, where it tells one."""
        return response.headers.get("request-id") or response.headers.get("x-request-id")

    def refused(self, response: httpx2.Response, body: bytes) -> Failure:
        status = response.status_code
        said = body.decode("utf-8", "replace")
        if response.is_redirect:
            said = f"it redirects to {response.headers['location']}"
        kind = kind_of(status, said)
        return Failure(
            kind,
            f"HTTP {status}: {self.without_key(said)[:200]}",
            status,
            kind in RETRYABLE,
            named_wait(response.headers, body),
        )


def is_text(parts: list[JSON]) -> bool:
    return all(part["type"] == "text" for part in parts)


def honest(*, provider: str, base_url: str, api_key: str, model: str, **config: Any) -> Honest:
    """The factory of the honest backend, as a target is handed over."""
    return Honest(provider=provider, base_url=base_url, api_key=api_key, model=model, **config)
