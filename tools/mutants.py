"""How much of what breaks our backends the kit notices: `python -m tools.mutants --sample 30`.

One mutation at a time goes into a copy of `massgen`; the conformance suite runs on it for the providers that the file
serves, until the first failure. A mutant that changes nothing that a caller can see cannot be killed: survivors are
listed, to be judged by a reader.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.mutators import Mutation, mutations

ROOT = Path(__file__).parents[1]
SERVES = {
    "openai_chat": ("chatcompletion",),
    "openai_responses": ("openai",),
    "anthropic_messages": ("claude",),
    "gemini_interactions": ("gemini-interactions",),
    "gemini": ("gemini",),
    "ollama": ("ollama",),
    "ndjson": ("ollama",),
    "azure": ("azure_openai",),
    "claude": ("claude",),
    "response": ("openai",),
    "call_router": ("chatcompletion",),
    "server_tools": ("openai", "claude"),
    "sse": ("chatcompletion", "gemini"),
}
"""The beginning of a file's name -> the providers to run; any other file is judged by `SHARED`."""
SHARED = ("chatcompletion", "claude", "openai")
FILES = ("massgen/wire/*.py", "massgen/backend/http.py", "massgen/backend/exchange.py", "massgen/backend/call_ids.py")
NO_KIT = {"server_tools.py", "citations.py", "retry_hints.py", "failure_words.py", "whole.py", "azure_chat.py"}
"""What the kit's scripts hardly reach; the tests of `tests/massgen` hold them."""


def every(only: str) -> Iterator[tuple[Path, Mutation]]:
    for pattern in FILES:
        for path in sorted(ROOT.glob(pattern)):
            if path.name not in NO_KIT and only in path.name:
                yield from ((path.relative_to(ROOT), mutation) for mutation in mutations(path.read_text()))


def sampled(found: list[tuple[Path, Mutation]], size: int, seed: int) -> list[tuple[Path, Mutation]]:
    """`size` of them, in turn from each mutator: one idiom is as common as all the others together."""
    random.Random(seed).shuffle(found)
    turns: Counter[str] = Counter()

    def turn(each: tuple[Path, Mutation]) -> int:
        turns[each[1].mutator] += 1
        return turns[each[1].mutator]

    return [each for _, each in sorted(((turn(each), each) for each in found), key=lambda pair: pair[0])][:size]


def providers(path: Path) -> tuple[str, ...]:
    return next((names for start, names in SERVES.items() if path.name.startswith(start)), SHARED)


def verdict(folder: Path, names: Iterable[str], seconds: float, *options: str) -> str:
    """`killed`, `timeout` (killed as well) or `survived`."""
    chosen = [word for name in names for word in ("--provider", name)]
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "--pyargs", "massgen_conformance.suite"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *quiet, *chosen, *options],
            cwd=folder,
            env=environment,
            timeout=seconds,
            check=False,
            capture_output=True,
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    return "survived" if done.returncode == 0 else "killed"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="N of them, in turn from each mutator; default: all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--file", default="", metavar="PART", help="only files with this in their name")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS", help="for one mutant")
    parser.add_argument("--list", action="store_true", help="print the mutants and run nothing")
    options = parser.parse_args()
    chosen = list(every(options.file))
    total = len(chosen)
    if options.sample:
        chosen = sampled(chosen, options.sample, options.seed)
    if options.list:
        for path, mutation in chosen:
            print(told(path, mutation))
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(ROOT / "massgen", folder / "massgen", ignore=shutil.ignore_patterns("__pycache__"))
        survivors = run(folder, chosen, options.timeout)
    killed = len(chosen) - len(survivors)
    print(f"{killed} of {len(chosen)} mutants killed ({killed / max(len(chosen), 1):.0%}), of {total} that there are")
    return 0


def run(folder: Path, chosen: list[tuple[Path, Mutation]], seconds: float) -> list[str]:
    """The survivors. Exits where the unchanged copy does not even run: everything would seem killed then."""
    names = sorted({name for path, _ in chosen for name in providers(path)})
    if verdict(folder, names, 5 * seconds, "--family", "LIF") != "survived":
        sys.exit(f"the unchanged copy is not green for {', '.join(names)}")
    survivors = []
    for path, mutation in chosen:
        (folder / path).write_text(mutation.source)
        result = verdict(folder, providers(path), seconds)
        (folder / path).write_text((ROOT / path).read_text())
        print(f"{result:9}{told(path, mutation)}", flush=True)
        if result == "survived":
            survivors.append(told(path, mutation))
    return survivors


def told(path: Path, mutation: Mutation) -> str:
    return f"{path}:{mutation.line} {mutation.mutator}: {mutation.before!r} -> {mutation.after!r}"


if __name__ == "__main__":
    sys.exit(main())
