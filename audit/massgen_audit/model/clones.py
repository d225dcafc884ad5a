"""Code that several files hold in the same form, what it is about, and the class above all of them it could go to.

Pure functions over the windows of `facts/windows.py`: no file is read here but through the model.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from massgen_audit.facts.shapes import Window
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.repo import RepoModel

BACKENDS = "massgen/backend/"


class Concern(StrEnum):
    """What duplicated backend code is mostly about: the rules MGD01 to MGD04 of the catalogue, and the rest."""

    MCP = "MCP initialisation"
    BREAKER = "circuit breaker"
    TOOLS = "tool conversion"
    TOKENS = "token estimation"
    OTHER = "other"


CODES = {Concern.MCP: "MGD01", Concern.BREAKER: "MGD02", Concern.TOOLS: "MGD03", Concern.TOKENS: "MGD04"}

# Most particular first: a breaker around an MCP client is a breaker's code.
_VOCABULARY: tuple[tuple[Concern, re.Pattern[str]], ...] = (
    (Concern.BREAKER, re.compile(r"circuit_?breaker", re.IGNORECASE)),
    (Concern.TOKENS, re.compile(r"tiktoken|//\s*4\b|estimate\w*token|token_usage\.\w+\s*\+=", re.IGNORECASE)),
    (Concern.MCP, re.compile(r"MCPClient|mcp_client|setup_mcp|mcp_servers|_mcp_", re.IGNORECASE)),
    (
        Concern.TOOLS,
        re.compile(r"""["']type["']\s*:\s*["']function["']|input_schema|["']parameters["']|format_tools|tool_schema"""),
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One copy: whole lines of a file."""

    path: str
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Clone:
    """The same statements, names aside, in at least two files."""

    places: tuple[Place, ...]
    nodes: int  # syntax nodes of one copy
    concern: Concern = Concern.OTHER

    @property
    def lines(self) -> int:
        """Length of the longest copy, in lines."""
        return max(place.end_line - place.line + 1 for place in self.places)


@dataclass(slots=True)
class _Run:
    """Windows that follow each other in every copy alike."""

    copies: list[tuple[str, Window, Window]]  # path, first and last window

    def follows(self, group: list[tuple[str, Window]]) -> bool:
        """Whether a group of windows goes on where this run's last one stands, in every copy alike."""
        if len(group) != len(self.copies):
            return False
        pairs = list(zip(group, self.copies, strict=True))
        if any(path != other or not _goes_on(window, last) for (path, window), (other, _, last) in pairs):
            return False
        return len({window.start - last.start for (_, window), (_, _, last) in pairs}) == 1

    def extend(self, group: list[tuple[str, Window]]) -> None:
        self.copies = [(path, first, window) for (path, first, _), (_, window) in zip(self.copies, group, strict=True)]


def _goes_on(window: Window, last: Window) -> bool:
    """Whether a window overlaps the one before it in its block, or begins at its end, and leaves no gap."""
    return window.block == last.block and last.start <= window.start <= last.end <= window.end


def find(windows: Mapping[str, Iterable[Window]]) -> tuple[Clone, ...]:
    """Clones over the files, longest first: runs that stand in two files or more, none inside another."""
    groups: dict[bytes, list[tuple[str, Window]]] = defaultdict(list)
    for path in sorted(windows):
        for window in windows[path]:
            groups[window.fingerprint].append((path, window))
    shared = [group for group in groups.values() if len({path for path, _ in group}) > 1]
    runs: list[_Run] = []
    by_block: dict[tuple[str, int], list[_Run]] = defaultdict(list)
    for group in sorted(shared, key=lambda group: (group[0][0], *group[0][1][1:])):
        path, window = group[0]
        known = by_block[path, window.block]
        run = next((item for item in reversed(known) if item.follows(group)), None)
        if run is not None:
            run.extend(group)
            continue
        run = _Run([(path, window, window) for path, window in group])
        runs.append(run)
        known.append(run)
    return _outermost(_clone(run) for run in runs)


def _clone(run: _Run) -> Clone:
    _, first, last = run.copies[0]
    places: list[Place] = []
    for place in sorted(Place(path, first.line, last.end_line) for path, first, last in run.copies):
        # A list of like statements matches itself one further on: that is no second copy.
        if not places or places[-1].path != place.path or places[-1].end_line < place.line:
            places.append(place)
    return Clone(tuple(places), last.until - first.before)


def _outermost(found: Iterable[Clone]) -> tuple[Clone, ...]:
    """Without the clones whose copies all lie inside those of another one."""
    kept: list[Clone] = []
    for clone in sorted(found, key=lambda clone: (-clone.nodes, clone.places)):
        if not any(_inside(clone, other) for other in kept):
            kept.append(clone)
    return tuple(kept)


def _inside(clone: Clone, other: Clone) -> bool:
    return all(
        any(
            place.path == outer.path and outer.line <= place.line and place.end_line <= outer.end_line
            for outer in other.places
        )
        for place in clone.places
    )


def concern_of(text: str) -> Concern:
    """What the lines of one copy are about, by the names they use."""
    return next((concern for concern, words in _VOCABULARY if words.search(text)), Concern.OTHER)


def backend_clones(model: RepoModel) -> tuple[Clone, ...]:
    """Clones across the backends of a checkout, each with its concern."""
    return model.once("clones", lambda: _backend_clones(model))


def _backend_clones(model: RepoModel) -> tuple[Clone, ...]:
    paths = [path for path in model.source.tree.paths() if path.startswith(BACKENDS) and path.endswith(".py")]
    found = find({path: model.source.windows(path) for path in paths})
    return tuple(Clone(item.places, item.nodes, _concern(model, item)) for item in found)


def _concern(model: RepoModel, clone: Clone) -> Concern:
    place = clone.places[0]
    return concern_of("\n".join(model.source.lines(place.path)[place.line - 1 : place.end_line]))


def home(model: RepoModel, clone: Clone) -> ClassInfo | None:
    """The nearest class that every copy's class has above it, or is; None if a copy stands outside a class."""
    orders = []
    for place in clone.places:
        module = model.source.module(place.path)
        around = (
            fact
            for fact in (module.classes if module else ())
            if fact.place.line <= place.line and place.end_line <= fact.place.end_line
        )
        fact = next(around, None)
        info = model.classes.get((place.path, fact.name)) if fact else None
        if info is None:
            return None
        orders.append(model.classes.mro(info))
    shared = set.intersection(*({item.key for item in order} for order in orders))
    return next((item for item in orders[0] if item.key in shared), None)
