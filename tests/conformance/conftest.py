"""The player for every test of the kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from massgen_conformance.player import Player

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.fixture(scope="session")
def player() -> Iterator[Player]:
    """One player for the whole session."""
    with Player() as running:
        yield running


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The recorded provider exchanges beside the repository; the test is skipped where they are absent."""
    folder = SHARED / "recordings"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}: they are not part of the repository")
    return folder
