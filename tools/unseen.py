"""Mutants that change nothing that a caller can see, each with why. One that is no mutant any more fails the run."""

from __future__ import annotations

from typing import Final

UNSEEN: Final[dict[str, str]] = {}
