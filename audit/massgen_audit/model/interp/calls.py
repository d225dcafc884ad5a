"""Calls: of functions and classes of the checkout, of Python's own, and of the environment."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from massgen_audit.facts.shapes import Class, Function
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.interp.builtin import FOREIGN, FUNCTIONS, MUTATORS, call_method
from massgen_audit.model.interp.values import (
    UNKNOWN,
    ClassRef,
    Closure,
    Foreign,
    Func,
    Instance,
    Member,
    Method,
    ModuleRef,
    OneOf,
    Super,
    join,
    options,
)
from massgen_audit.model.interp.world import Event, Raised, Run, World

_GETENV = ("os.getenv", "os.environ.get", "getenv", "environ.get")
_MAX_DEPTH = 24

Keywords = dict[str, Any]


class Calls:
    """Applies values to arguments. `follow` runs a body; it is given by the interpreter."""

    def __init__(self, world: World, run: Run, follow: Callable[..., Any], evaluate: Callable[..., Any]) -> None:
        self.world = world
        self.run = run
        self._follow = follow
        self._evaluate = evaluate

    def apply(self, callee: Any, args: list[Any], keywords: Keywords, at: tuple[str, int]) -> Any:
        if isinstance(callee, OneOf):
            return join(self.apply(option, list(args), dict(keywords), at) for option in callee.options)
        if isinstance(callee, Func):
            return self._function(callee, args, keywords)
        if isinstance(callee, Closure):
            return self._follow(callee.node, callee.frame, None, self._bind_node(callee.node, args, keywords))
        if isinstance(callee, ClassRef):
            return self._construct(callee.info, args, keywords, at)
        if isinstance(callee, Method):
            if callee.name in MUTATORS:
                self.world.memory.changes(callee.value)
            return call_method(callee.value, callee.name, args, keywords)
        if isinstance(callee, Foreign):
            return self._foreign(callee.chain, args, keywords, at)
        return UNKNOWN

    def _function(self, callee: Func, args: list[Any], keywords: Keywords) -> Any:
        fact = callee.fact
        if fact.yields or fact.abstract:
            return UNKNOWN
        memory = self.world.memory
        key = memory.key(callee, args, keywords)
        kept = memory.find(key) if key is not None else None
        if kept is not None:
            return kept[0]
        effects = memory.effects
        value = self._followed(callee, args, keywords)
        if key is not None:
            memory.keep(key, value, effects)
        return value

    def _followed(self, callee: Func, args: list[Any], keywords: Keywords) -> Any:
        fact = callee.fact
        if self.run.depth >= _MAX_DEPTH:
            self.world.memory.effects += 1  # at another depth there is an answer
            return UNKNOWN
        node = self.world.source.statement(callee.path, fact.place)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return UNKNOWN
        receiver = callee.receiver
        if receiver is not None and "staticmethod" not in fact.decorators:
            args = [receiver, *args]
        names = self._bind_node(node, args, keywords)
        self.run.depth += 1
        try:
            return self._follow(node, None, callee, names)
        finally:
            self.run.depth -= 1

    def _bind_node(self, node: Any, args: list[Any], keywords: Keywords) -> dict[str, Any]:
        """Parameters as names; a default is evaluated by the interpreter when the body starts."""
        spec: ast.arguments = node.args
        names = [item.arg for item in (*spec.posonlyargs, *spec.args)]
        bound: dict[str, Any] = dict(zip(names, args, strict=False))
        only = [item.arg for item in spec.kwonlyargs]
        extra: dict[str, Any] = {}
        for name, value in keywords.items():
            (bound if name in names or name in only else extra)[name] = value
        if spec.vararg:
            bound[spec.vararg.arg] = tuple(args[len(names) :])
        if spec.kwarg:
            bound[spec.kwarg.arg] = extra
        return bound

    def construct_now(self, instance: Instance) -> None:
        """Follows the constructor of an object whose attributes are asked for."""
        if instance.pending is None:
            return
        args, keywords = instance.pending
        instance.pending = None
        self._construct_from(instance, args, keywords)
        self.world.memory.constructed(instance)

    def _construct_from(self, instance: Instance, args: list[Any], keywords: Keywords) -> None:
        found = self.world.classes.method(instance.info, "__init__")
        if found is None:
            self._fields(instance, args, keywords)
        else:
            owner, fact = found
            try:
                self._function(Func(owner.path, fact, instance, owner), list(args), dict(keywords))
            except Raised:
                instance.refused = True  # what was set before it stays

    def _construct(self, info: ClassInfo, args: list[Any], keywords: Keywords, at: tuple[str, int]) -> Any:
        if any(item.fact.enum for item in self.world.classes.mro(info)):
            return self._member_of_value(info, args)
        return Instance(info, pending=(args, keywords), made_at=at, arguments=dict(keywords))

    def _member_of_value(self, info: ClassInfo, args: list[Any]) -> Any:
        members = [self.member(info.fact, name) for name, _, _ in info.fact.attributes]
        found = [item for item in members if item is not None and args and item.value == args[0]]
        return found[0] if found else UNKNOWN

    def member(self, fact: Class, name: str) -> Member | None:
        for attribute, _, value in fact.attributes:
            if attribute == name:
                return Member(fact.name, name, value[1] if value[0] == "str" else name)
        return None

    def _fields(self, instance: Instance, args: list[Any], keywords: Keywords) -> None:
        """A dataclass or NamedTuple: fields in order, then keywords, then defaults."""
        order = [item for info in reversed(self.world.classes.mro(instance.info)) for item in self._declared(info)]
        names = [name for name, _ in order]
        instance.attrs.update(zip(names, args, strict=False))
        instance.attrs.update(keywords)
        for name, default in order:
            if name not in instance.attrs and default is not None:
                instance.attrs[name] = default()

    def _declared(self, info: ClassInfo) -> list[tuple[str, Callable[[], Any] | None]]:
        found: list[tuple[str, Callable[[], Any] | None]] = []
        for name, place, _ in info.fact.attributes:
            node = self.world.source.statement(info.path, place)
            if isinstance(node, ast.AnnAssign):
                value = node.value
                default = (lambda value=value: self._default(info, value)) if value is not None else None
                found.append((name, default))
        return found

    def _default(self, info: ClassInfo, node: ast.expr) -> Any:
        """The value of a field's default; `field(default=...)` and `field(default_factory=...)` are seen through."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "field":
            given = {item.arg: item.value for item in node.keywords}
            if "default" in given:
                return self._evaluate(info.path, given["default"])
            factory = given.get("default_factory")
            return FUNCTIONS.get(getattr(factory, "id", ""), lambda: UNKNOWN)()
        return self._evaluate(info.path, node)

    def _foreign(self, chain: str, args: list[Any], keywords: Keywords, at: tuple[str, int]) -> Any:
        if chain in _GETENV and args:
            return join(self.getenv(name, args[1] if len(args) > 1 else None, at) for name in options(args[0]))
        if chain == "importlib.import_module" and args and isinstance(args[0], str):
            return self._module(args[0])
        function = FOREIGN.get(chain)
        return _guarded(function, args, keywords) if function else UNKNOWN

    def _module(self, dotted: str) -> Any:
        path = self.world.classes.module_path("", dotted.lstrip("."), 0)
        return ModuleRef(path) if path else UNKNOWN

    def getenv(self, name: Any, default: Any, at: tuple[str, int]) -> Any:
        """The value a variable has in this run, noting that it was asked for."""
        if not isinstance(name, str):
            return UNKNOWN
        self.run.events.append(Event("getenv", name, *at))
        self.world.memory.effects += 1
        if name in self.run.environ:
            return self.run.environ[name]
        return default if self.run.unset is None else UNKNOWN

    def builtin(self, name: str, args: list[Any], keywords: Keywords) -> Any:
        return _guarded(FUNCTIONS[name], args, keywords)

    def super_method(self, proxy: Super, name: str) -> Any:
        info = proxy.receiver.info if isinstance(proxy.receiver, (Instance, ClassRef)) else None
        found = self.world.classes.method(info, name, proxy.after) if info else None
        return Func(found[0].path, found[1], proxy.receiver, found[0]) if found else UNKNOWN


def is_property(fact: Function) -> bool:
    return any(name.rpartition(".")[2] in ("property", "cached_property") for name in fact.decorators)


def _guarded(function: Callable[..., Any], args: list[Any], keywords: Keywords) -> Any:
    try:
        return function(*args, **keywords)
    except (TypeError, ValueError, KeyError, AttributeError):
        return UNKNOWN
