"""Answers that the provider looked up itself, and answers that name their source."""

from __future__ import annotations

from typing import Final

from massgen_conformance.scenario import Scenario, Text, Turn

_SAID = (Text(("The tower ", "is 330 m high.")),)

SEARCHED: Final = Scenario("searched", (Turn(_SAID, quirks=frozenset({"searched"})),))
CITED: Final = Scenario("cited", (Turn(_SAID, quirks=frozenset({"cited"})),))

SOURCES: Final = (SEARCHED, CITED)
