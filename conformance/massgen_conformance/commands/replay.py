"""`replay`: recordings and scripts played to a backend, and what it makes of them."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from massgen_conformance import script
from massgen_conformance.cassette import import_, kinds, replay, sidecar
from massgen_conformance.cassette.import_ import Foreign
from massgen_conformance.cassette.take import unretrying
from massgen_conformance.commands import replay_kinds
from massgen_conformance.commands.problems import UsageProblem
from massgen_conformance.commands.targets import chosen
from massgen_conformance.contract import COMMON_FIELDS, SPECS, field_of
from massgen_conformance.driver import drive_bytes
from massgen_conformance.plan import Reply
from massgen_conformance.player import Player
from massgen_conformance.providers import PLAYABLE
from massgen_conformance.rehearsal import rehearsal
from massgen_conformance.report.values import GREEN
from massgen_conformance.runner import UnknownCheck
from massgen_conformance.subject import Subject
from massgen_conformance.trace import Run

PLAIN_PROVIDER = {
    "openai-chat": "chatcompletion",
    "openai-responses": "openai",
    "anthropic-messages": "claude",
    "gemini-generate": "gemini",
}
FIELDS = ("type", *dict.fromkeys(name for spec in SPECS.values() for name in (*spec.required, *spec.optional)))


def main(arguments: argparse.Namespace) -> int:
    """Play every interaction of every file; 1 when the backend raised or did not end, or a script's check fails."""
    scripts = [path for path in arguments.files if path.is_file() and script.is_script_file(path)]
    verdicts = [judged(path, arguments) for path in scripts]
    arguments.files = [path for path in arguments.files if path not in scripts]
    recordings = _recordings(arguments) if arguments.files else 0
    return int(any(verdicts) or recordings)


def judged(path: Path, arguments: argparse.Namespace) -> bool:
    """Play a script: its chunks, then the verdict of its check. Whether it is not green."""
    told = script.load(path)
    [subject] = chosen(arguments, [arguments.provider or told.provider])
    if subject.wire != told.wire:
        raise UsageProblem(f"{path} is of the wire {told.wire}, and {subject.provider} speaks {subject.wire}")
    try:
        runs, result = asyncio.run(rehearsal(told, subject))
    except UnknownCheck as error:
        raise UsageProblem(f"{path}: {error}") from error
    for number, run in enumerate(runs):
        for line in _lines(path, number, run, as_json=arguments.json):
            sys.stdout.write(line + "\n")
    verdict = {"file": str(path), "item": result.name, "verdict": result.verdict, "message": result.message}
    plain = f"{result.verdict.upper()} {result.name} {result.message}".rstrip()
    sys.stdout.write((_json(verdict) if arguments.json else plain) + "\n")
    return result.verdict not in GREEN


def _recordings(arguments: argparse.Namespace) -> int:
    # `cassettes/groq/*` names the sidecars too; a sidecar alone is refused by `load`.
    recordings = [path for path in arguments.files if not path.name.endswith(".meta.yaml")]
    code = 0
    with Player() as player:
        for path, loaded in [(path, _loaded(path)) for path in recordings or arguments.files]:
            for number, run in enumerate(_played(path, loaded, arguments, player)):
                for line in _lines(path, number, run, as_json=arguments.json):
                    sys.stdout.write(line + "\n")
                code |= run.raised is not None or run.timed_out
    return int(code)


def _loaded(path: Path) -> Any:
    if kinds.kind_of(path):
        return kinds.load(path)
    kinds.require_http(path)
    return import_.load(path)


def _played(path: Path, loaded: Any, arguments: argparse.Namespace, player: Player) -> Iterator[Run]:
    if not isinstance(loaded, Foreign):
        yield from replay_kinds.runs(path, loaded, arguments, player)
        return
    if loaded.protocol.endswith(replay_kinds.LINES):
        yield from replay_kinds.lines(loaded, arguments, player)
        return
    subject = _subject(arguments, path, loaded)
    description = sidecar.beside(path) if arguments.paced else None
    plan = replay.plan(loaded.cassette, description, paced=arguments.paced)
    for reply in plan.replies:
        assert isinstance(reply, Reply)
        yield asyncio.run(drive_bytes(subject, reply.with_(every=arguments.every), player=player))


def _subject(arguments: argparse.Namespace, path: Path, foreign: Foreign) -> Subject:
    provider = arguments.provider or _provider_of(foreign)
    if not provider:
        raise UsageProblem(f"{path} does not tell its protocol ({foreign.protocol or 'unknown'}); give --provider")
    [subject] = chosen(arguments, [provider])
    return unretrying(subject)


def _provider_of(foreign: Foreign) -> str:
    profile = PLAYABLE.get(foreign.provider)
    if profile is not None and profile.wire == foreign.protocol.replace("-", "_"):
        return profile.name
    return PLAIN_PROVIDER.get(foreign.protocol, "")


def _lines(path: Path, number: int, run: Run, *, as_json: bool) -> Iterator[str]:
    if not as_json:
        yield f"{path} [{number}]"
    for timed in run.chunks:
        values = {name: field_of(timed.chunk, name) for name in FIELDS}
        shown = {name: value for name, value in values.items() if value is not None and name not in COMMON_FIELDS[1:]}
        shown["type"] = str(shown["type"])
        yield _json({"file": str(path), "interaction": number, **shown}) if as_json else _readable(shown)
    ending = f"{type(run.raised).__name__}: {run.raised}" if run.raised else "no end" if run.timed_out else ""
    if ending:
        yield _json({"file": str(path), "interaction": number, "raised": ending}) if as_json else f"  RAISED {ending}"


def _readable(values: dict[str, Any]) -> str:
    kind = values.pop("type")
    told = [value if name in ("status", "error") else _json(value) for name, value in values.items()]
    return f"  {kind:<18} {'  '.join(str(value) for value in told)}".rstrip()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    """What JSON does not know: the chunks of a target are made of whatever it likes."""
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    names: Iterable[str] = getattr(value, "__struct_fields__", ()) or getattr(value, "__dict__", ())
    return {name: getattr(value, name) for name in names} or str(value)
