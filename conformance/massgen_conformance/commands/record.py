"""`record`: recordings of a provider, of a peer on this machine, or of the kit's own player."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from massgen_conformance.cassette.endpoints import variables_of
from massgen_conformance.cassette.errors import CassetteError, Reason, RecordingRefused
from massgen_conformance.cassette.programme import PROGRAMME, Piece
from massgen_conformance.cassette.record import Mode, Outcome
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.store import Store
from massgen_conformance.commands.problems import UsageProblem
from massgen_conformance.commands.targets import chosen
from massgen_conformance.player import Player
from massgen_conformance.subject import Subject

CONFIGURATION = frozenset({Reason.NO_KEY, Reason.UNWRITABLE, Reason.UNSUPPORTED})
"""Reasons that the user can put right before anything is asked again: exit code 2."""


def main(arguments: argparse.Namespace) -> int:
    """Record every piece that was asked for; 1 or 2 when one was not recorded, the others are all the same."""
    if not arguments.provider:
        raise UsageProblem("record needs --provider NAME (repeatable), or --provider all")
    pieces = _pieces(arguments.scenario)
    config = _config(arguments.config)
    subjects = [
        replace(one, model=arguments.model or one.model, config={**one.config, **config})
        for one in chosen(arguments, arguments.provider)
    ]
    with Player() as player:
        session = Session(
            Store(arguments.cassettes),
            player,
            base_url=arguments.base_url,
            from_player=arguments.from_player,
            key_variable=arguments.key_variable,
            keys=_keys([one.provider for one in subjects], arguments.key_variable),
        )
        return asyncio.run(_all(session, subjects, pieces, Mode(arguments.mode), named=bool(arguments.scenario)))


async def _all(session: Session, subjects: list[Subject], pieces: list[Piece], mode: Mode, *, named: bool) -> int:
    ask_anything = named or session.from_player or bool(session.base_url)
    codes = [0]
    for subject in subjects:
        for piece in pieces:
            if not piece.live and not ask_anything:
                sys.stdout.write(f"left out  {subject.provider}/{piece.name}: a provider cannot be asked for it\n")
                continue
            try:
                told = _told(subject, piece, await session.record(subject, piece, mode))
            except CassetteError as error:
                sys.stderr.write(f"refused   {error}\n")
                codes.append(_code(error))
                if isinstance(error, RecordingRefused) and error.reason is Reason.NO_KEY:
                    break  # the others would say the same
                continue
            sys.stdout.write(told + "\n")
    return max(codes)


def _code(error: CassetteError) -> int:
    return 2 if isinstance(error, RecordingRefused) and error.reason in CONFIGURATION else 1


def _told(subject: Subject, piece: Piece, outcome: Outcome | None) -> str:
    name = f"{subject.provider}/{piece.name}"
    if outcome is None:
        lacking = ", ".join(sorted(piece.scenario.needs - subject.abilities))
        return f"left out  {name}: {subject.provider} does not offer {lacking}"
    if not outcome.written:
        return f"kept      {outcome.path}"
    told = [f"{outcome.interactions} exchange{'s' if outcome.interactions > 1 else ''}"]
    told += [f"{outcome.reused} of them known"] if outcome.reused else []
    told += [f"removed {', '.join(outcome.removed)}"] if outcome.removed else []
    return f"recorded  {outcome.path} ({'; '.join(told)})"


def _pieces(names: list[str]) -> list[Piece]:
    unknown = [name for name in names if name not in PROGRAMME]
    if unknown:
        raise UsageProblem(f"unknown scenario {', '.join(unknown)}; known: {', '.join(PROGRAMME)}")
    return [PROGRAMME[name] for name in names] or list(PROGRAMME.values())


def _config(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageProblem(f"--config is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UsageProblem(f"--config is a JSON object, not {text}")
    return value


def _keys(providers: Iterable[str], variable: str) -> dict[str, str]:
    names = [variable] if variable else [name for provider in providers for name in variables_of(provider)]
    return {name: os.environ[name] for name in names if os.environ.get(name)}
