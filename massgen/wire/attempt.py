"""What one attempt of the model has said, thought, called and counted so far.

Every decoder writes into an `Attempt` and gets chunks back; it is the only accumulator in this package. Finished, it
says which tool calls and which `complete_message` the caller gets.
"""

from __future__ import annotations

from typing import Any

import msgspec

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import StreamChunk
from massgen.token_manager.usage import Usage
from massgen.wire.pieces import Pieces

Json = Any

Place = tuple[str | None, int | None]
"""Where a block of reasoning is: `(item_id, index)`, as its chunks say. Wires with one block at a time leave both None.
"""


class CallDraft:
    """A tool call whose arguments are still arriving."""

    __slots__ = ("id", "name", "pieces", "provider_id")

    def __init__(self, provider_id: str | None, name: str, call_id: str = "") -> None:
        self.provider_id = provider_id
        self.name = name
        self.id = call_id
        self.pieces: list[str] = Pieces()

    @property
    def arguments(self) -> str:
        """The model's own text; `{}` where it sent none."""
        return ("".join(self.pieces).strip() and "".join(self.pieces)) or "{}"

    def is_whole(self) -> bool:
        """Whether the arguments are the JSON text of an object."""
        try:
            return isinstance(msgspec.json.decode(self.arguments), dict)
        except msgspec.DecodeError:
            return False

    def to_dict(self) -> dict[str, Json]:
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


class Attempt:
    """The state of one attempt. Methods that take a delta return the chunk to yield for it."""

    __slots__ = (
        "_summaries",
        "_text",
        "_thoughts",
        "calls",
        "extras",
        "ids",
        "response",
        "started",
        "thoughts",
        "usage",
    )

    def __init__(self, ids: CallIds) -> None:
        self.ids = ids
        self.started = False  # a byte of the model's output has been seen: the moment of the first token
        self.calls: list[CallDraft] = []
        self.usage: Usage | None = None
        self.extras: dict[str, Json] = {}  # what the provider must see again, under its key in `complete_message`
        self.response: dict[str, Json] | None = None  # the raw final response object
        self.thoughts: list[str] = []  # the blocks of reasoning that are complete
        self._text = Pieces()
        self._thoughts: dict[Place, Pieces] = {}  # the open blocks of reasoning, and of summaries
        self._summaries: dict[Place, Pieces] = {}

    @property
    def text(self) -> str:
        return self._text.text()

    @property
    def place(self) -> int:
        """How much of the text there is, in characters."""
        return len(self.text)

    @property
    def thinking(self) -> str:
        """All reasoning so far, summaries included."""
        blocks = (*self._thoughts.values(), *self._summaries.values())
        return "".join((*self.thoughts, *("".join(pieces) for pieces in blocks)))

    @property
    def written(self) -> str:
        """All that the model has written so far: thoughts, text, and calls."""
        calls = (piece for call in self.calls for piece in (call.name, *call.pieces))
        return "".join((self.thinking, *self._text, *calls))

    def say(self, delta: str) -> StreamChunk:
        self.started = True
        self._text.append(delta)
        return StreamChunk("content", delta)

    def think(self, delta: str, item_id: str | None = None, content_index: int | None = None) -> StreamChunk:
        self.started = True
        self._thoughts.setdefault((item_id, content_index), Pieces()).append(delta)
        return StreamChunk("reasoning", reasoning_delta=delta, item_id=item_id, content_index=content_index)

    def summarise(self, delta: str, index: int, item_id: str | None = None) -> StreamChunk:
        self.started = True
        self._summaries.setdefault((item_id, index), Pieces()).append(delta)
        return StreamChunk("reasoning_summary", reasoning_summary_delta=delta, summary_index=index, item_id=item_id)

    def end_thought(self, out: list[StreamChunk], item_id: str | None = None, content_index: int | None = None) -> None:
        """Close one block of reasoning, if it is open."""
        pieces = self._thoughts.pop((item_id, content_index), None)
        if pieces:
            text = pieces.text()
            self.thoughts.append(text)
            out.append(StreamChunk("reasoning_done", reasoning_text=text, item_id=item_id, content_index=content_index))

    def end_summary(self, index: int, out: list[StreamChunk], item_id: str | None = None) -> None:
        """Close the summary part `index` of an item, if it is open."""
        pieces = self._summaries.pop((item_id, index), None)
        if pieces:
            text = pieces.text()
            out.append(
                StreamChunk("reasoning_summary_done", reasoning_summary_text=text, summary_index=index, item_id=item_id)
            )

    def end_open_blocks(self, out: list[StreamChunk]) -> None:
        """Close whatever reasoning is open, in the order in which it began: text or a call follows."""
        for item_id, content_index in list(self._thoughts):
            self.end_thought(out, item_id, content_index)
        for item_id, index in list(self._summaries):
            self.end_summary(index or 0, out, item_id)

    def cite(self, annotation: Json) -> None:
        """Keep a citation (`massgen.wire.citations`) for the message; None is none."""
        if annotation is not None:
            self.extras.setdefault("annotations", []).append(annotation)

    def show(self, media_type: str, place: str, item_id: str | None = None, *, partial: bool = False) -> StreamChunk:
        """Media that the model made, at `place`: its address, or its bytes as a `data:` URL.

        A whole image is also in the message's `images`, in the shape in which Chat servers send them. A `partial` one
        is a preview of what will follow.
        """
        self.started = True
        if partial:
            return StreamChunk("media_progress", place, detail=media_type, item_id=item_id, status="partial")
        if media_type.startswith("image/"):
            self.extras.setdefault("images", []).append({"type": "image_url", "image_url": {"url": place}})
        return StreamChunk("media", place, detail=media_type, item_id=item_id, status="completed")

    def open_call(self, provider_id: str | None, name: str) -> CallDraft:
        """A new tool call, in the model's order. Its id is settled when the attempt ends."""
        self.started = True
        call = CallDraft(provider_id, name)
        self.calls.append(call)
        return call

    def settle_ids(self) -> None:
        """Give every call its final id; late ids have arrived by now.

        A call that was told twice, with the same id, name and arguments, is one call.
        """
        told: set[tuple[str, str, str]] = set()
        for call in list(self.calls):
            said = (call.provider_id or "", call.name, call.arguments)
            if said in told:
                self.calls.remove(call)
            elif call.provider_id:
                told.add(said)
        for call in self.calls:
            if not call.id:
                call.id = self.ids.claim(call.provider_id)

    def message(self) -> dict[str, Json]:
        """The whole assistant message in Chat-Completions shape, ready for the history."""
        message: dict[str, Json] = {"role": "assistant", "content": self.text or None}
        if self.calls:
            message["tool_calls"] = [call.to_dict() for call in self.calls]
        message.update(self.extras)
        return message
