"""A command-line agent, played: an executable whose standard output is the answer of an exchange, as it travels.

The program tells the player how it was started (arguments, standard input, working folder, environment) and copies
what comes back to its standard output, write by write; it tells how much of it is out. So a plan says of a process what
it says of a server: its cuts, gates and delays are those of the output, and `WireLog` has the request and the times. A
body that is cut off ends the process by a signal in the middle of its output; one that hangs leaves it running.
"""

from __future__ import annotations

import hashlib
import json
import stat
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from massgen_conformance import played_program
from massgen_conformance.plan import Reply
from massgen_conformance.player_exchange import Exchange
from massgen_conformance.trace import Received

EXIT_CODE: Final = "x-exit-code"
STDERR: Final = "x-standard-error"

Reads: TypeAlias = Literal["nothing", "line", "everything", "agent"]
"""What the program reads of its standard input before it says anything. An agent reads a line where its arguments say
that its input is JSON lines, else everything."""

_FOLDER: Final = tempfile.gettempdir()  # not the one that a check may put in its place


@dataclass(frozen=True, slots=True)
class Started:
    """How the program was started. `files` has the text of those that an argument or a variable names."""

    arguments: tuple[str, ...]
    input: str
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict)


def program(exchange: Exchange, path: Path, *, reads: Reads = "nothing") -> Path:
    """Write the executable that plays this exchange to `path`, and give it back."""
    return written(exchange.base_url, path, reads)


def written(base_url: str, path: Path, reads: Reads) -> Path:
    """Write the executable that asks at `base_url` what it says."""
    host, _, rest = base_url.removeprefix("http://").partition(":")
    port, _, prefix = rest.partition("/")
    source = Path(played_program.__file__).read_text(encoding="utf-8")
    call = f"play({host!r}, {int(port)}, {f'/{prefix}/run'!r}, {reads!r})"
    path.write_text(f"#!{sys.executable} -ISE\n{source}\n\n{call}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def command_for(base_url: str) -> Path:
    """The executable of an agent whose answers are played at `base_url`; it is removed when this process ends."""
    name = hashlib.sha256(base_url.encode()).hexdigest()[:16]
    path = Path(_programs().name) / f"agent-{name}"
    return path if path.is_file() else written(base_url, path, "agent")


@cache
def _programs() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="played-", dir=_FOLDER)


def output(lines: Sequence[bytes], *, exit_code: int = 0, stderr: str = "") -> Reply:
    """What the program puts out, one write per line, and how it ends."""
    headers = (("content-type", "application/jsonl"), (EXIT_CODE, str(exit_code)), (STDERR, stderr.encode().hex()))
    return Reply(tuple(lines), headers=headers)


def started(request: Received) -> Started:
    """The start that a request of the program tells. `ValueError` for another request."""
    told = request.json()
    variables = [value.partition("=") for name, value in request.headers if name == "environment"]
    environment = {name: json.loads(f'"{value}"') for name, _, value in variables}
    try:
        return Started(tuple(told["arguments"]), told["input"], told["folder"], environment, told["files"])
    except (KeyError, TypeError) as problem:
        raise ValueError(f"not the start of a program: {problem!r}") from problem
