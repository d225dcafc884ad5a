"""The names that a method takes from around it, and what each of them means in its module."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.migrate.imports import parsed, spelled
from massgen_audit.model.repo import RepoModel

Method = ast.FunctionDef | ast.AsyncFunctionDef
_PLAIN = frozenset({"staticmethod", "classmethod", "property"})


@dataclass(frozen=True, slots=True)
class Needs:
    """Names of its module that a method uses, when it runs or when it is defined; `problem` says what ties it to its
    class, if anything does.
    """

    names: frozenset[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name means: equal keys mean the same object. `statement` imports it into the module `importer`."""

    key: tuple[str, ...]
    module: str = ""  # the file of the checkout that has it; "" for what is foreign
    name: str = ""
    bound: str = ""
    foreign: str = ""  # the statement itself, for what is foreign

    def statement(self, importer: str) -> str:
        if not self.module:
            return self.foreign
        renamed = f"{self.name} as {self.bound}" if self.bound != self.name else self.name
        return spelled(importer, self.module, renamed)


def needs(model: RepoModel, path: str, owner: str, node: Method) -> Needs:
    """What the one method `node` of a class needs."""
    table = next((item for item in _functions(_symbols(model, path), owner) if item.get_name() == node.name), None)
    if table is None:
        return Needs(frozenset(), "cannot be followed")
    names, rebound, frees = _read(table)
    outside = _outside(node)
    problem = _problem(node, frees | names, rebound, outside & _class_names(model, path, owner))
    return Needs((names | outside) - _builtin(model, path, names | outside), problem)


def _symbols(model: RepoModel, path: str) -> symtable.SymbolTable:
    return model.once(f"symbols of {path}", lambda: symtable.symtable(model.source.text(path), path, "exec"))


def _functions(table: symtable.SymbolTable, owner: str) -> Iterator[symtable.SymbolTable]:
    for item in table.get_children():
        if item.get_type() == "class" and item.get_name() == owner:
            yield from (inner for inner in item.get_children() if inner.get_type() == "function")


def _read(table: symtable.SymbolTable) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Global names that are read, global names that are bound, and names of the class's own scope."""
    symbols = table.get_symbols()
    read = {item.get_name() for item in symbols if item.is_global() and item.is_referenced()}
    bound = {item.get_name() for item in symbols if item.is_declared_global() and item.is_assigned()}
    free = {item.get_name() for item in symbols if item.is_free() and item.get_name() == "__class__"}
    for child in table.get_children():
        inner = _read(child)
        read |= inner[0]
        bound |= inner[1]
        free |= inner[2]
    return frozenset(read), frozenset(bound), frozenset(free)


def _outside(node: Method) -> frozenset[str]:
    """Names in decorators, defaults and annotations: these are looked up where the method is defined."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    parts: list[ast.AST | None] = [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults, node.returns]
    parts += [item.annotation for item in every if item is not None]
    parts += [item.annotation for item in ast.walk(node) if isinstance(item, ast.AnnAssign)]
    found: set[str] = set()
    for part in parts:
        for item in ast.walk(part) if part is not None else ():
            if isinstance(item, ast.Name):
                found.add(item.id)
            elif isinstance(item, ast.Constant) and isinstance(item.value, str) and part not in arguments.defaults:
                found |= _quoted(item.value)
    return frozenset(found)


def _quoted(text: str) -> set[str]:
    """The names of an annotation in quotes."""
    try:
        return {item.id for item in ast.walk(ast.parse(text, mode="eval")) if isinstance(item, ast.Name)}
    except SyntaxError:
        return set()


def _class_names(model: RepoModel, path: str, owner: str) -> frozenset[str]:
    for item in _symbols(model, path).get_children():
        if item.get_type() == "class" and item.get_name() == owner:
            return frozenset(symbol.get_name() for symbol in item.get_symbols() if symbol.is_assigned())
    return frozenset()


def _problem(node: Method, used: frozenset[str], rebound: frozenset[str], of_class: frozenset[str]) -> str:
    if used & {"super", "__class__"}:
        return "calls super(), which depends on where it stands"
    if rebound:
        return f"rebinds the global {min(rebound)}"
    if of_class:
        return f"uses {min(of_class)} of the class's own scope"
    for decorator in node.decorator_list:
        if not (isinstance(decorator, ast.Name) and decorator.id in _PLAIN):
            return f"is decorated with @{ast.unparse(decorator)}"
    for item in ast.walk(node):
        name = item.attr if isinstance(item, ast.Attribute) else item.id if isinstance(item, ast.Name) else ""
        if name.startswith("__") and not name.endswith("__"):
            return f"uses the private name {name}"
    return ""


def _builtin(model: RepoModel, path: str, names: frozenset[str]) -> frozenset[str]:
    known = bindings(model, path)
    return frozenset(name for name in names if hasattr(builtins, name) and name not in known)


def bindings(model: RepoModel, path: str) -> dict[str, Binding | None]:
    """What each name at module level means; None where a condition decides it, or more than one statement."""
    return model.once(f"bindings of {path}", lambda: _bindings(model, path))


def _bindings(model: RepoModel, path: str) -> dict[str, Binding | None]:
    tree = parsed(model, path)
    found: dict[str, Binding | None] = {}
    for node in tree.body if tree else []:
        for name, binding in _bound(model, path, node):
            found[name] = None if name in found else binding
    return found


def _bound(model: RepoModel, path: str, node: ast.stmt) -> Iterator[tuple[str, Binding | None]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            yield bound, Binding(("module", alias.name, bound), foreign=f"import {_renamed(alias)}")
    elif isinstance(node, ast.ImportFrom):
        yield from ((alias.asname or alias.name, _imported(model, path, node, alias)) for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, Binding((path, node.name), path, node.name, node.name)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = (item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))
        yield from ((name, Binding((path, name), path, name, name)) for name in names)
    else:
        yield from ((name, None) for name in _anywhere(node))


def _imported(model: RepoModel, path: str, node: ast.ImportFrom, alias: ast.alias) -> Binding | None:
    module, bound = node.module or "", alias.asname or alias.name
    facts = model.source.module(path)
    if node.module == "__future__":
        return None
    source = model.classes.module_path(path, module, node.level) if module or node.level else None
    if source is None and node.level == 0:
        return Binding((module, alias.name), foreign=f"from {module} import {_renamed(alias)}")
    if source is None:
        return None  # what it means cannot be found
    key = model.classes.resolve(facts, bound) if facts else None
    return Binding(key or (source, alias.name), source, alias.name, bound)


def _renamed(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _anywhere(node: ast.stmt) -> set[str]:
    """Every name that a compound statement may bind."""
    found: set[str] = set()
    for item in ast.walk(node):
        if isinstance(item, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in item.names}
        elif isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            found.add(item.id)
        elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(item.name)
    return found
