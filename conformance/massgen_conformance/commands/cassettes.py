"""`cassettes`: what is recorded, how old it is, where it comes from, and what is missing."""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from massgen_conformance.cassette import kinds, sidecar
from massgen_conformance.cassette.errors import UnreadableCassette
from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.cassette.sidecar import State
from massgen_conformance.cassette.store import Store
from massgen_conformance.commands.problems import UsageProblem

WIDTH = 140
"""Columns of the table where the terminal has fewer: a file or a pipe has no width of its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recording as listed; dates are ISO, ages days, sizes bytes."""

    provider: str
    scenario: str
    state: str
    kind: str = kinds.HTTP
    provenance: str = ""
    model: str = ""
    recorded_at: str = ""
    age: int | None = None
    expires: str = ""
    exchanges: int = 0
    bytes: int = 0
    problem: str = ""


def main(arguments: argparse.Namespace) -> int:
    """List the folder; 1 when a recording is not fresh."""
    if not arguments.cassettes.is_dir():
        raise UsageProblem(f"there is no folder {arguments.cassettes}; give --cassettes DIR")
    today = datetime.datetime.now(datetime.UTC).date()
    rows = list(listed(Store(arguments.cassettes), today))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    else:
        _print(rows)
    return int(any(row.state != State.FRESH for row in rows))


def listed(folder: Store, today: datetime.date) -> Iterator[Row]:
    """Every recording of a folder with its state on that day."""
    for provider, scenario in folder.names():
        path = folder.path(provider, scenario)
        kind, size = kinds.kind_of(path), path.stat().st_size
        name = kind.name if kind else kinds.HTTP
        scenario = path.name.removesuffix(kind.ending) if kind else scenario
        try:
            exchanges = kinds.exchanges(path)
            state = sidecar.state_of(path, today)
            if state is State.UNDESCRIBED:
                yield Row(provider, scenario, state, name, exchanges=exchanges, bytes=size)
                continue
            told = sidecar.load(path.with_suffix(".meta.yaml"))
        except UnreadableCassette as error:
            yield Row(provider, scenario, "unreadable", name, bytes=size, problem=str(error))
            continue
        yield Row(
            provider,
            scenario,
            state,
            name,
            told.provenance,
            told.model,
            told.recorded_at.isoformat(),
            (today - told.recorded_at).days,
            told.expires.isoformat() if told.expires else "",
            exchanges,
            size,
        )


def _print(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, width=max(shutil.get_terminal_size().columns, WIDTH), highlight=False)
    table = Table(box=None, pad_edge=False)
    for name in ("provider", "scenario", "kind", "state", "provenance", "model", "recorded", "age", "expires"):
        table.add_column(name, no_wrap=True)
    table.add_column("exchanges", justify="right")
    table.add_column("bytes", justify="right")
    for row in rows:
        age = "" if row.age is None else f"{row.age} d"
        cells = (row.provider, row.scenario, row.kind, row.state, row.provenance, row.model)
        table.add_row(*cells, row.recorded_at, age, row.expires, str(row.exchanges), str(row.bytes))
    console.print(table)
    console.print()
    console.print(_coverage(rows))
    for row in rows:
        if row.problem:
            console.print(f"{row.provider}/{row.scenario}: {row.problem}", markup=False)


def _coverage(rows: list[Row]) -> object:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, title="coverage", title_justify="left")
    table.add_column("provider")
    names = list(dict.fromkeys([*PROGRAMME, *(row.scenario for row in rows)]))
    for name in names:
        table.add_column(name)
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        told = (row.provenance or row.state) + ("" if row.kind == kinds.HTTP else f" ({row.kind})")
        before = found.get((row.provider, row.scenario))
        found[row.provider, row.scenario] = f"{before}, {told}" if before else told
    for provider in dict.fromkeys(row.provider for row in rows):
        table.add_row(provider, *(found.get((provider, name), "-") for name in names))
    return table
