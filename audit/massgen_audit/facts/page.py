"""Pieces of a documentation page, reStructuredText or Markdown: headings, table cells, literals and code blocks.

Regular expressions over lines, not a document tree: what is asked is only whether a page lists something, and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from massgen_audit.facts.shapes import Cell

_UNDERLINE = re.compile(r"^([=\-~^\"'#*+.`:_])\1{2,}\s*$")
_RST_CELL = re.compile(r"^\s*(?:\*\s+)?-\s+(\S.*)$")
_DIRECTIVE = re.compile(r"^(\s*)\.\.\s+(list-table|csv-table|code-block|code|sourcecode|literalinclude)::")
_LITERAL = re.compile(r"``([^`\n]+)``|`([^`\n]+)`")
_MD_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
_RST_GRID = re.compile(r"^\s*\|(.+)\|\s*$")


def extract(path: str, text: str) -> tuple[Cell, ...]:
    """The pieces of one page in order."""
    lines = text.splitlines()
    return tuple(_markdown(lines) if path.endswith(".md") else _rst(lines))


def _rst(lines: list[str]) -> Iterator[Cell]:
    section, block, indent = "", "", 0
    for number, line in enumerate(lines, 1):
        if _is_heading(lines, number - 1):
            section, block = line.strip(), ""
            yield Cell("heading", section, number, section)
            continue
        directive = _DIRECTIVE.match(line)
        if directive:
            block, indent = directive[2], len(directive[1])
            continue
        if block and line.strip() and len(line) - len(line.lstrip()) <= indent:
            block = ""
        yield from _rst_line(line, number, block, section)
        if line.rstrip().endswith("::") and not block:
            block, indent = "code", len(line) - len(line.lstrip())


def _is_heading(lines: list[str], index: int) -> bool:
    line = lines[index]
    if not line.strip() or line[:1].isspace() or index + 1 >= len(lines):
        return False
    below = lines[index + 1]
    return bool(_UNDERLINE.match(below)) and not _UNDERLINE.match(line) and len(below.rstrip()) >= 3


def _rst_line(line: str, number: int, block: str, section: str) -> Iterator[Cell]:
    if block in ("code-block", "code", "sourcecode"):
        yield Cell("code", line, number, section)
        return
    cell = _RST_CELL.match(line) if block == "list-table" else None
    if cell:
        yield Cell("cell", cell[1].strip(), number, section)
    elif block == "csv-table":
        yield from (Cell("cell", part.strip().strip('"'), number, section) for part in line.split(","))
    elif _RST_GRID.match(line):
        yield from _bars(line, number, section)
    yield from _literals(line, number, section)


def _markdown(lines: list[str]) -> Iterator[Cell]:
    section, fenced = "", False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            yield Cell("code", line, number, section)
        elif heading := _MD_HEADING.match(line):
            section = heading[1]
            yield Cell("heading", section, number, section)
        else:
            if _RST_GRID.match(line):
                yield from _bars(line, number, section)
            yield from _literals(line, number, section)


def _bars(line: str, number: int, section: str) -> Iterator[Cell]:
    for part in line.strip().strip("|").split("|"):
        if part.strip():
            yield Cell("cell", part.strip(), number, section)


def _literals(line: str, number: int, section: str) -> Iterator[Cell]:
    for match in _LITERAL.finditer(line):
        yield Cell("literal", (match[1] or match[2]).strip(), number, section)
