"""Codes of the catalogue that are no rule of their own: what judges the matter instead, and why.

The catalogue has 112 codes; each is a rule of `massgen_audit.rules` or stands here.
"""

from __future__ import annotations

from typing import NamedTuple


class Folded(NamedTuple):
    """`into` is a rule's code, or `kit` for the conformance kit."""

    into: str
    reason: str


FOLDED: dict[str, Folded] = {
    "MG005": Folded("MG217", "the places that a type must be in are points of their own; beyond them MG217 mines"),
    "MG108": Folded("MG224", "it evaluates what the method returns and compares it with the registry"),
    "MG112": Folded("MG101", "several types share a class and a wire has a file of its own: the name proves nothing"),
    "MG126": Folded("kit", "the source is set on the way, after the chunk is made: only a run shows it"),
    "MG165": Folded("MG402", "it evaluates what a backend that filters by itself lets through"),
    "MG212": Folded("MG211", "it follows create_backend to the object that it returns"),
    "MG243": Folded("MG242", "the network mode is one of the special rules that the code enforces"),
    "MG802": Folded("MG801", "a configuration counts wherever its type stands; under providers/ it counts fully"),
    "MG803": Folded("MG801", "which features an example shows is the writer's choice; that there is one is not"),
    "MG806": Folded("MG403", "unknown keys are forwarded to the provider by design; what must not be, leaks there"),
    "MG922": Folded("MG921", "it reads the type's row in each generated table"),
}
