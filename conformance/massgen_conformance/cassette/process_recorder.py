"""Records command-line agents: an executable that stands in for the real one notes what passes through it."""

from __future__ import annotations

import json
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from massgen_conformance.cassette import tee
from massgen_conformance.cassette.errors import Failure, Reason
from massgen_conformance.cassette.processes import Line, Processes, ProcessRun

SETTLE_SECONDS: Final = 5.0
"""How long a run may take to end after the client has let go of it."""


class ProcessRecorder:
    """Stands in for `command`. What passes is noted in a folder that only this user can read, which is gone after the
    `with` block; `taken` gives it as a cassette, in the block and after it.

    `failure` is why the command could not be started, if it could not.
    """

    def __init__(self, command: Sequence[str]) -> None:
        if not command:
            raise ValueError("there is no command to record; give the program and its first arguments")
        self._command = list(command)
        self._told: list[list[Any]] | None = None

    def __enter__(self) -> Self:
        self._kept = tempfile.TemporaryDirectory(prefix="recorded-")
        self.folder = Path(self._kept.name)
        self._told = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        waiting = threading.Thread(target=self._await_ends, daemon=True)
        waiting.start()
        waiting.join(SETTLE_SECONDS)
        self._told = list(self._read())
        self._kept.cleanup()

    @property
    def given(self) -> str:
        """What the client starts in place of the command: an executable of the same name, gone after the block."""
        return str(self.stand_in(self.folder / Path(self._command[0]).name))

    def stand_in(self, path: Path) -> Path:
        """Write the executable that is started in place of the agent, and give it back."""
        source = Path(tee.__file__).read_text(encoding="utf-8")
        call = f"main({self._command!r}, {self._kept.name!r})"
        path.write_text(f"#!{sys.executable} -ISE\n{source}\n\n{call}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def taken(self) -> Processes:
        """The runs that have ended. Raises `ValueError` for one that has not: it would be half a recording."""
        return Processes(tuple(_run(notes) for notes in self._notes()))

    @property
    def failure(self) -> Failure | None:
        told = [notes[-1]["unstartable"] for notes in self._notes() if "unstartable" in notes[-1]]
        return Failure(Reason.UNREACHABLE, f"it cannot be started: {told[0]}") if told else None

    def _notes(self) -> list[list[Any]]:
        return list(self._read()) if self._told is None else self._told

    def _read(self) -> Iterator[list[Any]]:
        for path in sorted(self.folder.glob("*.jsonl")):
            whole, _, _ = path.read_text(encoding="ascii").rpartition("\n")
            yield [json.loads(line) for line in whole.splitlines()]

    def _await_ends(self) -> None:
        """Return when every run has let go of its notes."""
        import fcntl  # only where there are processes to record: not on Windows

        for path in self.folder.glob("*.jsonl"):
            with path.open(encoding="ascii") as notes:
                fcntl.flock(notes, fcntl.LOCK_SH)


def _run(notes: list[Any]) -> ProcessRun:
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
