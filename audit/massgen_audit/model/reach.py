"""Which methods an entry point can reach on one concrete class, and by which chain of calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from massgen_audit.facts.shapes import Call, Function, Module, Place
from massgen_audit.facts.source import Source
from massgen_audit.model.classes import ClassInfo, ClassTable

_MAX_HOPS = 3


class Reached(NamedTuple):
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


class CallSite(NamedTuple):
    reached: Reached
    call: Call


_Site = tuple[int, Reached, Call]  # numbered in the order in which they are reached


class _Step(NamedTuple):
    """What one name in a function leads to, whatever object the function runs on."""

    kind: str  # "own" | "backend" | "super": a method of that name; "function" | "object": of the checkout
    name: str
    path: str = ""
    function: Function | None = None
    info: ClassInfo | None = None


class Reachability:
    """Edges: `self.m()`, `self.m` as a value, `super().m()` after the defining class, helper functions of the checkout,
    every method of a checkout class that is constructed on the way, and what such an object calls on `self.backend`.
    """

    def __init__(self, source: Source, classes: ClassTable) -> None:
        self._source = source
        self._classes = classes
        self._names: dict[str, set[str]] = {}
        self._steps: dict[tuple[str, Place], tuple[_Step, ...]] = {}
        self._members: dict[tuple[str, str], tuple[tuple[ClassInfo, Function], ...]] = {}
        self._found: dict[tuple[tuple[str, str], str], tuple[Reached, ...]] = {}
        self._sites: dict[tuple[tuple[str, str], str], dict[str, list[_Site]]] = {}

    def from_method(self, info: ClassInfo, entry: str) -> tuple[Reached, ...]:
        """Everything reachable from `entry` on the linearisation of `info`, nearest first."""
        key = (info.key, entry)
        if key not in self._found:
            self._found[key] = tuple(self._walk(info, entry))
        return self._found[key]

    def calls(self, info: ClassInfo, entry: str, *names: str) -> tuple[CallSite, ...]:
        """Call sites whose last part is one of `names`."""
        key = (info.key, entry)
        if key not in self._sites:
            self._sites[key] = self._by_name(info, entry)
        sites = [site for name in dict.fromkeys(names) for site in self._sites[key].get(name, ())]
        return tuple(CallSite(reached, call) for _, reached, call in sorted(sites, key=itemgetter(0)))

    def _by_name(self, info: ClassInfo, entry: str) -> dict[str, list[_Site]]:
        sites: dict[str, list[_Site]] = {}
        calls = ((reached, call) for reached in self.from_method(info, entry) for call in reached.function.calls)
        for number, (reached, call) in enumerate(calls):
            sites.setdefault(call.chain.rpartition(".")[2], []).append((number, reached, call))
        return sites

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
        for step in self._steps_of(here.path, here.function):
            if step.kind == "own":
                edges.extend(self._method(here, here.receiver, step.name, None))
            elif step.kind == "super":
                edges.extend(self._method(here, here.receiver, step.name, here.owner))
            elif step.kind == "backend":
                receiver = backend if here.hops else None
                edges.extend(self._method(here, receiver, step.name, None))
            elif here.hops < _MAX_HOPS and step.function is not None:
                via = (*here.via, step.name)
                edges.append(Reached(step.path, None, step.function, via, None, here.hops + 1))
            elif here.hops < _MAX_HOPS and step.info is not None:
                edges.extend(self._object(here, step.info))
        return edges

    def _steps_of(self, path: str, function: Function) -> tuple[_Step, ...]:
        key = (path, function.place)
        if key not in self._steps:
            self._steps[key] = tuple(self._read_steps(path, function))
        return self._steps[key]

    def _read_steps(self, path: str, function: Function) -> Iterator[_Step]:
        module = self._source.module(path)
        called = dict.fromkeys(call.chain for call in function.calls)
        for chain in dict.fromkeys((*called, *function.references)):
            root, _, rest = chain.partition(".")
            if root in ("self", "cls"):
                owner, _, name = rest.rpartition(".")
                if not owner or owner.strip("_") == "backend":
                    yield _Step("backend" if owner else "own", name)
            elif root == "super()":
                yield _Step("super", rest)
            elif module is not None and chain in called:
                yield from self._helper(module, chain)

    def _method(self, here: Reached, receiver: ClassInfo | None, name: str, after: ClassInfo | None) -> list[Reached]:
        if receiver is None:
            return []  # `self` of a helper function is a parameter like any other
        found = self._classes.method(receiver, name, after)
        if found is None or found[1].abstract:
            return []
        owner, function = found
        via = (*here.via, f"{owner.name}.{name}")
        return [Reached(owner.path, owner, function, via, receiver, here.hops)]

    def _helper(self, module: Module, chain: str) -> Iterator[_Step]:
        if chain.partition(".")[0] not in self._bound(module):
            return  # a local variable or a built-in: most calls
        key = self._classes.resolve(module, chain)
        target = self._source.module(key[0]) if key else None
        if key is None or target is None:
            return
        info = self._classes.get(key)
        function = target.function(key[1]) if info is None else None
        if info is not None or function is not None:
            yield _Step("object" if info else "function", key[1], key[0], function, info)

    def _bound(self, module: Module) -> set[str]:
        if module.path not in self._names:
            self._names[module.path] = module.bindings()
        return self._names[module.path]

    def _object(self, here: Reached, info: ClassInfo) -> list[Reached]:
        if info.key not in self._members:
            self._members[info.key] = tuple(self._methods_of(info))
        return [
            Reached(owner.path, owner, method, (*here.via, f"{owner.name}.{method.name}"), info, here.hops + 1)
            for owner, method in self._members[info.key]
        ]

    def _methods_of(self, info: ClassInfo) -> Iterator[tuple[ClassInfo, Function]]:
        for owner in self._classes.mro(info):
            for method in owner.fact.methods:
                if not method.abstract and self._classes.method(info, method.name) == (owner, method):
                    yield owner, method


def _identity(reached: Reached) -> tuple[str, str, int, str]:
    receiver = reached.receiver.name if reached.receiver else ""
    return (reached.path, reached.function.name, reached.function.place.line, receiver)
