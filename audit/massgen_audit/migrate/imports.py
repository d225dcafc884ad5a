"""What importing a module runs, and how one module of a checkout imports from another."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from massgen_audit.model.repo import RepoModel


class Edge(NamedTuple):
    """A module that an import runs; `named` where a name is taken from it, not where it is only on the way."""

    path: str
    named: bool


def module_imports(model: RepoModel, path: str) -> frozenset[Edge]:
    """Modules of the checkout that importing `path` imports; what only type checkers or functions import does not
    count.
    """
    return model.once(f"imports of {path}", lambda: frozenset(_imports(model, path)))


def would_cycle(model: RepoModel, importer: str, target: str) -> bool:
    """Whether importing `target` after the first imports of `importer` comes back to it, or to a package that is being
    imported with it. What those first imports have imported already runs no second time.
    """
    running = _running(model, importer)
    found = set(model.once(f"imported by the head of {importer}", lambda: _closure(model, importer)))
    queue = [Edge(target, named=True), *(Edge(path, named=False) for path in _packages(target))]
    while queue:
        edge = queue.pop()
        if edge.path in running and edge.named:
            return True
        if edge.path not in found and edge.path not in running:
            found.add(edge.path)
            queue += module_imports(model, edge.path)
    return False


def _running(model: RepoModel, importer: str) -> frozenset[str]:
    """The module itself, and those packages above it that are still being imported when they import it."""
    return model.once(
        f"running with {importer}",
        lambda: frozenset({importer, *(item for item in _packages(importer) if importer in _all(model, item))}),
    )


def _all(model: RepoModel, path: str) -> frozenset[str]:
    """Every module that importing `path` imports in the end."""

    def follow() -> frozenset[str]:
        found: set[str] = set()
        queue = [edge.path for edge in module_imports(model, path)]
        while queue:
            current = queue.pop()
            if current not in found:
                found.add(current)
                queue += [edge.path for edge in module_imports(model, current)]
        return frozenset(found)

    return model.once(f"all that {path} imports", follow)


def _closure(model: RepoModel, path: str) -> frozenset[str]:
    """Every module that the first block of imports of a file runs."""
    found: set[str] = set()
    running = _running(model, path)
    queue = [edge.path for edge in _edges_of(model, path, head(parsed(model, path)))]
    while queue:
        current = queue.pop()
        if current not in found and current not in running:
            found.add(current)
            queue += [edge.path for edge in module_imports(model, current)]
    return frozenset(found)


def head(tree: ast.Module | None) -> list[ast.stmt]:
    """The unconditional imports above the first class or function of a module."""
    found: list[ast.stmt] = []
    for node in tree.body if tree else []:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            break
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
    return found


def _packages(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join([*parts[:end], "__init__.py"]) for end in range(1, len(parts) + 1)]


def _imports(model: RepoModel, path: str) -> Iterator[Edge]:
    tree = parsed(model, path)
    yield from _edges_of(model, path, _run_at_import(tree.body if tree else []))


def _edges_of(model: RepoModel, path: str, statements: Iterable[ast.stmt]) -> Iterator[Edge]:
    for node in statements:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _edges(model, path, alias.name, 0)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            inner = [(f"{module}.{alias.name}".strip("."), alias.name) for alias in node.names]
            modules = [dotted for dotted, _ in inner if model.classes.module_path(path, dotted, node.level)]
            for dotted in modules if len(modules) == len(inner) else [module]:
                yield from _edges(model, path, dotted, node.level)


def _edges(model: RepoModel, path: str, dotted: str, level: int) -> Iterator[Edge]:
    target = model.classes.module_path(path, dotted, level) if dotted or level else None
    if target is not None:
        yield Edge(target, named=True)
        yield from (Edge(package, named=False) for package in _packages(target) if package != target)


def _run_at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _run_at_import(node.orelse)
            continue
        yield node
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _run_at_import(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from _run_at_import(handler.body)


def parsed(model: RepoModel, path: str) -> ast.Module | None:
    """The syntax tree of a file of the checkout; None if there is none or it does not parse."""

    def parse() -> ast.Module | None:
        data = model.source.bytes(path)
        try:
            return ast.parse(data) if data is not None else None
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    return model.once(f"syntax of {path}", parse)


def spelled(importer: str, target: str, name: str) -> str:
    """The import statement by which the module `importer` takes `name` from the module `target`, relative."""
    here = importer.split("/")[:-1]
    there = target.removesuffix("/__init__.py").removesuffix(".py").split("/")
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    dots = "." * (len(here) - shared + 1)
    return f"from {dots}{'.'.join(there[shared:])} import {name}"
