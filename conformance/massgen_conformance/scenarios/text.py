"""Scenarios about text: what must arrive exactly as it was said."""

from __future__ import annotations

from massgen_conformance.scenario import Scenario, Text, Turn


def _says(name: str, *deltas: str) -> Scenario:
    return Scenario(name, (Turn((Text(deltas),)),))


TEXT = _says("text", "Hello", ", ", "world", "!")

WHITESPACE = _says("whitespace", "\n\n  leading", "\t\ttabs ", "\r\nwindows\r\n", "   ", "\n", "trailing \n ")

UNICODE = _says(
    "unicode",
    "na\u00efve \u00bfqu\u00e9? ",  # two bytes a character
    "\u4f60\u597d\uff0c\u4e16\u754c ",  # three
    "\U0001f44d\U0001f3fd ",  # four: an emoji and its skin tone
    "\U0001f469\u200d\U0001f4bb ",  # joined by ZWJ
    "e\u0301 ",  # a combining accent, which must not be composed
    "\u0645\u0631\u062d\u0628\u0627 ",  # right to left
    "\U00020bb7",  # a CJK character beyond the basic plane
)

SEPARATORS = _says(
    "separators",
    "line\u2028paragraph\u2029",  # what `str.splitlines` takes for ends of lines, and SSE does not
    "nel\u0085vt\u000bff\u000c",
    "fs\u001cgs\u001drs\u001e",
    "done",
)

LOOKALIKES = _says(
    "lookalikes",
    "data: [DONE]\n\n",  # text that resembles the wire's own framing
    "event: message_stop\n\n",
    'data: {"error": "not one"}\n',
    "\n\n: ping\n\n",
)

EMPTY = Scenario("empty", (Turn((), usage=None),))

TEXTS = (TEXT, WHITESPACE, UNICODE, SEPARATORS, LOOKALIKES, EMPTY)
