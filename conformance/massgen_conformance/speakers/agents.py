"""What command-line agents put out, a JSON object a line: Claude Code, Codex, Gemini CLI and Copilot CLI.

Written from their recorded output (Claude Code 2.1, Codex 0.169, Gemini CLI 0.61, Copilot CLI 1.0). These
agents run their tools themselves, so that a turn with calls for the caller cannot be said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from massgen_conformance.plan import Reply
from massgen_conformance.program import output
from massgen_conformance.scenario import Text, Thinking, Turn, Usage
from massgen_conformance.speakers.anthropic_messages import AnthropicSpeaker
from massgen_conformance.speakers.base import JSON, UnspeakableTurn, check_quirks, compact, opaque_id, seed_of
from massgen_conformance.speakers.copilot_lines import copilot

Lines = list[JSON]
SESSION: Final = "00000000-0000-4000-8000-000000000000"
CLAUDE_MODEL: Final = "claude-opus-4-8"
GEMINI_MODEL: Final = "gemini-2.5-flash"
AT: Final = "2026-11-21T01:10:26.033Z"


@dataclass(frozen=True, slots=True)
class AgentSpeaker:
    """One agent's side. `failing` is its exit code when it could not answer."""

    name: str
    lines: Callable[[Turn], Lines]
    failing: int = 1
    quirks: frozenset[str] = frozenset()

    def say(self, turn: Turn) -> tuple[bytes, ...]:
        """The turn as lines of output. `UnspeakableTurn`."""
        check_quirks(turn, self.quirks, self.name)
        if turn.calls:
            raise UnspeakableTurn(f"{self.name} runs its tools itself")
        return tuple(compact(line).encode() + b"\n" for line in self.lines(turn))

    def reply(self, turn: Turn) -> Reply:
        """The turn as the output of a process, with the exit code that goes with it. `UnspeakableTurn`."""
        return output(self.say(turn), exit_code=self.failing if turn.error else 0)


def _counted(turn: Turn) -> Usage:
    return turn.usage or Usage(0, 0)


def _codex(turn: Turn) -> Lines:
    """Whole items, no deltas; a failure is told twice, as an error and as the turn's."""
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
    if turn.error is None:
        for event in _anthropic_events(turn):
            if event["type"] == "content_block_stop":
                said.append(marked({"type": "assistant", "message": _message(turn, event["index"]), **frame}))
            said.append(marked({"type": "stream_event", "event": event, **frame}))
    return [*said, marked(_result(turn))]


def _anthropic_events(turn: Turn) -> Lines:
    """What the provider streams to the agent."""
    events = (event.decode().partition("data: ")[2] for event in AnthropicSpeaker(CLAUDE_MODEL).say(turn))
    read = [json.loads(event) for event in events]
    return [event for event in read if event["type"] != "ping"]


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
        "api_error_status": 500 if turn.error else None,
        "duration_ms": 332,
        "duration_api_ms": 54,
        "num_turns": 1,
        "result": f"API Error: 500 {turn.error.message}" if turn.error else turn.text,
        "stop_reason": "stop_sequence" if turn.error else "end_turn",
        "session_id": SESSION,
        "total_cost_usd": counted.cost or 0,
        "usage": usage,
        "permission_denials": [],
    }


AGENTS: Final[Mapping[str, AgentSpeaker]] = MappingProxyType(
    {
        "claude_code": AgentSpeaker("claude_code", _claude_code),
        "codex": AgentSpeaker("codex", _codex),
        "gemini_cli": AgentSpeaker("gemini_cli", _gemini_cli, failing=144),
        "copilot": AgentSpeaker("copilot", copilot),
    }
)
"""By the name of the agent."""
