"""Which documentation pages list a backend type, and how."""

from __future__ import annotations

import re

from massgen_audit.facts.shapes import Cell
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo
from massgen_audit.values import Verdict
from massgen_audit.verdicts import missing, searched

_CODE_TYPE = re.compile(r"""\btype\s*["']?\s*:\s*["']?([\w-]+)""")
_LISTED_LITERALS = re.compile(r"``([\w-]+)``|`([\w-]+)`")
_EVERYDAY = frozenset({"inference", "together", "custom", "generic", "local"})
_TYPES_HERE = re.compile(r"backend[ _]type|backends?\b", re.IGNORECASE)


def names_of(info: TypeInfo) -> tuple[str, ...]:
    """What people call a backend: its type, its display name, and that name without what is in brackets.

    A word of everyday language names a backend only as part of a longer name: "Together AI", not "together".
    """
    found = [info.name, info.name.replace("_", " ")]
    shown = info.row.get("provider_name") if info.row else None
    if isinstance(shown, str):
        found += [shown, *re.split(r"\s*[()]\s*", shown)]
    return tuple(dict.fromkeys(name for name in found if len(name) > 1 and name.lower() not in _EVERYDAY))


def absent(model: RepoModel, page: str) -> Verdict | None:
    """The verdict for every type where the page itself is not there."""
    if model.source.exists(page):
        return None
    return missing(f"there is no {page}", searched(page, 1, "the page belongs here"))


def listing(model: RepoModel, page: str, info: TypeInfo) -> Cell | None:
    """The table cell, literal or example on a page that gives this type as a backend type."""
    return next((cell for cell in model.source.page(page) if _lists(cell, info.name)), None)


def _lists(cell: Cell, name: str) -> bool:
    if name not in cell.text:
        return False
    if cell.kind == "code":
        return bool((found := _CODE_TYPE.search(cell.text)) and found[1] == name)
    if cell.kind == "literal":
        return cell.text.strip("\"'") == name
    if cell.kind == "cell":
        literals = [first or second for first, second in _LISTED_LITERALS.findall(cell.text)]
        return name in literals or cell.text.strip("*\"' ") == name
    return False


def example(model: RepoModel, page: str, info: TypeInfo) -> Cell | None:
    """A line of a code block on the page that configures this type."""
    return next((cell for cell in model.source.page(page) if cell.kind == "code" and _lists(cell, info.name)), None)


def section(model: RepoModel, page: str, info: TypeInfo) -> Cell | None:
    """A heading on the page that names the backend, alone or with others."""
    names = names_of(info)
    for cell in model.source.page(page):
        if cell.kind == "heading" and any(_named(name, cell.text) for name in names):
            return cell
    return None


def vendor(model: RepoModel, page: str, info: TypeInfo) -> tuple[int, str] | None:
    """A line of prose that names the backend as a vendor, and the line."""
    lines = model.once(f"vendor lines of {page}", lambda: _vendor_lines(model, page))
    for name in names_of(info):
        for number, line in lines:
            if name.lower() in line.lower() and _named(name, line):
                return number, line.strip()
    return None


def _vendor_lines(model: RepoModel, page: str) -> list[tuple[int, str]]:
    """Lines that speak of backends or of compatible providers."""
    lines = enumerate(model.source.lines(page), 1)
    return [
        (number, line)
        for number, line in lines
        if _TYPES_HERE.search(line) or "compatible" in line.lower() or "provider" in line.lower()
    ]


def _named(name: str, text: str) -> bool:
    """The whole name as words. A name that is an everyday word counts only where it is capitalised."""
    pattern = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    if name.islower() and name.isalpha():
        pattern = (
            rf"(?<![\w-])(?:{re.escape(name.capitalize())}|{re.escape(name.upper())})(?![\w-])|`{re.escape(name)}`"
        )
        return bool(re.search(pattern, text))
    return bool(re.search(pattern, text, re.IGNORECASE))


def table_end(model: RepoModel, page: str) -> int:
    """The last line of the first table that lists a known type; the end of the page if there is none."""
    last = 0
    types = {info.name for info in model.types}
    for cell in model.source.page(page):
        if cell.kind != "cell":
            if last and cell.line > last + 3:
                break
            continue
        literals = {first or second for first, second in _LISTED_LITERALS.findall(cell.text)}
        if last or literals & types:
            last = cell.line
    return last or model.insertion(page)
