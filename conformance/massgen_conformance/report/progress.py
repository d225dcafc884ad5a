"""How far a run is, on standard error: a bar in a terminal, else a line for each provider that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, TypeAlias

from massgen_conformance.report.values import GREEN, ItemResult

if TYPE_CHECKING:
    from rich.progress import Progress

Seen: TypeAlias = Callable[[ItemResult, int, int], None]
"""Called after each item: its result, its number from 1, how many there are."""


@contextmanager
def progress(out: TextIO) -> Iterator[Seen]:
    """What is to be told of each item; a bar is taken away at the end."""
    if not out.isatty():
        lines = _Lines(out)
        yield lines.seen
        lines.tell()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[failed]}"),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        yield _Bar(bar).seen


class _Bar:
    """A bar with how many are not green, and the item that was last."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._wrong = bar, 0
        self._task = bar.add_task("", total=None, failed="")

    def seen(self, result: ItemResult, number: int, planned: int) -> None:
        self._wrong += result.verdict not in GREEN
        failed = f"[red]{self._wrong} not green[/red]" if self._wrong else "[green]all green[/green]"
        self._bar.update(self._task, completed=number, total=planned, description=result.name, failed=failed)


class _Lines:
    """One line per provider, when the next begins."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._provider = out, ""
        self._items, self._wrong, self._seconds = 0, 0, 0.0

    def seen(self, result: ItemResult, number: int, planned: int) -> None:
        if result.provider != self._provider:
            self.tell()
            self._provider, self._items, self._wrong, self._seconds = result.provider, 0, 0, 0.0
        self._items += 1
        self._wrong += result.verdict not in GREEN
        self._seconds += result.seconds

    def tell(self) -> None:
        """The line of the provider that was last."""
        if self._provider:
            told = f"{self._provider}: {self._items} items, {self._wrong} not green, {self._seconds:.1f} s\n"
            self._out.write(told)
            self._out.flush()
