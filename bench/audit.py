"""What an audit costs beside reading the same files: CPU of `massgen-audit check`, and of `ast.parse` on them all."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# (what, arguments, at most this many times the CPU that parsing every Python file under massgen/ takes)
_RUNS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("cold: nothing is known", ("--no-cache",), 1.2),
    ("facts known, verdicts anew", ("--timings",), 0.6),
    ("nothing changed", (), 0.15),
)
# Seconds of parsing under which a checkout says nothing about these bars: what is fixed weighs too much there.
_LARGE = 1.0
_PARSE = """\
import ast, gc, pathlib, sys
gc.disable()
for path in sorted(pathlib.Path(sys.argv[1], "massgen").rglob("*.py")):
    try:
        ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        pass
"""


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    """CPU of a child, user and system. Raises SystemExit where it did not do its work: an audit says something."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1) or ("check" in command and not done.stdout):
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def audit(tree: Path, rounds: int) -> bool:
    """Prints the table for one checkout. True if every bar is met; a small checkout is held to none."""
    parse = [sys.executable, "-c", _PARSE, str(tree)]
    check = [sys.executable, "-m", "massgen_audit", "check", "--exit-zero", str(tree)]
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as home:
        # Compiled modules are kept, as those of an installed auditor are.
        environment = {**os.environ, "XDG_CACHE_HOME": home, "PYTHONPYCACHEPREFIX": home}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):  # the first round fills the caches
            took = {"parsing": _seconds(parse, environment)}
            took |= {what: _seconds([*check, *more], environment) for what, more, _ in _RUNS}
            for what, seconds in took.items() if number else ():
                spent.setdefault(what, []).append(seconds)
    reference = statistics.median(spent["parsing"])
    print(f"\nCPU of an audit of {tree}\n{'parsing all of it':28}{reference:7.2f} s")
    passed = True
    for what, _, bar in _RUNS:
        ours = statistics.median(spent[what])
        held = reference >= _LARGE
        passed &= ours / reference <= bar or not held
        print(f"{what:28}{ours:7.2f} s  {ours / reference:5.2f}x{f'  at most {bar:g}x' if held else ''}")
    return passed
