"""What command-line agents put out, a JSON object a line: Claude Code, Codex, Gemini CLI and Copilot CLI.

Written from their recorded output (Claude Code 2.1, Codex 0.169, Gemini CLI 0.61, Copilot CLI 1.0). These
agents run their tools themselves, so that a turn with calls for the caller cannot be said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from massgen_conformance.plan import Reply
from massgen_conformance.program import output
from massgen_conformance.scenario import StreamError, Text, Thinking, Turn, Usage
from massgen_conformance.speakers.agent_request import CLAUDE, CODEX, COPILOT, GEMINI, CommandLine
from massgen_conformance.speakers.anthropic_messages import AnthropicSpeaker
from massgen_conformance.speakers.base import (
    JSON,
    Headers,
    NeutralRequest,
    UnspeakableTurn,
    check_quirks,
    compact,
    opaque_id,
    seed_of,
)
from massgen_conformance.speakers.copilot_lines import KINDS, copilot
from massgen_conformance.trace import Received

Lines = list[JSON]
STATUS: Final = "api_error_status"
SESSION: Final = "00000000-0000-4000-8000-000000000000"
CLAUDE_MODEL: Final = "claude-opus-4-8"
GEMINI_MODEL: Final = "gemini-2.5-flash"
STATUSES: Final = {"server": 500, "overloaded": 529, "rate_limit": 429, "auth": 401, "bad_request": 400}
AT: Final = "2026-11-21T01:10:26.033Z"


QUIRKS: Final = frozenset({"crlf", "lf", "unknown_event", "unknown_field", "usage_on_finish"})


@dataclass(frozen=True, slots=True)
class AgentSpeaker:
    """One agent's side. `wire` is its name as well; `failing` is its exit code when it could not answer."""

    wire: str
    lines: Callable[[Turn], Lines]
    command: CommandLine
    failing: int = 1
    told: frozenset[str] = frozenset({"server"})  # the kinds of errors that its words can be taken for
    paths: tuple[str, ...] = ("/run",)
    quirks: frozenset[str] = QUIRKS

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        """The turn as lines of output, which do not depend on how the agent was started. `UnspeakableTurn`."""
        check_quirks(turn, self.quirks, self.wire)
        if turn.calls:
            raise UnspeakableTurn(f"{self.wire} runs its tools itself")
        if turn.error is None and turn.finish != "stop":
            raise UnspeakableTurn(f"{self.wire} has no word for an answer that ended with {turn.finish!r}")
        if turn.error is not None and turn.error.kind not in self.told:
            raise UnspeakableTurn(f"an error of {self.wire} is a sentence, which cannot say {turn.error.kind!r}")
        end = b"\r\n" if "crlf" in turn.quirks else b"\n"
        return tuple(compact(line).encode() + end for line in _strange(self.lines(turn), turn.quirks))

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        """The turn as the output of a process, with the exit code that goes with it. `UnspeakableTurn`."""
        return output(self.say(turn), exit_code=self.failing if turn.error else 0)

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        """The agent's provider refused: the agent tells so in its own form, some with the status."""
        lines = self.lines(Turn((), usage=None, error=StreamError("server", f"{status} {message}")))
        told = [_with_status(line, status) for line in lines]
        return output([compact(line).encode() + b"\n" for line in told], exit_code=self.failing)

    def keyed(self, *variables: str) -> AgentSpeaker:
        """An agent that is like this one, with its key in one of these variables; without any it needs none."""
        return replace(self, command=replace(self.command, keys=variables))

    def problems(self, received: Received) -> list[str]:
        return self.command.problems(received)

    def read(self, received: Received) -> NeutralRequest:
        return self.command.read(received)


def _with_status(line: JSON, status: int) -> JSON:
    """The line with this status of HTTP where it has one: at its top in Claude Code, in its data in Copilot."""
    if STATUS in line:
        return {**line, STATUS: status}
    data = line.get("data") or {}
    return {**line, "data": {**data, "statusCode": status}} if "statusCode" in data else line


def _strange(lines: Lines, quirks: Collection[str]) -> Lines:
    """The lines with what nobody knows in them, where the turn wants that."""
    if "unknown_field" in quirks:
        lines = [{**line, "x_weather": {"sky": ["blue", None]}} for line in lines]
    if "unknown_event" in quirks:
        lines = [each for line in lines for each in ({"type": "x_weather", "sky": "blue"}, line)]
    return lines


def _counted(turn: Turn) -> Usage:
    return turn.usage or Usage(0, 0)


def _codex(turn: Turn) -> Lines:
    """Whole items, no deltas, and of the reasoning a summary; a failure is told twice, as an error and the turn's."""
    if any(not thought.summary for thought in turn.thinking):
        raise UnspeakableTurn("codex shows of its reasoning a summary")
    items = [
        {
            "id": f"item_{number}",
            "type": "reasoning" if isinstance(part, Thinking) else "agent_message",
            "text": part.whole,
        }
        for number, part in enumerate(turn.parts)
    ]
    said: Lines = [{"type": "thread.started", "thread_id": SESSION}, {"type": "turn.started"}]
    said += [{"type": "item.completed", "item": item} for item in items]
    if turn.error:
        message = turn.error.message
        return [*said, {"type": "error", "message": message}, {"type": "turn.failed", "error": {"message": message}}]
    counted = _counted(turn)
    usage = {
        "input_tokens": counted.prompt,
        "cached_input_tokens": counted.cached,
        "cache_write_input_tokens": counted.cache_creation,
        "output_tokens": counted.completion,
        "reasoning_output_tokens": counted.reasoning,
    }
    return [*said, {"type": "turn.completed", "usage": usage}]


def _gemini_cli(turn: Turn) -> Lines:
    """Deltas of the visible text; thoughts are not shown."""
    counted = _counted(turn)
    counts = {
        "total_tokens": counted.total,
        "input_tokens": counted.prompt,
        "output_tokens": counted.completion,
        "cached": counted.cached,
        "input": counted.prompt - counted.cached,
    }
    stats = {**counts, "duration_ms": 308, "tool_calls": 0, "models": {GEMINI_MODEL: counts}}
    said: Lines = [
        {"type": "init", "timestamp": AT, "session_id": SESSION, "model": GEMINI_MODEL},
        {"type": "message", "timestamp": AT, "role": "user", "content": "Say hello."},
    ]
    for part in turn.parts:
        for delta in part.deltas if isinstance(part, Text) else ():
            said.append({"type": "message", "timestamp": AT, "role": "assistant", "content": delta, "delta": True})
    ended: JSON = {"type": "result", "timestamp": AT, "status": "success", "stats": stats}
    if turn.error:
        told = {"type": "unknown", "message": f"[API Error: {turn.error.message}]"}
        ended = {"type": "result", "timestamp": AT, "status": "error", "error": told, "stats": stats}
    return [*said, ended]


def _claude_code(turn: Turn) -> Lines:
    """The provider's own events, each in an envelope; the whole message comes before its last block is closed."""
    number = iter(range(1, 1_000_000))
    frame = {"session_id": SESSION, "parent_tool_use_id": None}

    def marked(line: JSON) -> JSON:
        return {**line, "uuid": f"00000000-0000-4000-8000-{next(number):012}"}

    said: Lines = [marked({"type": "system", "subtype": "status", "status": "requesting", "session_id": SESSION})]
    for event in _anthropic_events(turn) if turn.parts or not turn.error else ():
        if event["type"] == "content_block_stop":
            said.append(marked({"type": "assistant", "message": _message(turn, event["index"]), **frame}))
        first = {"ttft_ms": 47} if event["type"] == "message_start" else {}  # of this call; the result has the agent's
        said.append(marked({"type": "stream_event", "event": event, **frame, **first}))
    return [*said, marked(_result(turn))]


def _anthropic_events(turn: Turn) -> Lines:
    """What the provider streams to the agent; of a failure the agent tells itself."""
    events = (event.decode().partition("data: ")[2] for event in AnthropicSpeaker(CLAUDE_MODEL).say(turn))
    read = [json.loads(event) for event in events]
    return [event for event in read if event["type"] not in ("ping", "error")]


def _message(turn: Turn, index: int) -> JSON:
    """The block that is about to close, as a message of its own."""
    part = turn.parts[index]
    block = {"type": "text", "text": part.whole}
    if isinstance(part, Thinking):
        block = {"type": "thinking", "thinking": part.whole, "signature": part.signature}
    return {
        "id": opaque_id("msg_01", seed_of(turn, None), length=22),
        "type": "message",
        "role": "assistant",
        "content": [block],
        "model": CLAUDE_MODEL,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": _counted(turn).prompt, "output_tokens": 0},
        "context_management": None,
    }


def _result(turn: Turn) -> JSON:
    """The last line. A failure has the subtype `success`, too: only `is_error` tells it."""
    counted = _counted(turn)
    usage = {
        "input_tokens": counted.prompt - counted.cached - counted.cache_creation,
        "cache_creation_input_tokens": counted.cache_creation,
        "cache_read_input_tokens": counted.cached,
        "output_tokens": counted.completion,
    }
    return {
        "type": "result",
        "subtype": "success",
        "is_error": turn.error is not None,
        STATUS: STATUSES[turn.error.kind] if turn.error else None,
        "duration_ms": 332,
        "duration_api_ms": 54,
        **({} if turn.error else {"ttft_ms": 290, "ttft_stream_ms": 284, "time_to_request_ms": 231}),
        "num_turns": 1,
        "result": f"API Error: {turn.error.message}" if turn.error else turn.text,
        "stop_reason": "stop_sequence" if turn.error else "end_turn",
        "session_id": SESSION,
        "total_cost_usd": counted.cost or 0,
        "usage": usage,
        "permission_denials": [],
    }


_ALL = (
    AgentSpeaker("claude_code", _claude_code, CLAUDE, told=frozenset(STATUSES)),
    AgentSpeaker("codex", _codex, CODEX),
    AgentSpeaker("gemini_cli", _gemini_cli, GEMINI, failing=144),
    AgentSpeaker("copilot", copilot, COPILOT, told=frozenset({"server", *KINDS})),
)

AGENTS: Final[Mapping[str, AgentSpeaker]] = MappingProxyType({speaker.wire: speaker for speaker in _ALL})
"""By the name of the agent, which is that of its wire."""
