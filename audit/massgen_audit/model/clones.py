"""Code that several files hold in the same form, and what it is about.

Pure functions over the windows of `facts/windows.py`: no file is read here but through the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from massgen_audit.facts.shapes import Window
from massgen_audit.model.concerns import Concern, concern_of
from massgen_audit.model.repo import RepoModel

BACKENDS = "massgen/backend/"
# Where backends keep what they share: a backend that repeats one of these has something to call.
SHARED = ("massgen/formatter/", "massgen/api_params_handler/", "massgen/token_manager/", "massgen/mcp_tools/")


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


def backend_clones(model: RepoModel) -> tuple[Clone, ...]:
    """Clones across the backends of a checkout and what they share, each with its concern; one copy at least is a
    backend's.
    """
    return model.once("clones", lambda: _backend_clones(model))


def _backend_clones(model: RepoModel) -> tuple[Clone, ...]:
    searched = (BACKENDS, *SHARED)
    paths = [path for path in model.source.tree.paths() if path.startswith(searched) and path.endswith(".py")]
    found = find({path: model.source.windows(path) for path in paths})
    ours = (item for item in found if any(place.path.startswith(BACKENDS) for place in item.places))
    return tuple(Clone(item.places, item.nodes, _concern(model, item)) for item in ours)


def _concern(model: RepoModel, clone: Clone) -> Concern:
    place = clone.places[0]
    return concern_of("\n".join(model.source.lines(place.path)[place.line - 1 : place.end_line]))
