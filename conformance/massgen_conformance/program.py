"""A command-line agent, played: an executable whose standard output is the answer of an exchange, as it travels.

The program tells the player how it was started (arguments, standard input, working folder) and copies what comes back
to its standard output, write by write. So a plan says of a process what it says of a server: its cuts, gates and delays
are those of the output, and `WireLog` has the request and the times. A body that is cut off ends the process by a
signal in the middle of its output; one that hangs leaves it running.
"""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from massgen_conformance.plan import Reply
from massgen_conformance.player_exchange import Exchange
from massgen_conformance.trace import Received

EXIT_CODE: Final = "x-exit-code"
STDERR: Final = "x-standard-error"

Reads: TypeAlias = Literal["nothing", "line", "everything"]
"""What the program reads of its standard input before it says anything."""

_PROGRAM: Final = """#!{python} -SE
import http.client, json, os, signal, sys
given = {{"nothing": lambda: b"", "line": sys.stdin.buffer.readline, "everything": sys.stdin.buffer.read}}[{reads!r}]()
said = {{"arguments": sys.argv[1:], "input": given.decode("utf-8", "surrogateescape"), "folder": os.getcwd()}}
connection = http.client.HTTPConnection({host!r}, {port})
connection.request("POST", {target!r}, json.dumps(said), {{"content-type": "application/json"}})
answer = connection.getresponse()
sys.stderr.write(json.loads(answer.headers.get({stderr!r}, '""')))
sys.stderr.flush()
try:
    while piece := answer.read1(65536):
        os.write(1, piece)
except (http.client.HTTPException, OSError):
    os.kill(os.getpid(), signal.SIGKILL)
os._exit(int(answer.headers.get({exit_code!r}, "0")))
"""


@dataclass(frozen=True, slots=True)
class Started:
    """How the program was started."""

    arguments: tuple[str, ...]
    input: str
    folder: str


def program(exchange: Exchange, path: Path, *, reads: Reads = "nothing") -> Path:
    """Write the executable that plays this exchange to `path`, and give it back."""
    host, _, rest = exchange.base_url.removeprefix("http://").partition(":")
    port, _, prefix = rest.partition("/")
    filled = _PROGRAM.format(
        python=sys.executable,
        reads=reads,
        host=host,
        port=int(port),
        target=f"/{prefix}/run",
        stderr=STDERR,
        exit_code=EXIT_CODE,
    )
    path.write_text(filled, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def output(lines: Sequence[bytes], *, exit_code: int = 0, stderr: str = "") -> Reply:
    """What the program puts out, one write per line, and how it ends."""
    headers = (("content-type", "application/jsonl"), (EXIT_CODE, str(exit_code)), (STDERR, json.dumps(stderr)))
    return Reply(tuple(lines), headers=headers)


def started(request: Received) -> Started:
    """The start that a request of the program tells."""
    told = request.json()
    return Started(tuple(told["arguments"]), told["input"], told["folder"])
