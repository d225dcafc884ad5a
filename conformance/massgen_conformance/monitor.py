"""A stream judged chunk by chunk, while it runs.

`Monitor` keeps the texts and ids it must compare and nothing else, so it can stand around a live backend. It knows
nothing of the wire: what a stream must say is the checks' business, whether it is well formed is decided here.
The module itself can be called: `monitor(backend, on_violation=...)` is `massgen_conformance.watch.watch`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType
from typing import Any, TypeAlias

from massgen_conformance.contract import (
    DELTA_FIELDS,
    FIELD_TYPES,
    MESSAGE_DUE,
    SPECS,
    STATUSES,
    TRANSITIONS,
    Place,
    Role,
    Spec,
    field_of,
    kind_of,
)
from massgen_conformance.shapes import call_problems, error_problems, message_problems, usage_problems


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule, and the position in the stream at which it was seen (the number of chunks, at the end)."""

    rule: str
    message: str
    position: int

    def __str__(self) -> str:
        return f"chunk {self.position}: {self.message} [{self.rule}]"


RULES = {
    "type": "Every type is in the vocabulary and equals its plain string.",
    "fields": "Required fields are set and of their type; fields of other types are None.",
    "order": "Chunks follow the order grammar.",
    "content": "A complete message holds exactly the text that was yielded in its attempt.",
    "calls": "Tool calls have their shape, unique ids, and are the same in the message.",
    "reasoning": "A reasoning block ends once, with the concatenation of its deltas, before the next content.",
    "message": "A whole answer has a complete message.",
    "usage": "Token counts are non-negative and their identities hold.",
    "error": "A failure is one classified error and then done with status error.",
    "status": "done.status is known and agrees with what was yielded.",
    "end": "The stream ends with exactly one done.",
}


class _FieldTest:
    """The fields of one type, prepared for the hot path."""

    __slots__ = ("foreign", "judged", "nones", "others", "read_others", "required")

    def __init__(self, spec: Spec) -> None:
        self.required = tuple((name, FIELD_TYPES[name]) for name in spec.required)
        self.judged = tuple((name, FIELD_TYPES[name]) for name in spec.optional)
        self.foreign = tuple(name for name in FIELD_TYPES if name not in (*spec.required, *spec.optional))
        self.others = (*spec.optional, *self.foreign)
        self.read_others: Callable[[Any], tuple[Any, ...]] = attrgetter(*self.others)
        self.nones = (None,) * len(self.others)

    def others_are_none(self, chunk: Any) -> bool:
        """Whether the chunk carries nothing but its required fields."""
        if isinstance(chunk, dict) and chunk.keys().isdisjoint(self.others):
            return True
        try:
            return self.read_others(chunk) == self.nones
        except AttributeError:  # a dict, or a chunk class without some of the fields
            return all(field_of(chunk, name) is None for name in self.others)


_OUTPUT = frozenset({Role.BODY, Role.CALLS, Role.MESSAGE, Role.RESPONSE})
_TESTS = {name: _FieldTest(spec) for name, spec in SPECS.items()}
_DELTAS = {"content": "content", "reasoning": "reasoning_delta", "reasoning_summary": "reasoning_summary_delta"}
_OPTIONAL = {kind: sorted({*SPECS[kind].required, *SPECS[kind].optional} - {name}) for kind, name in _DELTAS.items()}
_INDEXES = {"reasoning": "content_index", "reasoning_summary": "summary_index"}
_ROWS = {place: {name: row.get(spec.role) for name, spec in SPECS.items()} for place, row in TRANSITIONS.items()}


More: TypeAlias = Callable[[Any], bool]
"""Whether a chunk is one more delta, in all other fields like the one before it; then its text is kept."""


def _more_of(kind: str) -> Callable[..., More]:
    """What makes such a test: of the chunk's own type, where texts are kept, and the values of the optional fields.

    It is one expression: each call inside it would cost as much as four fields. AttributeError for a chunk without
    some of the fields.
    """
    delta = _DELTAS[kind]
    optional = _OPTIONAL[kind]
    alone = " is ".join(f"chunk.{name}" for name in _TESTS[kind].foreign)
    same = " and ".join(f"chunk.{name} == {name}" for name in optional)
    text = f"(delta := chunk.{delta}).__class__ is str and delta and append(delta) is None"
    given = ", ".join(("kind", "append", *optional))
    code = f"lambda {given}: lambda chunk: chunk.type is kind and {alone} is None and {same} and {text}"
    test: Callable[..., More] = eval(code)  # noqa: S307  # names out of the contract's table
    return test


_MORE = {kind: _more_of(kind) for kind in _DELTAS}


class _Attempt:
    """What one attempt has yielded so far."""

    __slots__ = ("blocks", "called", "calls", "content", "local", "message")

    def __init__(self) -> None:
        self.content: list[str] = []
        self.blocks: dict[tuple[str, Any, Any], list[str]] = {}  # open reasoning blocks, by kind and place
        self.calls: list[Any] = []  # handed to the caller
        self.local: list[str] = []  # ids that only the message names: executed inside the backend
        self.called = False  # any call at all
        self.message = False


class Monitor:
    """Judges one stream: `feed` each chunk, then `finish`. A consumer that stops early just does not call `finish`.

    `known_ids` are the ids of calls that the conversation already holds.
    """

    def __init__(self, known_ids: Iterable[str] = ()) -> None:
        self.place = Place.START
        self._judged = 0  # chunks that were judged; those behind `_texts` are not yet among them
        self._row = _ROWS[self.place]
        self._attempt = _Attempt()
        self._ids = set(known_ids)
        self._failed = False
        self._found: list[Breach] = []
        self._more: More | None = None  # set while deltas follow each other; the first was judged the long way
        self._texts: list[str] = []  # of the deltas that followed it
        self._kept: list[str] = []  # where they belong
        self._judges: dict[str, Callable[[Any], None]] = {
            "content": self._content,
            "reasoning": self._reasoning,
            "reasoning_done": self._reasoning_done,
            "reasoning_summary": self._summary,
            "reasoning_summary_done": self._summary_done,
            "tool_calls": self._calls,
            "complete_message": self._message,
            "done": self._done,
            "error": self._error,
        }

    @property
    def position(self) -> int:
        """Chunks seen."""
        return self._judged + len(self._texts)

    def feed(self, chunk: Any) -> list[Breach]:
        """The breaches that this chunk shows, none for a legal one."""
        if (more := self._more) is not None:
            try:
                if more(chunk):
                    return []
            except AttributeError:
                pass
            self._settle()
        return self._feed(chunk)

    def _feed(self, chunk: Any) -> list[Breach]:
        self._found = []
        kind = kind_of(chunk)  # a plain string: an enum member's hash is computed in Python, four times a chunk
        if kind in SPECS:
            if (given := field_of(chunk, "type")) != kind:
                self._breach("type", f"{given!r} does not equal its plain string {kind!r}")
            self._move(kind)
            if self._fields_hold(chunk, kind) and (judge := self._judges.get(kind)) is not None:
                judge(chunk)
                self._expect_more(chunk, kind)
        else:
            self._breach("type", f"unknown chunk type {kind!r}")
        self._judged += 1
        return self._found

    def _expect_more(self, chunk: Any, kind: str) -> None:
        if kind not in _DELTAS or self._found or isinstance(chunk, dict):
            return
        with suppress(AttributeError):
            given = [getattr(chunk, name) for name in _OPTIONAL[kind]]
            self._more = _MORE[kind](chunk.type, self._texts.append, *given)
            self._kept = self._attempt.content if kind == "content" else self._attempt.blocks[_block(kind, chunk)]

    def _settle(self) -> None:
        """The deltas that followed each other are over."""
        self._judged += len(self._texts)
        self._kept += self._texts
        self._more, self._texts = None, []

    def finish(self) -> list[Breach]:
        """The breaches that only the end shows."""
        self._found = []
        if self.place is not Place.ENDED:
            self._breach("end", f"the stream ended without done (last place: {self.place})")
        return self._found

    def _breach(self, rule: str, message: str) -> None:
        self._found.append(Breach(rule, message, self.position))

    def _breaches(self, rule: str, messages: list[str]) -> None:
        for message in messages:
            self._breach(rule, message)

    def _move(self, kind: str) -> None:
        place, following = self.place, self._row[kind]
        if following is place is Place.BODY:
            return
        role = SPECS[kind].role
        if following is None:
            self._breach("order", f"{kind} may not follow here (place: {place})")
            following = place if place is Place.ENDED else TRANSITIONS[Place.START][role]
        if place is Place.START and role in _OUTPUT:
            self._attempt = _Attempt()
        elif role is Role.WORK:
            self._attempt.local.clear()
        self._failed = self._failed or role is Role.ERROR
        self.place, self._row = following, _ROWS[following]

    def _fields_hold(self, chunk: Any, kind: str) -> bool:
        """Whether the fields are right, so that the values may be judged."""
        test, before = _TESTS[kind], len(self._found)
        for name, wanted in test.required:
            value = field_of(chunk, name)
            if value is None or not isinstance(value, wanted):
                self._breach("fields", f"{kind} needs {name}, a value of its type, not {value!r}")
            elif not value and name in DELTA_FIELDS:
                self._breach("fields", f"{kind}.{name} is empty")
        if not test.others_are_none(chunk):
            self._judge_others(chunk, kind, test)
        return len(self._found) == before

    def _judge_others(self, chunk: Any, kind: str, test: _FieldTest) -> None:
        for name, wanted in test.judged:
            value = field_of(chunk, name)
            if value is not None and not isinstance(value, wanted):
                self._breach("fields", f"{kind}.{name} is of the wrong type: {value!r}")
        foreign = [name for name in test.foreign if field_of(chunk, name) is not None]
        if foreign:
            self._breach("fields", f"{kind} may not carry {', '.join(foreign)}")

    def _content(self, chunk: Any) -> None:
        attempt = self._attempt
        attempt.content.append(field_of(chunk, "content"))
        if attempt.blocks and any(kind == "reasoning" for kind, _, _ in attempt.blocks):
            self._breach("reasoning", "content came before the reasoning_done of the block before it")

    def _reasoning(self, chunk: Any) -> None:
        self._open("reasoning", chunk)

    def _reasoning_done(self, chunk: Any) -> None:
        self._close("reasoning", chunk, "reasoning_text")

    def _summary(self, chunk: Any) -> None:
        self._open("reasoning_summary", chunk)

    def _summary_done(self, chunk: Any) -> None:
        self._close("reasoning_summary", chunk, "reasoning_summary_text")

    def _open(self, kind: str, chunk: Any) -> None:
        self._attempt.blocks.setdefault(_block(kind, chunk), []).append(field_of(chunk, _DELTAS[kind]))

    def _close(self, kind: str, chunk: Any, name: str) -> None:
        key = _block(kind, chunk)
        deltas = self._attempt.blocks.pop(key, None)
        if deltas is None:
            self._breach("reasoning", f"{kind}_done without a delta of its block {key[1:]}")
        elif "".join(deltas) != field_of(chunk, name):
            self._breach("reasoning", f"{kind}_done differs from its deltas: {_differing(''.join(deltas))}")

    def _calls(self, chunk: Any) -> None:
        calls = field_of(chunk, "tool_calls")
        if not calls:
            self._breach("calls", "tool_calls is empty")
        for call in calls:
            problems = call_problems(call)
            self._breaches("calls", problems)
            if not problems:
                self._claim(call["id"])
        self._attempt.calls, self._attempt.called = list(calls), True

    def _claim(self, call_id: str) -> None:
        if call_id in self._ids:
            self._breach("calls", f"call id {call_id!r} was used before in this conversation")
        self._ids.add(call_id)

    def _message(self, chunk: Any) -> None:
        message, attempt = field_of(chunk, "complete_message"), self._attempt
        if attempt.blocks:
            self._breach("reasoning", f"the message came before the end of {len(attempt.blocks)} reasoning block(s)")
        attempt.message = True
        problems = message_problems(message)
        self._breaches("message", problems)
        if problems:
            return
        yielded = "".join(attempt.content)
        if (message.get("content") or "") != yielded:
            self._breach("content", f"complete_message differs from the content yielded: {_differing(yielded)}")
        self._message_calls(message.get("tool_calls") or [])

    def _message_calls(self, calls: list[Any]) -> None:
        handed = [call["id"] for call in self._attempt.calls if not call_problems(call)]
        mirrored = [call for call in calls if call["id"] in handed]
        if len(handed) == len(self._attempt.calls) and mirrored != self._attempt.calls:
            self._breach("calls", f"complete_message holds {mirrored!r} of the calls handed over")
        for call in calls:
            if call["id"] not in handed:
                self._claim(call["id"])
                self._attempt.local.append(call["id"])
                self._attempt.called = True

    def _error(self, chunk: Any) -> None:
        if not field_of(chunk, "error"):
            self._breach("error", "error has no message")
        self._breaches("error", error_problems(field_of(chunk, "error_info")))
        self._attempt.local.clear()

    def _done(self, chunk: Any) -> None:
        usage = field_of(chunk, "usage")
        if usage is not None:
            self._breaches("usage", usage_problems(usage))
        status = field_of(chunk, "status")
        if status not in STATUSES:
            self._breach("status", f"done.status is one of {', '.join(STATUSES)}, not {status!r}")
        else:
            self._agree(str(status))

    def _agree(self, status: str) -> None:
        """Compare `done.status` with what the stream showed."""
        attempt = self._attempt
        if self._failed != (status == "error"):
            self._breach(
                "error", f"an error was {'yielded' if self._failed else 'not yielded'}, done.status is {status!r}"
            )
        if status not in MESSAGE_DUE:
            return
        if not attempt.message:
            self._breach("message", f"done.status is {status!r} and the last attempt has no complete_message")
        if (status == "tool_calls") != attempt.called:
            self._breach("status", f"done.status is {status!r}, calls were {'seen' if attempt.called else 'not seen'}")
        if attempt.local:
            self._breach("calls", f"calls {attempt.local} were neither handed over nor run")


def _block(kind: str, chunk: Any) -> tuple[str, Any, Any]:
    """Which block of reasoning a chunk belongs to: its kind, its item, its index."""
    return kind, field_of(chunk, "item_id"), field_of(chunk, _INDEXES[kind])


def _differing(text: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{len(text)} characters yielded, {shown!r}"


class _Callable(ModuleType):
    """`massgen_conformance.monitor(backend, ...)`: the function for callers has this module's name."""

    def __call__(self, backend: Any, *, on_violation: Callable[[Breach, Any], object]) -> Any:
        from massgen_conformance.watch import watch

        return watch(backend, on_violation=on_violation)


sys.modules[__name__].__class__ = _Callable
