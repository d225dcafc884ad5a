"""`kill-matrix`: every planted fault before the catalogue, and which checks catch it.

With `--traces`: every changed stream before the monitor, and which of the changes it does not see.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from massgen_conformance.check import CATALOGUE
from massgen_conformance.commands.problems import require_writable
from massgen_conformance.liars import LIARS, Liar
from massgen_conformance.liars.matrix import Kill, kill
from massgen_conformance.liars.traces import honest_traces, measure


def main(arguments: argparse.Namespace) -> int:
    """Run the matrix, a line per fault as it is decided; 1 when a fault is caught by other checks than it declares."""
    require_writable(arguments.json)
    if arguments.traces:
        return _traces(arguments)
    rows = asyncio.run(_rows(list(LIARS.values()), panel=arguments.quick))
    never = sorted(CATALOGUE.keys() - {check for row in rows for check in row["caught_by"]})
    wrong = [row for row in rows if not row["as_declared"]]
    if arguments.json:
        document = {"schema": "massgen-conformance-kill-matrix/1", "faults": rows, "checks_that_caught_nothing": never}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"checks that caught nothing: {', '.join(never) or 'none'}\n")
    sys.stdout.write(f"{len(rows)} faults, {len(rows) - len(wrong)} caught by exactly the checks they declare\n")
    return int(bool(wrong or never))


def _traces(arguments: argparse.Namespace) -> int:
    """Print the score of the monitor on changed streams and the survivors; 1 when there are any."""
    traces = asyncio.run(honest_traces())
    score = measure(traces)
    decided = score.killed.total() + len(score.survivors)
    if arguments.json:
        survivors = [str(mutant) for mutant in score.survivors]
        document = {"schema": "massgen-conformance-trace-mutation/1", "traces": len(traces), "survivors": survivors}
        document |= {"killed": score.killed, "equivalent": score.equivalent}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for operator, count in sorted(score.killed.items()):
        sys.stdout.write(f"killed      {count:6,}  {operator}\n")
    for rule, count in score.equivalent.most_common():
        sys.stdout.write(f"equivalent  {count:6,}  {rule}\n")
    for mutant in score.survivors:
        sys.stdout.write(f"SURVIVED            {mutant}\n")
    sys.stdout.write(
        f"{len(traces)} legal streams, {decided:,} mutants that are not equivalent, {score.share:.1%} killed\n"
    )
    return int(bool(score.survivors))


async def _rows(liars: list[Liar], *, panel: bool) -> list[dict[str, Any]]:
    rows = []
    for liar in liars:
        row = _row(await kill(liar, panel=panel))
        rows.append(row)
        sys.stdout.write(_told(row) + "\n")
        sys.stdout.flush()
    return rows


def _row(decided: Kill) -> dict[str, Any]:
    liar = decided.liar
    return {
        "fault": liar.name,
        "meaning": liar.fault,
        "provider": liar.provider,
        "caught_by": sorted(decided.caught_by),
        "missed_by": sorted(liar.caught_by - decided.caught_by),
        "unexpected": sorted(decided.caught_by - liar.caught_by),
        "as_declared": decided.as_declared,
    }


def _told(row: dict[str, Any]) -> str:
    line = f"{'ok' if row['as_declared'] else 'WRONG':<6}{row['fault']:<34}{' '.join(row['caught_by']) or 'nobody'}"
    line += f"  missed by {' '.join(row['missed_by'])}" if row["missed_by"] else ""
    return line + (f"  unexpected {' '.join(row['unexpected'])}" if row["unexpected"] else "")
