"""One answer in the forms that providers and servers are known to give it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from massgen_conformance.scenario import WEATHER_TOOL, Scenario, Text, Thinking, ToolCall, Turn
from massgen_conformance.scenarios.reasoning import PLAN, THOUGHT
from massgen_conformance.scenarios.tools import ANSWER, ASK, PARIS, TOKYO

_SAID: Final = Text(("Let me ", "look."))
_CALL: Final = ToolCall("get_weather", PARIS)
_SUMMARY: Final = Thinking(THOUGHT, summary=True)


def _told(name: str, turn: Turn, *needs: str) -> Scenario:
    turns = (turn, ANSWER) if turn.calls else (turn,)
    return Scenario(f"told-{name}", turns, ASK, (WEATHER_TOOL,), ("21 C", "70 F"), frozenset(needs))


ANSWERS: Final = (
    _told("calls", Turn((_SAID, _CALL, ToolCall("get_weather", TOKYO)), finish="tool_calls"), "tools"),
    _told("thought", Turn((Thinking(THOUGHT), _SAID)), "reasoning"),
    _told("thought-call", Turn((Thinking(PLAN), _CALL), finish="tool_calls"), "reasoning", "tools"),
    _told("summary", Turn((_SUMMARY, _SAID)), "summaries"),
    _told("refusal", Turn((_SAID,), finish="refusal"), "refusal"),
    _told(
        "summaries-calls",
        Turn((_SUMMARY, _CALL, Thinking(PLAN, summary=True), ToolCall("get_weather", TOKYO)), finish="tool_calls"),
        *("summaries", "tools"),
    ),
    _told("thought-refusal", Turn((Thinking(THOUGHT), _SAID), finish="refusal"), "reasoning", "refusal"),
)
"""What is said, in the plain form."""

CALLS, THOUGHT_AND_TEXT, _, SUMMARY = ANSWERS[:4]

_WHOLE = replace(CALLS.turns[0], quirks=frozenset({"whole_items"}))
WHOLE_CALLS: Final = replace(CALLS, name="told-whole-calls", turns=(_WHOLE, ANSWER))

_DEEP: Final = '{"city": "Paris", "days": {"list": [1.5, null, {"rain": true}], "to": "Friday"}}'
DEEP_CALL: Final = _told("deep-call", Turn((ToolCall("get_weather", (_DEEP,)),), finish="tool_calls"), "tools")

QUIRKS: Final = {
    **dict.fromkeys(("whole_parts", "whole_items", "whole_answer", "no_block_ends", "no_places"), ANSWERS),
    **dict.fromkeys(("other_item_ids", "empty_output", "null_item"), ANSWERS[:4]),
    "both_reasonings": (THOUGHT_AND_TEXT,),
    "bare_details": (THOUGHT_AND_TEXT, SUMMARY),
    "text_parts": ANSWERS[:3],
    "argument_pieces": (*ANSWERS[:3], DEEP_CALL),
    "object_arguments": (WHOLE_CALLS,),
    "text_arguments": (CALLS,),
    "empty_finish": (CALLS,),
    "end_twice": (CALLS,),
}
"""A form -> the answers that it makes a difference to."""


def in_form(quirk: str, answer: Scenario) -> Scenario:
    """The answer in the form of a quirk."""
    first = replace(answer.turns[0], quirks=answer.turns[0].quirks | {quirk})
    return replace(answer, name=f"{answer.name}-{quirk.replace('_', '-')}", turns=(first, *answer.turns[1:]))


FORMS: Final = tuple(in_form(quirk, answer) for quirk, answers in QUIRKS.items() for answer in answers)
