"""A player for the tests of this folder, and a client that is nobody's backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from massgen_conformance.player import Player


@pytest.fixture(scope="session")
def player() -> Iterator[Player]:
    with Player() as running:
        yield running
