"""A conversation as neutral values: every call beside its result, whatever shape it was given in.

The rule for tool calls (it is the same on all wires, because all of them answer 400 otherwise): every result belongs to
a call before it and every call has exactly one result. A history that breaks it raises ConfigurationError, naming each
call and result: nothing is invented and nothing is left out in silence. Results are placed right behind the message
that made the calls, in the order given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from massgen.formatter._content import Part, Text

Json = Any


@dataclass(frozen=True, slots=True)
class System:
    """Instructions; `role` is `system` or `developer`."""

    role: str
    parts: tuple[Part, ...]
    name: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """What a person, or another agent, said."""

    parts: tuple[Part, ...]
    name: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of the model; `arguments` is its JSON text, verbatim. `id` is empty until `pair` gives one."""

    id: str
    name: str
    arguments: str

    def input(self, where: str, problems: list[str]) -> dict[str, Json]:
        """The arguments as an object, which some wires want; a problem where they are none."""
        try:
            value = msgspec.json.decode(self.arguments)
        except msgspec.DecodeError:
            value = None
        if isinstance(value, dict):
            return value
        problems.append(f"{where}: the arguments of the tool call {self.id!r} are not the JSON text of an object")
        return {}

    def to_chat(self, call_id: str) -> dict[str, Json]:
        return {"id": call_id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(slots=True)
class Result:
    """What a tool gave back: `parts` where it is text and media, else `value`, any JSON (a string mostly).

    `response` is Gemini's own response object, where the result came in that shape. `name` is the tool's.
    """

    call_id: str
    value: Json
    parts: tuple[Part, ...] | None = None
    is_error: bool = False
    name: str | None = None
    response: Mapping[str, Json] | None = None
    marks: Mapping[str, Json] = field(default_factory=dict)
    where: str = ""

    @property
    def text(self) -> str:
        """The result as text: strings as they are, anything else as JSON."""
        if self.parts is not None:
            return join_text(self.parts)
        return self.value if isinstance(self.value, str) else json_text(self.value)

    @property
    def flagged_text(self) -> str:
        """The text, for a wire without an error flag: that of a failed tool says so."""
        return f"Error: {self.text}" if self._hides_its_error else self.text

    @property
    def flagged_parts(self) -> tuple[Part, ...]:
        """The parts, for a wire without an error flag."""
        parts = self.parts or ()
        return (Text("Error:"), *parts) if self._hides_its_error else parts

    @property
    def _hides_its_error(self) -> bool:
        return self.is_error and "error" not in self.text[:40].lower()

    @property
    def attached(self) -> list[Part]:
        """What the result holds beside text."""
        return [part for part in self.parts or () if not isinstance(part, Text)]


@dataclass(slots=True)
class Assistant:
    """What the model said and called, with the results. `source` is the caller's message, with its provider keys."""

    parts: tuple[Part, ...]
    calls: list[Call]
    source: Mapping[str, Json]
    refusal: str | None = None
    name: str | None = None
    results: list[Result] = field(default_factory=list)
    where: str = ""

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def spoken(self) -> str:
        """The text, or the refusal of a message that has none: a refusal is what the model said."""
        return self.text or self.refusal or ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Results whose calls are not in the history: the provider keeps them (`previous_response_id`), or the history is a
    piece of one.
    """

    results: list[Result]


@dataclass(frozen=True, slots=True)
class NativeItem:
    """A Responses item that has no neutral meaning, verbatim."""

    item: Mapping[str, Json]
    where: str

    @property
    def refusal(self) -> str:
        """What any other wire says to it."""
        return f"{self.where}: a {self.item.get('type')!r} item exists on the Responses wire only"


Entry = System | User | Assistant | Result | NativeItem
Message = System | User | Assistant | Answers | NativeItem


def json_text(value: Json) -> str:
    """`value` as JSON. Raises ValueError or TypeError for what JSON cannot say (bytes, NaN, sets)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def join_text(parts: Iterable[Part], separator: str = "\n") -> str:
    return separator.join(part.text for part in parts if isinstance(part, Text))


def pair(
    entries: Sequence[Entry], problems: list[str], *, calls_elsewhere: bool, results_elsewhere: bool = False
) -> list[Message]:
    """Put every result to its call. What stays alone is a problem, or, with `calls_elsewhere`, an `Answers`; a call
    without a result is none with `results_elsewhere`.
    """
    history: list[Message] = []
    waiting: dict[str, Assistant] = {}
    for entry in entries:
        if not isinstance(entry, Result):
            history.append(entry)
            if isinstance(entry, Assistant):
                _expect(entry, waiting, problems)
            continue
        if not entry.call_id:
            entry.call_id = _by_name(entry.name, waiting)
        turn = waiting.pop(entry.call_id, None)
        if turn is not None:
            turn.results.append(entry)
            entry.name = next(call.name for call in turn.calls if call.id == entry.call_id)
        elif calls_elsewhere:
            _answer(entry, history)
        else:
            problems.append(
                f"{entry.where}: the result for the tool call {entry.call_id or entry.name!r} has no unanswered call "
                "before it; keep the assistant message that made the call, or leave the result out"
            )
    if not results_elsewhere:
        problems.extend(_unanswered(history))
    return history


def _expect(turn: Assistant, waiting: dict[str, Assistant], problems: list[str]) -> None:
    ids = [call.id for call in turn.calls]
    problems.extend(
        f"{turn.where}: the tool call id {call_id!r} is used twice" for call_id in {i for i in ids if ids.count(i) > 1}
    )
    waiting.update((call_id, turn) for call_id in ids)


def _by_name(name: str | None, waiting: Mapping[str, Assistant]) -> str:
    """The first unanswered call of that name: shapes without ids pair by name and order."""
    for call_id, turn in waiting.items():
        if any(call.id == call_id and call.name == name for call in turn.calls):
            return call_id
    return ""


def _answer(result: Result, history: list[Message]) -> None:
    if history and isinstance(history[-1], Answers):
        history[-1].results.append(result)
    else:
        history.append(Answers([result]))


def _unanswered(history: Iterable[Message]) -> Iterable[str]:
    for turn in (message for message in history if isinstance(message, Assistant)):
        answered = {result.call_id for result in turn.results}
        for call in (call for call in turn.calls if call.id not in answered):
            yield (
                f"{turn.where}: the tool call {call.id!r} ({call.name}) has no result; append one before the next "
                "request, with what went wrong as its content if the tool did not run"
            )
