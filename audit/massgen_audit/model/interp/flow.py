"""Statements: branches that are decided, branches that are joined, loops that are unrolled where they can be."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from massgen_audit.facts.nodes import walk
from massgen_audit.model.interp import expressions as ex
from massgen_audit.model.interp.state import Snapshot
from massgen_audit.model.interp.values import UNKNOWN, Closure, Foreign, Instance, ModuleRef, equal, truth
from massgen_audit.model.interp.world import Event, Frame, Raised

if TYPE_CHECKING:
    from massgen_audit.model.interp.machine import Machine


class Flow:
    """Every method that runs statements returns whether control can reach what comes after them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def block(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        return all(self.statement(statement, frame) for statement in body)

    def statement(self, node: ast.stmt, frame: Frame) -> bool:
        self._machine.run.tick()
        handler = _STATEMENTS.get(type(node))
        if handler is None:
            return not isinstance(node, (ast.Break, ast.Continue))
        result = handler(self, node, frame)
        return result is not False

    def assign(self, target: ast.expr, value: Any, frame: Frame) -> None:
        """Binds a name, an attribute, an item, or several by unpacking."""
        if isinstance(target, ast.Name):
            frame.names[target.id] = value
        elif isinstance(target, ast.Attribute):
            owner = self._machine.evaluate(target.value, frame)
            if isinstance(owner, Instance):
                self._machine.world.memory.changes(owner)
                owner.attrs[target.attr] = value
        elif isinstance(target, ast.Subscript):
            box, key = self._machine.evaluate(target.value, frame), self._machine.evaluate(target.slice, frame)
            if isinstance(box, dict) and isinstance(key, (str, int)):
                self._machine.world.memory.changes(box)
                box[key] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            elements = value if isinstance(value, (list, tuple)) else ()
            fits = len(elements) == len(target.elts)
            for index, item in enumerate(target.elts):
                self.assign(item, elements[index] if fits else UNKNOWN, frame)

    def assignment(self, node: ast.Assign, frame: Frame) -> None:
        value = self._machine.evaluate(node.value, frame)
        for target in node.targets:
            self.assign(target, value, frame)

    def annotated(self, node: ast.AnnAssign, frame: Frame) -> None:
        if node.value is not None:
            self.assign(node.target, self._machine.evaluate(node.value, frame), frame)

    def augmented(self, node: ast.AugAssign, frame: Frame) -> None:
        left = self._machine.evaluate(node.target, frame)
        right = self._machine.evaluate(node.value, frame)
        self.assign(node.target, ex.binary(ast.BinOp(node.target, node.op, node.value), left, right), frame)

    def expression(self, node: ast.Expr, frame: Frame) -> None:
        self._machine.evaluate(node.value, frame)

    def returns(self, node: ast.Return, frame: Frame) -> bool:
        value = self._machine.evaluate(node.value, frame) if node.value else None
        frame.returns.append((value, node.lineno))
        return False

    def raises(self, node: ast.Raise, frame: Frame) -> bool:
        target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = ast.unparse(target) if target is not None else ""
        self._machine.run.events.append(Event("raise", name, frame.module.path, node.lineno))
        self._machine.world.memory.effects += 1
        raise Raised

    def branch(self, node: ast.If, frame: Frame) -> bool:
        verdict = truth(self._machine.evaluate(node.test, frame))
        if verdict is None:
            return self.either(node.body, node.orelse, frame)
        return self.block(node.body if verdict else node.orelse, frame)

    def either(self, first: Sequence[ast.stmt], second: Sequence[ast.stmt], frame: Frame) -> bool:
        """Both branches from the same state; what follows sees the join of those that reach it."""
        names = {**frame.names, "": frame.receiver}
        before, bindings = Snapshot(names), dict(frame.names)
        first_ends = self._contained(first, frame)
        after_first = Snapshot({"names": frame.names, "": frame.receiver})
        before.restore()
        frame.names.clear()
        frame.names.update(bindings)
        second_ends = self._contained(second, frame)
        if first_ends and second_ends:
            after_first.merge(Snapshot({"names": frame.names, "": frame.receiver}))
        elif first_ends:
            after_first.restore()
        return first_ends or second_ends

    def _contained(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        try:
            return self.block(body, frame)
        except Raised:
            return False

    def attempt(self, node: ast.Try, frame: Frame) -> bool:
        """The normal path; a handler is followed only if the body certainly raises."""
        try:
            ends = self.block([*node.body, *node.orelse], frame)
        except Raised:
            if not node.handlers:
                self.block(node.finalbody, frame)
                raise
            ends = self.block(node.handlers[0].body, frame)
        return self.block(node.finalbody, frame) and ends

    def context(self, node: ast.With | ast.AsyncWith, frame: Frame) -> bool:
        for item in node.items:
            self._machine.evaluate(item.context_expr, frame)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, UNKNOWN, frame)
        return self.block(node.body, frame)

    def loop(self, node: ast.For | ast.AsyncFor, frame: Frame) -> bool:
        elements = ex.iterable(self._machine.evaluate(node.iter, frame))
        if elements is None:
            self.assign(node.target, UNKNOWN, frame)
            self.either(node.body, (), frame)
            return True
        for element in elements:
            self.assign(node.target, element, frame)
            before = len(frame.returns)
            if not self.block(node.body, frame):
                if len(frame.returns) > before:
                    return False
                if _breaks(node.body):
                    return True
        return self.block(node.orelse, frame)

    def repeat(self, node: ast.While, frame: Frame) -> bool:
        if truth(self._machine.evaluate(node.test, frame)) is not False:
            self.either(node.body, (), frame)
        return True

    def match(self, node: ast.Match, frame: Frame) -> bool:
        subject = self._machine.evaluate(node.subject, frame)
        return self._cases(subject, node.cases, frame)

    def _cases(self, subject: Any, cases: Sequence[ast.match_case], frame: Frame) -> bool:
        for index, case in enumerate(cases):
            verdict = self._matches(subject, case.pattern, frame)
            if verdict and case.guard is not None:
                verdict = truth(self._machine.evaluate(case.guard, frame))
            if verdict is None:
                rest = ast.Match(subject=ast.Constant(value=None), cases=list(cases[index + 1 :]))
                return self.either(case.body, [_Resumed(subject, rest)], frame)
            if verdict:
                return self.block(case.body, frame)
        return True

    def resumed(self, node: _Resumed, frame: Frame) -> bool:
        return self._cases(node.value, node.rest.cases, frame)

    def _matches(self, subject: Any, pattern: ast.pattern, frame: Frame) -> bool | None:
        if isinstance(pattern, ast.MatchValue):
            return equal(subject, self._machine.evaluate(pattern.value, frame))
        if isinstance(pattern, ast.MatchOr):
            seen = {self._matches(subject, inner, frame) for inner in pattern.patterns}
            return True if True in seen else (None if None in seen else False)
        if isinstance(pattern, ast.MatchAs):
            verdict = True if pattern.pattern is None else self._matches(subject, pattern.pattern, frame)
            if pattern.name:
                frame.names[pattern.name] = subject
            return verdict
        return None

    def imports(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        """An import inside a function: module facts hold its names too, so each resolves as a global does."""
        for alias in node.names:
            name = alias.asname or (alias.name if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0])
            value = self._machine.global_name(frame.module, name)
            if isinstance(value, Foreign) and isinstance(node, ast.Import) and alias.asname is None:
                path = self._machine.world.classes.module_path(frame.module.path, name, 0)
                value = ModuleRef(path) if path else value
            frame.names[name] = value

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
        frame.names[node.name] = Closure(node, frame)

    def delete(self, node: ast.Delete, frame: Frame) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                box, key = self._machine.evaluate(target.value, frame), self._machine.evaluate(target.slice, frame)
                if isinstance(box, dict) and isinstance(key, str):
                    self._machine.world.memory.changes(box)
                    box.pop(key, None)


class _Resumed(ast.stmt):
    """The cases of a `match` that remain once one of them could not be decided."""

    def __init__(self, value: Any, rest: ast.Match) -> None:
        super().__init__()
        self.value = value
        self.rest = rest


def _breaks(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Break) for statement in body for node in walk(statement))


_STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.Assign: Flow.assignment,
    ast.AnnAssign: Flow.annotated,
    ast.AugAssign: Flow.augmented,
    ast.Expr: Flow.expression,
    ast.Return: Flow.returns,
    ast.Raise: Flow.raises,
    ast.If: Flow.branch,
    ast.Try: Flow.attempt,
    ast.With: Flow.context,
    ast.AsyncWith: Flow.context,
    ast.For: Flow.loop,
    ast.AsyncFor: Flow.loop,
    ast.While: Flow.repeat,
    ast.Match: Flow.match,
    ast.Import: Flow.imports,
    ast.ImportFrom: Flow.imports,
    ast.FunctionDef: Flow.define,
    ast.AsyncFunctionDef: Flow.define,
    ast.Delete: Flow.delete,
    _Resumed: Flow.resumed,
}
