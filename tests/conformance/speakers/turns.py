"""Turns that every speaker is asked to say, and what a client that understood one has in hand."""

from __future__ import annotations

from dataclasses import dataclass

from massgen_conformance.scenario import Text, Thinking, ToolCall, Turn, Usage

SIGNATURE = "RXF1YXRvciBzaWduYXR1cmU="
ODD = 'na\u00efve \u4f60\u597d \U0001f44d\U0001f3fd e\u0301 \u2028\u2029\u0085 \r\n\t"quoted" \\ </script>'
HELLO = (Text(("Hel", "lo ", "there")),)
CALL = ToolCall("get_weather", ('{"city": ', '"Z\u00fcrich \u2028"', ', "n": 1.5}'))
OTHER = ToolCall("get_weather", ('{"city": "Oslo"}',))
BARE = ToolCall("get_time")

TURNS: dict[str, Turn] = {
    "text": Turn(HELLO),
    "odd text": Turn((Text((ODD, " ", ODD)),)),
    "empty": Turn((), usage=Usage(3, 0)),
    "one call": Turn((CALL,), finish="tool_calls"),
    "text and a call": Turn((*HELLO, CALL), finish="tool_calls"),
    "parallel calls": Turn((CALL, OTHER, BARE), finish="tool_calls"),
    "a call without arguments": Turn((BARE,), finish="tool_calls"),
    "a call with an id": Turn((ToolCall("get_time", ("{}",), id="call_given1"),), finish="tool_calls"),
    "thinking": Turn((Thinking(("Let me ", "see.")), *HELLO)),
    "signed thinking": Turn((Thinking(("Let me ", "see."), SIGNATURE), CALL), finish="tool_calls"),
    "redacted thinking": Turn((Thinking((), redacted=SIGNATURE), *HELLO)),
    "a summary": Turn((Thinking(("I thought ", "a lot."), SIGNATURE, summary=True), *HELLO)),
    "signed call": Turn((ToolCall("get_time", ("{}",), signature=SIGNATURE), OTHER), finish="tool_calls"),
    "length": Turn(HELLO, finish="length"),
    "content filter": Turn(HELLO, finish="content_filter"),
    "refusal": Turn(HELLO, finish="refusal"),
    "pause": Turn(HELLO, finish="pause"),
    "usage in detail": Turn(HELLO, usage=Usage(120, 45, cached=80, reasoning=20)),
    "cache writes": Turn(HELLO, usage=Usage(120, 45, cached=30, cache_creation=50)),
    "many deltas": Turn((Text(tuple(f"{number} " for number in range(300))),)),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What an SDK made of a stream: arguments as values, counts as it names them, `finish` as the wire's word."""

    text: str
    calls: tuple[tuple[str, object, str], ...]  # name, arguments, id
    finish: str
    usage: dict[str, int | None]
    thinking: str = ""
    signature: str = ""
    refusal: str = ""
