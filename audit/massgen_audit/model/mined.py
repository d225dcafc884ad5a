"""Places beyond the checklist that list backend types: what a new type is easily forgotten in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.facts.source import lines_of
from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.types import TypeInfo

_SHARE = 1 / 2  # a list of one group of vendors has fewer of the types
_FEWEST = 4
_GAP = 30  # lines: further apart, two names are not of one list
_JUDGED = (at.BACKEND_INIT, at.CAPABILITIES, at.PRICING, at.ADAPTERS)
_OWNER = re.compile(r"^(\s*)(?:(?:async def|def|class) (\w+)|(\w+)(?:: [^=]+)? = .*[\[({]$)")
_COMMON = 3  # a list that names none of the registry's first types is not looked at: reading costs


@dataclass(frozen=True, slots=True)
class Listing:
    path: str
    line: int
    owner: str  # the function or the assigned name
    names: frozenset[str]  # the types it names, by type, by provider or by the variable of their key


def places(model: RepoModel) -> tuple[Listing, ...]:
    """Runs of lines that name at least half of the types, those that the checklist knows left out."""
    return model.once("places that list types", lambda: tuple(_places(model)))


def _places(model: RepoModel) -> Iterator[Listing]:
    known = sorted(info.name for info in model.types)
    enough = max(_FEWEST, round(len(known) * _SHARE))
    quoted = re.compile(r"[\"'](" + "|".join(map(re.escape, known)) + r")[\"']")
    written = {name: [f"{mark}{name}{mark}".encode() for mark in "\"'"] for name in known}
    common = [word for name in [*model.rows, *known][:_COMMON] for word in written[name]]

    def naming(data: bytes) -> tuple[int, ...]:
        """The lines that name a type, in a file that names enough of them."""
        if not any(word in data for word in common):
            return ()
        if sum(any(word in data for word in words) for words in written.values()) < enough:
            return ()
        return tuple(number for number, line in enumerate(lines_of(data), 1) if quoted.search(line))

    question = f"{enough} of {known}, one of {common}"
    for path in model.source.tree.paths():
        if not path.startswith("massgen/") or not path.endswith(".py") or "/tests/" in path or path in _JUDGED:
            continue
        numbers = model.source.ask(path, question, naming)
        if numbers:
            yield from _in_file(model, path, numbers, quoted, enough)


def _in_file(
    model: RepoModel, path: str, numbers: tuple[int, ...], quoted: re.Pattern[str], enough: int
) -> Iterator[Listing]:
    lines = model.source.lines(path)
    branches = {info.branch.line for info in model.types if info.branch is not None and info.branch_path == path}
    for first, last in _runs(numbers):
        text = "\n".join(lines[first - 1 : last])
        names = frozenset(quoted.findall(text))
        if len(names) >= enough and not any(first <= line <= last for line in branches):
            others = {info.name for info in model.types if _otherwise(info, text)}
            yield Listing(path, first, _owner(lines, first), names | others)


def _runs(numbers: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """First and last line of each group of lines that stand close together."""
    start = 0
    for index, number in enumerate(numbers):
        if index + 1 == len(numbers) or numbers[index + 1] - number > _GAP:
            yield numbers[start], number
            start = index + 1


def _owner(lines: list[str], first: int) -> str:
    """The function or name that the line belongs to: the nearest line above that is indented less, or the line."""
    indent = len(lines[first - 1]) - len(lines[first - 1].lstrip())
    for line in reversed(lines[:first]):
        found = _OWNER.match(line)
        if found and (len(found[1]) < indent or not indent):
            return found[2] or found[3]
    return "a list"


def concerns(model: RepoModel, listing: Listing, info: TypeInfo) -> bool:
    """Whether a type belongs in a place: it has every property that all the types named there have."""
    there = [_properties(item) for item in model.types if item.name in listing.names]
    return set.intersection(*there) <= _properties(info)


def _properties(info: TypeInfo) -> set[str]:
    row = info.row
    found = {"registered"} if row else set()
    found |= {"key"} if row and row.get("env_var") else set()
    found |= {"models"} if row and row.models() else set()
    found |= {"address"} if row and row.get("base_url") else set()
    return found if info.adapter else found | {"own class"}


def _otherwise(info: TypeInfo, text: str) -> bool:
    """Whether a place names the type by its provider's name or by the variable of its key."""
    shown = info.row.get("provider_name") if info.row else None
    variable = info.row.get("env_var") if info.row else None
    wanted = [name for name in (shown, variable) if isinstance(name, str) and name]
    return any(f'"{name}"' in text or f"'{name}'" in text for name in wanted)
