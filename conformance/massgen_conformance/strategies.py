"""What Hypothesis draws for the cases named `generated`: what the model says, how it travels, who goes on first.

A strategy is a function of the stage, because only the speaker knows which turns its wire can say and how long they
are. Everything drawn is small and simplest first, so that what is left after shrinking can be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final, TypeAlias

from hypothesis import assume
from hypothesis import strategies as st

from massgen_conformance.check import GENERATED, Case, NotApplicable
from massgen_conformance.ensemble import GATES
from massgen_conformance.plan import Ending, Travel
from massgen_conformance.scenario import JSON, WEATHER_TOOL, Part, Scenario, Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.scenarios.tools import ANSWER, ASK, CLOCK_TOOL
from massgen_conformance.stage import Stage

Cases: TypeAlias = st.SearchStrategy[Case]

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\ufffd")
FRAMING = st.sampled_from(
    ("\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "data: ", "event: ", ": ", "}")
)
WORDS = st.text(CHARACTERS, min_size=1, max_size=16) | st.lists(FRAMING, min_size=1, max_size=4).map("".join)

HARMLESS: Final = frozenset(
    {
        *("pings", "role_only", "empty_choices", "null_delta", "null_content", "empty_delta", "interleaved"),
        *("unknown_event", "unknown_field", "usage_after_finish", "null_first_arguments"),
    }
)
"""Quirks that change nothing of what the model says, alone and together."""

TRAILING: Final = frozenset({"pings", "unknown_event"})
"""Quirks that put something behind the end of the answer, so that a body can be cut there and still be whole."""

DELAYS: Final = (0.001, 0.002)  # seconds
SHARES: Final = 1000  # of a body: where it is cut
LARGEST: Final = 10**9  # tokens
EXACT: Final = 2**53  # beyond it JSON readers that know only floats differ


@st.composite
def deltas(draw: st.DrawFn, whole: str) -> tuple[str, ...]:
    """`whole` in pieces, none of them empty."""
    if len(whole) < 2:
        return (whole,) if whole else ()
    places = draw(st.sets(st.integers(1, len(whole) - 1), max_size=4))
    return tuple(whole[start:end] for start, end in pairwise([0, *sorted(places), len(whole)]))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-EXACT, EXACT) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def calls(draw: st.DrawFn) -> ToolCall:
    """A call of one of the tools, with any object for its arguments, escaped or not, in any pieces."""
    tool = draw(st.sampled_from((WEATHER_TOOL, CLOCK_TOOL)))
    value = draw(st.dictionaries(WORDS, VALUES, max_size=2))
    written = json.dumps(value, ensure_ascii=draw(st.booleans()))
    return ToolCall(tool["function"]["name"], draw(deltas(written)))


@st.composite
def turns(
    draw: st.DrawFn,
    stage: Stage,
    *,
    least_calls: int = 0,
    most_calls: int = 0,
    without: frozenset[str] = frozenset(),
) -> Turn:
    """An answer that the speaker can say: perhaps a thought, perhaps words, and calls."""
    parts: list[Part] = []
    if "reasoning" in stage.subject.abilities and draw(st.booleans()):
        parts.append(Thinking(draw(WORDS.flatmap(deltas))))
    called = draw(st.lists(calls(), min_size=least_calls, max_size=most_calls)) if most_calls else []
    if not called or draw(st.booleans()):
        parts.append(Text(draw(WORDS.flatmap(deltas))))
    known = sorted((HARMLESS - without) & stage.speaker.quirks)
    quirks = draw(st.sets(st.sampled_from(known), max_size=2)) if known else set()
    turn = Turn((*parts, *called), finish="tool_calls" if called else "stop", quirks=frozenset(quirks))
    assume(size_of(stage, turn))
    return turn


def size_of(stage: Stage, turn: Turn) -> int:
    """Bytes of the answer; 0 when the wire cannot say it."""
    try:
        return len(stage.reply_to(Scenario(GENERATED, (turn,))).body)
    except NotApplicable:
        return 0


@st.composite
def travels(draw: st.DrawFn, size: int) -> Travel:
    """Cuts anywhere in `size` bytes, or one byte at a time, and now and then a delay at one of them."""
    if draw(st.integers(0, 9)) == 9:
        return Travel(every=1)
    cuts = sorted(draw(st.sets(st.integers(1, size - 1), max_size=6)))
    delays = draw(st.dictionaries(st.sampled_from(cuts), st.sampled_from(DELAYS), max_size=2)) if cuts else {}
    return Travel(cuts=tuple(cuts), delays=tuple(sorted(delays.items())))


def spoken(name: str, *said: Turn) -> Scenario:
    """The turns as a conversation."""
    tools: tuple[JSON, ...] = (WEATHER_TOOL, CLOCK_TOOL) if any(turn.calls for turn in said) else ()
    return Scenario(name, said, ASK, tools, ("21 C", "70 F", "12:00"))


@st.composite
def _cut_answers(draw: st.DrawFn, stage: Stage) -> Case:
    most = 2 if "tools" in stage.subject.abilities else 0
    turn = draw(turns(stage, most_calls=most))
    return Case(GENERATED, spoken(GENERATED, turn), draw(travels(size_of(stage, turn))))


@st.composite
def _texts(draw: st.DrawFn, stage: Stage) -> Case:
    turn = Turn((Text(draw(WORDS.flatmap(deltas))),))
    return Case(GENERATED, spoken(GENERATED, turn), draw(travels(size_of(stage, turn))))


@st.composite
def _calling(draw: st.DrawFn, stage: Stage) -> Case:
    turn = draw(turns(stage, least_calls=1, most_calls=3))
    return Case(GENERATED, spoken(GENERATED, turn), draw(travels(size_of(stage, turn))))


@st.composite
def _conversations(draw: st.DrawFn, stage: Stage) -> Case:
    said = draw(st.lists(turns(stage, least_calls=1, most_calls=2), min_size=1, max_size=2))
    return Case(GENERATED, spoken(GENERATED, *said, ANSWER))


@st.composite
def _broken(draw: st.DrawFn, stage: Stage) -> Case:
    place, inside = draw(st.integers(0, SHARES - 1)), draw(st.integers(0, SHARES - 1))  # first drawn, most varied
    ending = draw(st.sampled_from((Ending.CLEAN_EOF, Ending.RESET)))
    most = 2 if "tools" in stage.subject.abilities else 0
    said = spoken(GENERATED, draw(turns(stage, most_calls=most, without=TRAILING)))
    events = stage.reply_to(said).events
    number = len(events) * place // SHARES
    stop = sum(map(len, events[:number])) + len(events[number]) * inside // SHARES  # mostly after a whole event
    end = len(b"".join(events).rstrip(b"\r\n"))
    return Case(GENERATED, said, Travel(stop_at=min(stop, end - 1), ending=ending))


@st.composite
def _counts(draw: st.DrawFn, stage: Stage) -> Case:
    prompt, completion = draw(st.integers(1, LARGEST)), draw(st.integers(1, LARGEST))
    cached = draw(st.integers(0, prompt))
    usage = Usage(prompt, completion, cached, draw(st.integers(0, prompt - cached)), draw(st.integers(0, completion)))
    turn = Turn((Text(("Hello",)),), usage=usage)
    assume(size_of(stage, turn))
    return Case(GENERATED, spoken(GENERATED, turn))


def _orders(stage: Stage) -> Cases:
    return st.permutations(tuple(range(3)) * GATES).map(lambda order: Case(GENERATED, value=tuple(order)))


STRATEGIES: Final[Mapping[str, Callable[[Stage], Cases]]] = MappingProxyType(
    {
        "answers": _cut_answers,
        "texts": _texts,
        "calls": _calling,
        "conversations": _conversations,
        "broken": _broken,
        "counts": _counts,
        "orders": _orders,
    }
)
"""By the name that a case gives: `generated("texts")`."""
