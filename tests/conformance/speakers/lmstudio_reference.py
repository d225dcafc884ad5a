"""A backend on LM Studio's own chat, written from its documents: the honest one, with this wire's request and events.

The wire keeps the conversation itself and takes one message of the user: what was said before is told in its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.honest.backend import Honest

KINDS = {"invalid_request": "bad_request", "model_not_found": "not_found", "internal_error": "server"}


def shown(content: JSON) -> list[JSON]:
    """Content as items of the input."""
    parts = [{"type": "text", "text": str(content)}] if not isinstance(content, list) else content
    return [
        {"type": "message", "content": part["text"] + "\n"}
        if part["type"] == "text"
        else {"type": "image", "data_url": part["image_url"]["url"]}
        for part in parts
    ]


class NativeWire:
    """One request and its stream."""

    name = "lmstudio_chat"
    PARAMETERS = frozenset({"temperature", "top_p", "max_output_tokens", "reasoning"})

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"}

    @classmethod
    def target(cls, model: str) -> str:
        return "/api/v1/chat"

    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        system = "\n".join(message["content"] for message in messages if message["role"] == "system")
        said = [message for message in messages if message["role"] != "system"]
        items = [item for message in said for item in shown(message["content"])]
        body = {"model": model, "input": items, "stream": True, **options}
        return {**body, "system_prompt": system} if system else body

    def end(self, text: str) -> bool:
        return False

    @staticmethod
    def closes(answer: Answer) -> bool:
        return False

    def read(self, data: JSON) -> Iterator[Chunk]:
        kind = data.get("type")
        if kind == "message.delta":
            yield from self.answer.say(data["content"])
        elif kind == "reasoning.delta":
            yield from self.answer.think(data["content"])
        elif kind == "reasoning.end":
            yield from self.answer.end_thought()
        elif kind == "error":
            error = data["error"]
            self.answer.failure = Failure(KINDS.get(error["type"], "server"), error["message"])
        elif kind == "chat.end":
            self.count(data["result"]["stats"])
            self.answer.ended = True

    def count(self, stats: JSON) -> None:
        if "input_tokens" in stats:
            thought = stats["reasoning_output_tokens"]
            self.answer.count(stats["input_tokens"], stats["total_output_tokens"], reasoning_tokens=thought)


class Native(Honest):
    """The honest backend on this wire."""

    wires: ClassVar[Mapping[str, Any]] = {"lmstudio-native": NativeWire}


class EndIsAnEnd(NativeWire):
    """Takes the last event for a success, whatever was told before it."""

    def read(self, data: JSON) -> Iterator[Chunk]:
        yield from super().read(data)
        if data.get("type") == "error":
            self.answer.failure = None


class Hopeful(Native):
    """The backend with that mistake."""

    wires: ClassVar[Mapping[str, Any]] = {"lmstudio-native": EndIsAnEnd}
