"""Ollama's native chat stream: one object a line, the last of them with `done: true` and the counts.

Source: ollama's `api/types.go` and `server/routes.go`. Calls arrive whole, with an object for arguments and often
without an id; there is no finish reason for them. A failure inside the stream is a line `{"error": "..."}`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from massgen.backend.stream_chunk import FinishStatus, StreamChunk
from massgen.token_manager.usage import Usage
from massgen.wire.ndjson import NDJSONDecoder
from massgen.wire.numbers import Number

Json = Any

FINISH: dict[str, FinishStatus] = {
    "stop": FinishStatus.STOP,
    "length": FinishStatus.LENGTH,
}

_NOTHING = msgspec.Raw(b"{}")


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: msgspec.Raw = _NOTHING


class _Call(msgspec.Struct):
    id: str | None = None
    function: _Function | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class _Line(msgspec.Struct):
    message: _Message | None = None
    done: bool | None = None
    done_reason: str | None = None
    prompt_eval_count: Number = None
    eval_count: Number = None
    error: Json = None


_decode_line = msgspec.json.Decoder(_Line).decode


class OllamaDecoder(NDJSONDecoder):
    """Lines of `/api/chat` to StreamChunks.

    `complete_message["thinking"]` is what the model thought, under Ollama's own name, to go back with the calls that it
    led to. The last line is `complete_response`: durations in nanoseconds, and the counts.
    """

    def _line(self, line: bytes, out: list[StreamChunk]) -> None:
        said = _decode_line(line)
        if said.error:
            self.fail_with(msgspec.json.decode(line))
            return
        message, attempt = said.message, self.attempt
        if message is not None:
            if message.thinking:
                out.append(attempt.think(message.thinking))
            if message.content:
                attempt.end_thought(out)
                out.append(attempt.say(message.content))
            if message.tool_calls:
                attempt.end_thought(out)
                for call in message.tool_calls:
                    self._call(call)
        if said.done:
            self._conclude(said, line, out)

    def _call(self, given: _Call) -> None:
        function = given.function or _Function()
        call = self.attempt.open_call(given.id, function.name or "")
        call.pieces.append(_text_of(function.arguments))

    def _conclude(self, last: _Line, line: bytes, out: list[StreamChunk]) -> None:
        attempt, reason = self.attempt, last.done_reason or "stop"
        if last.prompt_eval_count is not None or last.eval_count is not None:
            attempt.usage = Usage(prompt=int(last.prompt_eval_count or 0), completion=int(last.eval_count or 0))
        attempt.response = msgspec.json.decode(line)
        # `load` and `unload` answer a request without messages: a word that callers should see.
        self.finish(FINISH.get(reason, FinishStatus.STOP), out, detail=None if reason in FINISH else reason)

    def _kept(self) -> dict[str, Json]:
        return {"thinking": self.attempt.thinking} if self.attempt.thoughts else {}


def _text_of(arguments: msgspec.Raw) -> str:
    """The arguments as the model's own JSON text; servers that imitate Ollama send that text inside a string."""
    text = bytes(arguments).decode()
    if text.startswith('"'):
        inner: str = msgspec.json.decode(text)
        return inner
    return "" if text == "null" else text
