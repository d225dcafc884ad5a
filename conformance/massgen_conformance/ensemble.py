"""Several calls at once, each with an answer of its own, and the player's gates to decide who goes on when.

A voice is one call; its prompt holds its number, so that the answer is the voice's own in whichever order the requests
come. Every answer stops at the same number of gates, and `interleave` opens them in the order that a check wants.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from massgen_conformance import driver
from massgen_conformance.driver import Play
from massgen_conformance.performance import Performance
from massgen_conformance.plan import Reply
from massgen_conformance.player_exchange import Exchange
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON, Received, Run

GATES = 4
"""Where each answer stops: after every fifth of its bytes, mostly inside an event."""

READING_TURNS = 12
"""Turns of the loop in which a subject reads what has arrived."""

_VOICE = re.compile(rb"This is voice (\d+)\.")


def gated(reply: Reply) -> Reply:
    """The answer with its gates."""
    size = len(reply.body)
    return replace(reply, gates=tuple(size * number // (GATES + 1) for number in range(1, GATES + 1)))


@dataclass(slots=True)
class Ensemble:
    """The voices, by number; `asked` tells which voice sent which request."""

    voices: list[Performance]
    exchange: Exchange
    seconds: float
    asked: list[int]
    _passed: dict[int, int] = field(default_factory=dict)

    async def begin(self) -> bool:
        """Begin every voice; whether all of them have asked, which a backend that makes calls wait prevents."""
        for voice in self.voices:
            voice.begin()
        return await _within(self.exchange.requests_at_least(len(self.voices)), self.seconds)

    async def interleave(self, order: Sequence[int]) -> None:
        """Open the voices' gates in this order, one at a time, and let the subject read what came of it."""
        for voice in order:
            if not await self.step(voice):
                break
        self.exchange.release()

    async def step(self, voice: int) -> bool:
        """Let one voice go on to its next gate; whether it stood at one."""
        passed = self._passed.get(voice, 0)
        if voice not in self.asked or passed >= GATES:
            return False
        gate = self.asked.index(voice) * GATES + passed
        if not await _within(self.exchange.reached(gate), self.seconds):
            return False
        self._passed[voice] = passed + 1
        self.exchange.release(gate)
        if passed + 1 < GATES:
            await _within(self.exchange.reached(gate + 1), self.seconds)
        for _ in range(READING_TURNS):
            await asyncio.sleep(0)
        return True

    async def finish(self) -> list[Run]:
        """The runs of all voices, each at its end."""
        self.exchange.release()
        return [await voice.finish() for voice in self.voices]


async def _within(event: Any, seconds: float) -> bool:
    waiting = asyncio.ensure_future(event)
    done, _ = await asyncio.wait({waiting}, timeout=seconds)
    waiting.cancel()
    return bool(done)


@asynccontextmanager
async def ensemble(
    stage: Stage, replies: Sequence[Reply], tools: Sequence[JSON] = (), *, backends: int = 1, first: int = 0
) -> AsyncIterator[Ensemble]:
    """One voice per reply, numbered from `first`, on this many backends in turn."""
    asked: list[int] = []

    def respond(_number: int, request: Received) -> Reply | None:
        found = _VOICE.search(request.body)
        voice = int(found[1]) - first if found else len(replies)
        asked.append(voice)
        return replies[voice] if voice < len(replies) else None

    seconds = stage.guard_seconds
    with stage.theatre.player.exchange(respond, lifetime=seconds * 2) as exchange:
        made = [driver.build(stage.subject, exchange.base_url, {"max_retries": 0}) for _ in range(backends)]
        voices = [
            Performance(
                Play(made[number % backends], exchange, seconds),
                [{"role": "user", "content": f"This is voice {number + first}."}],
                copy.deepcopy(list(tools)),
                stage.theatre.refused_config,
            )
            for number in range(len(replies))
        ]
        try:
            yield Ensemble(voices, exchange, seconds, asked)
        finally:
            for voice in voices:
                await voice.stop()
            for backend in made:
                await driver.close(backend)
