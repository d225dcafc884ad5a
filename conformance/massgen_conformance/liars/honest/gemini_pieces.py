"""Arguments of a Gemini call that come in pieces, each at its JSON path. google-genai's `types.PartialArg`"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from massgen_conformance.liars.honest.answer import JSON, Malformed

STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
VALUES: Final = ("stringValue", "numberValue", "boolValue", "nullValue")


def put(arguments: JSON, piece: JSON) -> None:
    """Add one piece to the arguments; the pieces of a text are joined."""
    steps = [int(index) if index else name for name, index in STEP.findall(piece["jsonPath"])]
    if not steps:
        raise Malformed(f"a piece of arguments at {piece['jsonPath']!r}")
    place = arguments
    for step, following in pairwise(steps):
        place = at(place, step, [] if isinstance(following, int) else {})
    kind = next((name for name in VALUES if name in piece), "nullValue")
    value = None if kind == "nullValue" else piece[kind]
    known = at(place, steps[-1], value)
    place[steps[-1]] = known + value if kind == "stringValue" and known is not value else value


def at(place: JSON, step: int | str, otherwise: JSON) -> JSON:
    """What is at a step, which is put there first where nothing is."""
    if isinstance(step, int):
        place.extend([otherwise] * (step + 1 - len(place)))
        return place[step]
    return place.setdefault(step, otherwise)
