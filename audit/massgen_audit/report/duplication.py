"""Groups of duplicated code as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from massgen_audit.model.duplicates import Copy, Duplicate, Piece, lines_saved
from massgen_audit.report.wording import json_text

SCHEMA = "massgen-audit-dup/1"


def text(root: str, found: Sequence[Duplicate]) -> str:
    lines = [summary(found)]
    for item in found:
        lines += ["", f"{_title(item)}: {item.lines} lines, {item.saved} saved"]
        lines += [f"  {_place(copy)}  {owner(copy)}".rstrip() for copy in item.copies]
        lines += [f"  → {sentence}" for sentence in advice(item)]
    return "\n".join(lines) + "\n"


def markdown(root: str, found: Sequence[Duplicate]) -> str:
    lines = ["# Duplicated backend code", "", f"{summary(found)}."]
    if found:
        lines += ["", "| saved | lines | about | copies | instead |", "|---|---|---|---|---|"]
    for item in found:
        copies = "<br>".join(f"`{_place(copy)}` {owner(copy)}".rstrip() for copy in item.copies)
        lines.append(f"| {item.saved} | {item.lines} | {_title(item)} | {copies} | {'; '.join(advice(item))} |")
    return "\n".join(lines) + "\n"


def as_json(root: str, found: Sequence[Duplicate]) -> str:
    document = {
        "schema": SCHEMA,
        "root": root,
        "groups": [_group(item) for item in found],
        "summary": {"groups": len(found), "lines_saved": lines_saved(found)},
    }
    return json_text(document)


RENDERERS: dict[str, Callable[[str, Sequence[Duplicate]], str]] = {"text": text, "json": as_json, "markdown": markdown}


def summary(found: Sequence[Duplicate]) -> str:
    if not found:
        return "no duplicated code in the backends"
    groups = "1 group" if len(found) == 1 else f"{len(found)} groups"
    return f"{groups} of duplicated code; {lines_saved(found)} lines go when each is left with one copy"


def advice(item: Duplicate) -> tuple[str, ...]:
    """What to call instead of the copies, best first."""
    return tuple(sentence for sentence in (_home(item), _shared(item)) if sentence)


def _home(item: Duplicate) -> str:
    if item.home is None:
        return "one function beside them"
    where = _at(item.home)
    if not item.held:
        return f"one method of {where}, which is above all of them, or of a mixin beside it"
    if item.kept.whole and item.home.name in item.kept.owners and "." not in item.home.name:
        return f"{where} has it: call it"
    names = {name.rpartition(".")[2] for name in item.kept.owners}
    alike = all(copy.whole and {name.rpartition(".")[2] for name in copy.owners} == names for copy in item.copies)
    if alike and item.home.name not in item.kept.owners:
        return f"{where} has it: what inherits it needs no copy"
    return f"{where} has it: make it a function of its own there, and call it"


def _shared(item: Duplicate) -> str:
    if item.piece is None:
        return ""
    if not item.piece.line:
        return f"massgen-backends shares {item.piece.name} for it, in {item.piece.path}"
    return f"{_at(item.piece)} is shared for it"


def _at(piece: Piece) -> str:
    return f"{piece.name} ({piece.path}:{piece.line})"


def _title(item: Duplicate) -> str:
    return f"{item.code} {item.concern}".strip()


def _place(copy: Copy) -> str:
    return f"{copy.place.path}:{copy.place.line}-{copy.place.end_line}"


def owner(copy: Copy) -> str:
    """The functions of a copy, by the first of them."""
    if not copy.owners:
        return ""
    more = f" and {len(copy.owners) - 1} more" if len(copy.owners) > 1 else ""
    return copy.owners[0] + more


def _group(item: Duplicate) -> dict[str, object]:
    return {
        "code": item.code,
        "concern": str(item.concern),
        "lines": item.lines,
        "nodes": item.nodes,
        "saved": item.saved,
        "copies": [
            {
                "path": copy.place.path,
                "line": copy.place.line,
                "end_line": copy.place.end_line,
                "functions": list(copy.owners),
                "whole": copy.whole,
            }
            for copy in item.copies
        ],
        "home": _piece(item.home, held=item.held),
        "shared": _piece(item.piece, held=False),
        "advice": list(advice(item)),
    }


def _piece(piece: Piece | None, *, held: bool) -> dict[str, object] | None:
    if piece is None:
        return None
    return {"path": piece.path, "name": piece.name, "line": piece.line or None, "held": held}
