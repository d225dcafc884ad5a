"""What GitHub's Copilot CLI puts out with `--output-format json`: one event a line, each below an earlier one.

Written from its recorded output (Copilot CLI 1.0.102). Nothing in it counts tokens: the last line has times and the
number of premium requests. A failed answer has been asked for again before; the error is told once more as the
session's own, and the exit code stands in the last line as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from massgen_conformance.scenario import StreamError, Text, Thinking, Turn
from massgen_conformance.speakers.base import JSON, UnspeakableTurn, opaque_id, seed_of

MODEL: Final = "gpt-4o"
AT: Final = "2026-11-21T01:13:30.339Z"
KINDS: Final = {"rate_limit": 429, "auth": 401, "overloaded": 503}
"""HTTP status of an error that has one of its own; 500 for the others."""

_INTERACTION: Final = "00000000-0000-4000-8000-0000000000aa"
_EDITS: Final = {"containsBuiltInFileEditRequest": False}
_NO_CHANGES: Final = {"linesAdded": 0, "linesRemoved": 0, "filesModified": []}


def copilot(turn: Turn) -> list[JSON]:
    """The turn as objects, one a line. `UnspeakableTurn` for thoughts that are withheld."""
    if any(thought.redacted for thought in turn.thinking):
        raise UnspeakableTurn("Copilot CLI shows no withheld thoughts")
    return list(_Session(turn).lines())


class _Session:
    """One session of one turn while it is being told."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._number = 0
        self._above = self._id()
        self._message = self._id()
        self._asked = self._id()

    def lines(self) -> Iterator[JSON]:
        yield self._event("session.mcp_servers_loaded", {"servers": []}, passing=True)
        yield self._event("session.tools_updated", {"model": MODEL}, passing=True)
        yield self._event("user.message", self._question())
        yield self._event("assistant.turn_start", {"turnId": "0", "interactionId": _INTERACTION})
        yield self._event("model.call_start", {"turnId": "0", "model": MODEL}, passing=True)
        failed = self.turn.error
        yield from self._deltas()
        yield from self._failure(failed) if failed else self._success()
        yield self._event("assistant.idle", {}, passing=True)
        usage = {"premiumRequests": 0, "totalApiDurationMs": 53, "sessionDurationMs": 366, "codeChanges": _NO_CHANGES}
        code = 1 if failed else 0
        yield {"type": "result", "timestamp": AT, "sessionId": self._id(), "exitCode": code, "usage": usage}

    def _deltas(self) -> Iterator[JSON]:
        begun = False
        for number, part in enumerate(self.turn.parts):
            if isinstance(part, Thinking):
                for delta in part.deltas:
                    said = {"reasoningId": f"reasoning-{number}", "deltaContent": delta}
                    yield self._event("assistant.reasoning_delta", said, passing=True)
            elif isinstance(part, Text):
                if not begun:
                    yield self._event("assistant.message_start", {"messageId": self._message}, passing=True)
                begun = True
                for delta in part.deltas:
                    said = {"messageId": self._message, "deltaContent": delta}
                    yield self._event("assistant.message_delta", said, passing=True)

    def _success(self) -> Iterator[JSON]:
        """The whole message after the call, and each thought whole behind it."""
        yield self._event("model.call_finished", self._finished("success", **_EDITS), passing=True)
        yield self._event("assistant.message", self._whole())
        for number, part in enumerate(self.turn.parts):
            if isinstance(part, Thinking):
                whole = {"reasoningId": f"reasoning-{number}", "content": part.whole, "rte": False}
                yield self._event("assistant.reasoning", whole, passing=True)
        result = {"model": MODEL, "isByok": True, "result": "success"}
        yield self._event("model.call_final_result", result, passing=True)
        yield self._event("assistant.turn_end", {"turnId": "0"})

    def _failure(self, error: StreamError) -> Iterator[JSON]:
        status = KINDS.get(error.kind, 500)
        call = {"model": MODEL, "statusCode": status, "durationMs": 44, "apiEndpoint": "/chat/completions"}
        call |= {"transport": "http", "failureKind": "api", "retryAttempt": 5, "errorMessage": error.message}
        yield self._event("model.call_failure", call, passing=True)
        yield self._event("model.call_finished", self._finished("error"), passing=True)
        yield self._event("assistant.turn_end", {"turnId": "0"})
        told = f"Failed to get response from the AI model; retried 5 times Last error: {status} {error.message}"
        problem = {"errorType": error.kind, "message": told, "statusCode": status}
        yield self._event("session.error", {**problem, "originatingMessageId": self._asked})

    def _question(self) -> JSON:
        told: JSON = {"content": "Say hello.", "transformedContent": "Say hello.", "messageId": self._asked}
        told |= {"supportedNativeDocumentMimeTypes": [], "delivery": "idle", "interactionId": _INTERACTION}
        return {**told, "turnId": "0"}

    def _finished(self, outcome: str, **more: JSON) -> JSON:
        spent = {"turnId": "0", "dispatchDurationMs": 54, "outcome": outcome, "editClassifierVersion": 1}
        return {**spent, "interactionId": _INTERACTION, **more}

    def _whole(self) -> JSON:
        call = opaque_id("chatcmpl-", seed_of(self.turn, None), length=16)
        whole: JSON = {"messageId": self._message, "originatingMessageId": self._asked, "model": MODEL}
        whole |= {"content": self.turn.text, "toolRequests": [], "interactionId": _INTERACTION, "turnId": "0"}
        whole |= {"rte": False, "apiCallId": call}
        thoughts = self.turn.thinking
        if thoughts:
            whole |= {"reasoningText": "".join(thought.whole for thought in thoughts)}
            whole |= {"reasoningOpaque": "".join(thought.signature for thought in thoughts)}
        return whole

    def _event(self, kind: str, data: JSON, *, passing: bool = False) -> JSON:
        """One line. What is not `passing` is kept in the session, and what follows stands below it."""
        own, above = self._id(), self._above
        line = {"type": kind, "data": data, **({"ephemeral": True} if passing else {})}
        if not passing:
            self._above = own
        return {**line, "id": own, "timestamp": AT, "parentId": above}

    def _id(self) -> str:
        self._number += 1
        return f"00000000-0000-4000-8000-{self._number:012}"
