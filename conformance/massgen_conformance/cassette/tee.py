"""What stands in for an agent that is recorded: `process_recorder` writes this file out with a call of `main` below.

It starts the real program with the same arguments, passes everything on in both directions as it comes, and writes
down the lines that passed and when each was whole, a JSON object a line; bytes are kept as Latin-1 text, so that none
is lost.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

PIECE = 65536


class Notes:
    """The file of one run. Lines of several streams are written one after the other."""

    def __init__(self, folder: str) -> None:
        name = f"{time.time_ns():020}-{os.getpid()}.jsonl"
        self._file = open(os.path.join(folder, name), "w", encoding="ascii")  # noqa: SIM115  # open until the process ends
        import fcntl  # not on Windows, where this module is read and never run

        fcntl.flock(self._file, fcntl.LOCK_EX)  # until the process ends, for who waits for that
        self._lock = threading.Lock()
        self._start = time.monotonic()

    def write(self, **told: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({**told, "at": round(time.monotonic() - self._start, 4)}) + "\n")
            self._file.flush()


def passed_on(stream: str, source: int, target: int, notes: Notes) -> None:
    """Every byte of `source` to `target`, written down line by line."""
    held = b""
    while received := read(source):
        *lines, held = (held + received).split(b"\n")
        for line in lines:
            notes.write(stream=stream, line=line.decode("latin-1") + "\n")
        try:
            while received:
                received = received[os.write(target, received) :]
        except OSError:  # the other side reads no more; what comes is written down all the same
            continue
    if held:
        notes.write(stream=stream, line=held.decode("latin-1"))


def read(source: int) -> bytes:
    try:
        return os.read(source, PIECE)
    except OSError:  # it was not open
        return b""


def feed(process: subprocess.Popen[bytes], notes: Notes) -> None:
    assert process.stdin is not None
    passed_on("in", 0, process.stdin.fileno(), notes)
    notes.write(input_ended=True)
    try:
        process.stdin.close()
    except OSError:
        pass


def begun(command: list[str], notes: Notes) -> subprocess.Popen[bytes]:
    """The real program. One that cannot be started is written down as such."""
    try:
        return subprocess.Popen(  # noqa: S603  # the program that the user asked to record
            [*command, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        notes.write(unstartable=f"{command[0]}: {error.strerror}")
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(127)


def main(command: list[str], folder: str) -> None:
    """Run `command` with our arguments, and end as it ends; a signal that asks us to end asks it."""
    notes = Notes(folder)
    notes.write(program=os.path.basename(command[0]), arguments=sys.argv[1:], environment=sorted(os.environ))
    process = begun(command, notes)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda caught, _: process.send_signal(caught))
    assert process.stdout is not None
    assert process.stderr is not None
    threading.Thread(target=feed, args=(process, notes), daemon=True).start()
    errors = threading.Thread(target=passed_on, args=("err", process.stderr.fileno(), 2, notes))
    errors.start()
    passed_on("out", process.stdout.fileno(), 1, notes)
    errors.join()
    code = process.wait()
    notes.write(exit=code)
    ended(code)


def ended(code: int) -> None:
    """End as the real program did: by its exit code, or by the signal that ended it."""
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)
