"""Scenarios about calls that are not as they should be, and calls of tools that nobody offered."""

from __future__ import annotations

from massgen_conformance.scenario import WEATHER_TOOL, Scenario, Text, ToolCall, Turn
from massgen_conformance.scenarios.tools import ANSWER, ASK, CLOCK_TOOL, PARIS, TOKYO

SAID_BEFORE = "Let me look. "
UNKNOWN_NAME = "get_whether"
"""One letter from a tool that is offered."""

SAME_ID = "5f1d5f1d5"
_NEEDS = frozenset({"tools"})


def _calls(name: str, *calls: ToolCall, results: tuple[str, ...] = ("21 C",), answered: bool = True) -> Scenario:
    turn = Turn((Text((SAID_BEFORE,)), *calls), finish="tool_calls")
    turns = (turn, ANSWER) if answered else (turn,)
    return Scenario(name, turns, ASK, (WEATHER_TOOL, CLOCK_TOOL), results, _NEEDS)


MALFORMED = {
    name: _calls(f"tool-malformed-{name}", ToolCall("get_weather", pieces), answered=False)
    for name, pieces in {
        "bare-word": ('{"city": ', "Paris}"),
        "single-quotes": ("{'city': ", "'Paris'}"),
        "doubled": ('{"city": "Paris"}', '{"city": "Rome"}'),
        "list": ('["Paris"', "]"),
    }.items()
}
"""Arguments that are whole, and no JSON text of an object."""

UNKNOWN_TOOL = _calls("tool-unknown", ToolCall(UNKNOWN_NAME, PARIS), results=("There is no such tool.",))

TOLD_TWICE = _calls("tool-told-twice", *(ToolCall("get_weather", PARIS, id=SAME_ID) for _ in range(2)))

ONE_ID_FOR_TWO = _calls(
    "tool-one-id-for-two",
    ToolCall("get_weather", PARIS, id=SAME_ID),
    ToolCall("get_weather", TOKYO, id=SAME_ID),
    results=("21 C", "70 F"),
)

ID_AGAIN = Scenario(
    "tool-id-again",
    (
        Turn((ToolCall("get_weather", PARIS, id=SAME_ID),), finish="tool_calls"),
        Turn((ToolCall("get_weather", TOKYO, id=SAME_ID),), finish="tool_calls"),
        ANSWER,
    ),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _NEEDS,
)
"""Servers that number the calls of each answer anew: the next turn's has the id of the one before."""

CALLS = (*MALFORMED.values(), UNKNOWN_TOOL, TOLD_TWICE, ONE_ID_FOR_TWO, ID_AGAIN)
