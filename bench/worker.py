"""One subject in one process: reads measurements to make as JSON lines, answers with JSON lines."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time

from bench.streams import text_length
from bench.subjects import SUBJECTS, Subject


async def _run(subject: Subject, base: str, wire: str, count: int, check: bool) -> tuple[int, float]:
    """`(CPU nanoseconds, milliseconds to the first piece)` of one whole stream."""
    began, cpu = time.perf_counter(), time.process_time_ns()
    first, characters = 0.0, 0
    async for piece in subject.stream(base, wire):
        if not characters:
            first = (time.perf_counter() - began) * 1000
        characters += len(piece)
    spent = time.process_time_ns() - cpu
    if check and characters != text_length(count):
        raise RuntimeError(f"{characters} characters instead of {text_length(count)}")
    return spent, first


async def _measure(name: str) -> None:
    subject = SUBJECTS[name]()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        wire, count = task["wire"], task["count"]
        base = f"{task['origin']}/s/{wire}/{count}"
        spent, firsts = 0, []
        for _ in range(task["times"]):
            gc.collect()
            cpu, first = await _run(subject, base, wire, count, check=name != "bare httpx2")
            spent += cpu
            firsts.append(first)
        firsts.sort()
        result = {"us_per_event": spent / 1000 / count / task["times"], "first_ms": firsts[len(firsts) // 2]}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    asyncio.run(_measure(sys.argv[1]))
