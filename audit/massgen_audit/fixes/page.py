"""Adds a backend type to a documentation page: a row of a list table, and a section that shows how to configure it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from massgen_audit.fixes.edit import CannotFix

_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*)\.\.\s+list-table::")
_FIRST = re.compile(r"^(?P<indent>[ \t]*)\*(?P<gap>\s+)-(?: (?P<text>.*))?$")
_NEXT = re.compile(r"^(?P<indent>[ \t]*)-(?: (?P<text>.*))?$")
_LITERAL = re.compile(r"``([\w-]+)``|`([\w-]+)`")
_UNDERLINE = re.compile(r"^([=\-~^\"'#*+.:`_])\1{2,}$")

# The words of a column's heading -> the fact that belongs in it; the first that fits decides.
_COLUMNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("default",), "model"),
    (("backend type", "backend.type", "type"), "type"),
    (("class",), "class"),
    (("provider", "description", "name"), "title"),
    (("key", "variable", "environment"), "variable"),
    (("address", "url", "endpoint"), "address"),
    (("model",), "model"),
    (("capabilities", "features"), "capabilities"),
    (("file",), "files"),
    (("backend",), "type"),
    (("wire", "protocol", "api"), "like"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A list table: the indices of each row's first line, and its cells' texts, headings first."""

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    indent: str
    end: int  # the index of the first line behind it


def add_table_row(text: str, facts: Mapping[str, str], types: Collection[str], like: Sequence[str] = ()) -> str:
    """`text` with a row for `facts["type"]`, a literal, at the end of the first list table that lists one of `types`.

    What a type speaks is said in the words of the first type of `like` that has a row. Raises CannotFix where there is
    no such table.
    """
    lines = text.split("\n")
    tables = _tables(lines)
    found = next((table for table in tables if _listed(table) & set(types)), None)
    found = found or next((table for table in tables if _lists_types(table)), None)
    if found is None:
        raise CannotFix("no list table of this page lists a backend type: add the type by hand")
    if set(_literals((facts["type"],))) & _listed(found):
        return text
    headings = found.rows[0][1]
    named = {name: cells for _, cells in found.rows for name in _literals(cells)}
    sibling = next((named[name] for name in like if name in named), ())
    cells = [_cell(heading, facts, sibling[index : index + 1]) for index, heading in enumerate(headings)]
    row = [f"{found.indent}{'*' if not index else ' '} - {cell}".rstrip() for index, cell in enumerate(cells)]
    return "\n".join([*lines[: found.end], *row, *lines[found.end :]])


def _cell(heading: str, facts: Mapping[str, str], sibling: Sequence[str]) -> str:
    name = _fact_of(heading)
    return "".join(sibling) if name == "like" else facts.get(name, "")


def _fact_of(heading: str) -> str:
    lowered = heading.lower()
    return next((fact for words, fact in _COLUMNS if any(word in lowered for word in words)), "")


def _lists_types(table: Table) -> bool:
    """Whether the first column is that of types, whichever those are."""
    return _fact_of(table.rows[0][1][0]) == "type" and bool(_listed(table))


def _tables(lines: Sequence[str]) -> list[Table]:
    found = []
    for start, line in enumerate(lines):
        if directive := _DIRECTIVE.match(line):
            table = _table(lines, start + 1, directive["indent"])
            if table is not None:
                found.append(table)
    return found


def _table(lines: Sequence[str], start: int, outer: str) -> Table | None:
    rows: list[tuple[int, list[str]]] = []
    indent, end = "", start
    for index in range(start, len(lines)):
        line = lines[index]
        if line.strip() and not line.startswith((f"{outer} ", f"{outer}\t")):
            break
        if first := _FIRST.match(line):
            indent = first["indent"]
            rows.append((index, [first["text"] or ""]))
        elif rows and (cell := _NEXT.match(line)) and len(cell["indent"]) == len(indent) + 2:
            rows[-1][1].append(cell["text"] or "")
        if line.strip():
            end = index + 1
    return Table(tuple((line, tuple(cells)) for line, cells in rows), indent, end) if rows else None


def _listed(table: Table) -> set[str]:
    return {name for _, cells in table.rows[1:] for name in _literals(cells)}


def _literals(cells: Sequence[str]) -> list[str]:
    """The types that a row is about: literals of its first two cells."""
    return [one or two for cell in cells[:2] for one, two in _LITERAL.findall(cell)]


def add_section(text: str, title: str, body: str, known: Collection[str]) -> str:
    """`text` with a section behind the last one whose heading is one of `known`, at the end where there is none."""
    lines = text.split("\n")
    heads = [
        (index, lines[index].strip(), lines[index + 1][0])
        for index in range(len(lines) - 1)
        if lines[index].strip() and _UNDERLINE.match(lines[index + 1].rstrip())
    ]
    if any(head == title for _, head, _ in heads):
        raise CannotFix(f'the page has a section "{title}" already: show the configuration there')
    wanted = {name.lower() for name in known}
    own = [(index, char) for index, head, char in heads if head.lower() in wanted]
    place, char = own[-1] if own else (len(lines), "-")
    after = [index for index, _, other in heads if index > place and _is_as_high(other, char, heads)]
    end = after[0] if after else len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    section = ["", title, char * max(3, len(title)), "", *body.rstrip("\n").split("\n"), ""]
    rest = lines[end:] if any(line.strip() for line in lines[end:]) else []
    return "\n".join([*lines[:end], *section, *(rest[1:] if rest and not rest[0].strip() else rest)])


def _is_as_high(other: str, char: str, heads: Sequence[tuple[int, str, str]]) -> bool:
    """Underlines rank by their first use on the page."""
    order = list(dict.fromkeys(mark for _, _, mark in heads))
    return order.index(other) <= order.index(char)
