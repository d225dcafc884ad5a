"""Planning mode: an agent may think about tools but not run them."""

from __future__ import annotations

from collections.abc import Iterable


class PlanningMode:
    """Off: nothing is blocked. On: the blocked tools are, and with none named all of them."""

    def __init__(self) -> None:
        self.enabled = False
        self.blocked: set[str] = set()

    def block(self, names: Iterable[str]) -> None:
        self.blocked = set(names)

    def blocks(self, name: str) -> bool:
        return self.enabled and (not self.blocked or name in self.blocked)
