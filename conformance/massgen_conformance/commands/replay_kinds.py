"""`replay` of what is no HTTP: a program or a WebSocket server that plays the recording to a backend."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from massgen_conformance.cassette import processes, replay, sidecar, websockets
from massgen_conformance.cassette.endpoints import PROGRAMS
from massgen_conformance.cassette.import_ import Foreign
from massgen_conformance.cassette.processes import Processes
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.take import unretrying
from massgen_conformance.commands.targets import chosen
from massgen_conformance.driver import drive, drive_bytes
from massgen_conformance.player import Player
from massgen_conformance.scenario import Scenario, Turn
from massgen_conformance.subject import Subject
from massgen_conformance.targets import over_process, over_websocket
from massgen_conformance.trace import Run

LINES: Final = "-jsonl"
"""How the protocols of a recordings folder end that are the output of a command-line agent."""
_HELLO: Final = Scenario("hello", (Turn(),), ({"role": "user", "content": "Say hello."},))


def runs(path: Path, cassette: Any, arguments: argparse.Namespace, player: Player) -> Iterator[Run]:
    """What a backend makes of a recording: of each run of a process, or of each call over the WebSockets.

    Raises `UnreadableCassette` for a bad sidecar, `UsageProblem` for a backend that cannot be had.
    """
    description = sidecar.beside(path)
    of_process = isinstance(cassette, Processes)
    name = arguments.provider or (description.provider if description else _by_program(cassette) or path.parent.name)
    [subject] = chosen(arguments, [name], over_process if of_process else over_websocket)
    subject = replace(subject, model=description.model or subject.model) if description else subject
    piece = PROGRAMME.get(description.scenario) if description else None
    scenario = piece.scenario if piece else _HELLO
    if isinstance(cassette, Processes):
        for run in cassette.runs:
            said = processes.reply(run, paced=arguments.paced).with_(every=arguments.every)
            yield _spoken(subject, said, scenario, player)
        return
    answers = websockets.respond(cassette, paced=arguments.paced, every=arguments.every)
    yield from asyncio.run(drive(unretrying(subject), scenario, player=player, plan=answers))


def lines(foreign: Foreign, arguments: argparse.Namespace, player: Player) -> Iterator[Run]:
    """What a backend makes of the output of an agent in a recordings folder, which kept neither start nor end."""
    name = arguments.provider or foreign.protocol.removesuffix(LINES).replace("-", "_")
    [subject] = chosen(arguments, [name], over_process)
    for item in foreign.cassette.interactions:
        yield _spoken(subject, replay.reply(item).with_(every=arguments.every), _HELLO, player)


def _spoken(subject: Subject, said: Any, scenario: Scenario, player: Player) -> Run:
    return asyncio.run(drive_bytes(unretrying(subject), said, player=player, messages=scenario.messages))


def _by_program(cassette: Any) -> str:
    """The provider whose program was recorded, "" for a program of nobody's."""
    started = {run.program for run in getattr(cassette, "runs", ())}
    return next((name for name, program in PROGRAMS.items() if program.executable in started), "")
