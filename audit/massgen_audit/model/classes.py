"""Classes of a checkout by the name they have where they are used, with their C3 linearisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from massgen_audit.facts.shapes import Class, Function, Import, Module
from massgen_audit.facts.source import Source

Key = tuple[str, str]  # (path, class name)
_MAX_IMPORTS = 8  # re-exports followed before a name counts as foreign


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A class, where it is, and its bases: keys of known classes, bare names of foreign ones."""

    path: str
    fact: Class
    bases: tuple[Key | str, ...]
    key: Key = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.path, self.fact.name))

    def __repr__(self) -> str:
        return f"ClassInfo({self.path}:{self.fact.name})"

    @property
    def name(self) -> str:
        return self.fact.name


class ClassTable:
    """Resolves names across files, following imports through packages that re-export."""

    def __init__(self, source: Source, paths: tuple[str, ...]) -> None:
        self._source = source
        self._known = frozenset(source.tree.paths())
        self._infos: dict[Key, ClassInfo | None] = {}
        self._orders: dict[Key, tuple[ClassInfo, ...]] = {}
        self._defined: dict[Key, dict[str, Function]] = {}
        self._methods: dict[tuple[Key, str, Key | None], tuple[ClassInfo, Function] | None] = {}
        self._resolved: dict[tuple[str, str], Key | None] = {}
        self.paths = paths

    def all(self) -> Iterator[ClassInfo]:
        """Every class defined in the files the table was made for."""
        for path in self.paths:
            module = self._source.module(path)
            for fact in module.classes if module else ():
                info = self.get((path, fact.name))
                if info is not None:
                    yield info

    def get(self, key: Key) -> ClassInfo | None:
        if key not in self._infos:
            self._infos[key] = None  # ends a cycle of imports
            self._infos[key] = self._build(key)
        return self._infos[key]

    def _build(self, key: Key) -> ClassInfo | None:
        module = self._source.module(key[0])
        fact = next((item for item in module.classes if item.name == key[1]), None) if module else None
        if module is None or fact is None:
            return None
        bases = tuple(self.resolve_class(module, base) or base for base in fact.bases)
        return ClassInfo(key[0], fact, bases)

    def resolve_class(self, module: Module, dotted: str) -> Key | None:
        found = self.resolve(module, dotted)
        return found if found is not None and self._is_class(found) else None

    def _is_class(self, key: Key) -> bool:
        module = self._source.module(key[0])
        return module is not None and any(item.name == key[1] for item in module.classes)

    def resolve(self, module: Module, dotted: str) -> Key | None:
        """(path, name) of the definition that a dotted name means in `module`; None if it is foreign or unknown."""
        key = (module.path, dotted)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(module, dotted, _MAX_IMPORTS)
        return self._resolved[key]

    def _resolve(self, module: Module, dotted: str, depth: int) -> Key | None:
        head, _, rest = dotted.partition(".")
        if not rest and _defines(module, head):
            return (module.path, head)
        for item in module.imports:
            if item.bound == head and depth > 0:
                found = self._follow(module.path, item, rest, depth)
                if found is not None:
                    return found
        # After the imports: `except ImportError: Name = None` does not hide what the import gives.
        return (module.path, head) if not rest and _assigns(module, head) else None

    def _follow(self, path: str, item: Import, rest: str, depth: int) -> Key | None:
        if item.name and not rest:
            target = self.module_path(path, item.module, item.level)
            inner = self._source.module(target) if target else None
            if inner is not None and target is not None:
                return self._resolve(inner, item.name, depth - 1)
        elif rest:
            dotted = f"{item.module}.{item.name}".strip(".") if item.name else item.module
            target = self.module_path(path, dotted, item.level)
            inner = self._source.module(target) if target else None
            if inner is not None:
                return self._resolve(inner, rest, depth - 1)
        return None

    def module_path(self, path: str, dotted: str, level: int) -> str | None:
        """The file of a module named in an import of `path`; None if it is not in the checkout."""
        package = path.split("/")[:-level] if level else []
        base = "/".join([*package, *filter(None, dotted.split("."))])
        for candidate in (f"{base}.py", f"{base}/__init__.py"):
            if candidate in self._known:
                return candidate
        return None

    def mro(self, info: ClassInfo) -> tuple[ClassInfo, ...]:
        """The linearisation, foreign classes left out; bases in written order where C3 does not exist."""
        if info.key not in self._orders:
            self._orders[info.key] = (info,)  # ends a cycle of inheritance
            self._orders[info.key] = self._linearise(info)
        return self._orders[info.key]

    def _linearise(self, info: ClassInfo) -> tuple[ClassInfo, ...]:
        parents = [parent for parent in (self.get(base) for base in info.bases if isinstance(base, tuple)) if parent]
        queues = [list(self.mro(parent)) for parent in parents] + [list(parents)]
        order = [info]
        while any(queues):
            queues = [queue for queue in queues if queue]
            head = _next_head(queues)
            order.append(head)
            queues = [[item for item in queue if item.key != head.key] for queue in queues]
        return tuple(order)

    def foreign_bases(self, info: ClassInfo) -> tuple[str, ...]:
        """Names of bases anywhere in the linearisation that the checkout does not define."""
        plain = {"ABC", "object", "Protocol", "Generic", "Enum"}
        names = (base for item in self.mro(info) for base in item.bases if isinstance(base, str))
        return tuple(name for name in names if name.rpartition(".")[2] not in plain)

    def method(self, info: ClassInfo, name: str, after: ClassInfo | None = None) -> tuple[ClassInfo, Function] | None:
        """The definition in effect on the linearisation of `info`, or the next one after class `after`."""
        key = (info.key, name, after.key if after else None)
        if key not in self._methods:
            self._methods[key] = self._in_effect(info, name, after)
        return self._methods[key]

    def _in_effect(self, info: ClassInfo, name: str, after: ClassInfo | None) -> tuple[ClassInfo, Function] | None:
        order = self.mro(info)
        if after is not None:
            keys = [item.key for item in order]
            order = order[keys.index(after.key) + 1 :] if after.key in keys else ()
        for item in order:
            found = self._own_methods(item).get(name)
            if found is not None:
                return item, found
        return None

    def _own_methods(self, info: ClassInfo) -> dict[str, Function]:
        if info.key not in self._defined:
            methods = reversed(info.fact.methods)  # of two with one name the first counts
            self._defined[info.key] = {method.name: method for method in methods}
        return self._defined[info.key]

    def inherits(self, info: ClassInfo, base: str) -> bool:
        return any(item.name == base for item in self.mro(info))

    def abstract_methods(self, info: ClassInfo) -> tuple[tuple[ClassInfo, Function], ...]:
        """Abstract methods that nothing earlier in the linearisation implements."""
        names = {method.name for item in self.mro(info) for method in item.fact.methods if method.abstract}
        in_effect = (self.method(info, name) for name in sorted(names))
        return tuple(found for found in in_effect if found is not None and found[1].abstract)


def _defines(module: Module, name: str) -> bool:
    return any(item.name == name for item in module.classes) or module.function(name) is not None


def _assigns(module: Module, name: str) -> bool:
    tables = (table.name for table in module.tables if not table.owner)
    return name in tables or any(assigned == name for assigned, _ in module.assigned)


def _next_head(queues: list[list[ClassInfo]]) -> ClassInfo:
    for queue in queues:
        head = queue[0]
        if not any(head.key == item.key for other in queues for item in other[1:]):
            return head
    return queues[0][0]
