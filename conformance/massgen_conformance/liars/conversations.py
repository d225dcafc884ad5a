"""Faults in what is remembered, and in how a conversation is written down."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import count
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Chunk
from massgen_conformance.liars.liar import liar

_MOMENTS = count(1)


@liar("REC-03", "STA-02", "STA-03", "STA-06", fault="the system prompt tells the time")
class TimeInPrompt(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        clock = {"role": "system", "content": f"Moment {next(_MOMENTS)}."}
        return super().body([clock, *messages], tools, options)


class _Remembers(Honest):
    """Adds the question before to each conversation, as a server that keeps one would."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.before: list[JSON] = []

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        kept, self.before = self.before, [message for message in messages if message["role"] == "user"][-1:]
        async for chunk in super().stream_with_tools([*kept, *messages], tools, **options):
            yield chunk


@liar(
    "ISO-01",
    "ISO-03",
    "ISO-04",
    "ISO-05",
    "STA-02",
    "STA-03",
    fault="the question before is sent again with the next one",
)
class KeepsQuestions(_Remembers):
    pass


@liar("STA-03", fault="a backend that remembers does not forget when it is told to")
class ForgetsNothing(Honest):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.session: str | None = None

    def is_stateful(self) -> bool:
        return True

    async def clear_history(self) -> None:
        """The fault: the session stays."""

    reset_state = clear_history

    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        session = {} if self.session is None else {"user": self.session}
        self.session = f"session-{len(messages)}"
        return super().body(messages, tools, options) | session


@liar("STA-05", fault="the id of a conversation sticks to the backend")
class StickySession(Honest):
    session: str | None = None

    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        given = dict(options)
        self.session = given.pop("previous_response_id", self.session)
        body = super().body(messages, tools, given)
        return body if self.session is None else body | {"previous_response_id": self.session}


@liar("STA-06", fault="the newest result is told in the system prompt as well")
class NewsInPrompt(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        news = [str(message["content"]) for message in messages if message["role"] == "tool"][-1:]
        told = [{"role": "system", "content": f"Newest result: {news[0]}"}] if news else []
        return super().body([*told, *messages], tools, options)


@liar("STA-07", fault="of messages of one role in a row only the last is sent")
class LastOfRole(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        following = [*messages[1:], {"role": None}]
        kept = [
            message
            for message, after in zip(messages, following, strict=True)
            if message["role"] == "tool" or message["role"] != after["role"]
        ]
        return super().body(kept, tools, options)
