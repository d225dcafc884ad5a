"""Which methods an entry point can reach on one concrete class, and by which chain of calls."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from massgen_audit.facts.shapes import Call, Function, Module
from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassInfo, ClassTable

_MAX_HOPS = 3


@dataclass(frozen=True, slots=True)
class Reached:
    """A function that runs, with the chain that led to it; `owner` is None for a module-level helper."""

    path: str
    owner: ClassInfo | None
    function: Function
    via: tuple[str, ...]
    receiver: ClassInfo | None = None  # the concrete class of `self`
    hops: int = 0  # how many helpers and helper objects away from the backend itself

    @property
    def label(self) -> str:
        return f"{self.owner.name}.{self.function.name}" if self.owner else self.function.name


@dataclass(frozen=True, slots=True)
class CallSite:
    reached: Reached
    call: Call


class Reachability:
    """Edges: `self.m()`, `self.m` as a value, `super().m()` after the defining class, helper functions of the checkout,
    every method of a checkout class that is constructed on the way, and what such an object calls on `self.backend`.
    """

    def __init__(self, source: Source, classes: ClassTable) -> None:
        self._source = source
        self._classes = classes
        self._names: dict[str, set[str]] = {}
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
        first = Reached(start[0].path, start[0], start[1], (f"{info.name} > {start[0].name}.{entry}",), info)
        order, seen, queue = [first], {_identity(first)}, deque([first])
        while queue:
            for reached in self._edges(info, queue.popleft()):
                if _identity(reached) not in seen:
                    seen.add(_identity(reached))
                    order.append(reached)
                    queue.append(reached)
        return order

    def _edges(self, backend: ClassInfo, here: Reached) -> list[Reached]:
        edges: list[Reached] = []
        called = dict.fromkeys(call.chain for call in here.function.calls)
        for chain in dict.fromkeys((*called, *here.function.references)):
            root, _, rest = chain.partition(".")
            if root in ("self", "cls"):
                owner, _, name = rest.rpartition(".")
                if owner.strip("_") == "backend" and here.hops:
                    edges.extend(self._method(replace(here, receiver=backend), name, None))
                elif not owner:
                    edges.extend(self._method(here, rest, None))
            elif root == "super()":
                edges.extend(self._method(here, rest, here.owner))
            elif here.hops < _MAX_HOPS and chain in called:
                edges.extend(self._helper(here, chain))
        return edges

    def _method(self, here: Reached, name: str, after: ClassInfo | None) -> list[Reached]:
        if here.receiver is None:
            return []  # `self` of a helper function is a parameter like any other
        found = self._classes.method(here.receiver, name, after)
        if found is None or found[1].abstract:
            return []
        owner, function = found
        via = (*here.via, f"{owner.name}.{name}")
        return [Reached(owner.path, owner, function, via, here.receiver, here.hops)]

    def _helper(self, here: Reached, chain: str) -> list[Reached]:
        module = self._source.module(here.path)
        if module is None or chain.partition(".")[0] not in self._bound(module):
            return []  # a local variable or a built-in: most calls
        key = self._classes.resolve(module, chain)
        target = self._source.module(key[0]) if key else None
        if key is None or target is None:
            return []
        info = self._classes.get(key)
        if info is not None:
            return self._object(here, info)
        function = target.function(key[1])
        via = (*here.via, key[1])
        return [Reached(key[0], None, function, via, None, here.hops + 1)] if function else []

    def _bound(self, module: Module) -> set[str]:
        if module.path not in self._names:
            self._names[module.path] = module.bindings()
        return self._names[module.path]

    def _object(self, here: Reached, info: ClassInfo) -> list[Reached]:
        return [
            Reached(owner.path, owner, method, (*here.via, f"{owner.name}.{method.name}"), info, here.hops + 1)
            for owner in self._classes.mro(info)
            for method in owner.fact.methods
            if not method.abstract and self._classes.method(info, method.name) == (owner, method)
        ]


def _identity(reached: Reached) -> tuple[str, str, int, str]:
    receiver = reached.receiver.name if reached.receiver else ""
    return (reached.path, reached.function.name, reached.function.place.line, receiver)
