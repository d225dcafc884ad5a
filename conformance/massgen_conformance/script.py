"""A script: one file that holds everything to repeat a finding, as `massgen-conformance replay` does.

It is JSON, to be read, cut down by hand and attached to a report: the check, what the model says (`scenario`), the
bytes of each answer (`replies`), how they travel (`travel`), and what else the case compares with (`value`). The bytes
are in the file because they are the evidence: a later version of the kit may say the same turn in other bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

from massgen_conformance.check import Case
from massgen_conformance.plan import Ending, Played, Reply, Travel
from massgen_conformance.scenario import JSON, Part, Scenario, StreamError, Text, Thinking, ToolCall, Turn, Usage

SCHEMA: Final = "massgen-conformance-script/1"

PARTS: Final[Mapping[str, type[Part]]] = {"text": Text, "thinking": Thinking, "tool_call": ToolCall}
_NAMES = {kind: name for name, kind in PARTS.items()}

Record = TypeVar("Record")


class UnreadableScript(ValueError):
    """The file is no script, or one that this kit cannot read; says why."""


@dataclass(frozen=True, slots=True)
class Script:
    """One case of one check for one provider. `found` tells what was seen when it was written."""

    check: str
    provider: str
    wire: str
    model: str
    case: Case
    seed: int = 0
    found: Mapping[str, str] = field(default_factory=dict)


def of(check: str, subject: Any, case: Case, played: Sequence[Played | None], **known: Any) -> Script:
    """The script of a case whose answers were `played` as given; how they travelled is the case's own matter."""
    answers = [reply for reply in played if isinstance(reply, Reply)] if case.scenario is not None else []
    spoken = tuple(Reply(reply.events, reply.status, reply.headers, sized=reply.sized) for reply in answers)
    kept = Case(case.name, case.scenario, case.bend, case.value, case.needs, spoken=spoken)
    return Script(check, subject.provider, subject.wire, subject.model, kept, **known)


def is_script_file(path: Path) -> bool:
    """Whether the file says that it is a script, of any version."""
    with path.open("rb") as file:
        return b'"massgen-conformance-script/' in file.read(200)


def write(script: Script, path: Path) -> None:
    """Write the file, and its folder when there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(script), encoding="utf-8")


def dumps(script: Script) -> str:
    """The text of the file."""
    case = script.case
    document = {
        "schema": SCHEMA,
        "check": script.check,
        "case": case.name,
        "provider": script.provider,
        "wire": script.wire,
        "model": script.model,
        "seed": script.seed,
        "found": dict(script.found),
        "scenario": None if case.scenario is None else _scenario(case.scenario),
        "travel": asdict(case.bend) if isinstance(case.bend, Travel) else None,
        "value": case.value,
        "replies": [_reply(reply) for reply in case.spoken],
    }
    return json.dumps(document, indent=1, ensure_ascii=True, default=sorted) + "\n"


def _scenario(scenario: Scenario) -> JSON:
    turns = [
        {**asdict(turn), "parts": [{"type": _NAMES[type(part)], **asdict(part)} for part in turn.parts]}
        for turn in scenario.turns
    ]
    return {**asdict(scenario), "turns": turns}


def _reply(reply: Reply) -> JSON:
    return {
        "status": reply.status,
        "headers": [list(header) for header in reply.headers],
        "sized": reply.sized,
        "events": [_text(event) for event in reply.events],
    }


def _text(event: bytes) -> JSON:
    try:
        return event.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(event).decode()}


def load(path: Path) -> Script:
    """Read a script. Raises `UnreadableScript` naming the file and what is wrong."""
    try:
        return loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableScript(f"cannot read {path}: {error}") from error
    except UnreadableScript as error:
        raise UnreadableScript(f"{path}: {error}") from error


def loads(text: str) -> Script:
    """The script in the text of a file. Raises `UnreadableScript`."""
    try:
        value = json.loads(text)
        if value["schema"] != SCHEMA:
            raise UnreadableScript(f"this kit reads {SCHEMA}, not {value['schema']}")
        case = Case(
            value["case"],
            None if value["scenario"] is None else _read_scenario(value["scenario"]),
            None if value["travel"] is None else _read_travel(value["travel"]),
            _frozen(value["value"]),
            spoken=tuple(_read_reply(reply) for reply in value["replies"]),
        )
        named = (value["check"], value["provider"], value["wire"], value["model"])
        return Script(*named, case, value["seed"], value["found"])
    except UnreadableScript:
        raise
    except KeyError as error:
        raise UnreadableScript(f"a script has {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableScript(f"not a script: {error}") from error


def _read_scenario(value: JSON) -> Scenario:
    turns = tuple(_read_turn(turn) for turn in value["turns"])
    told = {**value, "turns": turns, "needs": frozenset(value["needs"])}
    return _made(Scenario, {**told, "messages": tuple(value["messages"]), "tools": tuple(value["tools"])})


def _read_turn(value: JSON) -> Turn:
    parts: list[Part] = [_made(PARTS[part["type"]], part) for part in value["parts"]]
    usage = None if value["usage"] is None else _made(Usage, value["usage"])
    error = None if value["error"] is None else _made(StreamError, value["error"])
    return Turn(tuple(parts), value["finish"], usage, error, frozenset(value["quirks"]))


def _read_travel(value: JSON) -> Travel:
    return _made(Travel, {**value, "ending": Ending(value["ending"])})


def _read_reply(value: JSON) -> Reply:
    events = tuple(
        base64.b64decode(event["base64"]) if isinstance(event, dict) else event.encode() for event in value["events"]
    )
    headers = tuple((name, told) for name, told in value["headers"])
    return Reply(events, value["status"], headers, sized=value["sized"])


def _made(kind: type[Record], value: JSON) -> Record:
    """A record of the fields that it knows, lists as the tuples that they were."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # every record here is a dataclass
    return kind(**{name: each if name in UNFROZEN else _frozen(each) for name, each in value.items() if name in known})


UNFROZEN: Final = ("messages", "tools")
"""Values that are handed on to a backend as they are: JSON, with lists."""


def _frozen(value: JSON) -> JSON:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
