"""One walk over the syntax tree of a Python file, giving its `Module` facts."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from massgen_audit.facts.exports import ExportCollector
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
_NOISE = ("logger.", "logging.", "log_")


class Columns:
    """Turns the byte columns of `ast` into code points; free where a line is ASCII."""

    def __init__(self, source: bytes) -> None:
        self._lines = None if source.isascii() else source.splitlines(keepends=True)

    def place(self, node: ast.AST) -> Place:
        line, end_line = node.lineno, node.end_lineno  # type: ignore[attr-defined]  # every node handed in has them
        col, end_col = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]  # as above
        return Place(line, self._points(line, col) + 1, end_line, self._points(end_line, end_col) + 1)

    def _points(self, line: int, col: int) -> int:
        if self._lines is None or line > len(self._lines):
            return col
        return len(self._lines[line - 1][:col].decode("utf-8", "replace"))


def chain_of(node: ast.expr) -> str:
    """`a.b.c` or `super().m` as text; empty for anything that is not a dotted name."""
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
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ("str", node.value)
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool)):
        return ("const", str(node.value))
    if isinstance(node, ast.Name | ast.Attribute):
        chain = chain_of(node)
        return ("name", chain) if chain else DYNAMIC
    if isinstance(node, ast.Call):
        chain = chain_of(node.func)
        return ("call", chain) if chain else DYNAMIC
    return DYNAMIC


def children(node: ast.AST) -> Iterator[ast.AST]:
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item


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
        self.names: set[str] = set()

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
            names=tuple(sorted(self.names)),
        )

    def _block(self, body: Iterable[ast.stmt], guarded: bool) -> None:
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node, guarded)
            elif isinstance(node, ast.ClassDef):
                self.classes.append(self._class(node))
            elif isinstance(node, FunctionNode):
                self.functions.append(self._function(node))
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                self._compound(node)
            else:
                self._simple(node)

    def _compound(self, node: ast.stmt) -> None:
        for name in ("body", "orelse", "finalbody"):
            self._block(getattr(node, name, ()), guarded=True)
        for handler in getattr(node, "handlers", ()):
            self._block(handler.body, guarded=True)
        self._mentions(getattr(node, "test", None))

    def _simple(self, node: ast.stmt) -> None:
        self.exports.see(node)
        self._table(node, owner="")
        for name in _assigned(node):
            self.assigned.append((name, self.columns.place(node)))
        self._mentions(node)

    def _mentions(self, root: ast.AST | None) -> None:
        stack = [root] if root is not None else []
        while stack:
            node = stack.pop()
            self._mention(node)
            stack.extend(children(node))

    def _mention(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            self.names.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 80:
            self.names.add(node.value)

    def _import(self, node: ast.Import | ast.ImportFrom, guarded: bool) -> None:
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
            if isinstance(item, FunctionNode):
                methods.append(self._function(item))
                continue
            self._table(item, owner=node.name)
            self._mentions(item)
            value = value_of(getattr(item, "value", None))
            attributes.extend((name, self.columns.place(item), value) for name in _assigned(item))
        bases = tuple(filter(None, (chain_of(_subscripted(base)) for base in node.bases)))
        enum = any(base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum") for base in bases)
        return Class(node.name, self.columns.place(node), bases, tuple(methods), tuple(attributes), enum)

    def _function(self, node: FunctionNode) -> Function:
        walk = _FunctionWalk(self)
        walk.body(node.body)
        decorators = tuple(chain_of(item.func if isinstance(item, ast.Call) else item) for item in node.decorator_list)
        params = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        return Function(
            name=node.name,
            place=self.columns.place(node),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            yields=walk.yields,
            abstract=any(name.rpartition(".")[2] == "abstractmethod" for name in decorators),
            decorators=decorators,
            params=tuple(item.arg for item in params),
            open_ended=node.args.kwarg is not None,
            calls=tuple(walk.calls),
            references=tuple(sorted(walk.references)),
            raises=tuple(walk.raises),
            handlers=tuple(walk.handlers),
            relays=walk.relays,
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


class _FunctionWalk:
    """Collects what one function does. Nested functions count as part of it, but for their yields."""

    def __init__(self, module: _ModuleWalk) -> None:
        self.module = module
        self.place = module.columns.place
        self.calls: list[Call] = []
        self.references: set[str] = set()
        self.raises: list[tuple[str, Place]] = []
        self.handlers: list[tuple[str, Place]] = []
        self.yields = False
        self.relays = False

    def body(self, statements: Iterable[ast.AST]) -> None:
        stack: list[tuple[ast.AST, bool]] = [(item, False) for item in statements]
        stack.reverse()
        while stack:
            node, nested = stack.pop()
            self._see(node, nested)
            inner = nested or isinstance(node, FunctionNode | ast.Lambda)
            stack.extend((child, inner) for child in reversed(list(children(node))))

    def _see(self, node: ast.AST, nested: bool) -> None:
        kind = type(node)
        if kind is ast.Call:
            self._call(node)  # type: ignore[arg-type]  # `kind` says so
        elif kind is ast.Attribute:
            self._reference(node)  # type: ignore[arg-type]  # `kind` says so
        elif kind is ast.Name or kind is ast.Constant:
            self.module._mention(node)
        elif kind is ast.Yield or kind is ast.YieldFrom:
            self.yields = self.yields or not nested
        elif kind is ast.AsyncFor or kind is ast.For:
            self.relays = self.relays or _relays(node)  # type: ignore[arg-type]  # `kind` says so
        elif kind is ast.Raise:
            self._raise(node)  # type: ignore[arg-type]  # `kind` says so
        elif kind is ast.ExceptHandler:
            caught = node.type  # type: ignore[attr-defined]  # `kind` says so
            self.handlers.append((ast.unparse(caught) if caught else "", self.place(node)))
        elif kind is ast.Import or kind is ast.ImportFrom:
            self.module._import(node, guarded=True)  # type: ignore[arg-type]  # `kind` says so

    def _call(self, node: ast.Call) -> None:
        chain = chain_of(node.func)
        if chain and not chain.startswith(_NOISE):
            keywords = tuple((item.arg, value_of(item.value)) for item in node.keywords if item.arg)
            args = tuple(value_of(item) for item in node.args[:4])
            self.calls.append(Call(chain, self.place(node), args, keywords))

    def _reference(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            self.references.add(f"self.{node.attr}")

    def _raise(self, node: ast.Raise) -> None:
        target = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        self.raises.append((chain_of(target) if target is not None else "", self.place(node)))


def _relays(node: ast.AsyncFor | ast.For) -> bool:
    """Whether the loop yields its own variable: chunks made elsewhere pass through."""
    if not isinstance(node.target, ast.Name):
        return False
    return any(
        isinstance(item, ast.Yield) and isinstance(item.value, ast.Name) and item.value.id == node.target.id
        for statement in node.body
        for item in ast.walk(statement)
    )


def _assigned(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Tuple | ast.List):
            yield from (item.id for item in target.elts if isinstance(item, ast.Name))


def _subscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node
