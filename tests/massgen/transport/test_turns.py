from __future__ import annotations

import asyncio

import pytest

from massgen.transport import turns
from massgen.transport.turns import turn


async def test_a_turn_of_the_loop_holds_no_more_steps_than_its_time_and_each_stream_gets_all_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(turns, "monotonic", lambda: now)
    steps: list[int] = []
    in_this_turn: list[int] = []

    async def stream(number: int) -> None:
        nonlocal now
        for _ in range(5):
            await turn().wait()
            steps.append(number)
            now += 0.004

    async def bystander() -> None:
        seen = 0
        while len(steps) < 100:
            await asyncio.sleep(0)
            in_this_turn.append(len(steps) - seen)
            seen = len(steps)

    await asyncio.gather(bystander(), *(stream(number) for number in range(20)))
    assert max(in_this_turn) == 3  # 0, 4 and 8 ms into the turn
    assert sorted(steps) == sorted(list(range(20)) * 5)


async def test_nobody_waits_in_a_turn_that_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "monotonic", lambda: 1.0)
    assert not any(turn().is_long() for _ in range(1000))


async def test_a_loop_has_one_turn_that_all_its_streams_share() -> None:
    assert turn() is turn()
