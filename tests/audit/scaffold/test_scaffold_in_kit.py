"""What the conformance kit says of a type that was scaffolded a moment ago, by the command that scaffold prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from massgen_audit.scaffold import plan_scaffold, spec_of
from massgen_audit.tree import DirectoryTree, MemoryTree
from tests.audit.kept import Kept

ROOT = Path(__file__).parents[3]
KEPT = Kept()
PACKAGES = ("massgen", "conformance/massgen_conformance")

# One case of each check, in the process that has the copy's packages on its path.
PROGRAM = """\
import asyncio, json, sys
from massgen_conformance import providers
from massgen_conformance.check import CATALOGUE
from massgen_conformance.cli import parser
from massgen_conformance.liars.matrix import LONG, one_each
from massgen_conformance.runner import Runner
from massgen_conformance.targets import load_target, subject

told = parser().parse_args(sys.argv[2:])
who = subject(told.provider[0], load_target("massgen.backend.factory:conformance_target")[1], told.wire)
verdicts = {}


async def main():
    with Runner([who], [CATALOGUE[name] for name in sorted(CATALOGUE)], guard_seconds=3.0) as runner:
        items = [item for item in one_each(runner.plan()) if item.check.id not in LONG]
        for item in items[:: int(sys.argv[1])]:
            verdicts[item.check.id] = str((await runner.run(item)).verdict)


asyncio.run(main())
print(json.dumps([providers.__file__, verdicts]))
"""

# What only the author of a backend over a program can say, each with its reason. Everything else passes.
OF_PROGRAM = {
    "ERR-16",  # which of its words mean that the conversation is too long
    "ERR-19",  # and which of them are worth a second try
    "PRM-01",  # its option for the temperature,
    "PRM-03",  # for the limit of tokens,
    "PRM-04",  # for stop words,
    "PRM-05",  # for the temperature of one call,
    "PRM-07",  # for a schema of the answer,
    "PRM-08",  # and for anything else
    "STA-05",  # its option for an earlier conversation
    "TIM-07",  # the times that it tells
}
CASES = [
    ("chat", "key", 1, frozenset()),
    ("chat", "oauth", 6, frozenset()),
    ("chat", "none", 6, frozenset()),
    ("response", "key", 2, frozenset()),
    ("custom", "key", 3, frozenset()),
    ("cli", "key", 1, frozenset(OF_PROGRAM)),
    # A program without a key is given none, so that SEC-01 never sees one that could leak.
    ("cli", "none", 1, frozenset(OF_PROGRAM | {"SEC-01"})),
]


def copy_with(base: str, auth: str, folder: Path) -> str:
    """A copy of this repository's packages with a type `nova`; the kit's command, as scaffold prints it."""
    source = DirectoryTree(ROOT)
    kit = [f"{PACKAGES[1]}/{name}" for name in ("providers.py", "cassette/endpoints.py")]
    tree = MemoryTree({path: source.read(path) for path in [*source.paths(), *kit]})
    planned = plan_scaffold(tree, spec_of("nova", base, auth), KEPT)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package)
    for edit in planned.edits:
        if edit.path.startswith(PACKAGES):
            (folder / edit.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / edit.path).write_text(edit.after, encoding="utf-8")
    [step] = [step for step in planned.next_steps if step.startswith("massgen-conformance ")]
    return step.partition(":")[0]


def verdicts(base: str, auth: str, every: int, folder: Path) -> dict[str, str]:
    command = copy_with(base, auth, folder)
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    environment = {**clean, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'conformance'}"}
    words = [sys.executable, "-c", PROGRAM, str(every), *command.split()[1:]]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    used, found = json.loads(done.stdout.splitlines()[-1])
    assert used == str(folder / PACKAGES[1] / "providers.py")
    return dict(found)


def remaining(found: dict[str, str]) -> set[str]:
    return {check for check, verdict in found.items() if verdict in ("fail", "not_testable")}


@pytest.mark.parametrize(("base", "auth", "every", "left"), CASES)
def test_the_kit_names_what_remains_of_a_type_and_nothing_else(
    base: str, auth: str, every: int, left: frozenset[str], tmp_path: Path
) -> None:
    found = verdicts(base, auth, every, tmp_path)
    assert remaining(found) == left
    assert sum(verdict == "pass" for verdict in found.values()) >= 15


def test_no_check_can_ask_a_backend_over_an_sdk_whose_calls_are_not_written(tmp_path: Path) -> None:
    """The SDK's package, its client and its calls are the author's: until then nobody is asked, and the kit says so."""
    found = verdicts("sdk", "key", 1, tmp_path)
    assert set(found.values()) == {"not_testable", "not_applicable"}
    assert {"CON-01", "LIF-01", "TIM-01", "TOL-01", "USG-01"} <= remaining(found)
