"""Follows statements, and answers the questions the model asks."""

from __future__ import annotations

import ast
from typing import Any

from massgen_audit.facts.shapes import Module
from massgen_audit.model.interp import expressions as ex
from massgen_audit.model.interp.builtin import FUNCTIONS, PLAIN_TYPES
from massgen_audit.model.interp.calls import Calls, is_property
from massgen_audit.model.interp.flow import Flow
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
    truth,
)
from massgen_audit.model.interp.world import Assigned, Exhausted, Frame, Run, World, assignments


class Machine:
    """One run: a world of names, an environment, and a budget of steps."""

    def __init__(self, world: World, run: Run) -> None:
        self.world = world
        self.run = run
        self.calls = Calls(world, run, self.follow, self._in_module)
        self.flow = Flow(self)

    def follow(self, node: Any, outer: Frame | None, callee: Func | None, names: dict[str, Any]) -> Any:
        """The value a function body returns for these parameters."""
        module = outer.module if outer is not None else self._module(callee.path if callee else "")
        receiver = callee.receiver if callee else (outer.receiver if outer else None)
        owner = callee.owner if callee else (outer.owner if outer else None)
        frame = Frame(module, names, owner, receiver, outer)
        self._defaults(node, frame)
        if isinstance(node, ast.Lambda):
            return self.evaluate(node.body, frame)
        ends = self.flow.block(node.body, frame)
        values = [value for value, _ in frame.returns]
        return join([*values, None] if ends or not values else values)

    def _defaults(self, node: Any, frame: Frame) -> None:
        spec: ast.arguments = node.args
        named = [*spec.posonlyargs, *spec.args]
        pairs: list[tuple[ast.arg, ast.expr | None]] = [
            *zip(reversed(named), reversed(spec.defaults), strict=False),
            *zip(spec.kwonlyargs, spec.kw_defaults, strict=True),
        ]
        for parameter, default in pairs:
            if parameter.arg not in frame.names and default is not None:
                frame.names[parameter.arg] = self.evaluate(default, frame)
        for parameter in (*named, *spec.kwonlyargs):
            frame.names.setdefault(parameter.arg, UNKNOWN)

    def _module(self, path: str) -> Module:
        return self.world.source.module(path) or Module(path, (), (), (), (), (), None, ())

    def _in_module(self, path: str, node: ast.expr) -> Any:
        return self.evaluate(node, Frame(self._module(path)))

    def evaluate(self, node: ast.expr, frame: Frame) -> Any:
        run = self.run
        run.steps -= 1  # `tick` without a call: nothing runs more often
        if run.steps < 0:
            raise Exhausted
        handler = _HANDLERS.get(type(node))
        return handler(self, node, frame) if handler else UNKNOWN

    def _values(self, nodes: list[ast.expr], frame: Frame) -> list[Any]:
        return [self.evaluate(node, frame) for node in nodes]

    def name(self, node: ast.Name, frame: Frame) -> Any:
        scope: Frame | None = frame
        while scope is not None:
            if node.id in scope.names:
                return scope.names[node.id]
            scope = scope.outer
        return self.global_name(frame.module, node.id)

    def global_name(self, module: Module, name: str) -> Any:
        found = self.world.lookup(module, name)
        if isinstance(found, Assigned):
            return self._global(found.key)
        if found is not None:
            return found
        if name in PLAIN_TYPES:
            return PLAIN_TYPES[name]
        return Foreign(name)

    def _global(self, key: tuple[str, str]) -> Any:
        if key not in self.world.globals:
            self.world.globals[key] = UNKNOWN  # ends a cycle
            frame = Frame(self._module(key[0]))
            with self.world.memory.finding():
                for statement in assignments(self.world.source, key):
                    self.flow.statement(statement, frame)
            self.world.globals[key] = frame.names.get(key[1], UNKNOWN)
            self.world.memory.share(self.world.globals[key])
        return self.world.globals[key]

    def attribute(self, node: ast.Attribute, frame: Frame) -> Any:
        value = self.evaluate(node.value, frame)
        if not isinstance(value, OneOf):
            return self.attribute_of(value, node.attr)
        return join(self.attribute_of(option, node.attr) for option in value.options)

    def attribute_of(self, value: Any, name: str) -> Any:
        if isinstance(value, Instance):
            return self._instance_attribute(value, name)
        if isinstance(value, ClassRef):
            return self._class_attribute(value, name)
        if isinstance(value, Super):
            return self.calls.super_method(value, name)
        if isinstance(value, Foreign):
            return Foreign(f"{value.chain}.{name}")
        if isinstance(value, ModuleRef):
            return self.global_name(self._module(value.path), name)
        if isinstance(value, Member):
            return {"name": value.name, "value": value.value}.get(name, UNKNOWN)
        return Method(value, name) if isinstance(value, (str, dict, set, frozenset, list, tuple)) else UNKNOWN

    def _instance_attribute(self, value: Instance, name: str) -> Any:
        if name == "__class__":
            return ClassRef(value.info)
        if name not in value.attrs and value.pending is not None:
            self.calls.construct_now(value)
        if name in value.attrs:
            return value.attrs[name]
        found = self.world.classes.method(value.info, name)
        if found is None:
            return self._class_attribute(ClassRef(value.info), name)
        owner, fact = found
        bound = Func(owner.path, fact, ClassRef(value.info) if "classmethod" in fact.decorators else value, owner)
        return self.calls.apply(bound, [], {}, ("", 0)) if is_property(fact) else bound

    def _class_attribute(self, ref: ClassRef, name: str) -> Any:
        if name == "__name__":
            return ref.info.name
        for info in self.world.classes.mro(ref.info):
            method = info.fact.method(name)
            if method is not None:
                return Func(info.path, method, ref if "classmethod" in method.decorators else None, info)
            for attribute, place, _ in info.fact.attributes:
                if attribute == name:
                    return self._class_value(info.path, info.fact, name, place)
        return UNKNOWN

    def _class_value(self, path: str, fact: Any, name: str, place: Any) -> Any:
        if fact.enum:
            return self.calls.member(fact, name) or UNKNOWN
        key = (path, f"{fact.name}.{name}")
        if key not in self.world.globals:
            self.world.globals[key] = UNKNOWN
            node = self.world.source.statement(path, place)
            value = getattr(node, "value", None)
            with self.world.memory.finding():
                self.world.globals[key] = self._in_module(path, value) if value is not None else UNKNOWN
            self.world.memory.share(self.world.globals[key])
        return self.world.globals[key]

    def call(self, node: ast.Call, frame: Frame) -> Any:
        at = (frame.module.path, node.lineno)
        if isinstance(node.func, ast.Name) and node.func.id == "super" and frame.owner is not None:
            return Super(frame.receiver, frame.owner)
        args: list[Any] = []
        for item in node.args:
            value = self.evaluate(item.value if isinstance(item, ast.Starred) else item, frame)
            args.extend(ex.iterable(value) or () if isinstance(item, ast.Starred) else (value,))
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, frame)
            if keyword.arg is None:
                keywords.update(value if isinstance(value, dict) else {})
            else:
                keywords[keyword.arg] = value
        callee = self.evaluate(node.func, frame)
        if isinstance(callee, (Foreign, type)) and isinstance(node.func, ast.Name):
            return self._builtin(node.func.id, callee, args, keywords, at)
        return self.calls.apply(callee, args, keywords, at)

    def _builtin(self, name: str, callee: Any, args: list[Any], keywords: dict[str, Any], at: tuple[str, int]) -> Any:
        if name == "getattr" and len(args) >= 2 and isinstance(args[1], str):
            found = join(self.attribute_of(option, args[1]) for option in options(args[0]))
            return args[2] if found is UNKNOWN and len(args) > 2 and isinstance(args[0], Instance) else found
        if name == "hasattr" and len(args) == 2 and isinstance(args[1], str):
            return self._hasattr(args[0], args[1])
        if name in FUNCTIONS:
            return self.calls.builtin(name, args, keywords)
        return self.calls.apply(callee, args, keywords, at)

    def _hasattr(self, value: Any, name: str) -> Any:
        if not isinstance(value, Instance):
            return UNKNOWN
        if self.attribute_of(value, name) is not UNKNOWN or name in value.attrs:
            return True
        return UNKNOWN if self.world.classes.foreign_bases(value.info) else False

    def conditional(self, node: ast.IfExp, frame: Frame) -> Any:
        verdict = truth(self.evaluate(node.test, frame))
        if verdict is None:
            return join((self.evaluate(node.body, frame), self.evaluate(node.orelse, frame)))
        return self.evaluate(node.body if verdict else node.orelse, frame)

    def boolean(self, node: ast.BoolOp, frame: Frame) -> Any:
        return ex.boolean(node, (self.evaluate(item, frame) for item in node.values))

    def unary(self, node: ast.UnaryOp, frame: Frame) -> Any:
        value = self.evaluate(node.operand, frame)
        if isinstance(node.op, ast.Not):
            verdict = truth(value)
            return UNKNOWN if verdict is None else not verdict
        return ex.lift(lambda number: -number, value) if isinstance(node.op, ast.USub) else UNKNOWN

    def subscript(self, node: ast.Subscript, frame: Frame) -> Any:
        value = self.evaluate(node.value, frame)
        key = self._slice(node.slice, frame)
        if isinstance(value, Foreign) and value.chain in ("os.environ", "environ"):
            return self.calls.getenv(key, UNKNOWN, (frame.module.path, node.lineno))
        return ex.subscript(value, key)

    def _slice(self, node: ast.expr, frame: Frame) -> Any:
        if not isinstance(node, ast.Slice):
            return self.evaluate(node, frame)
        bounds = [self.evaluate(part, frame) if part else None for part in (node.lower, node.upper, node.step)]
        return slice(*bounds) if all(item is None or isinstance(item, int) for item in bounds) else UNKNOWN

    def walrus(self, node: ast.NamedExpr, frame: Frame) -> Any:
        value = self.evaluate(node.value, frame)
        self.flow.assign(node.target, value, frame)
        return value

    def comprehension(self, node: ast.expr, frame: Frame) -> Any:
        return ex.comprehension(node, self.evaluate, self.flow.assign, frame)


def _formatted(machine: Machine, node: ast.JoinedStr, frame: Frame) -> Any:
    parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
    return ex.joined_string(node, [machine.evaluate(part, frame) for part in parts])


_HANDLERS: dict[type[ast.expr], Any] = {
    ast.Constant: lambda machine, node, frame: node.value,
    ast.Name: Machine.name,
    ast.Attribute: Machine.attribute,
    ast.Call: Machine.call,
    ast.IfExp: Machine.conditional,
    ast.BoolOp: Machine.boolean,
    ast.UnaryOp: Machine.unary,
    ast.Subscript: Machine.subscript,
    ast.NamedExpr: Machine.walrus,
    ast.JoinedStr: _formatted,
    ast.Await: lambda machine, node, frame: machine.evaluate(node.value, frame),
    ast.Lambda: lambda machine, node, frame: Closure(node, frame),
    ast.BinOp: lambda machine, node, frame: ex.binary(node, *machine._values([node.left, node.right], frame)),
    ast.Compare: lambda machine, node, frame: ex.compare(node, machine._values([node.left, *node.comparators], frame)),
    ast.List: lambda machine, node, frame: ex.display(node, machine.evaluate, frame),
    ast.Tuple: lambda machine, node, frame: ex.display(node, machine.evaluate, frame),
    ast.Set: lambda machine, node, frame: ex.display(node, machine.evaluate, frame),
    ast.Dict: lambda machine, node, frame: ex.mapping(node, machine.evaluate, frame),
    ast.ListComp: Machine.comprehension,
    ast.SetComp: Machine.comprehension,
    ast.DictComp: Machine.comprehension,
    ast.GeneratorExp: Machine.comprehension,
}
