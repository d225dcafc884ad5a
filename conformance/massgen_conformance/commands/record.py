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
from massgen_conformance.cassette.passage import record_passage
from massgen_conformance.cassette.passing import Client, by_client
from massgen_conformance.cassette.programme import PROGRAMME, Piece
from massgen_conformance.cassette.record import Mode, Outcome
from massgen_conformance.cassette.session import Session
from massgen_conformance.cassette.store import Store
from massgen_conformance.commands.problems import UsageProblem
from massgen_conformance.commands.targets import chosen
from massgen_conformance.player import Player
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.subject import Subject
from massgen_conformance.targets import over_process, over_websocket

CONFIGURATION = frozenset({Reason.NO_KEY, Reason.UNWRITABLE, Reason.UNSUPPORTED})
"""Reasons that the user can put right before anything is asked again: exit code 2."""


def main(arguments: argparse.Namespace) -> int:
    """Record every piece that was asked for; 1 or 2 when one was not recorded, the others are all the same."""
    if not arguments.provider:
        raise UsageProblem("record needs --provider NAME (repeatable), or --provider all")
    with Player() as player:
        session = Session(
            Store(arguments.cassettes),
            player,
            base_url=arguments.base_url,
            from_player=arguments.from_player,
            key_variable=arguments.key_variable,
            executable=arguments.executable,
        )
        if arguments.client:
            return asyncio.run(_by_client(_with_keys(session, arguments.provider), arguments))
        pieces, subjects = _pieces(arguments.scenario), _subjects(session, arguments)
        session = _with_keys(session, [one.provider for one in subjects])
        return asyncio.run(_all(session, subjects, pieces, Mode(arguments.mode), named=bool(arguments.scenario)))


def _subjects(session: Session, arguments: argparse.Namespace) -> list[Subject]:
    config = _config(arguments.config)
    over = over_websocket if session.websocket else over_process if session.executable else None
    found = chosen(arguments, arguments.provider, over)
    return [replace(one, model=arguments.model or one.model, config={**one.config, **config}) for one in found]


async def _by_client(session: Session, arguments: argparse.Namespace) -> int:
    """Record what the user's own command says, under any name."""
    if len(arguments.provider) != 1 or len(arguments.scenario) != 1:
        raise UsageProblem("with a client after `--`, give one --provider and one --scenario: they name the recording")
    [provider], [scenario] = arguments.provider, arguments.scenario
    wanted = "{address}" if session.websocket else "{command}"
    if session.from_player or not any(wanted in word for word in arguments.client):
        raise UsageProblem(
            f"a client after `--` has {wanted} among its words, where it connects to the server of --base-url "
            "ws://HOST:PORT ({address}) or starts the program of --executable ({command})"
        )
    try:
        passage = by_client(session, provider, scenario, Client(tuple(arguments.client)), arguments.model)
        outcome = await record_passage(passage, session.store, Mode(arguments.mode))
    except CassetteError as error:
        sys.stderr.write(f"refused   {error}\n")
        return _code(error)
    sys.stdout.write(_outcome(outcome) + "\n")
    return 0


def _with_keys(session: Session, providers: list[str]) -> Session:
    return replace(session, keys=_keys(providers, session.key_variable))


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
            except UnspeakableTurn as lack:
                sys.stdout.write(f"left out  {subject.provider}/{piece.name}: the player cannot say it: {lack}\n")
                continue
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
    return _outcome(outcome)


def _outcome(outcome: Outcome) -> str:
    if not outcome.written:
        return f"kept      {outcome.path}"
    told = [f"{outcome.interactions} exchange{'s' if outcome.interactions > 1 else ''}"]
    told += [f"{outcome.reused} of them known"] if outcome.reused else []
    told += [f"removed {', '.join(outcome.removed)}"] if outcome.removed else []
    told += [f"its client raised {outcome.complaint}"] if outcome.complaint else []
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
