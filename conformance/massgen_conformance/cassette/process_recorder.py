"""Records command-line agents: an executable that stands in for the real one notes what passes through it."""

from __future__ import annotations

import json
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from massgen_conformance.cassette import tee
from massgen_conformance.cassette.processes import Line, Processes, ProcessRun


class ProcessRecorder:
    """Stands in for `command`. What passed is kept in a folder that only this user can read, until the end of the
    `with` block; `taken` gives it as a cassette."""

    def __init__(self, command: Sequence[str]) -> None:
        if not command:
            raise ValueError("there is no command to record; give the program and its first arguments")
        self._command = list(command)

    def __enter__(self) -> Self:
        self._kept = tempfile.TemporaryDirectory(prefix="recorded-")
        self.folder = Path(self._kept.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.cleanup()

    def stand_in(self, path: Path) -> Path:
        """Write the executable that is started in place of the agent, and give it back."""
        source = Path(tee.__file__).read_text(encoding="utf-8")
        call = f"main({self._command!r}, {self._kept.name!r})"
        path.write_text(f"#!{sys.executable} -ISE\n{source}\n\n{call}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def taken(self) -> Processes:
        """The runs that have ended. Raises `ValueError` for one that has not: it would be half a recording."""
        return Processes(tuple(_run(path) for path in sorted(self.folder.glob("*.jsonl"))))


def _run(path: Path) -> ProcessRun:
    notes: list[Any] = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    start, last = notes[0], notes[-1]
    if "exit" not in last:
        raise ValueError(f"{start['program']} has not ended; wait for it, or end it, before the recording is taken")
    ended = next((note["at"] for note in notes if note.get("input_ended")), None)
    lines = tuple(_line(note) for note in notes if "stream" in note)
    return ProcessRun(
        start["program"], tuple(start["arguments"]), tuple(start["environment"]), lines, last["exit"], last["at"], ended
    )


def _line(note: Any) -> Line:
    data = note["line"].encode("latin-1")
    return Line(note["stream"], note["at"], data.removesuffix(b"\n"), data.endswith(b"\n"))
