"""Prints one table per measurement, each with the bar it is held to; exits 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.audit import audit
from bench.subjects import PEERS

_IMPORTS = {"massgen": "import massgen", "httpx2": "import httpx2"}
_FIRST_CHUNK_BAR_MS = 0.3
_IMPORT_BAR = 1.5
_STREAMS, _EVENTS_BAR, _LAG_BAR_MS = 100, 30_000, 150
_GROWTH_BAR_MIB = 4.0
_MONITOR_BAR_US = 2.0


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


def beside(wire: str) -> tuple[str, ...]:
    return ("ours", "bare httpx2", PEERS[wire][0])


def streaming(
    origin: str,
    wires: Iterable[str],
    rounds: int,
    count: int,
    times: int,
    subjects: Callable[[str], tuple[str, ...]] = beside,
) -> dict[tuple[str, str], dict[str, float]]:
    """Medians by `(wire, subject)`: rounds are interleaved, so that a busy moment hits every subject alike."""
    seen: dict[tuple[str, str], list[dict[str, float]]] = {}
    names = dict.fromkeys(name for wire in wires for name in subjects(wire))
    workers = {name: Process("bench.worker", name, core=0) for name in names}
    for round_number in range(rounds + 1):
        for wire in wires:
            for name in subjects(wire):
                result = workers[name].ask(what="stream", origin=origin, wire=wire, count=count, times=times)
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


def concurrent(origin: str, wires: list[str], rounds: int) -> bool:
    print(f"\n{_STREAMS} streams at once, 200 deltas each\n{'wire':20}{'events/s':>10}{'loop lag':>10}")
    passed = True
    worker = Process("bench.worker", "ours", core=0)
    for wire in wires:
        task = {"what": "concurrent", "origin": origin, "wire": wire, "count": 200, "streams": _STREAMS}
        runs = [worker.ask(**task) for _ in range(rounds + 1)][1:]
        events, lag = (statistics.median(run[field] for run in runs) for field in ("events_per_s", "lag_ms"))
        passed &= events >= _EVENTS_BAR and lag <= _LAG_BAR_MS
        print(f"{wire:20}{events:10,.0f}{lag:8.0f}ms  at least {_EVENTS_BAR:,}/s, at most {_LAG_BAR_MS}ms")
    worker.close()
    return passed


def memory(origin: str, wires: list[str]) -> bool:
    print("\nGrowth of a fresh process over one stream of 20,000 deltas")
    passed = True
    for wire in wires:
        worker = Process("bench.worker", "ours", core=0)
        growth = worker.ask(what="memory", origin=origin, wire=wire, count=20_000)["growth_mib"]
        worker.close()
        passed &= growth <= _GROWTH_BAR_MIB
        print(f"{wire:20}{growth:6.1f} MiB  at most {_GROWTH_BAR_MIB:g} MiB")
    return passed


def monitor(origin: str, wires: list[str], rounds: int) -> bool:
    pair = ("ours", "ours, watched")
    results = streaming(origin, wires, rounds, count=1000, times=5, subjects=lambda _: pair)
    print(f"\nCPU per text delta under the kit's monitor\n{'wire':20}{'bare':>9}{'watched':>9}     more  ratio")
    passed = True
    for wire in wires:
        bare, watched = (results[wire, name]["us_per_event"] for name in pair)
        passed &= watched - bare <= _MONITOR_BAR_US
        told = f"{watched - bare:+7.2f}us  {watched / bare:4.2f}x  at most +{_MONITOR_BAR_US:g}us"
        print(f"{wire:20}{bare:7.1f}us{watched:7.1f}us{told}")
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
    kinds = ("decode", "first", "concurrent", "memory", "monitor", "import", "audit")
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(kinds)}; default: all")
    parser.add_argument("--wire", action="append", choices=sorted(PEERS), help="only this wire; repeatable")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--tree", type=Path, default=Path(), help="the checkout that `audit` is measured on; default: ."
    )
    options = parser.parse_args()
    if unknown := set(options.what) - set(kinds):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(kinds)}")
    wires, rounds = options.wire or list(PEERS), options.rounds
    server = Process("bench.server", core=1)
    origin = f"http://127.0.0.1:{int(server.line())}"
    measure: dict[str, Callable[[], bool]] = {
        "decode": lambda: decode(origin, wires, rounds),
        "first": lambda: first(origin, wires, rounds),
        "concurrent": lambda: concurrent(origin, wires, rounds),
        "memory": lambda: memory(origin, wires),
        "monitor": lambda: monitor(origin, wires, rounds),
        "import": lambda: imports(rounds),
        "audit": lambda: audit(options.tree, rounds),
    }
    passed = [measure[kind]() for kind in options.what or kinds]  # all of them, also after a miss
    server.close()
    print("\nEvery bar is met." if all(passed) else "\nA bar is missed.")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
