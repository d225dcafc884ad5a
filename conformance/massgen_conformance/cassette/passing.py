"""Records processes and WebSockets for a session: driven by a subject's backend, or by a client of the user's own."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from massgen_conformance.cassette import kinds, processes, websockets
from massgen_conformance.cassette.endpoints import PROGRAMS, SYNTHETIC_ORIGIN
from massgen_conformance.cassette.errors import Reason
from massgen_conformance.cassette.forms import SHORTEST
from massgen_conformance.cassette.job import Drive
from massgen_conformance.cassette.keep import Origin, refused
from massgen_conformance.cassette.passage import Between, Passage, Verify
from massgen_conformance.cassette.process_recorder import ProcessRecorder
from massgen_conformance.cassette.processes import Processes
from massgen_conformance.cassette.programme import Piece
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.take import conversation, problems_of, unretrying
from massgen_conformance.cassette.websocket_relay import WebSocketRelay
from massgen_conformance.driver import CANARY, drive
from massgen_conformance.guard import is_local
from massgen_conformance.plan import Plan, Respond
from massgen_conformance.player import Player
from massgen_conformance.program import command_for, started
from massgen_conformance.subject import WEBSOCKET_WIRE, Subject

if TYPE_CHECKING:
    from massgen_conformance.cassette.session import Session

SECRET_NAME: Final = re.compile(r".*(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL)", re.IGNORECASE)
"""Variables whose values a recording must not hold, whoever set them."""


VERSIONS: Final = {"python": platform.python_version(), "websockets": version("websockets")}
STARTS: Final = "see that the backend starts the `command` that it is given"


@dataclass(frozen=True, slots=True)
class Client:
    """A command of the user's own that asks. In its words `{command}` is the executable that stands in for the agent,
    `{address}` the host and port that stand in for the server."""

    words: tuple[str, ...]

    async def __call__(self, given: str) -> None:
        """Run it to its end, with the terminal as its own. Raises `OSError` where it cannot be started, `RuntimeError`
        where it fails."""
        words = [word.replace("{command}", given).replace("{address}", given) for word in self.words]
        process = await asyncio.create_subprocess_exec(*words)
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code:
            raise RuntimeError(f"the client ended with exit code {code}")


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of variables whose names announce a secret, as far as they can be recognised in a text."""
    return tuple(value for name, value in environment.items() if SECRET_NAME.fullmatch(name) and len(value) >= SHORTEST)


def by_client(session: Session, provider: str, scenario: str, client: Client, model: str = "") -> Passage:
    """What a client of the user's own says to a program or to a server. Raises `RecordingRefused`."""
    origin = _origin(session, provider, scenario, session.key_of(provider)[1], model)
    if session.websocket:
        remedy = "have the client connect to {address}, and see that a server listens there"
        return Passage(kinds.WEBSOCKET, origin, _relay(session, origin), client, remedy)
    remedy = "have the client start {command}"
    return Passage(kinds.PROCESS, origin, _recorder(session, origin), client, remedy, tidy=at_home)


def by_subject(session: Session, subject: Subject, piece: Piece) -> Passage:
    """What a subject's backend says in a piece of the programme. Raises `RecordingRefused`."""
    key = _asked_with(piece, session.key_of(subject.provider)[1])
    origin = _origin(session, subject.provider, piece.name, key, subject.model)
    if origin.provenance is Provenance.LIVE and not piece.live:
        told = f"{subject.provider} cannot be asked for it; record {piece.name} with --from-player"
        raise refused(origin, Reason.UNSUPPORTED, told)
    fitted = unretrying(replace(subject, wire=WEBSOCKET_WIRE) if session.websocket else subject)
    if session.websocket:
        verify = _played(fitted, piece, session.player, websockets.respond, websockets.drifts)
        asking = _asking(fitted, piece, key)
        remedy = "see that the backend connects to its base_url, and that a server listens at --base-url"
        return Passage(kinds.WEBSOCKET, origin, _relay(session, origin), asking, remedy, verify)
    verify = _played(fitted, piece, session.player, processes.plan, _starts)
    starting = _starting(fitted, piece, key, session.base_url)
    return Passage(kinds.PROCESS, origin, _recorder(session, origin), starting, STARTS, verify, at_home)


def from_player(session: Session, subject: Subject, piece: Piece, base_url: str) -> Passage:
    """What a subject's backend says to a program whose answers are played at `base_url`."""
    key, fitted = _asked_with(piece, CANARY), unretrying(subject)
    known = (SYNTHETIC_ORIGIN, subject.model, _known(session, key), VERSIONS)
    origin = Origin(subject.provider, piece.name, Provenance.SYNTHETIC, *known)
    tidy = partial(processes.timeless, program=_named(session, subject.provider))
    verify = _played(fitted, piece, session.player, processes.plan, _starts)
    between = ProcessRecorder([str(command_for(base_url))])
    return Passage(kinds.PROCESS, origin, between, _starting(fitted, piece, key, ""), STARTS, verify, tidy)


def at_home(cassette: Processes) -> Processes:
    """The recording without the name of the user's folder."""
    return processes.homeless(cassette, str(Path.home()))


def _asked_with(piece: Piece, key: str) -> str:
    return piece.refused.key if piece.refused is not None and piece.refused.key else key


def _known(session: Session, key: str) -> tuple[str, ...]:
    given = (key, *session.keys.values(), *secrets_of(os.environ))
    return tuple(dict.fromkeys(value for value in given if len(value) >= SHORTEST))


def _origin(session: Session, provider: str, scenario: str, key: str, model: str) -> Origin:
    local = bool(session.base_url) and is_local(urlsplit(session.base_url).hostname or "?")
    provenance = Provenance.PEER if local else Provenance.LIVE
    upstream = session.base_url or Path(_named(session, provider)).name
    return Origin(provider, scenario, provenance, upstream, model, _known(session, key), VERSIONS)


def _named(session: Session, provider: str) -> str:
    return session.executable or (PROGRAMS[provider].executable if provider in PROGRAMS else provider)


def _recorder(session: Session, origin: Origin) -> Between:
    named = _named(session, origin.provider)
    found = shutil.which(named)
    if found is None:
        where = "is no executable file" if os.path.dirname(named) else "is not on PATH"
        told = f"the program {named} {where}; install it, or name it with --executable PROGRAM"
        raise refused(origin, Reason.UNREACHABLE, told)
    return ProcessRecorder([os.path.abspath(found)])


def _relay(session: Session, origin: Origin) -> Between:
    try:
        return WebSocketRelay(session.base_url)
    except ValueError as error:
        raise refused(origin, Reason.UNREACHABLE, str(error)) from error


def _asking(subject: Subject, piece: Piece, key: str) -> Drive:
    said = conversation(subject, piece.scenario, key)
    return lambda given: said(f"ws://{given}")


def _starting(subject: Subject, piece: Piece, key: str, base_url: str) -> Drive:
    async def run(given: str) -> None:
        equipped = replace(subject, config={**subject.config, "command": given})
        await conversation(equipped, piece.scenario, key)(base_url)

    return run


def _starts(log: Any, cassette: Any) -> list[str]:
    return processes.drift([started(request) for request in log.requests], cassette)


def _played(subject: Subject, piece: Piece, player: Player, plan_of: Any, drifts: Any) -> Verify:
    """Plays the new recording to the subject: the contract holds, it ends as it should, and it asks the same again."""

    async def verify(cassette: Any) -> Sequence[str]:
        plan: Plan | Respond = plan_of(cassette)
        runs = await drive(subject, piece.scenario, player=player, plan=plan)
        problems = [problem for run in runs for problem in problems_of(run, refused=piece.refused is not None)]
        return problems or drifts(runs[0].wire, cassette)

    return verify
