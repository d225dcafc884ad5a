"""Scenarios about tool calls. Most have a second turn, because a call is only right if its answer finds it."""

from __future__ import annotations

from dataclasses import replace

from massgen_conformance.scenario import JSON, WEATHER_TOOL, Part, Scenario, Text, ToolCall, Turn, Usage

ASK: tuple[JSON, ...] = ({"role": "user", "content": "What is the weather?"},)

CLOCK_TOOL: JSON = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "The current time.",
        "parameters": {"type": "object", "properties": {}},
    },
}

PARIS = ('{"city": ', '"Paris"', ', "unit": "C"}')
TOKYO = ('{"city": "', "Tokyo", '", "unit": "F"}')
ACCENTED = '{"city": "Z\u00fcrich \u2028 \U0001f1e8\U0001f1ed", "unit": "\\u0043", "note": "a\\"b\\\\c\\n"}'

ANSWER = Turn((Text(("It is ", "21 degrees.")),))


def _calls(name: str, *turns: Turn, results: tuple[str, ...] = ("21 C",), tools: tuple[JSON, ...] = ()) -> Scenario:
    offered = tools or (WEATHER_TOOL, CLOCK_TOOL)
    return Scenario(name, turns, ASK, offered, results, needs=frozenset({"tools"}))


def _calling(
    *calls: ToolCall, finish: str = "tool_calls", quirks: frozenset[str] = frozenset(), said: str = ""
) -> Turn:
    spoken: tuple[Part, ...] = (Text((said,)),) if said else ()
    return Turn((*spoken, *calls), finish=finish, quirks=quirks)


ONE_CALL = _calls("tool", _calling(ToolCall("get_weather", PARIS)), ANSWER)

COUNTED = _calls(
    "tool-counted",
    replace(_calling(ToolCall("get_weather", PARIS)), usage=Usage(prompt=301, completion=43)),
    replace(ANSWER, usage=Usage(prompt=367, completion=29)),
)

TEXT_AND_CALL = _calls("text-tool", _calling(ToolCall("get_weather", PARIS), said="Let me look. "), ANSWER)

_CAMEL: JSON = {**WEATHER_TOOL, "function": {**WEATHER_TOOL["function"], "name": "lookUpWeather"}}
CAMEL = _calls("tool-camel", _calling(ToolCall("lookUpWeather", PARIS)), ANSWER, tools=(_CAMEL,))

NO_ARGUMENTS = _calls("tool-no-arguments", _calling(ToolCall("get_time")), ANSWER, results=("12:00",))

EMPTY_OBJECT = _calls("tool-empty-object", _calling(ToolCall("get_time", ("{}",))), ANSWER, results=("12:00",))

NULL_FIRST = _calls(
    "tool-null-first",
    _calling(ToolCall("get_weather", PARIS), quirks=frozenset({"null_first_arguments"})),
    ANSWER,
)

BYTE_CUT = _calls("tool-byte-cut", _calling(ToolCall("get_weather", tuple(ACCENTED))), ANSWER)

PARALLEL = _calls(
    "tool-parallel",
    _calling(ToolCall("get_weather", PARIS), ToolCall("get_weather", TOKYO), ToolCall("get_time")),
    ANSWER,
    results=("21 C", "70 F", "12:00"),
)

INTERLEAVED = _calls(
    "tool-interleaved",
    _calling(ToolCall("get_weather", PARIS), ToolCall("get_weather", TOKYO), quirks=frozenset({"interleaved"})),
    ANSWER,
    results=("21 C", "70 F"),
)

SHARED_INDEX = _calls(
    "tool-shared-index",
    _calling(ToolCall("get_weather", PARIS), ToolCall("get_weather", TOKYO), quirks=frozenset({"shared_index"})),
    ANSWER,
    results=("21 C", "70 F"),
)

FINISH_STOP = _calls("tool-finish-stop", _calling(ToolCall("get_weather", PARIS), finish="stop"), ANSWER)

TWICE = _calls(
    "tool-twice",
    _calling(ToolCall("get_weather", PARIS)),
    _calling(ToolCall("get_weather", TOKYO)),
    ANSWER,
    results=("21 C",),
)

_TWO_CALLS = (ToolCall("get_weather", PARIS), ToolCall("get_weather", TOKYO))

LATE_ID = _calls("tool-late-id", _calling(*_TWO_CALLS, quirks=frozenset({"late_id"})), ANSWER, results=("21 C", "70 F"))

MISSING_ID = _calls(
    "tool-missing-id",
    _calling(*_TWO_CALLS, quirks=frozenset({"missing_id"})),
    _calling(ToolCall("get_weather", TOKYO), quirks=frozenset({"missing_id"})),
    ANSWER,
    results=("21 C", "70 F"),
)

ID_ONLY = _calls(
    "tool-id-only",
    _calling(*_TWO_CALLS, quirks=frozenset({"id_only", "interleaved"})),
    ANSWER,
    results=("21 C", "70 F"),
)

LATE_NAME = _calls(
    "tool-late-name", _calling(*_TWO_CALLS, quirks=frozenset({"late_name"})), ANSWER, results=("21 C", "70 F")
)

FUNCTION_CALL = _calls(
    "tool-function-call", _calling(ToolCall("get_weather", PARIS), quirks=frozenset({"function_call"})), ANSWER
)

TRUNCATED = _calls("tool-truncated", _calling(ToolCall("get_weather", PARIS[:2]), finish="length"))

TOOLS = (
    ONE_CALL,
    TEXT_AND_CALL,
    NO_ARGUMENTS,
    EMPTY_OBJECT,
    NULL_FIRST,
    BYTE_CUT,
    PARALLEL,
    INTERLEAVED,
    SHARED_INDEX,
    FINISH_STOP,
    TWICE,
    LATE_ID,
    MISSING_ID,
    ID_ONLY,
    LATE_NAME,
    FUNCTION_CALL,
    TRUNCATED,
)
