"""0002: the calls and imports of the old token accounting become those of the new one.

What it changes: an import of `TokenUsage`, `TokenCostCalculator` and their like from a module that only passes them on
comes from `massgen.token_manager`. A call `self.update_token_usage(...)` whose result nobody takes becomes
`self._estimate_token_usage(...)` where the first does nothing else than call the second.

With --unsafe: the call also where the two differ, as in MassGen, where the second marks the round as estimated as well;
and three lines that add prompt, completion and cost of one usage object to `self.token_usage` become
`self._update_token_usage_from_api_response(usage, model)`, which counts cached and reasoning tokens too.

Left alone: counters that are written in any other way; methods of a backend that count or price by themselves; a
checkout whose root class has no new accounting.

Holds afterwards: every name of the accounting means the same object in every module, and MG130 finds every backend's
accounting that it found before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from massgen_audit.fixes.edit import CannotFix, FileEdit, rewritten
from massgen_audit.migrate.imports import parsed, spelled
from massgen_audit.migrate.methods import methods_of
from massgen_audit.migrate.migration import Migration, Note, Options, Outcome
from massgen_audit.migrate.names import bindings
from massgen_audit.model import layout as at
from massgen_audit.model.classes import ClassInfo
from massgen_audit.model.repo import ROOT_CLASS, RepoModel

NUMBER = "0002"
MANAGER = "massgen/token_manager/"
PACKAGE = f"{MANAGER}__init__.py"
NAMES = frozenset({
    "APICallMetric", "ModelPricing", "RoundTokenUsage", "TokenCostCalculator", "TokenUsage", "ToolExecutionMetric",
})  # fmt: skip
OLD, NEW, FROM_API = "update_token_usage", "_estimate_token_usage", "_update_token_usage_from_api_response"
_OWN = ("estimate_tokens", "calculate_cost", OLD)
_PROMPT = frozenset({"prompt_tokens", "input_tokens", "prompt_token_count"})
_COMPLETION = frozenset({"completion_tokens", "output_tokens", "candidates_token_count"})
_COUNTERS = {"input_tokens": _PROMPT, "output_tokens": _COMPLETION}


@dataclass(slots=True)
class Changes:
    """What changes in one file, by line: imports as name -> statement, calls to rename, counters as (end, call)."""

    imports: dict[int, dict[str, str]] = field(default_factory=dict)
    calls: set[int] = field(default_factory=set)
    counters: dict[int, tuple[int, str]] = field(default_factory=dict)


def plan(model: RepoModel, options: Options) -> Outcome:
    outcome = Outcome()
    changes: dict[str, Changes] = {}
    if not options.backends:
        for path in _python(model):
            _imports(model, path, changes, outcome)
    if _has_new(model, outcome):
        for info in model.backends:
            _calls(model, info, options, changes, outcome)
    for path, change in sorted(changes.items()):
        _edit(model, path, change, outcome)
    return outcome


def _python(model: RepoModel) -> Iterator[str]:
    for path in model.source.tree.paths():
        if path.endswith(".py") and not path.endswith("/__init__.py") and not path.startswith(MANAGER):
            data = model.source.bytes(path) or b""
            if b"import" in data and any(name.encode() in data for name in NAMES):
                yield path


def _imports(model: RepoModel, path: str, changes: dict[str, Changes], outcome: Outcome) -> None:
    tree = parsed(model, path)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.ImportFrom):
            continue
        source = model.classes.module_path(path, node.module or "", node.level)
        found = {
            alias.name: alias.asname or alias.name
            for alias in node.names
            if alias.name in NAMES and _passes_on(model, source, alias.name)
        }
        if not found:
            continue
        # No import comes back that did not before: the module that passes the name on runs the package already.
        statements = {name: _statement(path, node.level, name, bound) for name, bound in found.items()}
        changes.setdefault(path, Changes()).imports[node.lineno] = statements
        outcome.changed.append(Note(path, node.lineno, f"imports {', '.join(found)} from massgen.token_manager"))


def _passes_on(model: RepoModel, source: str | None, name: str) -> bool:
    """Whether a module has a name of the token manager that it only imports."""
    package = model.source.module(PACKAGE)
    module = model.source.module(source) if source else None
    if module is None or package is None or source is None or source.startswith(MANAGER):
        return False
    key = model.classes.resolve(module, name)
    return key is not None and key[0].startswith(MANAGER) and model.classes.resolve(package, name) == key


def _statement(path: str, level: int, name: str, bound: str) -> str:
    renamed = name if name == bound else f"{name} as {bound}"
    return spelled(path, PACKAGE, renamed) if level else f"from massgen.token_manager import {renamed}"


def _has_new(model: RepoModel, outcome: Outcome) -> bool:
    root = model.classes.get((at.BASE, ROOT_CLASS))
    lacking = [name for name in (FROM_API, NEW) if root is None or root.fact.method(name) is None]
    if lacking:
        line = root.fact.place.line if root else 1
        text = f"{ROOT_CLASS} has no {' and no '.join(lacking)}: take the new accounting of massgen-backends over first"
        outcome.left.append(Note(at.BASE, line, text))
    return not lacking


def _calls(model: RepoModel, info: ClassInfo, options: Options, changes: dict[str, Changes], outcome: Outcome) -> None:
    if not options.admits(model, info.path, info.name):
        return
    safe = _old_is_new(model)
    for method in methods_of(model, info).values():
        if method.name in _OWN:
            text = f"{method} counts or prices by itself: delete it where TokenCostCalculator knows its models"
            outcome.left.append(Note(method.path, method.line, text))
        for block in _blocks(method.node):
            _counters(block, info, options, changes, outcome)
            for item in block:
                if not _is_old_call(item):
                    continue
                if not _is_roots(model, info):
                    outcome.left.append(Note(info.path, item.lineno, f"calls {OLD} of its own: see there"))
                elif safe or options.unsafe:
                    changes.setdefault(info.path, Changes()).calls.add(item.lineno)
                    outcome.changed.append(Note(info.path, item.lineno, f"calls {NEW}"))
                else:
                    text = f"calls {OLD}: {NEW} also marks the round as estimated, --unsafe calls it"
                    outcome.left.append(Note(info.path, item.lineno, text))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for item in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(item, name, None)
            if isinstance(block, list):
                yield block


def _is_old_call(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) == f"self.{OLD}"


def _is_roots(model: RepoModel, info: ClassInfo) -> bool:
    """Whether the class, and every class below it, has both methods from the root class."""
    below = [item for item in model.classes.all() if info in model.classes.mro(item)]
    found = [model.classes.method(item, name) for item in below for name in (OLD, NEW)]
    return all(definition is not None and definition[0].name == ROOT_CLASS for definition in found)


def _old_is_new(model: RepoModel) -> bool:
    """Whether the old method calls the new one with its own arguments and gives the counters, and nothing else."""
    root = model.classes.get((at.BASE, ROOT_CLASS))
    method = methods_of(model, root).get(OLD) if root else None
    if method is None:
        return False
    names = ", ".join(item.arg for item in method.node.args.args[1:])
    body = [ast.unparse(item) for item in method.node.body if not _is_text(item)]
    return body == [f"self.{NEW}({names})", "return self.token_usage"]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _counters(
    block: list[ast.stmt], info: ClassInfo, options: Options, changes: dict[str, Changes], outcome: Outcome
) -> None:
    """The statements of a block that add to the counters by hand."""
    told = -2  # index of the last statement that was left, so that a run of them is told once
    index = 0
    while index < len(block):
        node, call = block[index], _one_call(block[index : index + 3])
        if call and options.unsafe:
            changes.setdefault(info.path, Changes()).counters[node.lineno] = (block[index + 2].lineno, call)
            outcome.changed.append(Note(info.path, node.lineno, f"calls {FROM_API}"))
        elif call or (_counter(node) and told != index - 1):
            why = f"--unsafe calls {FROM_API}" if call else f"hand the usage object to {FROM_API} instead"
            outcome.left.append(Note(info.path, node.lineno, f"adds to self.token_usage by hand: {why}"))
        told = index if _counter(node) and not call else told
        index += 3 if call else 1


def _counter(node: ast.stmt) -> str:
    """The counter that a statement adds to; "" for anything else."""
    if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add):
        return ""
    target = node.target
    owner = ast.unparse(target.value) if isinstance(target, ast.Attribute) else ""
    return target.attr if isinstance(target, ast.Attribute) and owner == "self.token_usage" else ""


def _one_call(block: list[ast.stmt]) -> str:
    """The one call that prompt, completion and cost of the same usage object come to; "" if they do not."""
    if [_counter(node) for node in block] != [*_COUNTERS, "estimated_cost"]:
        return ""
    values = [node.value for node in block if isinstance(node, ast.AugAssign)]
    read = [_read(value, known) for value, known in zip(values, _COUNTERS.values(), strict=False)]
    cost = values[2]
    if not read[0] or read[0] != read[1] or not isinstance(cost, ast.Call) or len(cost.args) != 3 or cost.keywords:
        return ""
    same = [ast.unparse(argument) for argument in cost.args[:2]] == [ast.unparse(value) for value in values[:2]]
    if ast.unparse(cost.func) != "self.calculate_cost" or not same:
        return ""
    return f"self.{FROM_API}({read[0]}, {ast.unparse(cost.args[2])})"


def _read(node: ast.expr, known: frozenset[str]) -> str:
    """The object whose field, one of `known`, an expression reads without doing anything; "" if it does not."""
    holder: ast.expr | None = None
    name: object = None
    if isinstance(node, ast.Attribute):
        holder, name = node.value, node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        holder, name = node.value, node.slice.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        default = [ast.unparse(argument) for argument in node.args[1:]]
        first = node.args[0]
        holder, name = node.func.value, first.value if isinstance(first, ast.Constant) and default == ["0"] else None
    plain = holder is not None and all(isinstance(item, _PLAIN) for item in ast.walk(holder))
    return ast.unparse(holder) if holder is not None and plain and name in known else ""


_PLAIN = (ast.Name, ast.Attribute, ast.Load)


def _edit(model: RepoModel, path: str, change: Changes, outcome: Outcome) -> None:
    from massgen_audit.migrate.token_edits import changed

    try:
        before = (model.source.bytes(path) or b"").decode()
        after = rewritten(before, lambda tree: changed(tree, change), addition=False)
    except UnicodeDecodeError:
        reason = f"{path} is not UTF-8: save it as UTF-8"
    except CannotFix as error:
        reason = str(error)
    else:
        outcome.edits.append(FileEdit(path, before, after, (NUMBER,)))
        return
    outcome.changed = [note for note in outcome.changed if note.path != path]
    outcome.left.append(Note(path, 1, reason))


def broken(before: RepoModel, after: RepoModel, options: Options) -> Iterator[str]:
    """Where a name of the accounting means another object than before, or a class has lost a method."""
    for path in _python(before):
        now = bindings(after, path)
        for name, binding in bindings(before, path).items():
            other = now.get(name)
            if name in NAMES and binding is not None and (other is None or other.key != binding.key):
                yield f"{name} of {path} would be another object"
    for info in before.backends:
        other_info = after.classes.get(info.key)
        if other_info is None or [item.name for item in other_info.fact.methods] != [
            item.name for item in info.fact.methods
        ]:
            yield f"{info.name} would not have the methods that it had"


MIGRATION = Migration(
    NUMBER, "new-token-calls", "old calls and imports of token accounting become the new ones", __doc__ or "", plan,
    broken,
)  # fmt: skip
