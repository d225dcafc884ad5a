"""What is recorded of every provider: conversations that a real model answers as expected, and what the player says.

The prompts ask for one thing so plainly that a model does it; the turns are what the kit's own player answers to the
same prompts, so that a recording can be made without a key and the same checks run on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from massgen_conformance.scenario import JSON, WEATHER_TOOL, Scenario, Text, Thinking, ToolCall, Turn, Usage


@dataclass(frozen=True, slots=True)
class Refused:
    """How the provider refuses. `key` is sent instead of the user's; without one only the player can be asked."""

    status: int
    kind: str  # an `error_info.kind` of the contract
    message: str
    headers: tuple[tuple[str, str], ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One recording of the programme."""

    scenario: Scenario
    refused: Refused | None = None

    @property
    def name(self) -> str:
        return self.scenario.name

    @property
    def live(self) -> bool:
        """Whether a real provider can be brought to answer this way."""
        return self.refused is None or bool(self.refused.key)


def _asks(text: str) -> tuple[JSON, ...]:
    return ({"role": "user", "content": text},)


_OSLO = ToolCall("get_weather", ('{"city":', '"Oslo",', '"unit":"C"}'))
_LIMA = ToolCall("get_weather", ('{"city":"', 'Lima"', ',"unit":"C"}'))

_TEXT = Scenario(
    "text",
    (Turn((Text(("Hello", ", ", "world. ", "Gr\u00fc\u00dfe, \u6f22\u5b57, \U0001f680.")),)),),
    _asks("Greet the world in one short sentence."),
)

_TOOL = Scenario(
    "tool",
    (Turn((_OSLO,), finish="tool_calls"), Turn((Text(("It is ", "7 \u00b0C ", "in Oslo.")),))),
    _asks("What is the weather in Oslo in C? Call get_weather, then answer in one short sentence."),
    (WEATHER_TOOL,),
    ("7 C, light rain",),
    frozenset({"tools"}),
)

_PARALLEL = Scenario(
    "tool-parallel",
    (
        Turn((Text(("Two lookups.",)), _OSLO, _LIMA), finish="tool_calls"),
        Turn((Text(("Oslo 7 \u00b0C, ", "Lima 19 \u00b0C.")),)),
    ),
    _asks("Compare the weather of Oslo and Lima in C. Call get_weather for both cities at once, in one reply."),
    (WEATHER_TOOL,),
    ("7 C, light rain", "19 C, clouds"),
    frozenset({"tools"}),
)

_REASONING = Scenario(
    "reasoning",
    (
        Turn(
            (
                Thinking(("A dozen is 12. ", "Half of it ", "is 6."), signature="c3ludGhldGljIHNpZ25hdHVyZQ=="),
                Text(("The answer ", "is 6.")),
            ),
            usage=Usage(prompt=21, completion=19, reasoning=12),
        ),
    ),
    _asks("Think first: what is half of a dozen? Answer with the number."),
    needs=frozenset({"reasoning"}),
)

_USAGE = Scenario(
    "usage",
    (Turn((Text(("Four ", "words ", "are ", "enough.")),), usage=Usage(prompt=1200, completion=45, cached=1024)),),
    _asks("Answer with exactly four words."),
    needs=frozenset({"usage"}),
)

_BAD_KEY = Refused(401, "auth", "The API key is not valid.", key="bad-key-5e1f09c7a2d84b36")
_TOO_MANY = Refused(429, "rate_limit", "Too many requests; try again later.", (("retry-after", "1"),))

PROGRAMME: Final[Mapping[str, Piece]] = MappingProxyType(
    {
        piece.name: piece
        for piece in (
            Piece(_TEXT),
            Piece(_TOOL),
            Piece(_PARALLEL),
            Piece(_REASONING),
            Piece(_USAGE),
            Piece(Scenario("error-401", (Turn(),), _asks("Say hello with a key that is not valid.")), _BAD_KEY),
            Piece(Scenario("error-429", (Turn(),), _asks("Say hello more often than is allowed.")), _TOO_MANY),
        )
    }
)
