"""Which methods an entry point can reach on one concrete class, and by which chain of calls."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from massgen_audit.facts.shapes import Call, Function
from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassInfo, ClassTable

_HELPER_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Reached:
    """A function that runs, with the chain that led to it; `owner` is None for a module-level helper."""

    path: str
    owner: ClassInfo | None
    function: Function
    via: tuple[str, ...]
    helpers: int = 0  # how many module-level hops deep

    @property
    def label(self) -> str:
        return f"{self.owner.name}.{self.function.name}" if self.owner else self.function.name


@dataclass(frozen=True, slots=True)
class CallSite:
    reached: Reached
    call: Call


class Reachability:
    """Edges: `self.m()`, `self.m` as a value, `super().m()` after the defining class, and helpers of the package."""

    def __init__(self, source: Source, classes: ClassTable) -> None:
        self._source = source
        self._classes = classes
        self._found: dict[tuple[tuple[str, str], str], tuple[Reached, ...]] = {}

    def from_method(self, info: ClassInfo, entry: str) -> tuple[Reached, ...]:
        """Everything reachable from `entry` on the linearisation of `info`, nearest first."""
        key = (info.key, entry)
        if key not in self._found:
            self._found[key] = tuple(self._walk(info, entry))
        return self._found[key]

    def calls(self, info: ClassInfo, entry: str, *names: str) -> tuple[CallSite, ...]:
        """Call sites whose last part is one of `names`."""
        return tuple(
            CallSite(reached, call)
            for reached in self.from_method(info, entry)
            for call in reached.function.calls
            if call.chain.rpartition(".")[2] in names
        )

    def _walk(self, info: ClassInfo, entry: str) -> list[Reached]:
        start = self._classes.method(info, entry)
        if start is None:
            return []
        first = Reached(start[0].path, start[0], start[1], (f"{info.name} > {start[0].name}.{entry}",))
        order, seen, queue = [first], {_identity(first)}, deque([first])
        while queue:
            for reached in self._edges(info, queue.popleft()):
                if _identity(reached) not in seen:
                    seen.add(_identity(reached))
                    order.append(reached)
                    queue.append(reached)
        return order

    def _edges(self, info: ClassInfo, here: Reached) -> list[Reached]:
        edges: list[Reached] = []
        chains = [call.chain for call in here.function.calls]
        for chain in (*chains, *here.function.references):
            root, _, rest = chain.partition(".")
            if root in ("self", "cls") and rest and "." not in rest:
                edges.extend(self._method(info, rest, here, None))
            elif root == "super()" and rest:
                edges.extend(self._method(info, rest, here, here.owner))
            elif here.helpers < _HELPER_DEPTH and chain in chains:
                edges.extend(self._helper(chain, here))
        return edges

    def _method(self, info: ClassInfo, name: str, here: Reached, after: ClassInfo | None) -> list[Reached]:
        if here.owner is None:
            return []  # `self` of a helper is not ours
        found = self._classes.method(info, name, after)
        if found is None or found[1].abstract:
            return []
        owner, function = found
        return [Reached(owner.path, owner, function, (*here.via, f"{owner.name}.{name}"))]

    def _helper(self, chain: str, here: Reached) -> list[Reached]:
        module = self._source.module(here.path)
        key = self._classes.resolve(module, chain) if module else None
        target = self._source.module(key[0]) if key else None
        function = target.function(key[1]) if target and key else None
        if function is None or key is None:
            return []
        return [Reached(key[0], None, function, (*here.via, function.name), here.helpers + 1)]


def _identity(reached: Reached) -> tuple[str, str, str, int]:
    owner = reached.owner.name if reached.owner else ""
    return (reached.path, owner, reached.function.name, reached.function.place.line)
