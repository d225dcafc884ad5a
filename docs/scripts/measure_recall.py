"""Takes integration points out of a checkout of MassGen, in memory, and tells which of them the auditor names.

python docs/scripts/measure_recall.py CHECKOUT [COUNT [SEED]]

Each removal is an edit by text and syntax that knows MassGen's layout and nothing of the auditor's rules. Points and
types are drawn balanced and seeded; six are taken out at a time, of types that share no class. A removal is found if
the type gets a finding at that point that it did not have. Prints CSV.
"""

from __future__ import annotations

import ast
import csv
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from massgen_audit.api import audit_tree
from massgen_audit.facts.cache import NoCache
from massgen_audit.tree import DirectoryTree, MemoryTree, Unreadable
from massgen_audit.values import Audit, BackendAudit, Status

Files = dict[str, bytes]
Remover = Callable[[Files, BackendAudit], Files | None]
_OPEN = (Status.MISSING, Status.PARTIAL, Status.UNVERIFIABLE, Status.PLANNED)
_AT_ONCE = 6
_AG2 = ("ag2", "autogen")  # a test of their adapter is a test of theirs
_VALIDATORS = ("massgen/config_validator.py", "massgen/backend/capabilities.py")


class Kept(NoCache):
    """The facts of one run."""

    def __init__(self) -> None:
        self._facts: dict[bytes, object] = {}

    def get(self, key: bytes) -> object | None:
        return self._facts.get(key)

    def put(self, key: bytes, facts: object) -> None:
        self._facts[key] = facts


def _cut(files: Files, path: str, pattern: str, put: str = "") -> Files | None:
    """The file without what a pattern finds; None where it finds nothing."""
    text = files.get(path, b"").decode("utf-8", "replace")
    after = re.sub(pattern, put, text, flags=re.MULTILINE)
    return {path: after.encode()} if after != text else None


def _statements(text: str, wanted: Callable[[ast.stmt], bool]) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt) and wanted(node))


def _without(files: Files, path: str, wanted: Callable[[ast.stmt], bool], put: str = "") -> Files | None:
    """The file without the statements that are wanted, `put` in the place of each at its indentation."""
    text = files.get(path, b"").decode("utf-8", "replace")
    lines = text.splitlines(keepends=True)
    found = sorted(_statements(text, wanted), key=lambda node: -node.lineno)
    for node in found:
        first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])
        lines[first - 1 : node.end_lineno] = [f"{' ' * node.col_offset}{put}\n"] if put else []
    return {path: "".join(lines).encode()} if found else None


def _defines(name: str) -> Callable[[ast.stmt], bool]:
    return lambda node: isinstance(node, ast.ClassDef) and node.name == name


def _sets(name: str) -> Callable[[ast.stmt], bool]:
    made = re.compile(rf"self\.{name}(: \w+)? = \w+\(")
    return lambda node: isinstance(node, ast.Assign | ast.AnnAssign) and bool(made.match(ast.unparse(node)))


def _asks(test: str) -> Callable[[ast.stmt], bool]:
    return lambda node: isinstance(node, ast.If) and ast.unparse(node.test) == test


def take_class(files: Files, item: BackendAudit) -> Files | None:
    return _without(files, item.file, _defines(item.cls))


def take_formatter(files: Files, item: BackendAudit) -> Files | None:
    return _without(files, item.file, _sets("formatter"), "self.formatter = None")


def take_handler(files: Files, item: BackendAudit) -> Files | None:
    return _without(files, item.file, _sets("api_params_handler"), "self.api_params_handler = None")


def take_export(files: Files, item: BackendAudit) -> Files | None:
    path, name = "massgen/backend/__init__.py", item.cls
    bound = rf'^( *)(?:from \.\w+ import {name}|__all__\.append\("{name}"\))$'
    left = files | (_cut(files, path, rf'^ *"{name}",\n') or {})
    changed = left | (_cut(left, path, bound, r"\1pass") or {})
    return {path: changed[path]} if changed[path] != files[path] else None


def take_branch(files: Files, item: BackendAudit) -> Files | None:
    arm = rf'^    elif backend_type == "{item.type}":\n(?:(?:        .*)?\n)*?(?=    el(?:if|se)\b)'
    return _cut(files, "massgen/cli.py", arm)


def take_entry(files: Files, item: BackendAudit) -> Files | None:
    """The entry, unless nothing else names the type: then there is no type any more that could lack it."""
    if f'backend_type == "{item.type}"'.encode() not in files["massgen/cli.py"]:
        return None
    entry = rf'^    "{item.type}": BackendCapabilities\(\n(?:(?:     .*)?\n)*?    \),\n'
    return _cut(files, "massgen/backend/capabilities.py", entry)


def take_validation(files: Files, item: BackendAudit) -> Files | None:
    """Every branch that is about the type alone; a branch about several is about one fewer."""
    alone = f"backend_type == '{item.type}'"
    changed: Files = {}
    for path in _VALIDATORS:
        changed |= _without(files, path, _asks(alone)) or {}
        changed |= _cut({**files, **changed}, path, rf'(in \(.*)"{item.type}"(?:, |(?=\)))', r"\1") or {}
    return changed or None


def take_prices(files: Files, item: BackendAudit) -> Files | None:
    """The table of the provider whose name the type's entry has."""
    names = {"grok": "xAI", "groq": "Groq", "cerebras": "Cerebras", "together": "Together", "fireworks": "Fireworks"}
    table = rf'^        "{names.get(item.type, "-")}\w*(?: AI)?": \{{\n(?:(?:         .*)?\n)*?        \}},\n'
    return _cut(files, "massgen/token_manager/token_manager.py", table)


def take_base_set(files: Files, item: BackendAudit) -> Files | None:
    return _cut(files, item.file, r"self\.get_base_excluded_config_params\(\)", "set()")


def take_excluded_name(files: Files, item: BackendAudit) -> Files | None:
    """A name that the framework reads, out of the set of the handlers."""
    names = ("cwd", "agent_id", "session_id", "context_paths", "hooks", "custom_tools")
    name = names[len(item.type) % len(names)]
    return _cut(files, "massgen/api_params_handler/_api_params_handler_base.py", rf'^ +"{name}",\n')


def take_tests(files: Files, item: BackendAudit) -> Files | None:
    word = re.compile(rf"\b(?:{item.cls}|AG2Adapter)\b".encode() if item.type in _AG2 else rf"\b{item.cls}\b".encode())
    tests = {path: data for path, data in files.items() if "/test_" in path and word.search(data)}
    return {path: word.sub(b"SomeBackend", data) for path, data in tests.items()} or None


def take_examples(files: Files, item: BackendAudit) -> Files | None:
    live = re.compile(rf"^[^#\n]*\btype:\s*[\"']?{item.type}[\"']?\s*$".encode(), re.MULTILINE)
    return {p: b"" for p, data in files.items() if p.startswith("massgen/configs/") and live.search(data)} or None


def take_schema(files: Files, item: BackendAudit) -> Files | None:
    return _unlisted(files, "docs/source/reference/yaml_schema.rst", item.type)


def take_guide(files: Files, item: BackendAudit) -> Files | None:
    return _unlisted(files, "docs/source/user_guide/backends.rst", item.type)


def _unlisted(files: Files, path: str, name: str) -> Files | None:
    """A page without the rows of a type, the lines that configure it, and its name as a literal."""
    row = rf"^ +\* - ``{name}``\n(?: +- ?.*\n)*"
    return _cut(files, path, rf'{row}|^ +(?:- )?type: "?{name}"?(?: +#.*)?\n|``{name}``')


REMOVERS: dict[int, Remover] = {
    1: take_class,
    2: take_formatter,
    3: take_handler,
    4: take_export,
    5: take_branch,
    6: take_entry,
    7: take_validation,
    8: take_prices,
    9: take_base_set,
    10: take_excluded_name,
    11: take_tests,
    12: take_examples,
    13: take_schema,
    14: take_guide,
}


def drawn(files: Files, whole: Audit, count: int, seed: int) -> list[tuple[int, BackendAudit]]:
    """Points in turn, each from the type that has been drawn least; only what is there and can be taken out."""
    dice, used = random.Random(seed), Counter[str]()  # noqa: S311 - a draw that can be repeated
    there = {
        point: [item for item in whole.backends if _has(item, point) and remover(files, item)]
        for point, remover in REMOVERS.items()
    }
    chosen: list[tuple[int, BackendAudit]] = []
    while len(chosen) < count and any(there.values()):
        for point, items in there.items():
            if items and len(chosen) < count:
                least = min(used[item.type] for item in items)
                item = dice.choice([item for item in items if used[item.type] == least])
                items.remove(item)
                used[item.type] += 1
                chosen.append((point, item))
    return chosen


def _has(item: BackendAudit, point: int) -> bool:
    return item.point(point) is Status.PRESENT or (point == 10 and item.point(point) is Status.PARTIAL)


def batches(chosen: list[tuple[int, BackendAudit]]) -> Iterator[list[tuple[int, BackendAudit]]]:
    """Groups in which no two are of one class, of one point, or take from the same file of a class."""
    left = list(chosen)
    while left:
        group: list[tuple[int, BackendAudit]] = []
        for point, item in left:
            apart = all(point != other and item.file != more.file for other, more in group)
            if apart and len(group) < _AT_ONCE:
                group.append((point, item))
        left = [pair for pair in left if pair not in group]
        yield group


def named(before: BackendAudit, after: BackendAudit | None, point: int) -> bool:
    """Whether a finding of that point says something that none said before."""
    known = {(found.code, found.status, found.message) for found in before.findings}
    told = [found for found in after.findings if found.point == point and found.status in _OPEN] if after else []
    return any((found.code, found.status, found.message) not in known for found in told)


def measure(root: Path, count: int, seed: int) -> Iterator[tuple[str, int, str]]:
    """(type, point, "found" or "missed") of each removal."""
    tree, kept = DirectoryTree(root), Kept()
    files: Files = {}
    for path in tree.paths():
        try:
            files[path] = tree.read(path)
        except Unreadable:
            continue
    whole = audit_tree(MemoryTree(files), cache=kept, policy=("", ""))
    for group in batches(drawn(files, whole, count, seed)):
        left = dict(files)
        for point, item in group:
            changed = REMOVERS[point](left, item) or {}
            left = {path: data for path, data in {**left, **changed}.items() if data or path not in changed}
        after = {item.type: item for item in audit_tree(MemoryTree(left), cache=kept, policy=("", "")).backends}
        for point, item in group:
            yield item.type, point, "found" if named(item, after.get(item.type), point) else "missed"


if __name__ == "__main__":
    count, seed = map(int, [*sys.argv[2:4], *("60", "5")[len(sys.argv[2:4]) :]])
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("type", "point", "outcome"))
    rows.writerows(measure(Path(sys.argv[1]), count, seed))
