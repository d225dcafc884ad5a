"""Anthropic's Messages stream: content blocks by index, kept whole because the next request must hold them again.

Source: anthropic-sdk-python's `types/` and `lib/streaming/_messages.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import FinishStatus, StreamChunk
from massgen.errors import WireError
from massgen.token_manager.usage import Usage, tier_of
from massgen.wire.attempt import CallDraft
from massgen.wire.citations import from_anthropic
from massgen.wire.decoder import SSEDecoder, is_filler, type_of
from massgen.wire.numbers import Number, whole
from massgen.wire.pieces import Pieces
from massgen.wire.server_tools import progress, telling

Json = Any
Block = dict[str, Json]

STOP: dict[str, FinishStatus] = {
    "end_turn": FinishStatus.STOP,
    "stop_sequence": FinishStatus.STOP,
    "max_tokens": FinishStatus.LENGTH,
    "model_context_window_exceeded": FinishStatus.LENGTH,
    "tool_use": FinishStatus.STOP,  # as the calls themselves tell, or nothing was called
    "pause_turn": FinishStatus.PAUSE,
    "compaction": FinishStatus.PAUSE,  # beta: the compacted content goes back, and the turn goes on
    "refusal": FinishStatus.REFUSAL,
}

_QUIET = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})  # every other block is reported when it opens
_TAKES_INPUT = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_RUN_BY_PROVIDER = _TAKES_INPUT - {"tool_use"}
_RESULT = "_tool_result"  # what the type of a result of such a tool ends with


class _Delta(msgspec.Struct):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    delta: _Delta | None = None


class _MessageStart(msgspec.Struct):
    message: dict[str, Json]


class _StopDetails(msgspec.Struct):
    category: str | None = None
    explanation: str | None = None


class _Message(msgspec.Struct):
    """What is read of the message; the rest of it is only passed on."""

    model: str | None = None
    stop_reason: str | None = None
    stop_details: _StopDetails | None = None
    usage: dict[str, Json] | None = None


class _BlockStart(msgspec.Struct):
    content_block: Block


class _Block(msgspec.Struct):
    """What is read of a content block."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    citations: list[Json] | None = None
    id: str | None = None
    name: str | None = None
    tool_use_id: str | None = None
    input: Json = None
    content: Json = None
    is_error: bool | None = None


class _RawDelta(msgspec.Struct):
    delta: dict[str, Json]
    usage: dict[str, Json] | None = None


class _OutputDetails(msgspec.Struct):
    thinking_tokens: Number = None


class _Written(msgspec.Struct):
    ephemeral_1h_input_tokens: Number = None


class _Usage(msgspec.Struct):
    input_tokens: Number = None
    output_tokens: Number = None
    cache_creation_input_tokens: Number = None
    cache_read_input_tokens: Number = None
    output_tokens_details: _OutputDetails | None = None
    cache_creation: _Written | None = None
    service_tier: str | None = None
    speed: str | None = None
    cost: Number = None  # gateways, USD


class _Open:
    """A content block: as it began, and what its deltas added."""

    __slots__ = ("began", "call", "citations", "pieces", "raw", "signature")

    def __init__(self, raw: Block) -> None:
        self.raw = raw
        self.began = msgspec.convert(raw, _Block)
        self.call: CallDraft | None = None
        self.pieces = Pieces()
        self.signature: list[str] = []
        self.citations: list[Json] = []

    def whole(self) -> Block:
        """The block as a response that is not streamed would hold it."""
        began, block, text = self.began, dict(self.raw), self.pieces.text()
        if began.type == "text":
            block["text"] = (began.text or "") + text
        elif began.type == "thinking":
            block["thinking"] = (began.thinking or "") + text
        elif began.type in _TAKES_INPUT and text.strip() and self.is_whole():
            block["input"] = msgspec.json.decode(text)
        if self.signature:
            # The SDK keeps the last `signature_delta` only. The API sends one, so that joining is the same there;
            # gateways that cut it into several deltas lose its head with the SDK's rule.
            block["signature"] = (began.signature or "") + "".join(self.signature)
        if self.citations:
            block["citations"] = [*(began.citations or ()), *self.citations]
        return block

    def so_far(self) -> Block:
        """The block while it streams; input that is not whole yet is its `partial_json`."""
        text = "".join(self.pieces)
        partial = self.began.type in _TAKES_INPUT and text.strip() and not self.is_whole()
        return {**self.whole(), "partial_json": text} if partial else self.whole()

    def is_whole(self) -> bool:
        """Whether the streamed input is the text of an object."""
        draft = CallDraft(None, "")
        draft.pieces = self.pieces
        return draft.is_whole()


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_message_start = msgspec.json.Decoder(_MessageStart).decode
_decode_block_start = msgspec.json.Decoder(_BlockStart).decode
_decode_raw_delta = msgspec.json.Decoder(_RawDelta).decode


class MessagesDecoder(SSEDecoder):
    """Messages events to StreamChunks.

    `complete_message["anthropic"]` is `{"model", "content"}`: the blocks verbatim, with signatures, ready to go back
    (tool_use ids are those the calls were handed over with). Left out is what the API would refuse: empty text, calls
    that were cut off, and unsigned thinking at the end of an answer that was cut off.
    """

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        super().__init__(provider, ids)
        self._message: dict[str, Json] = {}  # as the wire has it, and below as it is read
        self._read_message = _Message()
        self._usage: dict[str, Json] = {}
        self._blocks: dict[int, _Open] = {}

    def so_far(self) -> dict[str, Json]:
        """The message as the wire has it, as far as it has come."""
        content = [self._blocks[index].so_far() for index in sorted(self._blocks)]
        return {**self._message, "content": content, **({"usage": dict(self._usage)} if self._usage else {})}

    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        if is_filler(payload):
            return
        try:
            decoded = _decode_event(payload)
        except msgspec.ValidationError:
            if type_of(payload, event) in _HANDLERS:
                raise
            return  # the versioning policy allows event types that we do not know
        handler = _HANDLERS.get(decoded.type or event)
        if handler is not None:
            handler(self, decoded, payload, out)
        elif not decoded.type and not event:
            self._untyped(payload)

    def _message_start(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        self._update(_decode_message_start(payload).message)
        self._count(self._read_message.usage)

    def _update(self, fields: dict[str, Json]) -> None:
        message = {**self._message, **fields}
        self._read_message = msgspec.convert(message, _Message)
        self._message = message

    def _block_start(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        block = self._blocks[event.index] = _Open(_decode_block_start(payload).content_block)
        began = block.began
        if began.type == "text" and began.text:
            self._say(began.text, out)
        elif began.type == "thinking" and began.thinking:
            out.append(self.attempt.think(began.thinking, None, event.index))
        elif began.type == "tool_use":
            block.call = self.attempt.open_call(began.id, began.name or "")
        elif began.type in _RUN_BY_PROVIDER:
            self.attempt.started = True
            out.append(progress(_tool_of(began), "started", began.name, began.id))
        elif began.type not in _QUIET:
            phase, about = _outcome(began)
            out.append(progress(_tool_of(began), phase, about, began.tool_use_id or began.id))

    def _block_delta(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        delta, block = event.delta or _Delta(), self._blocks.get(event.index)
        if block is None:
            raise WireError(f"a delta for content block {event.index}, which did not begin")
        if delta.text:
            block.pieces.append(delta.text)
            self._say(delta.text, out)
        elif delta.thinking:
            block.pieces.append(delta.thinking)
            out.append(self.attempt.think(delta.thinking, None, event.index))
        elif delta.partial_json:
            self._input(block, delta.partial_json)
        elif delta.signature:
            block.signature.append(delta.signature)
        elif delta.type == "citations_delta":
            block.citations.append(_decode_raw_delta(payload).delta.get("citation"))
        elif delta.type == "compaction_delta":
            block.raw.update(_decode_raw_delta(payload).delta, type=block.began.type)

    def _say(self, text: str, out: list[StreamChunk]) -> None:
        self.attempt.end_open_blocks(out)
        out.append(self.attempt.say(text))

    @staticmethod
    def _input(block: _Open, piece: str) -> None:
        """Results of server tools are followed by input deltas as well: only a block that takes input gets it."""
        if block.began.type in _TAKES_INPUT:
            block.pieces.append(piece)
            if block.call is not None:
                block.call.pieces = block.pieces

    def _block_stop(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        self.attempt.end_thought(out, None, event.index)
        block = self._blocks.get(event.index)
        if block is not None and block.began.type in _RUN_BY_PROVIDER:
            about = telling(block.whole().get("input"))
            out.append(progress(_tool_of(block.began), "running", about, block.began.id))

    def _message_delta(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        last = _decode_raw_delta(payload)
        self._update({key: value for key, value in last.delta.items() if value is not None})
        self._count(last.usage)

    def _message_stop(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        reason = self._read_message.stop_reason or "end_turn"
        if reason == "refusal":
            why = self._read_message.stop_details or _StopDetails()
            out.append(StreamChunk("backend_status", status="refusal", detail=why.explanation or why.category))
        for block in self._blocks.values():
            # `input` at the start is a placeholder, except for servers that send the whole call at once.
            if block.call is not None and not block.pieces and block.began.input:
                block.call.pieces = [msgspec.json.encode(block.began.input).decode()]
        content = [self._blocks[index].whole() for index in sorted(self._blocks)]
        self._cite(content)
        self.attempt.response = {**self._message, "content": content, "usage": self._usage}
        self.finish(STOP.get(reason, FinishStatus.STOP), out, None if reason in STOP else reason)

    def _cite(self, content: list[Block]) -> None:
        """Citations stand on the text of their block, and say nothing closer."""
        start = 0
        for block in content:
            end = start + len(block.get("text") or "") if block.get("type") == "text" else start
            for citation in block.get("citations") or () if end > start else ():
                self.attempt.cite(from_anthropic(citation, start, end))
            start = end

    def _error(self, event: _Event, payload: bytes, out: list[StreamChunk]) -> None:
        self.fail_with(msgspec.json.decode(payload))

    @property
    def answering_model(self) -> str | None:
        return self._read_message.model

    def _count(self, usage: dict[str, Json] | None) -> None:
        """Counts are totals so far: they overwrite, and one that is left out keeps its value."""
        self._usage.update({key: count for key, count in (usage or {}).items() if count is not None})
        if self._usage:
            self.attempt.usage = self._totals()

    def _totals(self) -> Usage:
        counts = msgspec.convert(self._usage, _Usage)
        details, split = counts.output_tokens_details, counts.cache_creation
        fresh, written, read = counts.input_tokens, counts.cache_creation_input_tokens, counts.cache_read_input_tokens
        return Usage(
            prompt=int(fresh or 0) + int(written or 0) + int(read or 0),
            completion=int(counts.output_tokens or 0),
            cached=whole(read),
            cache_creation=whole(written),
            reasoning=whole(details.thinking_tokens) if details else None,
            cost=counts.cost,
            cache_creation_1h=whole(split.ephemeral_1h_input_tokens) or None if split else None,
            service_tier=tier_of(counts.speed, counts.service_tier),
        )

    def _kept(self) -> dict[str, Json]:
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        kept = [self._returnable(block) for block in blocks if not self._is_refused(block)]
        cut = STOP.get(self._read_message.stop_reason or "") is FinishStatus.LENGTH
        while cut and kept and kept[-1].get("type") == "thinking" and not kept[-1].get("signature"):
            kept.pop()
        return {"anthropic": {"model": self._read_message.model, "content": kept}}

    def _is_refused(self, block: _Open) -> bool:
        """Whether the API would refuse the block in the next request."""
        began = block.began
        if began.type == "text":
            return not block.pieces and not began.text
        if began.type == "tool_use":
            return block.call not in self.attempt.calls
        return began.type in _TAKES_INPUT and not block.is_whole()

    @staticmethod
    def _returnable(block: _Open) -> Block:
        whole_block = block.whole()
        if block.call is not None:
            whole_block["id"] = block.call.id
        return whole_block


def _tool_of(began: _Block) -> str:
    """The tool whose use or result a block is."""
    if began.type in _RUN_BY_PROVIDER:
        return "mcp_call" if began.type == "mcp_tool_use" else began.name or "unknown_tool"
    return began.type.removesuffix(_RESULT) or "unknown_block"


def _outcome(began: _Block) -> tuple[str, str | None]:
    """The phase that a result shows, with its output or its error's code."""
    content = began.content if isinstance(began.content, dict) else {}
    code = content.get("error_code")
    if began.is_error or code or str(content.get("type")).endswith("_error"):
        return "failed", code
    if content.get("return_code"):
        return "failed", content.get("stderr") or content.get("stdout")
    if isinstance(began.content, list):
        return "completed", "; ".join(filter(None, map(telling, began.content))) or None
    return "completed", content.get("stdout") or telling(content)


_Handler = Callable[[MessagesDecoder, _Event, bytes, list[StreamChunk]], None]

_HANDLERS: dict[str, _Handler] = {
    "content_block_delta": MessagesDecoder._block_delta,
    "content_block_start": MessagesDecoder._block_start,
    "content_block_stop": MessagesDecoder._block_stop,
    "message_start": MessagesDecoder._message_start,
    "message_delta": MessagesDecoder._message_delta,
    "message_stop": MessagesDecoder._message_stop,
    "error": MessagesDecoder._error,
}
