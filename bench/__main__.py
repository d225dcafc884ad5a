"""Prints one table per measurement, each with the bar it is held to; exits 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable

from bench.subjects import PEERS

_IMPORTS = {"massgen": "import massgen", "httpx2": "import httpx2"}
_FIRST_CHUNK_BAR_MS = 0.3
_IMPORT_BAR = 1.5


class Process:
    """A child of this benchmark on one core, spoken to in lines."""

    def __init__(self, module: str, *arguments: str, core: int) -> None:
        cores = sorted(os.sched_getaffinity(0))
        pin = ["taskset", "-c", str(cores[core % len(cores)])]
        command = [*pin, sys.executable, "-m", module, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a benchmark process ended early; its error is above")
        return line

    def ask(self, **task: object) -> dict[str, float]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        answer: dict[str, float] = json.loads(self.line())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def streaming(
    origin: str, wires: Iterable[str], rounds: int, count: int, times: int
) -> dict[tuple[str, str], dict[str, float]]:
    """Medians by `(wire, subject)`: rounds are interleaved, so that a busy moment hits every subject alike."""
    seen: dict[tuple[str, str], list[dict[str, float]]] = {}
    names = dict.fromkeys(name for wire in wires for name in ("ours", "bare httpx2", PEERS[wire][0]))
    workers = {name: Process("bench.worker", name, core=0) for name in names}
    for round_number in range(rounds + 1):
        for wire in wires:
            for name in ("ours", "bare httpx2", PEERS[wire][0]):
                result = workers[name].ask(origin=origin, wire=wire, count=count, times=times)
                if round_number:  # the first round warms connections and caches up
                    seen.setdefault((wire, name), []).append(result)
    for worker in workers.values():
        worker.close()
    return {
        key: {field: statistics.median(run[field] for run in runs) for field in runs[0]} for key, runs in seen.items()
    }


def decode(origin: str, wires: list[str], rounds: int) -> bool:
    results = streaming(origin, wires, rounds, count=1000, times=3)
    print(f"\nCPU per text delta, 1,000 deltas a stream\n{'wire':20}{'ours':>9}{'httpx2':>9}{'SDK':>9}   ratio  bar")
    passed = True
    for wire in wires:
        sdk, bar = PEERS[wire]
        ours, bare, peer = (results[wire, name]["us_per_event"] for name in ("ours", "bare httpx2", sdk))
        passed &= peer / ours >= bar
        print(f"{wire:20}{ours:7.1f}us{bare:7.1f}us{peer:7.1f}us  {peer / ours:5.1f}x  at least {bar:g}x below {sdk}")
    return passed


def first(origin: str, wires: list[str], rounds: int) -> bool:
    results = streaming(origin, wires, rounds, count=50, times=15)
    print(f"\nTime to the first piece, warm connection\n{'wire':20}{'ours':>9}{'httpx2':>9}{'SDK':>9}    over httpx2")
    passed = True
    for wire in wires:
        ours, bare, peer = (results[wire, name]["first_ms"] for name in ("ours", "bare httpx2", PEERS[wire][0]))
        passed &= ours - bare <= _FIRST_CHUNK_BAR_MS
        print(
            f"{wire:20}{ours:7.2f}ms{bare:7.2f}ms{peer:7.2f}ms  {ours - bare:+6.2f}ms  at most +{_FIRST_CHUNK_BAR_MS}ms"
        )
    return passed


def imports(rounds: int) -> bool:
    code = "import time; began = time.process_time(); {}; print(time.process_time() - began)"
    spent: dict[str, list[float]] = {name: [] for name in _IMPORTS}
    for _ in range(rounds + 2):
        for name, statement in _IMPORTS.items():
            result = subprocess.run([sys.executable, "-c", code.format(statement)], capture_output=True, check=True)
            spent[name].append(float(result.stdout))
    ours, bare = (statistics.median(spent[name]) * 1000 for name in _IMPORTS)
    print(f"\nImport\nmassgen {ours:.0f} ms CPU, httpx2 {bare:.0f} ms: {ours / bare:.2f}x  at most {_IMPORT_BAR}x")
    return ours / bare <= _IMPORT_BAR


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["decode", "first", "import", []], help="default: all three")
    parser.add_argument("--wire", action="append", choices=sorted(PEERS), help="only this wire; repeatable")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    what, wires = options.what or ["decode", "first", "import"], options.wire or list(PEERS)
    server = Process("bench.server", core=1)
    origin = f"http://127.0.0.1:{int(server.line())}"
    passed = True
    if "decode" in what:
        passed &= decode(origin, wires, options.rounds)
    if "first" in what:
        passed &= first(origin, wires, options.rounds)
    if "import" in what:
        passed &= imports(options.rounds)
    server.close()
    print("\nEvery bar is met." if passed else "\nA bar is missed.")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
