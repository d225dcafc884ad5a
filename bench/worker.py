"""One subject in one process: reads measurements to make as JSON lines, answers with JSON lines.

Time is CPU time wherever it can be: on a machine that others use as well, a wall clock measures them too.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.streams import text_length
from bench.subjects import SUBJECTS, Subject

_MIB = 1 << 20
Task = dict[str, Any]
Result = dict[str, float]


async def _run(subject: Subject, task: Task, count: int) -> tuple[float, int]:
    """Read one whole stream of `count` deltas. `(milliseconds to its first piece, characters)`."""
    began, first, characters = time.perf_counter(), 0.0, 0
    async for piece in subject.stream(f"{task['origin']}/s/{task['wire']}/{count}", task["wire"]):
        if not characters:
            first = (time.perf_counter() - began) * 1000
        characters += len(piece)
    return first, characters


def _check(task: Task, characters: int, count: int) -> None:
    if task["check"] and characters != text_length(count):
        raise RuntimeError(f"{characters} characters instead of {text_length(count)}")


async def stream(subject: Subject, task: Task) -> Result:
    """One stream after the other."""
    spent, firsts = 0, []
    for _ in range(task["times"]):
        gc.collect()
        cpu = time.process_time_ns()
        first, characters = await _run(subject, task, task["count"])
        spent += time.process_time_ns() - cpu
        firsts.append(first)
        _check(task, characters, task["count"])
    firsts.sort()
    return {"us_per_event": spent / 1000 / task["count"] / task["times"], "first_ms": firsts[len(firsts) // 2]}


async def concurrent(subject: Subject, task: Task) -> Result:
    """`streams` at once on one loop; `lag_ms` is the longest that the loop was busy before it served a timer."""
    gc.collect()
    lags = [0.0]

    async def beat() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            lags.append(time.thread_time() - before)

    heart = asyncio.create_task(beat())
    cpu = time.process_time()
    runs = await asyncio.gather(*(_run(subject, task, task["count"]) for _ in range(task["streams"])))
    spent = time.process_time() - cpu
    heart.cancel()
    for _, characters in runs:
        _check(task, characters, task["count"])
    return {"events_per_s": task["count"] * task["streams"] / spent, "lag_ms": max(lags) * 1000}


async def memory(subject: Subject, task: Task) -> Result:
    """Growth of the process over one long stream; a short one before it imports and connects what is needed."""
    await _run(subject, task, 50)
    gc.collect()
    with open("/proc/self/statm") as statm:
        before = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    _, characters = await _run(subject, task, task["count"])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    _check(task, characters, task["count"])
    return {"growth_mib": (most - before) / _MIB}


MEASUREMENTS: dict[str, Callable[[Subject, Task], Awaitable[Result]]] = {
    "stream": stream,
    "concurrent": concurrent,
    "memory": memory,
}


async def _serve(name: str) -> None:
    subject = SUBJECTS[name]()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        task["check"] = name != "bare httpx2"  # which yields bytes, not text
        print(json.dumps(await MEASUREMENTS[task["what"]](subject, task)), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
