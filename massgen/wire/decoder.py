"""What every wire decoder is: bytes in, chunks out, no I/O.

Feeding a body byte by byte gives the same chunks as feeding it at once. The end of the bytes is an input (`close`): a
stream that ends without its wire's own terminal marker is a failure, never a success.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import ErrorKind, FinishStatus, StreamChunk
from massgen.errors import WireError
from massgen.token_manager.usage import Usage
from massgen.wire.attempt import Attempt
from massgen.wire.failure import Failure, failure, from_error
from massgen.wire.sse import Frame, SSEFramer

Json = Any

# Statuses by which a provider says that the answer stops short: a half-written call is then nobody's mistake.
_CUT_OFF = frozenset({FinishStatus.LENGTH, FinishStatus.CONTENT_FILTER, FinishStatus.REFUSAL})


class Decoder(ABC):
    """One attempt's stream. `feed` any number of times, then `close` once; then the outcome can be read.

    `status` is the contract's `done.status`; `detail` is the provider's own finish word where it is none of the known
    ones. `failure` is set instead when the attempt failed, and nothing is yielded after it.
    """

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        self.provider = provider
        self.requested_model = ""  # as the caller named it: the provider may answer under another name
        self.attempt = Attempt(ids or CallIds(b""))
        self.status: str = FinishStatus.ERROR
        self.detail: str | None = None
        self.failure: Failure | None = None
        self.finished = False  # the wire's own terminal marker has been seen

    @property
    def ended(self) -> bool:
        """Whether no further byte can change anything."""
        return self.finished or self.failure is not None

    @property
    def usage(self) -> Usage | None:
        """The last counts the provider gave; marked partial when the attempt failed."""
        usage = self.attempt.usage
        if usage is not None and self.failure is not None:
            return msgspec.structs.replace(usage, partial=True)
        return usage

    @property
    def answering_model(self) -> str | None:
        """The model that answers, as the provider names it; None where it does not, or has not yet."""
        return None

    def feed(self, data: bytes) -> list[StreamChunk]:
        """The chunks that `data` completes."""
        out: list[StreamChunk] = []
        if not self.ended:
            self._guarded(data, out)
        return out

    def close(self) -> list[StreamChunk]:
        """The end of the bytes: the last chunks, and the verdict."""
        out: list[StreamChunk] = []
        if not self.ended:
            self._guarded(None, out)
        if not self.ended:
            self.fail(ErrorKind.INCOMPLETE, "the stream ended before the provider said that it was finished")
        return out

    def held_back(self) -> list[StreamChunk]:
        """After a failure: what was held back until more of it would come."""
        out: list[StreamChunk] = []
        if self.failure is not None:
            self.release(out)
        return out

    def _guarded(self, data: bytes | None, out: list[StreamChunk]) -> None:
        """Bytes that break the protocol become a failure; what was decoded before them stays."""
        try:
            if data is None:
                self._flush(out)
            else:
                self._decode(data, out)
        except (WireError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            if data is None:  # what the end of the bytes left over is half an event
                self.fail(ErrorKind.INCOMPLETE, f"the stream ended inside of an event: {error}")
            else:
                self.fail(ErrorKind.MALFORMED, f"the stream is not what the protocol says: {error}")
        except RecursionError:
            self.fail(ErrorKind.MALFORMED, "the stream holds JSON that is nested too deeply to be read")

    def release(self, out: list[StreamChunk]) -> None:  # noqa: B027  # most wires hold nothing back
        """Yield what was held back until more of it would come: nothing does, however the bytes ended."""

    @abstractmethod
    def _decode(self, data: bytes, out: list[StreamChunk]) -> None:
        """Decode what `data` completes; stop when `ended`."""

    @abstractmethod
    def _flush(self, out: list[StreamChunk]) -> None:
        """The bytes are over: decode what is still held, and finish where the wire's end is the end of its bytes."""

    def fail(self, kind: ErrorKind, what: str, *, code: str | None = None) -> None:
        self.failure = failure(self.provider, kind, what, code=code)

    def fail_with(self, error: Json) -> None:
        """The provider reported `error` inside the stream."""
        self.failure = from_error(self.provider, error)

    def finish(self, status: str, out: list[StreamChunk], detail: str | None = None) -> None:
        """The wire's terminal marker: yield what is only known now, and settle the status.

        `status` says how the wire ended it; calls are told by themselves, whatever word the wire has for them.
        A call whose arguments are not the JSON text of an object is never handed over: in an answer that the provider
        itself cut off it is reported and left out, otherwise the attempt fails.
        """
        attempt = self.attempt
        attempt.end_open_blocks(out)
        broken = [call for call in attempt.calls if not call.is_whole() or not call.name]
        if broken and status not in _CUT_OFF:
            names = ", ".join(call.name or "(no name)" for call in broken)
            self.fail(ErrorKind.MALFORMED, f"the arguments of the tool call {names} are not a JSON object")
            return
        for call in broken:
            attempt.calls.remove(call)
            detail_text = f"{call.name}: cut off ({status}), not handed over: {call.arguments}"
            out.append(StreamChunk("backend_status", status="tool_call_incomplete", detail=detail_text))
        attempt.settle_ids()
        for key, kept in self._kept().items():
            named = isinstance(kept, dict) and self.requested_model
            attempt.extras[key] = {**kept, "requested_model": self.requested_model} if named else kept
        if attempt.calls:
            status = FinishStatus.TOOL_CALLS
            out.append(StreamChunk("tool_calls", tool_calls=[call.to_dict() for call in attempt.calls]))
        out.append(StreamChunk("complete_message", complete_message=attempt.message()))
        if attempt.response is not None:
            out.append(StreamChunk("complete_response", response=attempt.response))
        self.status, self.detail, self.finished = status, detail, True

    def _kept(self) -> dict[str, Json]:
        """What the provider must see again, for `complete_message`. The calls and their ids are final by now."""
        return {}


_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(u[dD][89a-fA-F]\w\w)|.)", re.DOTALL)


def without_half_pairs(payload: bytes) -> bytes:
    """JSON whose halves of surrogate pairs are replaced by U+FFFD: servers in JavaScript cut text between them."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], payload)


def is_filler(payload: bytes) -> bool:
    """Whether a frame holds nothing: blank, or OpenAI's `[DONE]`, which gateways add to wires that do not have it."""
    return payload[:1] != b"{" and (payload.startswith(b"[DONE]") or not payload.strip())


class _Typed(msgspec.Struct):
    type: str = ""


_decode_typed = msgspec.json.Decoder(_Typed).decode


def type_of(payload: bytes, event: str) -> str:
    """The type of an event whose other fields are not what was expected: its own word, else the frame's name."""
    return _decode_typed(payload).type or event


class SSEDecoder(Decoder):
    """A decoder whose wire is server-sent events."""

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        super().__init__(provider, ids)
        self._framer = SSEFramer()

    def _decode(self, data: bytes, out: list[StreamChunk]) -> None:
        self._read(self._framer.feed(data), out)

    def _flush(self, out: list[StreamChunk]) -> None:
        self._read(self._framer.close(), out)
        if not self.ended:
            self._end(out)

    def _read(self, frames: Iterable[Frame], out: list[StreamChunk]) -> None:
        for event, payload in frames:
            try:
                self._event(event, payload, out)
            except msgspec.DecodeError:
                if event == "error" and payload[:1] != b"{":
                    self.fail_with(payload.decode("utf-8", "replace"))  # a sentence instead of an object
                elif (mended := without_half_pairs(payload)) != payload:
                    self._event(event, mended, out)
                else:
                    raise
            if self.finished or self.failure is not None:
                return

    @abstractmethod
    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        """One frame of the wire."""

    def _untyped(self, payload: bytes) -> None:
        """A frame that does not say what it is, on a wire whose events do: gateways report errors so."""
        body = msgspec.json.decode(payload)
        if isinstance(body, dict) and body.get("error"):
            self.fail_with(body)

    def _end(self, out: list[StreamChunk]) -> None:
        """The bytes are over and no terminal marker came. A wire that has none finishes here."""
