"""What cannot be asked on a wire, and why: of a process what is HTTP's, of any what it has no words for.

Everything else is asked of such a backend as of any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from massgen_conformance.speakers.agents import AGENTS


@dataclass(frozen=True, slots=True)
class Unsuited:
    """A check that does not concern these wires, for this reason."""

    reason: str
    wires: frozenset[str] = frozenset(AGENTS)


NO_URL: Final = "a process is started, not asked at an address"
NO_RELAY: Final = "a recording is made at an address, and a process has none: its output is recorded"
WHOLE_ITEMS: Final = "Codex puts out an item when it is whole: there are no deltas"
NO_SEARCH: Final = "Ollama's chat runs nothing itself: its web search is an address of its own that a caller asks"
IN_WORDS: Final = "this agent tells in words why its provider refused, without a class or a status"

UNSUITED: Final[Mapping[str, Unsuited]] = MappingProxyType(
    {
        "CON-11": Unsuited("a process does not compress its output"),
        "CON-14": Unsuited(NO_SEARCH, frozenset({"ollama_chat"})),
        "CON-12": Unsuited(WHOLE_ITEMS, frozenset({"codex"})),
        "ERR-01": Unsuited(IN_WORDS, frozenset({"codex", "gemini_cli"})),
        "ERR-06": Unsuited("an agent waits and asks its provider again itself; it does not tell how long"),
        "ERR-08": Unsuited("what an agent cannot reach it tells in its output; nobody connects but the agent"),
        "ERR-10": Unsuited("a gateway's page is read by the agent, not by who started it"),
        "ERR-18": Unsuited("the form of a provider's error is read by the agent, not by who started it"),
        "PRM-09": Unsuited(NO_URL),
        "REC-01": Unsuited("what a child process connects to is not seen from its parent"),
        "REC-03": Unsuited(NO_RELAY),
        "REC-04": Unsuited(NO_RELAY),
        "REC-06": Unsuited(NO_RELAY),
        "REC-07": Unsuited(NO_RELAY),
        "REC-11": Unsuited(NO_RELAY),
        "RES-08": Unsuited(WHOLE_ITEMS, frozenset({"codex"})),
        "RSN-03": Unsuited(WHOLE_ITEMS, frozenset({"codex"})),
        "SEC-02": Unsuited(f"{NO_URL}: SEC-05 says where its key is"),
        "SEC-03": Unsuited(NO_RELAY),
        "SEC-04": Unsuited("a process is not redirected"),
        "TOL-17": Unsuited(NO_SEARCH, frozenset({"ollama_chat"})),
    }
)


OF_PROCESSES: Final = frozenset({"RES-05", "SEC-05"})
"""What only a backend that starts a process can be asked."""


def reason_against(check: str, wire: str) -> str:
    """Why this check does not concern a wire; empty when it does."""
    if check in OF_PROCESSES and wire not in AGENTS:
        return "the subject asks at an address and starts no process"
    found = UNSUITED.get(check)
    return found.reason if found is not None and wire in found.wires else ""
