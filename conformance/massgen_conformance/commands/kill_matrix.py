"""`kill-matrix`: every planted fault before the catalogue, and which checks catch it."""

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


def main(arguments: argparse.Namespace) -> int:
    """Run the matrix, a line per fault as it is decided; 1 when a fault is caught by other checks than it declares."""
    require_writable(arguments.json)
    rows = asyncio.run(_rows(list(LIARS.values()), panel=arguments.quick))
    never = sorted(CATALOGUE.keys() - {check for row in rows for check in row["caught_by"]})
    wrong = [row for row in rows if not row["as_declared"]]
    if arguments.json:
        document = {"schema": "massgen-conformance-kill-matrix/1", "faults": rows, "checks_that_caught_nothing": never}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"checks that caught nothing: {', '.join(never) or 'none'}\n")
    sys.stdout.write(f"{len(rows)} faults, {len(rows) - len(wrong)} caught by exactly the checks they declare\n")
    return int(bool(wrong or never))


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
