"""The model of one checkout: everything rules ask, each answer computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from massgen_audit.facts.shapes import Function, Place
from massgen_audit.facts.source import Source
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo, ClassTable
from massgen_audit.model.interp.machine import Machine
from massgen_audit.model.interp.values import UNKNOWN, Instance
from massgen_audit.model.interp.world import Exhausted, Raised, Run, World
from massgen_audit.model.reach import Reachability
from massgen_audit.model.registry import add_bare_rows, read_rows
from massgen_audit.model.types import Creation, Row, TypeFinder, TypeInfo
from massgen_audit.model.units import Unit
from massgen_audit.values import Scope

ROOT_CLASS = "LLMBackend"
_TYPE_ATTRIBUTE = "backend_type"
STREAM = "stream_with_tools"
Answer = TypeVar("Answer")
_ENOUGH = {"api_key": "key", "base_url": "https://host.invalid/v1", "model": "model"}


class RepoModel:
    """Built from a `Source`. Raises UnusableCheckout if a required file cannot be read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.layout = at.discover(source)
        self.classes = ClassTable(source, self.layout.class_files)
        self.reach = Reachability(source, self.classes)
        self.world = World(source, self.classes)
        self.finder = TypeFinder(source, self.classes, self.world)
        self._answers: dict[str, Any] = {}

    def once(self, question: str, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about the whole checkout, found when it is first asked."""
        if question not in self._answers:
            self._answers[question] = answer()
        found: Answer = self._answers[question]
        return found

    @cached_property
    def rows(self) -> dict[str, Row]:
        return read_rows(self.source, self.world)

    @cached_property
    def backends(self) -> tuple[ClassInfo, ...]:
        """Concrete subclasses of the root class, in file order."""
        return tuple(
            info for info in self.classes.all() if info.name != ROOT_CLASS and self.classes.inherits(info, ROOT_CLASS)
        )

    @cached_property
    def types(self) -> tuple[TypeInfo, ...]:
        adapters, branches = self.finder.adapters(), self.finder.branches()
        add_bare_rows(self.source, self.world, set(branches) - set(self.rows))
        made = {name: self.finder.create(name) for name in sorted({*adapters, *branches, *self.rows})}
        served = {item.info.key for creation in made.values() for item in creation.instances}
        return tuple(
            self._type(name, creation, branches.get(name), adapters.get(name), served)
            for name, creation in made.items()
        )

    def _type(
        self,
        name: str,
        creation: Creation,
        branch: tuple[str, Place] | None,
        entry: Place | None,
        served: set[tuple[str, str]],
    ) -> TypeInfo:
        instance = creation.instances[-1] if creation.instances else None
        cls = instance.info if instance else self._by_convention(name, served)
        if instance is None and cls is not None:
            instance = Instance(cls, pending=([], {}))
        path, place = branch or ((at.ADAPTERS, entry) if entry else (at.CLI, None))
        return TypeInfo(name, cls, instance, self.rows.get(name), entry is not None, place, path, creation)

    def _by_convention(self, name: str, served: set[tuple[str, str]]) -> ClassInfo | None:
        """For a type that nothing creates: the class that is named like it, or one that no other type has and that says
        it is the type's, or stands in the module of its name for more than its heirs.
        """
        path, wanted = f"massgen/backend/{name}.py", f"{name.replace('_', '')}backend"
        named = [info for info in self.backends if info.name.lower() == wanted]
        if named:
            return named[-1]
        free = [info for info in self.backends if info.key not in served and not info.name.startswith("_")]
        stated = [info for info in free if _states(info, name)]
        alone = [info for info in free if info.path == path and not self._is_base(info)]
        found = [info for info in stated or alone if info.key not in self.on_request]
        return found[-1] if found else None

    def _is_base(self, info: ClassInfo) -> bool:
        heirs = (item for item in self.backends if item.key != info.key)
        return any(info in self.classes.mro(heir) for heir in heirs)

    @cached_property
    def concrete(self) -> tuple[ClassInfo, ...]:
        """Backend classes that can be instantiated, or that a type uses although they cannot."""
        used = {info.cls.key for info in self.types if info.cls is not None}
        return tuple(info for info in self.backends if info.key in used or not self.classes.abstract_methods(info))

    def types_of(self, info: ClassInfo) -> tuple[TypeInfo, ...]:
        return tuple(item for item in self.types if item.cls is not None and item.cls.key == info.key)

    @cached_property
    def on_request(self) -> dict[tuple[str, str], str]:
        """Classes that a type leads to when its option `api` asks for another wire: key -> `type with api: wire`.

        The wires are the field `apis` of the type's registry entry.
        """
        found: dict[tuple[str, str], str] = {}
        for name, row in self.rows.items():
            wires = row.get("apis")
            for wire in wires if isinstance(wires, (list, tuple)) else ():
                for made in self.finder.create(name, UNKNOWN, None, **{**_ENOUGH, "api": wire}).instances:
                    found.setdefault(made.info.key, f"{name} with api: {wire}")
        return found

    def units(self, scope: Scope) -> Iterator[Unit]:
        if scope is Scope.REPO:
            yield Unit("checkout")
        elif scope is Scope.TYPE:
            yield from (Unit(info.name, (info,), info.cls) for info in self.types)
        elif scope is Scope.LINK:
            yield from (Unit(info.label, (info,), info.cls) for info in self.types if info.cls is not None)
        else:
            yield from (Unit(info.name, self.types_of(info), info) for info in self.concrete)

    def defines(self, method: str) -> bool:
        """Whether any class of the checkout's backend files has this method: the probe for an API of the checklist."""
        return method in self._method_names

    @cached_property
    def _method_names(self) -> frozenset[str]:
        classes = {item.key: item for info in self.backends for item in self.classes.mro(info)}
        return frozenset(method.name for item in classes.values() for method in item.fact.methods)

    def instance_of(self, unit: Unit) -> Instance:
        """An object of the unit's class: the one its type gets by default, or one made without arguments.

        Where the class demands more than the default configuration gives, the object gets an address and a key.
        """
        made = next((info.instance for info in unit.types if info.instance is not None), None)
        made = made or Instance(unit.info, pending=([], {}))
        self.attribute(made, "config")
        if not made.refused or not unit.types:
            return made
        return self.once(f"object of {unit.types[0].name}", lambda: self._satisfied(unit))

    def _satisfied(self, unit: Unit) -> Instance:
        again = self.finder.create(unit.types[0].name, UNKNOWN, None, **_ENOUGH).instances
        return again[-1] if again else Instance(unit.info, pending=([], dict(_ENOUGH)))

    def ask(self, instance: Instance, method: str, *args: Any) -> Any:
        """What a method of an object returns; UNKNOWN if it cannot be told."""
        machine = Machine(self.world, Run())
        try:
            return machine.calls.apply(machine.attribute_of(instance, method), list(args), {}, ("", 0))
        except (Raised, Exhausted):
            return UNKNOWN

    def apply(self, function: Any, *args: Any) -> Any:
        """What a function of the checkout returns; UNKNOWN if it cannot be told."""
        machine = Machine(self.world, Run())
        try:
            return machine.calls.apply(function, list(args), {}, ("", 0))
        except (Raised, Exhausted):
            return UNKNOWN

    def attribute(self, instance: Instance, name: str) -> Any:
        try:
            return Machine(self.world, Run()).attribute_of(instance, name)
        except (Raised, Exhausted):
            return UNKNOWN

    def global_value(self, path: str, name: str) -> Any:
        module = self.source.module(path)
        if module is None:
            return UNKNOWN
        try:
            return Machine(self.world, Run()).global_name(module, name)
        except (Raised, Exhausted):
            return UNKNOWN

    def definition(self, info: ClassInfo, method: str) -> tuple[ClassInfo, Function] | None:
        return self.classes.method(info, method)

    def insertion(self, path: str) -> int:
        """The line after the last one of a file: where something new goes when no better place is known."""
        lines = self.source.lines(path)
        return max(1, len(lines) - (1 if lines and not lines[-1] else 0))


def _states(info: ClassInfo, name: str) -> bool:
    """Whether the class itself says that it is of that type."""
    return any(item == _TYPE_ATTRIBUTE and value == ("str", name) for item, _, value in info.fact.attributes)
