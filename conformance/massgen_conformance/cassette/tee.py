"""What stands in for an agent that is recorded: `process_recorder` writes this file out with a call of `main` below.

It starts the real program with the same arguments, passes every line on in both directions as it comes, and writes
down what passed and when, a JSON object a line; bytes are kept as Latin-1 text, so that none is lost.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO, Any


class Notes:
    """The file of one run. Lines of several streams are written one after the other."""

    def __init__(self, folder: str) -> None:
        name = f"{time.time_ns():020}-{os.getpid()}.jsonl"
        self._file = open(os.path.join(folder, name), "w", encoding="ascii")  # noqa: SIM115  # open until the process ends
        self._lock = threading.Lock()
        self._start = time.monotonic()

    def write(self, **told: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({**told, "at": round(time.monotonic() - self._start, 4)}) + "\n")
            self._file.flush()


def passed_on(stream: str, source: IO[bytes], target: IO[bytes], notes: Notes) -> None:
    """Every line of `source` to `target`, written down."""
    while line := source.readline():
        notes.write(stream=stream, line=line.decode("latin-1"))
        try:
            target.write(line)
            target.flush()
        except (OSError, ValueError):  # the other side reads no more; what comes is written down all the same
            continue


def feed(process: subprocess.Popen[bytes], notes: Notes) -> None:
    assert process.stdin is not None
    passed_on("in", sys.stdin.buffer, process.stdin, notes)
    notes.write(input_ended=True)
    try:
        process.stdin.close()
    except OSError:
        pass


def main(command: list[str], folder: str) -> None:
    """Run `command` with our arguments, and end as it ends."""
    notes = Notes(folder)
    notes.write(program=os.path.basename(command[0]), arguments=sys.argv[1:], environment=sorted(os.environ))
    process = subprocess.Popen(  # noqa: S603  # the program that the user asked to record
        [*command, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    assert process.stdout is not None
    assert process.stderr is not None
    threading.Thread(target=feed, args=(process, notes), daemon=True).start()
    errors = threading.Thread(target=passed_on, args=("err", process.stderr, sys.stderr.buffer, notes))
    errors.start()
    passed_on("out", process.stdout, sys.stdout.buffer, notes)
    errors.join()
    code = process.wait()
    notes.write(exit=code)
    os._exit(code if code >= 0 else 128 - code)
