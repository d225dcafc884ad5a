"""Answers that the provider looked up itself, answers that name their source, and a refusal with its reason."""

from __future__ import annotations

from typing import Final

from massgen_conformance.scenario import Scenario, Text, Turn

_SAID = (Text(("The tower ", "is 330 m high.")),)


def _told(name: str, *quirks: str, finish: str = "stop") -> Scenario:
    return Scenario(name, (Turn(_SAID, finish=finish, quirks=frozenset(quirks)),))


SEARCHED: Final = _told("searched", "searched")
SEARCHED_IN_PARTS: Final = _told("searched-in-parts", "searched_in_parts")
SEARCHED_WITHOUT_END: Final = _told("searched-without-end", "searched", "no_block_ends")
CITED: Final = _told("cited", "cited")
CITED_ONCE: Final = _told("cited-once", "cited", "no_block_ends", "empty_output")
"""The event that tells of the source is the only one that does."""

_LONG: Final = (
    Text(("Caf\u00e9s: ", "none. ")),
    Text(("Height \u2013 ", "of the tower: ")),
    Text(("330 m", " \u2713.")),
)
CITED_OFTEN: Final = Scenario("cited-often", (Turn(_LONG, quirks=frozenset({"cited"})),))

PICTURED: Final = _told("pictured", "pictured")

REFUSED: Final = _told("refused", finish="refusal")
LIKELY: Final = _told("likely", "logprobs")

_SEARCHES = (SEARCHED, SEARCHED_IN_PARTS, SEARCHED_WITHOUT_END)
SOURCES: Final = (*_SEARCHES, CITED, CITED_ONCE, CITED_OFTEN, PICTURED, REFUSED, LIKELY)
