"""A loopback server for the tests that need a provider to talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from massgen_conformance.player import Player


@pytest.fixture(scope="session")
def player() -> Iterator[Player]:
    with Player() as player:
        yield player
