"""Methods of backend classes that are the same, and what keeps one from standing elsewhere."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.facts.windows import MINIMUM
from massgen_audit.migrate.imports import parsed
from massgen_audit.migrate.names import Binding, bindings, needs
from massgen_audit.migrate.names import Method as Node
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.clones import BACKENDS
from massgen_audit.model.repo import RepoModel

_LOGGERS = frozenset({"logger", "logging", "log"})
_PATCHED = re.compile(r"massgen\.backend\.([\w.]+)\.(\w+)|setattr\(\s*([\w.]+),\s*[\"'](\w+)[\"']")


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method that its class defines once."""

    info: ClassInfo
    node: Node

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def path(self) -> str:
        return self.info.path

    @property
    def line(self) -> int:
        return min((self.node.lineno, *(item.lineno for item in self.node.decorator_list)))

    def __str__(self) -> str:
        return f"{self.info.name}.{self.name}"


def is_large(method: Method) -> bool:
    """Whether a method is more than what is alike by chance."""
    return sum(1 for _ in ast.walk(method.node)) >= MINIMUM


def methods_of(model: RepoModel, info: ClassInfo) -> dict[str, Method]:
    """The methods of a class by name, without those that it defines more than once."""
    tree = parsed(model, info.path)
    bodies = [node.body for node in (tree.body if tree else []) if isinstance(node, ast.ClassDef)
              and node.name == info.name]  # fmt: skip
    found = [item for body in bodies[:1] for item in body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
    count = Counter(item.name for item in found)
    return {item.name: Method(info, item) for item in found if count[item.name] == 1}


def alike(model: RepoModel, unsafe: bool) -> list[list[Method]]:
    """Groups of methods of the same name and the same statements in several backend classes, in file order."""
    groups: dict[tuple[str, str], list[Method]] = defaultdict(list)
    for info in backend_classes(model):
        for method in methods_of(model, info).values():
            groups[method.name, dumped(method.node, unsafe)].append(method)
    return [group for group in groups.values() if len(group) > 1]


def backend_classes(model: RepoModel) -> Iterator[ClassInfo]:
    """Every class of the backends' files that is a backend or above one, each once, in file order."""
    found = {item.key: item for info in model.classes.all() for item in model.classes.mro(info)}
    yield from (found[key] for key in sorted(found) if key[0].startswith(BACKENDS))


def dumped(node: Node, unsafe: bool) -> str:
    """The statements of a method without its docstring; with `unsafe`, without what it logs."""
    plain = copy.deepcopy(node)
    first = plain.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        plain.body = plain.body[1:] or [ast.Pass()]
    return ast.dump(_Silent().visit(plain) if unsafe else plain)


class _Silent(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        root: ast.AST = node.value
        while isinstance(root, ast.Call | ast.Attribute):
            root = root.func if isinstance(root, ast.Call) else root.value
        is_log = isinstance(node.value, ast.Call) and isinstance(root, ast.Name) and root.id in _LOGGERS
        return ast.copy_location(ast.Pass(), node) if is_log else node


def meanings(model: RepoModel, method: Method) -> dict[str, Binding | None]:
    """What the names mean that a method takes from its module."""
    known = bindings(model, method.path)
    return {name: known.get(name) for name in sorted(needs(model, method.path, method.info.name, method.node).names)}


def obstacle(model: RepoModel, method: Method) -> str:
    """What keeps a method from standing in another class; "" if nothing does."""
    found = needs(model, method.path, method.info.name, method.node)
    if found.problem:
        return found.problem
    for name, binding in meanings(model, method).items():
        if binding is None:
            return f"uses {name}, which {method.path} binds under a condition or not at all"
    tied = _used_in_body(model, method)
    if tied:
        return f"is used in the body of its class, in line {tied}"
    foreign = model.classes.foreign_bases(method.info)
    if foreign:
        return f"is of a class with the base {foreign[0]}, which is not in the checkout"
    return _patched(model, method, frozenset(found.names)) or _compared(model, method.name)


def _used_in_body(model: RepoModel, method: Method) -> int:
    tree = parsed(model, method.path)
    for node in tree.body if tree else []:
        if isinstance(node, ast.ClassDef) and node.name == method.info.name:
            for item in node.body:
                parts = item.decorator_list if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) else [item]
                for inner in (walked for part in parts for walked in ast.walk(part)):
                    if isinstance(inner, ast.Name) and inner.id == method.name:
                        return inner.lineno
    return 0


def _patched(model: RepoModel, method: Method, names: frozenset[str]) -> str:
    """A test that replaces a name in the method's module: the method would not see it elsewhere."""
    module = method.path.removeprefix(BACKENDS).removesuffix(".py").replace("/", ".")
    for path, line, where, name in model.once("names that tests replace", lambda: list(_replaced(model))):
        if name in names and where.rpartition(".")[2] == module.rpartition(".")[2]:
            return f"uses {name}, which {path}:{line} replaces in {method.path}"
    return ""


def _replaced(model: RepoModel) -> Iterator[tuple[str, int, str, str]]:
    for path in model.layout.test_files:
        if b"massgen" in (model.source.bytes(path) or b""):
            for number, line in enumerate(model.source.lines(path), 1):
                for found in _PATCHED.finditer(line):
                    yield path, number, found[1] or found[3], found[2] or found[4]


def _compared(model: RepoModel, name: str) -> str:
    """Where code asks whether a class has a method of its own, or whose it is."""
    asked = re.compile(
        rf"\.{name}\s+is\b|\bis\s+(?:not\s+)?[\w.]+\.{name}\b|[\"']{name}[\"']\s+(?:not\s+)?in\s+[^\n]*(?:__dict__|vars\(|dir\()"
    )
    for path in _code(model):
        if name.encode() in (model.source.bytes(path) or b""):
            for number, line in enumerate(model.source.lines(path), 1):
                if name in line and asked.search(line):
                    return f"is compared in {path}:{number}"
    return ""


def named_as_text(model: RepoModel, name: str) -> str:
    """The place where code asks for a method by its name as text, as `hasattr` does; "" if there is none."""
    texts = (f'"{name}"'.encode(), f"'{name}'".encode())
    for path in _code(model):
        data = model.source.bytes(path) or b""
        at = max(data.find(text) for text in texts)
        if at >= 0:
            line = data[:at].count(10) + 1
            return f"{path}:{line}"
    return ""


def _code(model: RepoModel) -> tuple[str, ...]:
    tests = set(model.layout.test_files)
    paths = model.source.tree.paths()
    return model.once(
        "code without tests",
        lambda: tuple(p for p in paths if p.startswith("massgen/") and p.endswith(".py") and p not in tests),
    )
