"""Recordings made for a run: into the store as `--record-mode` says, or with `--live` into a folder that is dropped."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from massgen_conformance.cassette.errors import CassetteError
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.record import Mode
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.store import Store
from massgen_conformance.player import Player
from massgen_conformance.suite.settings import Settings


async def record_what_is_asked(settings: Settings) -> list[str]:
    """Record the programme for every subject; what could not be recorded, as sentences."""
    mode = Mode.ALL if settings.live else settings.mode
    problems = []
    with Player() as player:
        session = Session(settings.store, player, keys=settings.keys)
        for subject in settings.subjects:
            for piece in PROGRAMME.values():
                if not piece.live:
                    continue
                try:
                    await session.record(subject, piece, mode)
                except CassetteError as refusal:
                    problems.append(str(refusal))
    return problems


def live_settings(settings: Settings, open_: ExitStack) -> Settings:
    """The settings with a store that lasts as long as the run; what was stored before is compared with it."""
    folder = open_.enter_context(tempfile.TemporaryDirectory(prefix="massgen-conformance-live-"))
    return replace(settings, store=Store(Path(folder)), stored=settings.store)
