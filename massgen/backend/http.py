"""What every backend that speaks HTTP shares: one request, one stream, retries before the first output, one verdict.

A provider's class says where the request goes (`endpoint`), with which headers, and which formatter, params handler and
decoder speak its wire; the order of things is here.
"""

from __future__ import annotations

import asyncio
import hashlib
from abc import abstractmethod
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import msgspec

from massgen.api_params_handler import APIParamsHandlerBase, encode_body
from massgen.backend._gate import CIRCUIT_OPEN, Gate, Pass
from massgen.backend._options import header_problems, malformed
from massgen.backend.base import LLMBackend
from massgen.backend.call_ids import CallIds, call_ids_of
from massgen.backend.context_errors import TARGET_RATIO, Compression, compress_to_fit, parse_context_error_info
from massgen.backend.exchange import Call, Exchange
from massgen.backend.stream_chunk import ErrorKind, StreamChunk
from massgen.backend.streaming_buffer import StreamingBufferMixin
from massgen.backend.tokens import Token, current
from massgen.backend.tool_handlers import ToolHandlerMixin
from massgen.errors import ConfigurationError
from massgen.formatter import FormatterBase
from massgen.redact import credentials, redact
from massgen.token_manager.usage import Usage
from massgen.transport.clock import Clock, SystemClock
from massgen.transport.http import HTTPRequest, HTTPTransport, Timeouts
from massgen.transport.retry import RetryPolicy
from massgen.wire.decoder import Decoder
from massgen.wire.failure import Failure

Json = Any

_COMPRESSING = "the conversation does not fit the context window: one more try without its oldest part"


# What says that the provider holds the conversation, so that it cannot be made shorter here.
_KEPT_ELSEWHERE = ("previous_response_id", "previous_interaction_id", "conversation")


class HTTPBackend(StreamingBufferMixin, ToolHandlerMixin, LLMBackend):
    """A stateless backend over HTTP and a streaming wire.

    Configuration: `api_key`, `base_url`, `model`, `connect_timeout`, `idle_timeout`, `total_timeout` (seconds),
    `max_retries`, `rate_limits` (mapping), `llm_circuit_breaker_*`, `context_compression` (false: a conversation that
    does not fit is an error at once), `extra_headers` (mapping), `http_client` (the caller's own client). Everything
    else is a parameter of the provider's, filtered by the params handler.
    """

    backend_type: ClassVar[str]
    stream_types: ClassVar[frozenset[str]] = frozenset({"text/event-stream"})
    timeouts: ClassVar[Timeouts] = Timeouts()
    """The provider's own, where the configuration gives none."""

    formatter: FormatterBase
    api_params_handler: APIParamsHandlerBase
    token: Token | None = None  # in place of a key, where a backend is given one

    def __init__(self, api_key: str | None = None, *, clock: Clock | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        if wrong := list(malformed(self.capabilities, {**self.config, "api_key": api_key})):
            raise ConfigurationError([f"{self.backend_type}: {problem}" for problem in wrong])
        self.base_url: str = (self.config.get("base_url") or self.capabilities.base_url or "").rstrip("/")
        self.clock = clock or SystemClock()
        self._clock = self.clock.monotonic
        self.transport = HTTPTransport(_timeouts(self.timeouts, self.config), self.config.get("http_client"))
        retries = self.config.get("max_retries")
        self.gate = Gate(f"{self.backend_type} {self.base_url}", api_key, self.config, self.clock)
        self.retry = RetryPolicy() if retries is None else RetryPolicy(max_retries=retries)

    def get_provider_name(self) -> str:
        return self.capabilities.provider_name

    @property
    def rate_limits(self) -> Mapping[str, int]:
        """The limits that its requests keep to, as they were configured; empty where there are none."""
        return self.gate.limits

    @property
    def circuit_breaker(self) -> bool:
        """Whether it stops asking a provider that fails again and again."""
        return self.gate.breaks

    @property
    def context_compression(self) -> bool:
        """Whether a conversation that does not fit is sent once more, shorter."""
        return self.config.get("context_compression") is not False

    @abstractmethod
    def endpoint(self, model: str) -> str:
        """The URL to post to."""

    @abstractmethod
    def request_headers(self, body: dict[str, Json]) -> dict[str, str]:
        """The credentials, in headers and never in the URL, and whatever else the wire wants said for `body`."""

    async def signed(self, request: HTTPRequest) -> HTTPRequest:
        """The request with `token` as its bearer, made for this attempt. Raises `TokenError`."""
        if self.token is None or "authorization" in request.headers:
            return request
        bearer = f"Bearer {await current(self.token)}"
        return msgspec.structs.replace(request, headers={**request.headers, "authorization": bearer})

    @abstractmethod
    def new_decoder(self, ids: CallIds) -> Decoder:
        """A fresh decoder for one attempt."""

    async def aclose(self) -> None:
        await self.transport.aclose()

    async def stream_with_tools(
        self, messages: list[Json], tools: list[Json] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        """Stream one answer under the chunk contract.

        Raises `ConfigurationError` before any network for a request that cannot work; everything that the provider or
        the network does wrong arrives as an `error` chunk and a `done`.
        """
        call = await self.prepare(messages, tools or [], kwargs)
        self._clear_streaming_buffer(agent_id=call.agent_id or self._current_agent_id, model=call.model)
        tried, usage, shorter = 0, None, None
        while True:
            tried += 1
            decoder = self.new_decoder(call.ids())
            decoder.requested_model = call.model
            if (seconds := self.gate.delay(call.model, partial(self._expected, call))) > 0:
                yield StreamChunk("backend_status", status="rate_limited", detail=f"waiting {seconds:.1f} s")
            async with Exchange(self, call, decoder) as exchange:
                async for data in await exchange.open():
                    for part in exchange.parts(data):
                        for chunk in exchange.feed(part):
                            yield chunk
                    if exchange.over:
                        break
                for chunk in await exchange.finish():
                    yield chunk
            usage = _sum(usage, exchange.usage)
            if shorter is None and (shorter := await self._shorter(call, decoder, kwargs)) is not None:
                yield StreamChunk("compression_status", status="compressing", detail=_COMPRESSING)
                retry = await self.prepare(shorter.messages, tools or [], kwargs)
                call = msgspec.structs.replace(retry, known_ids=call.known_ids)
                yield StreamChunk("compression_status", status="compression_complete", detail=shorter.summary)
                continue
            wait = None if self.gate.refuses(call.model) else self._wait(decoder, tried)
            if wait is None:
                break
            yield StreamChunk("backend_status", status="retrying", detail=self._retrying(decoder.failure, tried, wait))
            await self.clock.sleep(wait)
        for chunk in _terminal(decoder, usage, credentials(exchange.request.headers, exchange.request.url)):
            yield chunk

    async def prepare(self, messages: list[Json], tools: list[Json], kwargs: Mapping[str, Any]) -> Call:
        """The request that `stream_with_tools` sends for these arguments. Raises `ConfigurationError`."""
        params = {**self.config, **kwargs}  # a None among `kwargs` takes a setting of the configuration back
        model = params.get("model") or self.config.get("model") or self.capabilities.default_model
        if not model or model == "custom":
            raise ConfigurationError(f"{self.backend_type}: model is required: name the model to use")
        if not isinstance(model, str):
            raise ConfigurationError(f"{self.backend_type}: model must be a string, not {model!r}")
        params["model"] = model
        body = await self.api_params_handler.build_api_params(messages, tools, params)
        data = encode_body(body)
        request = HTTPRequest(self.endpoint(model), self._headers(body, params.get("extra_headers")), data)
        seed = hashlib.blake2b(data, digest_size=16).digest()
        return Call(request, model, messages, seed, frozenset(call_ids_of(messages)), kwargs.get("agent_id"))

    def _headers(self, body: dict[str, Json], extra: Any) -> dict[str, str]:
        """All headers of a request under lower-case names; the caller's `extra` ones win."""
        if not isinstance(extra, Mapping | None):
            raise ConfigurationError(f"{self.backend_type}: extra_headers is a mapping from header names to texts")
        headers = {
            "content-type": "application/json",
            "accept": ", ".join(sorted(self.stream_types)),
            "accept-encoding": "identity",  # a compressed stream arrives in the compressor's blocks, not in events
            "user-agent": "massgen-backends",
            **self.request_headers(body),
            **{str(name).lower(): value for name, value in (extra or {}).items()},
        }
        if wrong := list(header_problems(headers)):
            raise ConfigurationError([f"{self.backend_type}: {problem}" for problem in wrong])
        return headers

    async def _shorter(self, call: Call, decoder: Decoder, kwargs: Mapping[str, Any]) -> Compression | None:
        """The conversation in a form that may fit, where it did not fit and nothing of an answer has been seen."""
        params, problem = {**self.config, **kwargs}, decoder.failure
        if problem is None or problem.info.kind != ErrorKind.CONTEXT_LENGTH or decoder.attempt.started:
            return None
        if params.get("context_compression") is False or any(params.get(name) for name in _KEPT_ELSEWHERE):
            return None
        said = parse_context_error_info(problem)
        ratio = params.get("compression_target_ratio") or TARGET_RATIO
        limit = said.context_limit if said is not None else None
        # In a thread: a conversation that fits no context window takes a while to measure.
        return await asyncio.to_thread(compress_to_fit, call.messages, self, ratio, context_limit=limit)

    def _wait(self, decoder: Decoder, tried: int) -> float | None:
        """Seconds before another try, or None. Never after the model has begun to answer."""
        problem = decoder.failure
        if problem is None or decoder.attempt.started or problem.info.code == CIRCUIT_OPEN:
            return None
        return self.retry.delay(tried, problem.info.retryable, problem.info.retry_after)

    def _retrying(self, problem: Failure | None, tried: int, wait: float) -> str:
        kind = problem.info.kind if problem else ""
        return f"{kind}: try {tried + 1} of {self.retry.max_retries + 1} in {wait:.1f} s"

    async def enter(self, call: Call) -> Pass | Failure:
        """Wait until an attempt may go; a failure where none may."""
        return await self.gate.enter(self.get_provider_name(), call.model, partial(self._expected, call))

    def _expected(self, call: Call) -> int:
        """Tokens that an attempt will use, as far as they can be known before."""
        return self.estimate_tokens(call.messages)

    def account(self, decoder: Decoder, call: Call) -> Usage | None:
        """Add one attempt to the backend's token usage, however it ended, and say what it was.

        An answer whose provider told no counts is estimated, as far as it came; an attempt without any answer and
        counts adds nothing.
        """
        if decoder.finished:
            self._rounds.count_tool_calls(len(decoder.attempt.calls))
        usage = decoder.usage
        if usage is None and (decoder.finished or decoder.attempt.started):
            usage = self.token_calculator.estimate_usage(call.messages, decoder.attempt.written)
            usage = msgspec.structs.replace(usage, partial=not decoder.finished)
        if usage is not None:
            usage = msgspec.structs.replace(usage, model=decoder.answering_model)
            self._update_token_usage_from_api_response(usage, call.model)
        return usage


def _timeouts(usual: Timeouts, config: Mapping[str, Any]) -> Timeouts:
    given = {name: config.get(f"{name}_timeout") for name in ("connect", "idle", "total")}
    return msgspec.structs.replace(usual, **{name: float(value) for name, value in given.items() if value is not None})


def _sum(before: Usage | None, usage: Usage | None) -> Usage | None:
    """Attempts add: what failed before the answer was paid for as well."""
    return usage if before is None else before if usage is None else before + usage


def _terminal(decoder: Decoder, usage: Usage | None, secrets: Sequence[str]) -> Iterator[StreamChunk]:
    """The end of the stream. What a provider says about a failure may repeat what it was sent: `secrets` are hidden."""
    problem = decoder.failure
    if problem is not None:
        yield from decoder.held_back()
        code = problem.info.code and redact(problem.info.code, secrets)
        info = msgspec.structs.replace(problem.info, code=code)
        yield StreamChunk("error", error=redact(problem.message, secrets), error_info=info)
    counts = usage.to_dict() if usage is not None else None
    status = "error" if problem is not None else str(decoder.status)
    yield StreamChunk("done", usage=counts, status=status, detail=decoder.detail)
