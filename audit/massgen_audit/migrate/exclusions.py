"""0001: the two base sets of excluded settings become one constant that both methods return.

What it changes: `LLMBackend.get_base_excluded_config_params` and `APIParamsHandlerBase.get_base_excluded_params`, which
each return a literal set; the names that both have move to `massgen/backend/_excluded_params.py` with their comments.
A name that one of them has alone stays with it.

With --unsafe: names that only one has join the shared set, so that both exclude them. `upload_files` stays with the
handlers, which alone can consume it.

Left alone: a method that does anything else than return a set of literal names.

Holds afterwards: what both methods and every handler's `get_excluded_params` give is as it was; with --unsafe it is the
union.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from massgen_audit.fixes.edit import CannotFix, FileEdit, quoted, rewritten
from massgen_audit.migrate.imports import parsed, spelled, would_cycle
from massgen_audit.migrate.migration import Migration, Note, Options, Outcome
from massgen_audit.model import layout as at
from massgen_audit.model.classes import Key
from massgen_audit.model.interp.values import Instance
from massgen_audit.model.params import (
    BASE_METHOD,
    DECLARED_DIFFERENCE,
    HANDLER_BASE_METHOD,
    HANDLER_METHOD,
    handlers,
    name_set,
)
from massgen_audit.model.repo import ROOT_CLASS, RepoModel

if TYPE_CHECKING:
    import libcst as cst

NUMBER = "0001"
SHARED = "massgen/backend/_excluded_params.py"
CONSTANT = "BASE_EXCLUDED_PARAMS"
_HANDLER_CLASS = "APIParamsHandlerBase"
_HEAD = '''\
"""Settings that never go to a provider: the one list that backends and API parameter handlers share."""

from __future__ import annotations

'''


@dataclass(frozen=True, slots=True)
class _Holder:
    """One of the two methods, with the literal set that it returns."""

    path: str
    owner: str
    method: str
    line: int
    literal: ast.Set

    @property
    def names(self) -> list[str]:
        return [str(item.value) for item in self.literal.elts if isinstance(item, ast.Constant)]


def plan(model: RepoModel, options: Options) -> Outcome:
    outcome = Outcome()
    sites = ((at.BASE, ROOT_CLASS, BASE_METHOD), (at.HANDLER_BASE, _HANDLER_CLASS, HANDLER_BASE_METHOD))
    if frozenset.intersection(*(_constants(model, *site) for site in sites)):
        return outcome  # both give what one constant holds
    found = [_holder(model, *site) for site in sites]
    outcome.left += [item for item in found if isinstance(item, Note)]
    holders = [item for item in found if isinstance(item, _Holder)]
    if len(holders) == 2 and model.source.exists(SHARED):
        outcome.left.append(Note(SHARED, 1, f"is there already: return {CONSTANT} of it from both methods by hand"))
    elif len(holders) == 2:
        _edit(model, holders[0], holders[1], options, outcome)
    return outcome


def _constants(model: RepoModel, path: str, owner: str, method: str) -> frozenset[Key]:
    """Where the names that a method uses are defined."""
    node, module = _method(model, path, owner, method), model.source.module(path)
    if node is None or module is None:
        return frozenset()
    used = {item for part in node.body for item in ast.walk(part)}
    names = {item.id for item in used if isinstance(item, ast.Name)}
    imported = [item for item in used if isinstance(item, ast.ImportFrom)]
    found = {model.classes.resolve(module, name) for name in names}
    for item in imported:
        target = model.classes.module_path(path, item.module or "", item.level)
        found |= {(target, alias.name) for alias in item.names if target is not None}
    return frozenset(key for key in found if key is not None)


def _method(model: RepoModel, path: str, owner: str, method: str) -> ast.FunctionDef | None:
    tree = parsed(model, path)
    classes = (node for node in (tree.body if tree else []) if isinstance(node, ast.ClassDef) and node.name == owner)
    found = [item for node in classes for item in node.body if isinstance(item, ast.FunctionDef)]
    return next((item for item in found if item.name == method), None)


def _holder(model: RepoModel, path: str, owner: str, method: str) -> _Holder | Note:
    node = _method(model, path, owner, method)
    if node is None:
        return Note(path, 1, f"has no {owner}.{method}: there are no two sets to make one of")
    body = [item for item in node.body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
    literal = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    if not isinstance(literal, ast.Set) or not all(
        isinstance(item, ast.Constant) and isinstance(item.value, str) for item in literal.elts
    ):
        return Note(path, node.lineno, f"{method} does not return one literal set of names: make it return one first")
    return _Holder(path, owner, method, node.lineno, literal)


def _edit(model: RepoModel, base: _Holder, handler: _Holder, options: Options, outcome: Outcome) -> None:
    shared = {name for name in base.names if name in handler.names}
    drifted = sorted((set(base.names) ^ set(handler.names)) - DECLARED_DIFFERENCE)
    if options.unsafe:
        shared |= set(drifted)
    elif drifted:
        only = ", ".join(drifted)
        outcome.left.append(Note(handler.path, handler.line, f"one set alone has {only}: --unsafe gives them to both"))
    texts = {holder: model.source.bytes(holder.path) or b"" for holder in (base, handler)}
    try:
        sources = {holder: data.decode() for holder, data in texts.items()}
        module = _HEAD + _constant(sources[base], base, shared)
        edits = [FileEdit(SHARED, None, module, (NUMBER,))]
        for holder, before in sources.items():
            edits.append(FileEdit(holder.path, before, _rewritten(model, before, holder, shared), (NUMBER,)))
    except UnicodeDecodeError:
        outcome.left.append(Note(base.path, base.line, f"{base.path} or {handler.path} is not UTF-8: save it as UTF-8"))
    except CannotFix as reason:
        outcome.left.append(Note(base.path, base.line, str(reason)))
    else:
        outcome.edits += edits
        outcome.changed += [
            Note(holder.path, holder.line, f"{holder.method} returns {CONSTANT} of {SHARED}") for holder in sources
        ]


def _constant(source: str, base: _Holder, shared: set[str]) -> str:
    """The shared set: the lines of the base's literal with their comments where each name has a line of its own."""
    added = sorted(shared - set(base.names))
    lines = _lines(source, base, shared)
    if lines is None:
        lines = [f"        {quoted(name)},\n" for name in sorted(shared & set(base.names))]
    lines += [f"        {quoted(name)},\n" for name in added]
    return f"{CONSTANT}: frozenset[str] = frozenset(\n    {{\n{''.join(lines)}    }}\n)\n"


def _lines(source: str, base: _Holder, shared: set[str]) -> list[str] | None:
    """Lines of the literal, without names that are not shared or told again; None if names share lines."""
    by_line: dict[int, str] = {}
    for item in base.literal.elts:
        if not isinstance(item, ast.Constant) or item.lineno in by_line or item.end_lineno != item.lineno:
            return None
        by_line[item.lineno] = str(item.value)
    first, last = base.literal.lineno, base.literal.end_lineno or base.literal.lineno
    if first in by_line or last in by_line:
        return None
    kept, seen = [], set()
    for number, line in enumerate(source.splitlines()[first : last - 1], first + 1):
        name = by_line.get(number)
        if name is None or (name in shared and name not in seen):
            kept.append(f"        {line.strip()}".rstrip() + "\n")
        seen.add(name)
    return kept


def _rewritten(model: RepoModel, source: str, holder: _Holder, shared: set[str]) -> str:
    own = [name for name in dict.fromkeys(holder.names) if name not in shared]
    parts = ", ".join([f"*{CONSTANT}", *(quoted(name) for name in own)])
    value = f"{{{parts}}}" if own else f"set({CONSTANT})"
    statement = spelled(holder.path, SHARED, CONSTANT)
    return rewritten(source, lambda tree: _returning(model, tree, holder, value, statement), addition=False)


def _returning(model: RepoModel, tree: cst.Module, holder: _Holder, value: str, statement: str) -> cst.Module:
    import libcst as cst
    import libcst.matchers as m

    from massgen_audit.migrate.source import method_of, with_import

    method = method_of(tree, holder.owner, holder.method)
    found = m.findall(method, m.Return(value=m.Set())) if method is not None else []
    if method is None or len(found) != 1:
        raise CannotFix(f"{holder.method} is defined more than once: leave one definition")
    expression = cst.parse_expression(value, config=tree.config_for_parsing)
    changed = cst.ensure_type(method.deep_replace(found[0], cst.Return(value=expression)), cst.FunctionDef)
    if would_cycle(model, holder.path, "massgen/backend/__init__.py") and not holder.path.startswith(
        "massgen/backend/"
    ):
        changed = _with_local_import(tree, changed, statement)
        return cst.ensure_type(tree.deep_replace(method, changed), cst.Module)
    return with_import(cst.ensure_type(tree.deep_replace(method, changed), cst.Module), statement)


def _with_local_import(tree: cst.Module, method: cst.FunctionDef, statement: str) -> cst.FunctionDef:
    """The method with the import before its last statement: the backends import the handlers' package."""
    import libcst as cst

    text = f"{statement}  # not above: the backends import this package\n"
    line = cst.parse_statement(text, config=tree.config_for_parsing)
    body = list(method.body.body)
    return method.with_changes(body=method.body.with_changes(body=[*body[:-1], line, body[-1]]))


def broken(before: RepoModel, after: RepoModel, options: Options) -> Iterator[str]:
    """Where a set is not what it was; with --unsafe, what it was and the other's names."""
    was, now = _sets(before), _sets(after)
    extra = frozenset().union(*(names for names in was.values() if names)) if options.unsafe else frozenset()
    for key, names in was.items():
        found = now.get(key)
        if names is None:
            continue
        if found is None or not names <= found or (found - names) - extra:
            yield f"{key} would not give the set that it gave"
    base, handler = now.get(f"{ROOT_CLASS}.{BASE_METHOD}"), now.get(f"{_HANDLER_CLASS}.{HANDLER_BASE_METHOD}")
    if options.unsafe and base is not None and handler is not None and (base ^ handler) - DECLARED_DIFFERENCE:
        yield "the two sets would still differ"


def _sets(model: RepoModel) -> dict[str, frozenset[str] | None]:
    """The excluded names of the root class, the base handler, and each type's class and handlers."""
    found: dict[str, frozenset[str] | None] = {}
    root = model.classes.get((at.BASE, ROOT_CLASS))
    base = model.classes.get((at.HANDLER_BASE, _HANDLER_CLASS))
    if root is not None:
        found[f"{ROOT_CLASS}.{BASE_METHOD}"] = name_set(model.ask(Instance(root, pending=([None], {})), BASE_METHOD))
    if base is not None:
        instance = Instance(base, pending=([None], {}))
        found[f"{_HANDLER_CLASS}.{HANDLER_BASE_METHOD}"] = name_set(model.ask(instance, HANDLER_BASE_METHOD))
    for info in model.types:
        if info.instance is not None:
            found[f"{info.name}: {BASE_METHOD}"] = name_set(model.ask(info.instance, BASE_METHOD))
            for number, handler in enumerate(handlers(model, info.instance)):
                names = name_set(model.ask(handler, HANDLER_METHOD))
                found[f"{info.name}: {handler.info.name} {number} {HANDLER_METHOD}"] = names
    return found


MIGRATION = Migration(
    NUMBER, "one-exclusion-set", "one set of excluded settings for backends and handlers", __doc__ or "", plan, broken,
    by_backend=False,
)  # fmt: skip
