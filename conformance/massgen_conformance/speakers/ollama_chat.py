"""The provider's side of Ollama's native chat.

Protocol facts: ollama's `api/types.go` and documentation, and live recordings. A stream is one JSON object a line,
written by Go's encoder; its last line has `done: true` and the counts. Calls come whole, each on a line of its own or
on the last one (0xPlaygrounds/rig#1308), with an object for arguments; the done reason never tells of them. There are
no counts of cached or reasoning tokens, and an error inside the stream is a sentence without a class: a line that has
one is an error whatever else it says (`api/client.go`). Servers that imitate Ollama send arguments as text, which
langchain-ollama reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Part, StreamError, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers import ollama_request as requests
from massgen_conformance.speakers.base import (
    JSON,
    Headers,
    NeutralRequest,
    UnspeakableTurn,
    check_quirks,
    compact,
    json_reply,
    opaque_id,
    seed_of,
)
from massgen_conformance.trace import Received

FINISHES: Mapping[str, str] = {"stop": "stop", "tool_calls": "stop", "length": "length"}
QUIRKS = frozenset(
    {
        *("crlf", "lf", "usage_on_finish", "missing_id", "empty_delta", "unknown_field"),
        *("whole_answer", "end_twice", "text_arguments", "prompt_uncounted", "error_and_end"),
    }
)
TOLD = frozenset({"server", "overloaded"})
"""Kinds of errors that a sentence without a class can be taken for."""

_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_SPENT = {"total_duration": 7577982042, "load_duration": 58847000}


@dataclass(frozen=True, slots=True)
class OllamaSpeaker:
    """A server of Ollama's `/api/chat`."""

    model: str = "qwen3:4b"
    wire: str = field(default="ollama_chat", init=False)
    paths: tuple[str, ...] = field(default=("/api/chat",), init=False)
    quirks: frozenset[str] = field(default=QUIRKS, init=False)

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, "Ollama's chat")
        model = str(request.json().get("model", "")) if request is not None else ""
        end = "\r\n" if "crlf" in turn.quirks else "\n"
        lines = _Answer(turn, seed_of(turn, request), model or self.model).lines()
        return tuple((_as_go(line) + end).encode() for line in lines)

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        return Reply(self.say(turn, request=request), headers=(("content-type", "application/x-ndjson"),))

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        return json_reply(status, {"error": message}, headers)

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)


def _as_go(value: JSON) -> str:
    """JSON as Go's encoder writes it: safe inside of HTML and of JavaScript."""
    return compact(value).translate(_ESCAPES)


def _together(said: list[JSON]) -> JSON:
    """What several messages say, in one."""
    whole: JSON = {}
    for message in said:
        for name, value in message.items():
            whole[name] = whole[name] + value if name in whole else value
    return whole


class _Answer:
    """One answer while it is being said."""

    def __init__(self, turn: Turn, seed: str, model: str) -> None:
        self.turn, self.seed, self.model = turn, seed, model
        self._calls = 0
        self._lines = 0

    def lines(self) -> Iterator[JSON]:
        said = [message for part in self.turn.parts for message in self._messages(part)]
        whole = _together(said) if "whole_answer" in self.turn.quirks else {}
        for message in () if whole else said:
            if "empty_delta" in self.turn.quirks:
                yield self._line({})
            yield self._line(message)
        failed = self.turn.error and self._failure(self.turn.error)
        if failed and "error_and_end" not in self.turn.quirks:
            yield failed
            return
        last = {**self._line(whole, done=True), "done_reason": self._reason(), **self._counts(), **(failed or {})}
        yield from [last] * (2 if "end_twice" in self.turn.quirks else 1)

    def _messages(self, part: Part) -> Iterator[JSON]:
        if isinstance(part, Text):
            yield from ({"content": delta} for delta in part.deltas)
        elif isinstance(part, Thinking):
            if part.summary or part.redacted:
                raise UnspeakableTurn("Ollama has neither summaries nor withheld thoughts")
            yield from ({"thinking": delta} for delta in part.deltas)
        else:
            yield {"tool_calls": [self._call(part)]}

    def _call(self, call: ToolCall) -> JSON:
        number, self._calls = self._calls, self._calls + 1
        try:
            arguments = json.loads(call.whole or "{}")
        except ValueError:
            raise UnspeakableTurn("Ollama sends arguments as an object, which cannot be cut off") from None
        if "missing_id" in self.turn.quirks:  # servers of 2025
            return {"function": {"name": call.name, "arguments": arguments}}
        if "text_arguments" in self.turn.quirks:
            arguments = compact(arguments)
        own_id = call.id or opaque_id("call_", self.seed, number, 8)
        return {"id": own_id, "function": {"index": number, "name": call.name, "arguments": arguments}}

    def _line(self, said: JSON, *, done: bool = False) -> JSON:
        self._lines += 1
        message = {"role": "assistant", "content": "", **said}
        line = {"model": self.model, "created_at": self._moment(), "message": message, "done": done}
        return {**line, "x_weather": {"sky": ["blue", None]}} if "unknown_field" in self.turn.quirks else line

    def _moment(self) -> str:
        return f"2026-08-05T08:{self._lines // 60 % 60:02d}:{self._lines % 60:02d}.372032Z"

    def _counts(self) -> JSON:
        usage = self.turn.usage
        if usage is None:
            return dict(_SPENT)
        if not usage.prompt:
            raise UnspeakableTurn("Ollama leaves a count of zero out")
        counted = {} if "prompt_uncounted" in self.turn.quirks else {"prompt_eval_count": usage.prompt}
        asked = {**counted, "prompt_eval_duration": 707514083}
        return {**_SPENT, **asked, "eval_count": usage.completion, "eval_duration": 6286536118}

    def _reason(self) -> str:
        if self.turn.finish.startswith("="):
            return self.turn.finish[1:]
        if self.turn.finish not in FINISHES:
            raise UnspeakableTurn(f"Ollama has no done reason for {self.turn.finish!r}")
        return FINISHES[self.turn.finish]

    def _failure(self, error: StreamError) -> JSON:
        if error.kind not in TOLD:
            raise UnspeakableTurn(f"an error in Ollama's stream is a sentence, which cannot say {error.kind!r}")
        return {"error": error.message}
