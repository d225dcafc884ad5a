"""What a call leaves behind: tasks, threads, generators, child processes, files; and what Python complains about."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import tempfile
import threading
import warnings
import weakref
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLOSING_TURNS = 50
LOOP_THREADS = ("asyncio_", "asyncio-waitpid-")
"""The loop's own executor, whose threads end with the loop, and what waits for a child: that is looked for itself."""


@dataclass(slots=True)
class Watch:
    """What there was before; `left` says what has come and not gone."""

    folder: Path
    tasks: set[asyncio.Task[Any]]
    threads: set[threading.Thread]
    children: set[str]
    generators: list[weakref.ref[AsyncGenerator[Any, Any]]] = field(default_factory=list)

    async def left(self, seconds: float) -> list[str]:
        """What is still there, as sentences; tasks have `seconds` to end."""
        running = {task for task in asyncio.all_tasks() - self.tasks if not task.done()}
        if running:
            _, running = await asyncio.wait(running, timeout=seconds)
        found = [f"a task: {task.get_coro()!r}" for task in running]
        threads = [thread.name for thread in threading.enumerate() if thread not in self.threads]
        found += [f"a thread: {name}" for name in threads if not name.startswith(LOOP_THREADS)]
        if self._open():  # garbage is no leftover: the loop closes what nobody refers to
            gc.collect()
            for _ in range(CLOSING_TURNS):
                await asyncio.sleep(0)
        found += [f"a generator: {each!r}" for each in self._open()]
        found += [f"a child process: {pid}" for pid in sorted(_children() - self.children)]
        return found + [f"a temporary file: {path.name}" for path in sorted(self.folder.iterdir())]

    def _open(self) -> list[AsyncGenerator[Any, Any]]:
        alive = (reference() for reference in self.generators)
        return [each for each in alive if each is not None and getattr(each, "ag_frame", None) is not None]


def _children() -> set[str]:
    try:
        return {pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}
    except OSError:  # no such list on this system, or a thread that ended meanwhile
        return set()


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch what the block leaves; temporary files go into a folder of their own meanwhile."""
    hooks, before = sys.get_asyncgen_hooks(), tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        me = asyncio.current_task()
        tasks = {*asyncio.all_tasks(), *([me] if me else [])}
        watch = Watch(Path(folder), tasks, set(threading.enumerate()), _children())

        def begun(generator: AsyncGenerator[Any, Any]) -> None:
            watch.generators.append(weakref.ref(generator))
            if hooks.firstiter is not None:
                hooks.firstiter(generator)

        sys.set_asyncgen_hooks(firstiter=begun)
        tempfile.tempdir = folder
        try:
            yield watch
        finally:
            tempfile.tempdir = before
            sys.set_asyncgen_hooks(*hooks)


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What Python says about the block when nobody else listens: resource warnings, coroutines that were never
    awaited, exceptions that nobody retrieved or that could not be raised. What the block left as garbage is collected.
    """
    said: list[str] = []
    loop, unraisable = asyncio.get_running_loop(), sys.unraisablehook
    handler = loop.get_exception_handler()

    def hook(problem: Any) -> None:
        said.append(f"{problem.err_msg or 'an exception was ignored'}: {problem.exc_value!r}")

    gc.freeze()  # only what the block makes is looked at
    sys.unraisablehook = hook
    loop.set_exception_handler(lambda _, context: said.append(str(context.get("message"))))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ResourceWarning)
            warnings.simplefilter("always", RuntimeWarning)
            yield said
            gc.collect()
            said += [
                str(each.message) for each in caught if issubclass(each.category, ResourceWarning | RuntimeWarning)
            ]
    finally:
        gc.unfreeze()
        sys.unraisablehook = unraisable
        loop.set_exception_handler(handler)


@contextmanager
def unlogged() -> Iterator[None]:
    """Nothing is logged in the block: whoever keeps records would keep what they refer to."""
    disabled = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(disabled)


@contextmanager
def frozen() -> Iterator[None]:
    """What exists before the block is not looked at in it. Nothing is logged and no warning given meanwhile."""
    gc.collect()
    gc.freeze()
    try:
        with unlogged(), warnings.catch_warnings(action="ignore"):
            yield
    finally:
        gc.unfreeze()


def holdings() -> dict[str, int]:
    """What this process holds, by what it is; 0 for what cannot be counted on this system. Best inside of `frozen`."""
    gc.collect()
    try:
        files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        files = 0
    blocks = sys.getallocatedblocks()  # before the objects are listed: the list is memory as well
    objects = len(gc.get_objects())
    return {"objects": objects, "blocks of memory": blocks, "open files": files, "tasks": len(asyncio.all_tasks())}
