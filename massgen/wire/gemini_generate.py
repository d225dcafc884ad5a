"""Google's generateContent stream: whole responses one after another, as server-sent events or as one JSON array.

Source: python-genai's `types.py` and `_api_client.py`, and ai.google.dev's pages on streaming and thought signatures.
Nothing marks the end: an answer is whole when its bytes end after a finish reason, or after a blocked prompt.
"""

from __future__ import annotations

from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import ErrorKind, FinishStatus, StreamChunk
from massgen.token_manager.usage import Usage
from massgen.wire.attempt import CallDraft
from massgen.wire.citations import from_gemini
from massgen.wire.decoder import SSEDecoder, is_filler
from massgen.wire.gemini_arguments import StreamedArguments
from massgen.wire.gemini_tools import of_metadata, of_part
from massgen.wire.json_objects import ObjectSplitter
from massgen.wire.numbers import Number, whole
from massgen.wire.pieces import Pieces

Json = Any
Part = dict[str, Json]

FINISH: dict[str, FinishStatus] = {
    "STOP": FinishStatus.STOP,
    "MAX_TOKENS": FinishStatus.LENGTH,
    "SAFETY": FinishStatus.CONTENT_FILTER,
    "RECITATION": FinishStatus.CONTENT_FILTER,
    "LANGUAGE": FinishStatus.CONTENT_FILTER,
    "BLOCKLIST": FinishStatus.CONTENT_FILTER,
    "PROHIBITED_CONTENT": FinishStatus.CONTENT_FILTER,
    "SPII": FinishStatus.CONTENT_FILTER,
    "ESCALATION": FinishStatus.CONTENT_FILTER,
    "MODEL_ARMOR": FinishStatus.CONTENT_FILTER,
    "IMAGE_SAFETY": FinishStatus.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": FinishStatus.CONTENT_FILTER,
    "IMAGE_RECITATION": FinishStatus.CONTENT_FILTER,
    "CONTINUATION": FinishStatus.PAUSE,  # the same request goes again, with the candidate's `continuationToken`
    "TOO_MANY_TOOL_CALLS": FinishStatus.PAUSE,  # the loop of tools on the provider's side was stopped
}

# Finish reasons that are failures, and whose fault they are.
FAILED: dict[str, ErrorKind] = {
    "MALFORMED_FUNCTION_CALL": ErrorKind.MALFORMED,
    "UNEXPECTED_TOOL_CALL": ErrorKind.MALFORMED,
    "MALFORMED_RESPONSE": ErrorKind.MALFORMED,
    "MISSING_THOUGHT_SIGNATURE": ErrorKind.BAD_REQUEST,
    "PUP_LIMITED_DISABLED": ErrorKind.PERMISSION,
}

# Reasons as numbers (`enum-encoding=int`), as far as the Gemini API and Vertex number them alike.
_NUMBERED = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}

_SOURCES = ("groundingMetadata", "citationMetadata", "urlContextMetadata")
_PLAIN = frozenset({"text", "thought"})
_BLANK = b" \t\r\n\xef\xbb\xbf"


class _FunctionCall(msgspec.Struct):
    name: str | None = None
    id: str | None = None
    args: dict[str, Json] | None = None
    partialArgs: list[Json] | None = None
    willContinue: bool | None = None


class _Content(msgspec.Struct):
    parts: list[Part] | None = None


class _Candidate(msgspec.Struct):
    content: _Content | None = None
    index: Number = 0
    finishReason: str | int | None = None
    finishMessage: str | None = None
    groundingMetadata: Json = None
    citationMetadata: Json = None
    urlContextMetadata: Json = None


class _Counts(msgspec.Struct):
    promptTokenCount: Number = None
    cachedContentTokenCount: Number = None
    candidatesTokenCount: Number = None
    thoughtsTokenCount: Number = None
    toolUsePromptTokenCount: Number = None
    promptTokensDetails: msgspec.Raw = msgspec.Raw()  # read once, at the end
    candidatesTokensDetails: msgspec.Raw = msgspec.Raw()


class _Feedback(msgspec.Struct):
    blockReason: str | int | None = None
    blockReasonMessage: str | None = None


class _Response(msgspec.Struct):
    candidates: list[_Candidate] | None = None
    usageMetadata: _Counts | None = None
    promptFeedback: _Feedback | None = None
    modelVersion: str | None = None
    error: Json = None


class _Kept:
    """A part for the next request. `pieces` collects the text of several deltas, `call` is the call that it is."""

    __slots__ = ("call", "part", "pieces")

    def __init__(self, part: Part, call: CallDraft | None = None) -> None:
        self.part = part
        self.call = call
        self.pieces: Pieces | None = None


_decode_response = msgspec.json.Decoder(_Response).decode


class GeminiDecoder(SSEDecoder):
    """generateContent responses to StreamChunks.

    `complete_message["gemini"]` is `{"model", "parts"}`: the parts verbatim, with their signatures, ready to go back.
    Text deltas of one kind are one part where no signature rides on them; a call that was cut off is left out.
    """

    def __init__(self, provider: str, ids: CallIds | None = None) -> None:
        super().__init__(provider, ids)
        self._sniffed = False  # the body has shown what it is
        self._objects: ObjectSplitter | None = None  # set when the body is JSON and not events
        self._finish: str | None = None
        self._finish_message: str | None = None
        self._blocked = False
        self._model: str | None = None
        self._last = b""  # the response that held the finish reason
        self._metadata: dict[str, Json] = {}
        self._tools_told = False  # calls of the provider's tools came as parts of their own
        self._counts: _Counts | None = None
        self._parts: list[_Kept] = []
        self._streamed: tuple[_Kept, StreamedArguments] | None = None  # a call whose arguments are still arriving

    def _decode(self, data: bytes, out: list[StreamChunk]) -> None:
        if not self._sniffed:
            data = self._sniff(data)
        if self._objects is None:
            self._read(self._framer.feed(data), out)
        else:
            self._read((("", payload) for payload in self._objects.feed(data)), out)

    def _sniff(self, data: bytes) -> bytes:
        """JSON or events: the first byte that is not blank tells. An error may come as a bare object."""
        data = data.lstrip(_BLANK)
        self._sniffed = bool(data)
        if data[:1] in (b"[", b"{"):
            self._objects = ObjectSplitter()
        return data

    def _flush(self, out: list[StreamChunk]) -> None:
        if self._objects is None:
            super()._flush(out)
        elif not self._objects.open:
            self._end(out)

    def _event(self, event: str, payload: bytes, out: list[StreamChunk]) -> None:
        if is_filler(payload):
            return
        response = _decode_response(payload)
        if response.error:
            self.fail_with(msgspec.json.decode(payload))
            return
        self._model = response.modelVersion or self._model
        for candidate in response.candidates or ():
            if not candidate.index:
                self._candidate(candidate, payload, out)
        counts = response.usageMetadata
        if counts is not None and counts.promptTokenCount is not None:
            self._counts = counts  # of the whole answer so far; Vertex sends some without any count
        feedback = response.promptFeedback
        if feedback is not None and feedback.blockReason:
            self._blocked, self._finish, self._last = True, str(feedback.blockReason), payload
            about = feedback.blockReasonMessage or self._finish
            out.append(StreamChunk("backend_status", status="prompt_blocked", detail=about))

    def _candidate(self, candidate: _Candidate, payload: bytes, out: list[StreamChunk]) -> None:
        if candidate.content is not None:
            for part in candidate.content.parts or ():
                self._part(part, out)
        reason = candidate.finishReason
        if reason:
            self._finish = _NUMBERED.get(reason, str(reason)) if isinstance(reason, int) else reason
            self._finish_message, self._last = candidate.finishMessage, payload
        if candidate.groundingMetadata or candidate.citationMetadata or candidate.urlContextMetadata:
            sources = {name: getattr(candidate, name) for name in _SOURCES}
            self._metadata.update({name: value for name, value in sources.items() if value})

    def _part(self, part: Part, out: list[StreamChunk]) -> None:
        text = part.get("text")
        if isinstance(text, str):
            self._keep_text(part, text)
            if not text:
                return
            if part.get("thought"):
                out.append(self.attempt.think(text))
            else:
                self.attempt.end_open_blocks(out)
                out.append(self.attempt.say(text))
        elif "functionCall" in part:
            self.attempt.end_open_blocks(out)
            self._function_call(part)
        else:
            self._other(part, out)

    def _keep_text(self, part: Part, text: str) -> None:
        plain = len(part) == 1 or part.keys() <= _PLAIN
        last = self._parts[-1] if self._parts else None
        if plain and last is not None and last.pieces is not None and last.part.get("thought") == part.get("thought"):
            last.pieces.append(text)
        elif text or not plain:
            kept = _Kept(part)
            kept.pieces = Pieces([text]) if plain else None
            self._parts.append(kept)

    def _other(self, part: Part, out: list[StreamChunk]) -> None:
        self._parts.append(_Kept(part))
        told = of_part(part, self.attempt)
        if told is not None:
            self.attempt.started = True
            self._tools_told = self._tools_told or "toolCall" in part
            out.append(told)

    def _function_call(self, part: Part) -> None:
        given = msgspec.convert(part["functionCall"], _FunctionCall)
        if self._streamed is not None and not given.name:
            kept, arguments = self._streamed
            if "thoughtSignature" in part:
                kept.part.setdefault("thoughtSignature", part["thoughtSignature"])
            self._continue_call(arguments, given)
            return
        self._close_call(cut=True)
        call = self.attempt.open_call(given.id, given.name or "")
        kept = _Kept(part, call)
        self._parts.append(kept)
        if given.partialArgs or given.willContinue:
            arguments = StreamedArguments()
            self._streamed = kept, arguments
            self._continue_call(arguments, given)
        elif given.args is not None:
            call.pieces = [msgspec.json.encode(given.args).decode()]

    def _continue_call(self, arguments: StreamedArguments, given: _FunctionCall) -> None:
        for piece in given.partialArgs or ():
            arguments.add(piece)
        if not given.willContinue:
            self._close_call()

    def _close_call(self, *, cut: bool = False) -> None:
        """The streamed call is whole, or `cut` off: then its arguments keep no closing brace, and nobody runs it."""
        if self._streamed is None:
            return
        kept, arguments = self._streamed
        self._streamed = None
        complete = arguments.whole()
        text = msgspec.json.encode(complete).decode()
        assert kept.call is not None
        kept.call.pieces = [text[:-1] if cut else text]
        given = kept.part["functionCall"]
        named = {key: value for key, value in given.items() if key not in ("partialArgs", "willContinue")}
        kept.part = {**kept.part, "functionCall": {**named, "args": complete}}

    @property
    def answering_model(self) -> str | None:
        return self._model

    @property
    def usage(self) -> Usage | None:
        """Made when it is asked for: the counts come with every delta."""
        if self._counts is not None:
            self.attempt.usage = _usage(self._counts)
        return super().usage

    def _end(self, out: list[StreamChunk]) -> None:
        reason = self._finish
        if reason is None:
            return
        if reason in FAILED and not self._blocked:
            said = f": {self._finish_message}" if self._finish_message else ""
            self.fail(FAILED[reason], f"the answer ended with {reason}{said}", code=reason)
            return
        self._close_call(cut=True)
        if not self._tools_told:
            out.extend(of_metadata(self._metadata))
        for citation in from_gemini(self._metadata, self.attempt.text):
            self.attempt.cite(citation)
        self.attempt.response = self._final_response()
        status = FinishStatus.CONTENT_FILTER if self._blocked else FINISH.get(reason, FinishStatus.STOP)
        self.finish(status, out, None if reason in ("STOP", "MAX_TOKENS") else reason)

    def _final_response(self) -> dict[str, Json]:
        """The response that ended the answer, with the sources that came with an earlier or a later one."""
        response: dict[str, Json] = msgspec.json.decode(self._last)
        for candidate in response.get("candidates") or ():
            if not candidate.get("index"):
                for name, metadata in self._metadata.items():
                    candidate.setdefault(name, metadata)
        return response

    def _kept(self) -> dict[str, Json]:
        calls = self.attempt.calls
        kept = [_verbatim(part) for part in self._parts if part.call is None or part.call in calls]
        return {"gemini": {"model": self._model, "parts": kept}}


def _usage(counts: _Counts) -> Usage:
    """`totalTokenCount` is prompt + toolUsePrompt + candidates + thoughts; what is cached is part of the prompt."""
    return Usage(
        prompt=int(counts.promptTokenCount or 0) + int(counts.toolUsePromptTokenCount or 0),
        completion=int(counts.candidatesTokenCount or 0) + int(counts.thoughtsTokenCount or 0),
        cached=whole(counts.cachedContentTokenCount),
        reasoning=whole(counts.thoughtsTokenCount),
        audio_prompt=_sound(counts.promptTokensDetails),
        audio_completion=_sound(counts.candidatesTokensDetails),
    )


class _Modality(msgspec.Struct):
    modality: str | None = None
    tokenCount: Number = None


def _sound(details: msgspec.Raw) -> int | None:
    """The tokens of sound among counts by modality."""
    try:
        counts = msgspec.json.decode(details, type=list[_Modality] | None) or []
    except (msgspec.DecodeError, RecursionError):  # none, or something else: the sums are what counts
        return None
    return sum(int(count.tokenCount or 0) for count in counts if count.modality == "AUDIO") or None


def _verbatim(kept: _Kept) -> Part:
    return kept.part if kept.pieces is None else {**kept.part, "text": kept.pieces.text()}
