"""One walk over the syntax tree of a Python file, giving its `Module` facts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from massgen_audit.facts.exports import ExportCollector
from massgen_audit.facts.nodes import PARTS, walk
from massgen_audit.facts.shapes import (
    DYNAMIC,
    Call,
    Class,
    Function,
    Import,
    Module,
    Place,
    Table,
    Value,
)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While)
_NOISE = ("logger.", "logging.", "log_")


class Columns:
    """Turns the byte columns of `ast` into code points; free on a line that is ASCII."""

    def __init__(self, source: bytes) -> None:
        lines = () if source.isascii() else source.splitlines(keepends=True)
        self._wide = {number: line for number, line in enumerate(lines, 1) if not line.isascii()}

    def place(self, node: Any) -> Place:
        line, end_line = node.lineno, node.end_lineno
        if line in self._wide or end_line in self._wide:
            return Place(line, self._point(line, node.col_offset), end_line, self._point(end_line, node.end_col_offset))
        return Place(line, node.col_offset + 1, end_line, node.end_col_offset + 1)

    def _point(self, line: int, col: int) -> int:
        wide = self._wide.get(line)
        return 1 + (col if wide is None else len(wide[:col].decode("utf-8", "replace")))


def chain_of(node: ast.expr) -> str:
    """`a.b.c` or `super().m` as text; empty for anything that is not a dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
        parts.append("super()")
    else:
        return ""
    return ".".join(reversed(parts))


def value_of(node: ast.expr | None) -> Value:
    """What a literal string, a truth value or a dotted name says; `DYNAMIC` for anything else."""
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, str):
            return ("str", value)
        return ("const", str(value)) if value is None or isinstance(value, bool) else DYNAMIC
    if isinstance(node, ast.Name):
        return ("name", node.id)
    kind, named = ("call", node.func) if isinstance(node, ast.Call) else ("name", node)
    chain = chain_of(named) if named is not None else ""
    return (kind, chain) if chain else DYNAMIC


def extract(path: str, source: bytes) -> Module:
    """The facts of one file. Raises SyntaxError or ValueError if it is not Python this interpreter can read."""
    tree = ast.parse(source, filename=path)
    return _ModuleWalk(path, Columns(source)).run(tree)


class _ModuleWalk:
    """Collects module-level facts; functions are handed to `_function`."""

    def __init__(self, path: str, columns: Columns) -> None:
        self.path = path
        self.columns = columns
        self.imports: list[Import] = []
        self.classes: list[Class] = []
        self.functions: list[Function] = []
        self.tables: dict[tuple[str, str], Table] = {}
        self.exports = ExportCollector(columns.place)
        self.assigned: list[tuple[str, Place]] = []

    def run(self, tree: ast.Module) -> Module:
        self._block(tree.body, guarded=False)
        return Module(
            path=self.path,
            imports=tuple(self.imports),
            classes=tuple(self.classes),
            functions=tuple(self.functions),
            tables=tuple(self.tables.values()),
            exports=tuple(self.exports.found),
            exports_place=self.exports.start,
            assigned=tuple(self.assigned),
        )

    def _block(self, body: Iterable[ast.stmt], guarded: bool) -> None:
        for node in body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.bind(node, guarded)
            elif isinstance(node, ast.ClassDef):
                self.classes.append(self._class(node))
            elif isinstance(node, _FUNCTIONS):
                self.functions.append(self._function(node))
            elif isinstance(node, _COMPOUND):
                self._compound(node)
            else:
                self._simple(node)

    def _compound(self, node: ast.stmt) -> None:
        for name in ("body", "orelse", "finalbody"):
            self._block(getattr(node, name, ()), guarded=True)
        for handler in getattr(node, "handlers", ()):
            self._block(handler.body, guarded=True)

    def _simple(self, node: ast.stmt) -> None:
        self.exports.see(node)
        self._table(node, owner="")
        for name in _assigned(node):
            self.assigned.append((name, self.columns.place(node)))

    def bind(self, node: ast.Import | ast.ImportFrom, guarded: bool) -> None:
        """Takes the names that an import binds."""
        place = self.columns.place(node)
        for alias in node.names:
            if isinstance(node, ast.Import):
                self.imports.append(Import(alias.name, 0, "", alias.asname or "", place, guarded))
            else:
                spot = self.columns.place(alias)
                self.imports.append(
                    Import(node.module or "", node.level, alias.name, alias.asname or "", spot, guarded)
                )

    def _class(self, node: ast.ClassDef) -> Class:
        methods: list[Function] = []
        attributes: list[tuple[str, Place, Value]] = []
        for item in node.body:
            if isinstance(item, _FUNCTIONS):
                methods.append(self._function(item))
                continue
            self._table(item, owner=node.name)
            value = value_of(getattr(item, "value", None))
            attributes.extend((name, self.columns.place(item), value) for name in _assigned(item))
        bases = tuple(filter(None, (chain_of(_subscripted(base)) for base in node.bases)))
        enum = any(base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum") for base in bases)
        return Class(node.name, self.columns.place(node), bases, tuple(methods), tuple(attributes), enum)

    def _function(self, node: FunctionNode) -> Function:
        body = _Body(self.columns.place, self.bind)
        body.read(node.body)
        decorators = tuple(chain_of(item.func if isinstance(item, ast.Call) else item) for item in node.decorator_list)
        params = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        return Function(
            name=node.name,
            place=self.columns.place(node),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            yields=body.yields,
            abstract=any(name.rpartition(".")[2] == "abstractmethod" for name in decorators),
            decorators=decorators,
            params=tuple(item.arg for item in params),
            open_ended=node.args.kwarg is not None,
            calls=tuple(body.calls),
            references=tuple(sorted(body.references)),
            raises=tuple(body.raises),
            handlers=tuple(body.handlers),
            relays=body.relays(),
        )

    def _table(self, node: ast.stmt, owner: str) -> None:
        """A dict literal bound to a name, or one more `name["key"] = value`."""
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.Dict):
                entries = tuple(self._entries(value))
                if entries or not value.keys:
                    self.tables[owner, target.id] = Table(target.id, owner, self.columns.place(node), entries)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                self._entry(target.value.id, owner, target.slice, node)

    def _entries(self, node: ast.Dict) -> Iterator[tuple[str, Place, Value]]:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, self.columns.place(key), value_of(value)

    def _entry(self, name: str, owner: str, key: ast.expr, node: ast.stmt) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            place = self.columns.place(node)
            table = self.tables.get((owner, name)) or Table(name, owner, place, ())
            entry = (key.value, place, value_of(getattr(node, "value", None)))
            self.tables[owner, name] = table._replace(entries=(*table.entries, entry))


class _Body:
    """Collects what the body of one function does. Nested functions count as part of it, but for their yields."""

    def __init__(self, place: Callable[[ast.AST], Place], bind: Callable[[Any, bool], None]) -> None:
        self._place = place
        self._bind = bind
        self._nested = 0  # functions within the function that the walk is in
        self._loops: list[ast.For | ast.AsyncFor] = []
        self._yielded = False  # whether some yield hands on a name
        self.calls: list[Call] = []
        self.references: set[str] = set()
        self.raises: list[tuple[str, Place]] = []
        self.handlers: list[tuple[str, Place]] = []
        self.yields = False

    def read(self, statements: Sequence[ast.stmt]) -> None:
        """In the order of the source, on a stack of its own: expressions may be nested deeper than Python calls."""
        stack: list[Any] = list(reversed(statements))
        while stack:
            node = stack.pop()
            kind = type(node)
            see = _SEE.get(kind)
            if see is not None:
                see(self, node)
            if kind in _SCOPES:
                self._nested += 1
                stack.append(_END)
            for name in reversed(PARTS[kind]):
                part = getattr(node, name, None)
                if type(part) is list:
                    stack += part[::-1]
                elif part is not None:
                    stack.append(part)

    def relays(self) -> bool:
        """Whether a loop yields its own variable: chunks made elsewhere pass through."""
        return self._yielded and any(_relays(loop) for loop in self._loops)

    def _call(self, node: ast.Call) -> None:
        chain = chain_of(node.func)
        if chain and not chain.startswith(_NOISE):
            keywords = tuple([(item.arg, value_of(item.value)) for item in node.keywords if item.arg])
            args = tuple([value_of(item) for item in node.args[:4]])
            self.calls.append(Call(chain, self._place(node), args, keywords))

    def _attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            self.references.add(f"self.{node.attr}")

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.yields = self.yields or not self._nested
        self._yielded = self._yielded or isinstance(node.value, ast.Name)

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        self._loops.append(node)

    def _raise(self, node: ast.Raise) -> None:
        target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        self.raises.append((chain_of(target) if target is not None else "", self._place(node)))

    def _handler(self, node: ast.ExceptHandler) -> None:
        caught = node.type
        name = "" if caught is None else chain_of(caught) or ast.unparse(caught)
        self.handlers.append((name, self._place(node)))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        self._bind(node, True)

    def _leave(self, _: object) -> None:
        self._nested -= 1


class _End:
    """Stands on the walk's stack under what a nested function holds."""


_END = _End()
_SCOPES = frozenset({*_FUNCTIONS, ast.Lambda})
_SEE: dict[type, Callable[[_Body, Any], None]] = {
    ast.Call: _Body._call,
    ast.Attribute: _Body._attribute,
    ast.Yield: _Body._yield,
    ast.YieldFrom: _Body._yield,
    ast.For: _Body._loop,
    ast.AsyncFor: _Body._loop,
    ast.Raise: _Body._raise,
    ast.ExceptHandler: _Body._handler,
    ast.Import: _Body._import,
    ast.ImportFrom: _Body._import,
    _End: _Body._leave,
}


def _relays(node: ast.AsyncFor | ast.For) -> bool:
    return isinstance(node.target, ast.Name) and any(
        isinstance(item, ast.Yield) and isinstance(item.value, ast.Name) and item.value.id == node.target.id
        for statement in node.body
        for item in walk(statement)
    )


def _assigned(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, (ast.Tuple, ast.List)):
            yield from (item.id for item in target.elts if isinstance(item, ast.Name))


def _subscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node
