"""The pages that the documentation generator writes, and what they say of a type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.facts.shapes import Cell
from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import PLACEHOLDERS, Row

_PAGE = re.compile(r"""["']([\w./-]+\.(?:rst|md))["']""")
_TYPE = re.compile(r"^[`*\s]*([a-z][a-z0-9_]+)[`*\s]*$")


@dataclass(frozen=True, slots=True)
class TableRow:
    path: str
    line: int
    cells: tuple[str, ...]
    headers: tuple[str, ...]

    def lacks(self, row: Row) -> list[str]:
        """Facts of the registry that a column is there for and the row does not give."""
        text = " ".join(self.cells)
        found = []
        for column, field in (("provider", "provider_name"), ("default", "default_model")):
            value = row.get(field)
            listed = any(column in header.lower() for header in self.headers)
            if listed and isinstance(value, str) and value.lower() not in PLACEHOLDERS and value not in text:
                found.append(f"{field} {value}")
        return found


def outputs(model: RepoModel) -> tuple[str, ...]:
    """Documentation pages that the generator's text names, or that name the generator."""
    return model.once("generated pages", lambda: tuple(_outputs(model)))


def _outputs(model: RepoModel) -> Iterator[str]:
    names = [match[1] for match in _PAGE.finditer(model.source.text(at.GENERATOR))]
    script = at.GENERATOR.rpartition("/")[2]
    for path in model.source.tree.paths():
        if not path.startswith("docs/") or not path.endswith((".rst", ".md")):
            continue
        named = any(path.endswith(f"/{name.lstrip('./')}") or path == name for name in names)
        if named or script in model.source.text(path)[:600]:
            yield path


def rows(model: RepoModel, page: str, name: str) -> list[TableRow]:
    return [row for row in model.once(f"rows of {page}", lambda: _rows(model, page)) if _is_type(row, name)]


def _is_type(row: TableRow, name: str) -> bool:
    return any((found := _TYPE.match(cell)) and found[1] == name for cell in row.cells[:2])


def _rows(model: RepoModel, page: str) -> list[TableRow]:
    """Rows of list tables, where each starts with `* -`, and of bar tables, which have a row to a line."""
    groups: list[tuple[int, list[str]]] = []
    lines = model.source.lines(page)
    for cell in model.source.page(page):
        if cell.kind == "cell":
            if _starts(lines, cell, groups):
                groups.append((cell.line, []))
            groups[-1][1].append(cell.text)
    found: list[TableRow] = []
    headers: tuple[str, ...] = ()
    previous = 0
    for line, cells in groups:
        if not found or line > previous + len(cells) + 3 or set("".join(cells)) <= set("-:= "):
            headers = tuple(cells) if not set("".join(cells)) <= set("-:= ") else headers
        found.append(TableRow(page, line, tuple(cells), headers))
        previous = line + len(cells)
    return found


def _starts(lines: list[str], cell: Cell, groups: list[tuple[int, list[str]]]) -> bool:
    text = lines[cell.line - 1].lstrip()
    if text.startswith("* -"):
        return True
    return not groups or (text.startswith("|") and groups[-1][0] != cell.line)
