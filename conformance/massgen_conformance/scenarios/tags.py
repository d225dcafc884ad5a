"""Text with angle brackets: what servers without a reasoning parser send between tags, and what only looks like it."""

from __future__ import annotations

from typing import Final

from massgen_conformance.scenario import WEATHER_TOOL, Scenario, Text, ToolCall, Turn
from massgen_conformance.scenarios.tools import ANSWER as AFTER
from massgen_conformance.scenarios.tools import ASK, PARIS

THOUGHT: Final = "They greet me: a <b>polite</b> answer, then < 10 words, na\u00efve \U0001f44d."
ANSWER: Final = "Hello <there>!"
TAGS: Final = ("think", "thinking")
_NEEDS = frozenset({"think_tags"})


def _says(name: str, *deltas: str, needs: frozenset[str] = frozenset()) -> Scenario:
    return Scenario(name, (Turn((Text(deltas),)),), needs=needs)


def _tagged(tag: str) -> tuple[str, str, str, str]:
    return f"<{tag}>\n", THOUGHT, f"\n</{tag}>\n\n", ANSWER


TAGGED: Final = {
    **{tag: _says(f"tagged-{tag}", *_tagged(tag), needs=_NEEDS) for tag in TAGS},
    "each-character": _says("tagged-characters", *"".join(_tagged("think")), needs=_NEEDS),
    "at-once": _says("tagged-at-once", "".join(_tagged("think")), needs=_NEEDS),
}
"""One answer: a thought between tags, then the text."""

CALLED: Final = Scenario(
    "tagged-tool",
    (Turn((Text(_tagged("think")), ToolCall("get_weather", PARIS)), finish="tool_calls"), AFTER),
    ASK,
    (WEATHER_TOOL,),
    ("21 C",),
    _NEEDS,
)
"""A thought between tags, then text, then a call."""

UNCLOSED: Final = _says("tagged-unclosed", "<think>", THOUGHT, " </thi", needs=_NEEDS)
"""The end comes before the closing tag, and inside of something that looks like it."""

WAIT: Final = " b and b"
"""The delta by which it is clear that nothing before it was a tag."""

LAST: Final = " or no end"
"""In the last delta."""

LOOKS_LIKE: Final = {
    "in-text": _says("brackets", "if a <", WAIT, " > c: <", "b>bold</b> <thin", "king cap> <", "/thin", f"g>{LAST} <"),
    "at-the-start": _says("brackets-first", "<", WAIT, " is no tag", f",{LAST} <thi"),
}
"""Text without a tag in it, which ends inside of what could become one."""

TAGS_IN_TEXT: Final = (*LOOKS_LIKE.values(), *TAGGED.values(), UNCLOSED, CALLED)
