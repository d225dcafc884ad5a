"""What the model says, in no provider's language.

A scenario is data: the conversation that is sent and, turn by turn, what the provider answers. A speaker turns a
`Turn` into the bytes of its wire; a check compares what the backend yields with the same `Turn`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

JSON: TypeAlias = Any  # the JSON edge: whatever `json.loads` gives


@dataclass(frozen=True, slots=True)
class Text:
    """Visible text, one string per delta on the wire."""

    deltas: tuple[str, ...]

    @property
    def whole(self) -> str:
        return "".join(self.deltas)


@dataclass(frozen=True, slots=True)
class Thinking:
    """One block of reasoning, with what the provider must see again next turn.

    `signature` is opaque (Anthropic signature, Gemini thoughtSignature, Responses encrypted_content); wires without one
    ignore it. `summary` marks a provider-written summary instead of raw reasoning. `redacted` is the opaque data of a
    block whose text is withheld (`deltas` is then empty).
    """

    deltas: tuple[str, ...]
    signature: str = ""
    summary: bool = False
    redacted: str = ""

    @property
    def whole(self) -> str:
        return "".join(self.deltas)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of one of the caller's tools. `arguments` is its JSON text cut into deltas; `()` means no arguments."""

    name: str
    arguments: tuple[str, ...] = ()
    id: str = ""  # "" lets the speaker choose one in the manner of its provider
    signature: str = ""  # Gemini: the thoughtSignature that rides on the call's own part

    @property
    def whole(self) -> str:
        return "".join(self.arguments)


Part: TypeAlias = Text | Thinking | ToolCall


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts in the contract's terms: `prompt` includes cached, `completion` includes reasoning."""

    prompt: int
    completion: int
    cached: int = 0
    cache_creation: int = 0
    reasoning: int = 0
    cost: float | None = None  # US dollars, on wires that report it
    heard: int = 0  # of the prompt, on wires that count sound

    @property
    def total(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class StreamError:
    """An error that the provider sends inside a stream whose status is 200, after the turn's parts."""

    kind: str  # an `error_info.kind` of the contract
    message: str


QUIRKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "usage_after_finish": "Token counts come in an event of their own, after the finish reason.",
        "usage_on_finish": "Token counts ride on the event that carries the finish reason, and nowhere else.",
        "usage_cumulative": "Several events carry the counts so far; the last one is right.",
        "prompt_uncounted": "The count of a prompt that was in the provider's cache is left out.",
        "no_done": "The wire's terminal marker is missing although everything else was said.",
        "null_first_arguments": "The first fragment of a call has `null` for its arguments.",
        "shared_index": "Parallel calls all have index 0 and differ by their ids.",
        "interleaved": "Fragments of parallel calls take turns.",
        "late_id": "A call's id comes with its second fragment.",
        "missing_id": "Calls have no id.",
        "id_only": "Every fragment of a call has its id, and none an index.",
        "late_name": "A call's name comes with its second fragment.",
        "function_call": "A call comes in the field that was there before `tool_calls`: without an id, one an answer.",
        "empty_choices": "Events without any choice come first and between the others.",
        "role_only": "The first delta holds nothing but the role.",
        "null_delta": "Some deltas are `null`.",
        "null_content": "Some deltas have `null` for their content.",
        "empty_delta": "Some deltas are empty, or hold an empty text.",
        "pings": "Keep-alives in the provider's manner come first and between all events.",
        "unknown_event": "Events of a type that nobody knows come between the others.",
        "unknown_field": "Known events have fields that nobody knows.",
        "searched": "The provider searches the web itself before it answers, and tells of it.",
        "searched_in_parts": "The provider's own search is a call and its result among the parts of the answer.",
        "cited": "The text has its source beside it, in the provider's form.",
        "pictured": "The model makes a picture beside its text, and one while it thinks where the wire shows such.",
        "logprobs": "How likely each piece of the text was stands beside it.",
        "argument_pieces": "The arguments of a call come in pieces, each with its place among them.",
        "whole_parts": "Parts come whole at their end, without a delta before it.",
        "whole_items": "Items and blocks come whole, in one event each.",
        "whole_answer": "The last event holds the whole answer, and no other any of it.",
        "no_block_ends": "The events that end a text or a thought are missing.",
        "empty_output": "The last event does not repeat the answer that was streamed.",
        "other_item_ids": "Each event gives an id of its own to the item that it is about.",
        "no_places": "Events do not say at which place in the answer their item stands.",
        "null_item": "Items are announced as `null` first.",
        "both_reasonings": "Reasoning comes under both of its usual names.",
        "bare_details": "Reasoning comes in its details alone.",
        "text_parts": "Text comes in a list of parts, empty ones and references among them.",
        "text_arguments": "Arguments come as JSON text in a string, where the wire has an object.",
        "empty_finish": "The finish reason is an empty text.",
        "end_twice": "The terminal marker comes twice.",
        "compacted": "What is withheld is the earlier conversation, made shorter by the provider.",
        "error_at_end": "An error inside the stream is told by the last event, as the fate of the answer.",
        "blocked_prompt": "What was asked is blocked: the answer holds nothing but the reason.",
        "bare_error": "An error inside the stream comes without what marks it as an event.",
        "object_arguments": "The item of a call holds its arguments as an object, in place of its text.",
        "unsigned": "A thought that is cut off has no signature.",
        "error_and_end": "An error inside the stream stands on an event that says as well that the answer is whole.",
        "signature_pieces": "A signature comes cut into several deltas that belong together.",
        "no_space_after_data": "SSE: `data:` is not followed by a space.",
        "crlf": "SSE and JSON lines: lines end in CR LF.",
        "lf": "SSE: lines end in LF, where the provider sends CR LF.",
        "cr": "SSE: lines end in CR.",
        "mixed_ends": "SSE: lines end in LF, CR and CR LF by turns.",
        "multi_line_data": "SSE: the JSON of an event is spread over several `data:` lines.",
        "bom": "SSE: the stream begins with a byte order mark.",
        "no_trailing_blank_line": "SSE: the blank line after the last event is missing.",
        "sse_fields": "SSE: events have `id:` and `retry:` lines.",
    }
)
"""Every wire peculiarity that some speaker can produce, with its meaning."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of the model.

    `finish` is the contract's status (`stop tool_calls length content_filter refusal`), or with a leading `=` the
    provider's raw word, verbatim. `quirks` names wire peculiarities that a speaker knows how to produce; a speaker that
    does not know one refuses the turn (`UnspeakableTurn`), it never ignores it.
    """

    parts: tuple[Part, ...] = ()
    finish: str = "stop"
    usage: Usage | None = Usage(prompt=11, completion=7)
    error: StreamError | None = None
    quirks: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        return "".join(part.whole for part in self.parts if isinstance(part, Text))

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def thinking(self) -> tuple[Thinking, ...]:
        return tuple(part for part in self.parts if isinstance(part, Thinking))


WEATHER_TOOL: JSON = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["city"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation: its opening messages, the tools offered, and the model's turns.

    After a turn with calls the driver appends the backend's `complete_message` and one tool result per call (text of
    `results`, by call order) and asks again.
    """

    name: str
    turns: tuple[Turn, ...]
    messages: tuple[JSON, ...] = ({"role": "user", "content": "Say hello."},)
    tools: tuple[JSON, ...] = ()
    results: tuple[str, ...] = ()
    needs: frozenset[str] = field(default=frozenset())  # abilities of the subject: "tools", "reasoning", ...
