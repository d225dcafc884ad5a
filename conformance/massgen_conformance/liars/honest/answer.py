"""One answer of the model while it arrives: what was seen, and the chunks that it gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

JSON = Any  # the JSON edge


class Chunk:
    """A chunk with the fields it was made with; `massgen_conformance.contract.field_of` reads absent ones as None."""

    def __init__(self, type: str, **fields: Any) -> None:
        self.type, self.source, self.display = type, "honest", True
        self.__dict__.update(fields)

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if name not in ("type", "source", "display")}
        return f"Chunk({self.type!r}, {shown})"


@dataclass(slots=True)
class Call:
    id: str
    name: str
    arguments: str = ""
    block: JSON = None  # the provider's own, with the id in it, for wires that must see it again

    def stands_in(self, block: JSON) -> bool:
        """Whether a block of the provider's is, or holds, this very call."""
        return self.block is not None and (block is self.block or block.get("functionCall") is self.block)

    def as_json(self, *, whole: bool = True) -> JSON:
        arguments = (self.arguments.strip() and self.arguments) or "{}"
        function = {"name": self.name, "arguments": arguments if whole else self.arguments}
        return {"id": self.id, "type": "function", "function": function}


class Malformed(ValueError):
    """The provider sent something that is not its protocol."""


@dataclass(slots=True)
class Failure:
    """One classified failure."""

    kind: str
    message: str
    http_status: int | None = None
    retryable: bool = False
    retry_after: float | None = None
    request_id: str | None = None


_SYNTHETIC = count(1)


def synthetic_id() -> str:
    """An id for a call that came without one; never the same twice in this process."""
    return f"call_honest_{next(_SYNTHETIC)}"


class Answer:
    """Accumulates one attempt. A wire calls the verbs; each returns the chunks that become visible."""

    def __init__(self) -> None:
        self.request_id: str | None = None  # that the headers of the response tell
        self.text: list[str] = []
        self.thought: list[str] = []  # of the block that is open
        self.thoughts: list[str] = []  # of closed blocks
        self.times: dict[str, Any] = {}  # that the provider took, under its names
        self.calls: list[Call] = []
        self.known: frozenset[str] = frozenset()  # ids of the calls in the conversation
        self.blocks: list[JSON] = []  # the provider's own content, for wires that must see it again
        self.images: list[JSON] = []  # that the model made
        self.annotations: list[JSON] = []  # the sources of the text
        self.usage: dict[str, int] | None = None
        self.cost: float | None = None  # US dollars, where the provider tells
        self.finish: str | None = None
        self.ended = False
        self.failure: Failure | None = None
        self.streamed = False

    def say(self, delta: str) -> Iterator[Chunk]:
        if delta:
            yield from self.end_thought()
            self.text.append(delta)
            yield Chunk("content", content=delta)

    def think(self, delta: str) -> Iterator[Chunk]:
        if delta:
            self.thought.append(delta)
            yield Chunk("reasoning", reasoning_delta=delta)

    def end_thought(self) -> Iterator[Chunk]:
        if self.thought:
            whole = "".join(self.thought)
            self.thought.clear()
            self.thoughts.append(whole)
            yield Chunk("reasoning_done", reasoning_text=whole)

    def count(self, prompt: int, completion: int, **details: int) -> None:
        """A snapshot of the token counts: it replaces what was known."""
        self.usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        self.usage.update({name: number for name, number in details.items() if number})

    def status(self) -> str:
        said = "stop" if self.finish in ("tool_calls", None) else str(self.finish)
        return "tool_calls" if self.calls and said == "stop" else said

    def message(self) -> JSON:
        said: JSON = {"role": "assistant", "content": "".join(self.text)}
        if self.calls:
            said["tool_calls"] = [call.as_json() for call in self.calls]
        if self.times:
            said["timings"] = self.times
        if self.thoughts:
            said["reasoning_content"] = "\n".join(self.thoughts)
        if self.images:
            said["images"] = self.images
        if self.annotations:
            said["annotations"] = self.annotations
        if self.blocks:
            said["provider_blocks"] = self.blocks
        return said

    def made_up_id(self) -> str:
        """The id of a call that came without one."""
        return synthetic_id()

    def once(self, calls: list[Call]) -> list[Call]:
        """Calls without those that were told twice; of different calls under one id the later ones get another."""
        kept: list[Call] = []
        for call in calls:
            like = [other for other in kept if call.id and other.id == call.id]
            if any((other.name, other.arguments) == (call.name, call.arguments) for other in like):
                self.blocks = [each for each in self.blocks if not call.stands_in(each)]
                continue
            call.id = "" if like else call.id
            kept.append(call)
        return kept

    def close(self) -> Iterator[Chunk]:
        """The chunks after the last delta of an answer that arrived whole."""
        yield from self.end_thought()
        if any(not is_object(call.arguments or "{}") for call in self.calls):
            kind = "incomplete" if self.finish == "length" else "malformed"
            self.failure = Failure(kind, "a tool call's arguments are not whole JSON")
            return
        self.calls = self.once(self.calls)
        for call in self.calls:
            call.id = self.made_up_id() if not call.id or call.id in self.known else call.id
            if call.block and call.block.get("id"):
                call.block["id"] = call.id
        if self.calls:
            yield Chunk("tool_calls", tool_calls=[call.as_json() for call in self.calls])
        yield Chunk("complete_message", complete_message=self.message())


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def parsed(text: str) -> JSON:
    """The object that a text holds; an empty one when it holds none."""
    return json.loads(text) if is_object(text) else {}
