"""Cassettes of processes: how command-line agents were started, what was said to them, what they put out, and when.

One `<scenario>.process.yaml` holds the runs of a scenario, each with its lines in the order in which they came:

    kind: process
    version: 1
    runs:
    - program: codex
      arguments: [exec, --json, Say hello.]
      environment: [HOME, PATH]
      input_ended: 0.002
      lines:
      - [out, 0.31, '{"type":"thread.started"}']
      - [err, 0.35, reading]
      exit: 0
      seconds: 1.2

A line is its stream (`in`, `out`, `err`), the seconds after the start, and its text without the line feed; bytes that
are no UTF-8 are `!!binary`. A last line without a line feed has a fourth item, `unfinished`. Of the environment the
names are kept and no value; `exit` is negative for the signal that ended the process; `input_ended` is missing when
the input was still open at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final

from massgen_conformance.cassette.marked import Part, document, written
from massgen_conformance.cassette.scrub import Scrubber
from massgen_conformance.cassette.sidecar import Pace, Sidecar
from massgen_conformance.cassette.store import Cassette, Interaction, Request, Response
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.program import Reads, Started, output

ENDING: Final = ".process.yaml"
STREAMS: Final = ("in", "out", "err")
ORIGIN: Final = "http://process.invalid"
"""Where a program that plays a run asks for it, as far as a recording tells."""
UNFINISHED: Final = "unfinished"
_SHOWN: Final = 120

_SECRET_OPTION = re.compile(r"-{1,2}[\w-]*(?:key|token|secret|password|credential)s?", re.IGNORECASE)
_MARK: Final = "[removed-argument]"
_MADE_UP = re.compile(r"(?<![\w.])/[^\s\"'=]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What does not count when starts are compared: paths, such as those of temporary files, and ids made for a run."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stream, without its line feed; `whole` is False for a last one that had none."""

    stream: str
    at: float
    data: bytes
    whole: bool = True

    @property
    def said(self) -> bytes:
        return self.data + b"\n" if self.whole else self.data


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """One process from its start to its end."""

    program: str
    arguments: tuple[str, ...]
    environment: tuple[str, ...]
    lines: tuple[Line, ...]
    exit: int
    seconds: float
    input_ended: float | None = None

    def of(self, stream: str) -> bytes:
        """Everything that went over a stream."""
        return b"".join(line.said for line in self.lines if line.stream == stream)

    @property
    def reads(self) -> Reads:
        """What a program must read that plays this run before it says anything."""
        first = next((line.at for line in self.lines if line.stream == "out"), self.seconds)
        if not any(line.stream == "in" and line.at <= first for line in self.lines):
            return "nothing"
        return "everything" if self.input_ended is not None and self.input_ended <= first else "line"


@dataclass(frozen=True, slots=True)
class Processes:
    """The runs of one scenario, in the order in which they were started."""

    runs: tuple[ProcessRun, ...]


def dumps(cassette: Processes) -> str:
    """The file's text."""
    return written("process", {"runs": [_as_value(run) for run in cassette.runs]})


def _as_value(run: ProcessRun) -> dict[str, Any]:
    value: dict[str, Any] = {"program": run.program, "arguments": list(run.arguments)}
    value["environment"] = list(run.environment)
    if run.input_ended is not None:
        value["input_ended"] = run.input_ended
    value["lines"] = [
        [line.stream, line.at, _readable(line.data), *([] if line.whole else [UNFINISHED])] for line in run.lines
    ]
    return {**value, "exit": run.exit, "seconds": run.seconds}


def _readable(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def loads(text: str, where: str = "cassette") -> Processes:
    """Parse a cassette. Raises `UnreadableCassette` with the file, the line and what belongs there."""
    whole = document(text, where, "process").fields(("kind", "version", "runs"))
    return Processes(tuple(_run(part) for part in whole["runs"].items()))


def _run(part: Part) -> ProcessRun:
    required = ("program", "arguments", "environment", "lines", "exit", "seconds")
    fields = part.fields(required, ("input_ended",))
    return ProcessRun(
        program=fields["program"].text(),
        arguments=tuple(item.text() for item in fields["arguments"].items()),
        environment=tuple(item.text() for item in fields["environment"].items()),
        lines=tuple(_line(item) for item in fields["lines"].items()),
        exit=fields["exit"].integer(),
        seconds=fields["seconds"].seconds(),
        input_ended=fields["input_ended"].seconds() if "input_ended" in fields else None,
    )


def _line(part: Part) -> Line:
    items = part.items()
    if len(items) not in (3, 4):
        raise part.wrong("a stream, seconds and a text")
    if len(items) == 4:
        items[3].word(UNFINISHED)
    data = items[2].data()
    raw = data.encode() if isinstance(data, str) else data
    return Line(items[0].word(*STREAMS), items[1].seconds(), raw, len(items) == 3)


def scrubbed(cassette: Processes, scrubber: Scrubber) -> Processes:
    """The cassette without secrets; the value of an option that announces one goes whatever it looks like."""
    return Processes(tuple(_scrubbed(run, scrubber) for run in cassette.runs))


def _scrubbed(run: ProcessRun, scrubber: Scrubber) -> ProcessRun:
    lines = tuple(replace(line, data=scrubber.data(line.data)[0]) for line in run.lines)
    return replace(run, arguments=tuple(_arguments(run.arguments, scrubber)), lines=lines)


def _arguments(arguments: tuple[str, ...], scrubber: Scrubber) -> Iterator[str]:
    secret = False
    for argument in arguments:
        name, equals, value = argument.partition("=")
        announced = _SECRET_OPTION.fullmatch(name) is not None
        if (secret and not argument.startswith("-")) or (announced and value):
            scrubber.removed.add("argument")
            yield f"{name}={_MARK}" if announced and value else _MARK
        else:
            yield scrubber.text(argument)
        secret = announced and not equals


def places(cassette: Processes) -> Iterator[tuple[str, bytes]]:
    """Everything that could hold a secret, with its place."""
    for number, run in enumerate(cassette.runs):
        for position, argument in enumerate(run.arguments):
            yield f"run {number} argument {position}", argument.encode("utf-8", "surrogateescape")
        for stream in STREAMS:
            yield f"run {number} {stream}", run.of(stream)


def reply(run: ProcessRun, *, paced: bool = False) -> Reply:
    """The output of a run as `program` plays it; with `paced` at the recorded times."""
    out = [line for line in run.lines if line.stream == "out"]
    said = output([line.said for line in out], exit_code=max(run.exit, 0), stderr=_complaint(run))
    if run.exit < 0:
        said = said.with_(ending=Ending.RESET)
    if not paced:
        return said
    offset, before, delays = 0, 0.0, []
    for line in out:
        if line.at > before:
            delays.append((offset, line.at - before))
        offset, before = offset + len(line.said), max(before, line.at)
    return said.with_(delays=tuple(delays))


def plan(cassette: Processes, *, paced: bool = False) -> Plan:
    """All runs in order, for the programs that play them."""
    return Plan(tuple(reply(run, paced=paced) for run in cassette.runs))


def exchanges(cassette: Processes) -> Cassette:
    """The runs as the exchanges in which `program` plays them; a signal is the exit code that a shell makes of it."""
    return Cassette(
        tuple(
            Interaction(
                Request("POST", f"{ORIGIN}/run", (("content-type", "application/json"),), b""),
                Response(200, output((), exit_code=_code(run), stderr=_complaint(run)).headers, run.of("out")),
            )
            for run in cassette.runs
        )
    )


def described(sidecar: Sidecar, cassette: Processes) -> Sidecar:
    """The sidecar of those exchanges, with the size and the time of every line."""
    said = [[line for line in run.lines if line.stream == "out"] for run in cassette.runs]
    paces = tuple(Pace(tuple((len(line.said), line.at) for line in lines)) for lines in said)
    return replace(sidecar, upstream=ORIGIN, interactions=paces)


def _code(run: ProcessRun) -> int:
    return run.exit if run.exit >= 0 else 128 - run.exit


def _complaint(run: ProcessRun) -> str:
    return run.of("err").decode("utf-8", "replace")


def timeless(cassette: Processes, program: str) -> Processes:
    """The recording without the machine's pace, and with the name of the agent that was played."""
    return Processes(
        tuple(
            replace(
                run,
                program=program,
                lines=tuple(replace(line, at=0.0) for line in run.lines),
                seconds=0.0,
                input_ended=None if run.input_ended is None else 0.0,
            )
            for run in cassette.runs
        )
    )


def homeless(cassette: Processes, home: str) -> Processes:
    """The recording with `~` in place of the user's own folder, whose name is the user's."""
    if home.rstrip("/") == "":
        return cassette
    folder = re.compile(re.escape(home.rstrip("/")) + r"(?![\w.-])")
    inside = re.compile(folder.pattern.encode())
    return Processes(
        tuple(
            replace(
                run,
                arguments=tuple(folder.sub("~", argument) for argument in run.arguments),
                lines=tuple(replace(line, data=inside.sub(b"~", line.data)) for line in run.lines),
            )
            for run in cassette.runs
        )
    )


def drift(starts: Sequence[Started], cassette: Processes) -> list[str]:
    """How the agent is started now, and what it is told, differs from the recording, one line each."""
    counted = f"{len(cassette.runs)} starts were recorded, {len(starts)} were made now"
    lines = [counted] if len(starts) != len(cassette.runs) else []
    for number, (now, then) in enumerate(zip(starts, cassette.runs, strict=False)):
        before, after = [_compared(each) for each in then.arguments], [_compared(each) for each in now.arguments]
        if any(old not in (new, _MARK) for old, new in zip_longest(before, after)):
            lines.append(f"start {number} arguments: recorded {list(then.arguments)}, now {list(now.arguments)}")
        told = then.of("in").decode("utf-8", "replace")
        if not _compared(told).startswith(_compared(now.input)) or bool(told) is not bool(now.input):
            lines.append(f"start {number} input: recorded {told[:_SHOWN]!r}, now {now.input[:_SHOWN]!r}")
    return lines


def _compared(text: str) -> str:
    return _MADE_UP.sub("*", text)
