"""Streams for those who write a backend: accumulating, retrying, timing and batching chunks.

Faces over what the backends run on: the accumulator of an attempt, the framer, the retry policy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import ChunkType, ErrorKind, FinishStatus, StreamChunk
from massgen.errors import ConfigurationError, WireError
from massgen.formatter import is_message_of
from massgen.transport.clock import Clock, SystemClock
from massgen.transport.retry import RetryPolicy
from massgen.wire.anthropic_messages import MessagesDecoder
from massgen.wire.attempt import Attempt, CallDraft
from massgen.wire.call_router import CallRouter, Fragment
from massgen.wire.exceptions import from_exception
from massgen.wire.failure import failure
from massgen.wire.sse import SSEFramer
from massgen.wire.whole import frame, message_events

Json = Any
StreamFunction = Callable[[], AsyncIterable[Any]]


class StreamAccumulator:
    """One answer, put together from the deltas of a Chat-Completions stream.

    `metadata`, `finish_reason` and `usage` are what was set. Calls come in the order of their indices.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to nothing."""
        self._attempt = Attempt(CallIds(b""))
        self._router = CallRouter(self._attempt)
        self._places: dict[int, int] = {}  # by the identity of the call
        self.metadata: dict[str, Json] = {}
        self.finish_reason: str | None = None
        self.usage: dict[str, int] | None = None

    @property
    def content(self) -> str:
        return self._attempt.text

    def add_content(self, delta: str | None) -> None:
        if delta:
            self._attempt.say(delta)

    def add_tool_call(self, index: int, call_data: Mapping[str, Json]) -> None:
        """A fragment of a call: `id` and `function.name` where they come, and a piece of `function.arguments`.

        A name or id that comes again changes nothing. Raises WireError for a fragment of another shape.
        """
        try:
            fragment = msgspec.convert({**call_data, "index": index}, Fragment)
        except msgspec.ValidationError as error:
            raise WireError(f"the fragment of tool call {index} is none: {error}") from None
        self._places.setdefault(id(self._router.add(fragment)), index)

    def add_metadata(self, key: str, value: Json) -> None:
        self.metadata[key] = value

    def set_finish_reason(self, reason: str) -> None:
        self.finish_reason = reason

    def set_usage(self, usage: dict[str, int]) -> None:
        self.usage = usage

    @property
    def tool_calls(self) -> dict[int, dict[str, Json]]:
        """Every call so far by its index, also those whose arguments are still arriving."""
        return {self._places[id(call)]: written for call, written in self._written()}

    def get_tool_calls(self) -> list[dict[str, Json]]:
        """The calls that can be run: their arguments are the JSON text of an object. A missing id is made."""
        return [written for call, written in self._written() if call.is_whole()]

    @property
    def incomplete_tool_calls(self) -> list[dict[str, Json]]:
        """The calls that were cut off, with what came of their arguments."""
        return [written for call, written in self._written() if not call.is_whole()]

    def to_message(self) -> dict[str, Json]:
        """The assistant's message. A call that was cut off is not in it: see `incomplete_tool_calls`."""
        message: dict[str, Json] = {"role": "assistant"}
        if self.content:
            message["content"] = self.content
        if calls := self.get_tool_calls():
            message["tool_calls"] = calls
        if self.metadata:
            message["metadata"] = self.metadata
        return message

    def fragments(self) -> list[dict[str, Json]]:
        """The calls as they would come in one delta: what came of each, and nothing that was made up."""
        return [
            {
                "index": self._places[id(call)],
                **({"id": call.provider_id} if call.provider_id else {}),
                "type": "function",
                "function": {"name": call.name, "arguments": "".join(call.pieces)},
            }
            for call, _ in self._written()
        ]

    def _written(self) -> Iterator[tuple[CallDraft, dict[str, Json]]]:
        ids = CallIds(b"stream")
        for call in sorted(self._attempt.calls, key=lambda call: self._places[id(call)]):
            yield call, {**call.to_dict(), "id": ids.claim(call.provider_id)}


_BUGS = (ConfigurationError, TypeError, AttributeError, NameError, LookupError, AssertionError, ImportError)
"""What another try of the same program will raise again."""

_NO_OUTPUT = frozenset({
    ChunkType.AGENT_STATUS, ChunkType.BACKEND_STATUS, ChunkType.COMPRESSION_STATUS, ChunkType.MCP_STATUS,
    ChunkType.CUSTOM_TOOL_STATUS, ChunkType.HOOK_EXECUTION, ChunkType.ERROR, ChunkType.DONE,
})  # fmt: skip


class StreamProcessor:
    """Wraps a function that begins a stream. The stream is closed on every way out."""

    @staticmethod
    async def process_with_retry(
        stream_func: StreamFunction, max_retries: int = 3, backoff_base: float = 2.0, *, clock: Clock | None = None
    ) -> AsyncGenerator[Any, None]:
        """The stream of `stream_func`, begun again up to `max_retries` times while nothing of the answer was seen.

        It waits about 1, `backoff_base`, `backoff_base`**2 seconds, or as long as the provider asks. Output is never
        repeated: what fails after the first chunk of output is raised. So is what another try cannot mend: a refused
        key, a bug. An `error` chunk that may pass counts as a failure.
        """
        policy = RetryPolicy(max_retries=max_retries, first_delay=1.0, factor=backoff_base, longest_delay=60.0)
        waits = (clock or SystemClock()).sleep
        tried = 0
        while True:
            tried += 1
            begun = False
            wait: float | None = None
            try:
                async with _closing(stream_func()) as stream:
                    async for chunk in stream:
                        wait = None if begun else _wait_after_chunk(policy, tried, chunk)
                        if wait is not None:
                            break
                        begun = begun or _is_output(chunk)
                        yield chunk
            except Exception as error:
                wait = None if begun else _wait_after(policy, tried, error)
                if wait is None:
                    raise
            if wait is None:
                return
            await waits(wait)

    @staticmethod
    async def process_with_timeout(
        stream_func: StreamFunction, timeout_seconds: float = 300.0, idle_seconds: float | None = None
    ) -> AsyncGenerator[Any, None]:
        """The stream of `stream_func`, ended by an `error` and a `done` chunk where it takes too long.

        `timeout_seconds` is for all of it, `idle_seconds` for the wait for one chunk.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        async with _closing(stream_func()) as stream:
            while True:
                idle_end = loop.time() + idle_seconds if idle_seconds is not None else deadline
                limit = asyncio.timeout_at(min(deadline, idle_end))
                try:
                    async with limit:
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if not limit.expired():
                        raise
                    break
                yield chunk
        idle = idle_seconds is not None and loop.time() < deadline
        what = f"no chunk for {idle_seconds} seconds" if idle else f"Stream timeout after {timeout_seconds} seconds"
        problem = failure("stream", ErrorKind.TIMEOUT, what)
        yield StreamChunk("error", error=problem.message, error_info=problem.info)
        yield StreamChunk("done", status=FinishStatus.ERROR)

    @staticmethod
    async def buffer_chunks(
        stream: AsyncIterable[Any], buffer_size: int = 10, flush_interval: float = 0.1
    ) -> AsyncGenerator[list[Any], None]:
        """Chunks in lists of up to `buffer_size`, none held longer than `flush_interval` seconds, also where no other
        comes. What came before a failure is given before it is raised.
        """
        loop = asyncio.get_running_loop()
        batch: list[Any] = []
        flush_at = 0.0
        async with _closing(stream) as chunks:
            coming = asyncio.ensure_future(anext(chunks))
            try:
                while True:
                    await asyncio.wait((coming,), timeout=max(0.0, flush_at - loop.time()) if batch else None)
                    if coming.done():
                        if coming.exception() is not None:
                            break
                        flush_at = flush_at if batch else loop.time() + flush_interval
                        batch.append(coming.result())
                        coming = asyncio.ensure_future(anext(chunks))
                    if len(batch) >= buffer_size or (batch and loop.time() >= flush_at):
                        yield batch
                        batch = []
            finally:
                coming.cancel()
                await asyncio.wait((coming,))
                failed = None if coming.cancelled() else coming.exception()
            if batch:
                yield batch
            if failed is not None and not isinstance(failed, StopAsyncIteration):
                raise failed


class ChunkMerger:
    """Merges raw chunks one by one. Nothing that is given is changed."""

    @staticmethod
    def merge_openai_chunks(base: Mapping[str, Json], delta: Mapping[str, Json]) -> dict[str, Json]:
        """Two deltas of a Chat-Completions choice as one: texts are joined, calls put together by index.

        Of any other key the last value stays. Raises WireError for a fragment of a call that is none.
        """
        merged = {key: value for key, value in base.items() if value is not None}
        for key, value in delta.items():
            known = merged.get(key)
            joins = isinstance(value, str) and isinstance(known, str) and key != "role"
            if value is not None and key != "tool_calls":
                merged[key] = known + value if joins else value
        calls = StreamAccumulator()
        for position, call in enumerate(
            fragment for side in (base, delta) for fragment in side.get("tool_calls") or ()
        ):
            calls.add_tool_call(call.get("index", position), call)
        if fragments := calls.fragments():
            merged["tool_calls"] = fragments
        return merged

    @staticmethod
    def merge_claude_chunks(base: Mapping[str, Json], delta: Mapping[str, Json]) -> dict[str, Json]:
        """A message of Anthropic's as far as it has come (`{}` at first) and the next event as the message after it.

        Input of a tool that is not whole yet is the block's `partial_json`. Raises WireError for events that do not
        follow the protocol and for an `error` event.
        """
        decoder = MessagesDecoder("claude")
        for event in (*(message_events(base) if base else ()), delta):
            decoder.feed(frame(event))
        if decoder.failure is not None:
            raise WireError(decoder.failure.message)
        return decoder.so_far()


def parse_sse_chunk(line: str | bytes) -> Json:
    """The JSON of one server-sent event, `{"type": "done"}` for `[DONE]`; None where there is none to read.

    `line` may be one line or a whole event of several, ended in any way. The name in `event:` becomes the `type` of an
    object that has none. Raises ValueError for more than one event.
    """
    framer = SSEFramer()
    frames = [*framer.feed(line.encode() if isinstance(line, str) else line), *framer.close()]
    if len(frames) > 1:
        raise ValueError(f"this is {len(frames)} events, not one")
    if not frames:
        return None
    event, data = frames[0]
    if data.strip() == b"[DONE]":
        return {"type": "done"}
    try:
        parsed = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return {"type": event, **parsed} if event and isinstance(parsed, dict) else parsed


def validate_message_format(message: Json, format_type: str) -> bool:
    """Whether `message` can be sent as it is on the wire of `openai`, `claude`, `gemini` or `response_api`."""
    return is_message_of(message, format_type)


def _is_output(chunk: Any) -> bool:
    """Whether repeating the chunk would repeat something of the answer."""
    kind = chunk.get("type") if isinstance(chunk, Mapping) else getattr(chunk, "type", None)
    return kind not in _NO_OUTPUT


def _wait_after(policy: RetryPolicy, tried: int, error: Exception) -> float | None:
    told = from_exception("stream", error)
    if told is not None:
        return policy.delay(tried, told.info.retryable, told.info.retry_after)
    return policy.delay(tried, not isinstance(error, _BUGS), None)


def _wait_after_chunk(policy: RetryPolicy, tried: int, chunk: Any) -> float | None:
    info = chunk.error_info if isinstance(chunk, StreamChunk) and chunk.type == "error" else None
    return None if info is None else policy.delay(tried, info.retryable, info.retry_after)


@asynccontextmanager
async def _closing(stream: AsyncIterable[Any]) -> AsyncIterator[AsyncIterator[Any]]:
    """The iterator of `stream`, closed behind the block where it can be."""
    iterator = aiter(stream)
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()
