"""The facts of one test run, so that each audit reads only what is new to it."""

from __future__ import annotations

from typing import Any

from massgen_audit.facts.cache import NoCache


class Kept(NoCache):
    def __init__(self) -> None:
        self._facts: dict[bytes, Any] = {}

    def get(self, key: bytes) -> Any | None:
        return self._facts.get(key)

    def put(self, key: bytes, facts: Any) -> None:
        self._facts[key] = facts
