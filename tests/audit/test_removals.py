"""Take one integration point of one type out of this repository, and the audit names that point of that type.

One type for each point in an ordinary run, in rotation; MASSGEN_AUDIT_REMOVALS=all takes every type out of every point.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from massgen_audit.api import audit_tree
from massgen_audit.tree import DirectoryTree, MemoryTree
from massgen_audit.values import POINTS, SEVERITY, BackendAudit, Status
from tests.audit.kept import Kept

ROOT = Path(__file__).parents[2]
Files = dict[str, bytes]
EVERYTHING = os.environ.get("MASSGEN_AUDIT_REMOVALS") == "all"

CLASSES = {
    "chatcompletion": ("ChatCompletionsBackend", "chat_completions"),
    "claude": ("ClaudeBackend", "claude"),
    "deepseek": ("DeepSeekBackend", "deepseek"),
    "gemini": ("GeminiBackend", "gemini"),
    "groq": ("GroqBackend", "groq"),
    "openai": ("ResponseBackend", "response"),
    "openrouter": ("OpenRouterBackend", "openrouter"),
}
PRICED = {"claude": "Claude", "gemini": "Gemini", "openai": "OpenAI", "groq": "Groq", "deepseek": "DeepSeek"}
LEAVES = sorted(set(CLASSES) - {"chatcompletion", "openai"})  # classes that no other type inherits from
OWN_WIRE = ("claude", "gemini")


_KEPT = Kept()


@pytest.fixture(scope="module")
def files() -> Files:
    tree = DirectoryTree(ROOT)
    return {path: tree.read(path) for path in tree.paths()}


@pytest.fixture(scope="module")
def whole(files: Files) -> dict[str, BackendAudit]:
    return audited(files)


def audited(files: Files) -> dict[str, BackendAudit]:
    return {item.type: item for item in audit_tree(MemoryTree(files), cache=_KEPT).backends}


def rewritten(files: Files, path: str, change: Callable[[str], str]) -> Files:
    before = files[path].decode()
    after = change(before)
    assert after != before, f"nothing was taken out of {path}"
    return {**files, path: after.encode()}


def without_lines(files: Files, path: str, pattern: str) -> Files:
    wanted = re.compile(pattern)
    kept = [line for line in files[path].decode().splitlines(keepends=True) if not wanted.search(line)]
    return rewritten(files, path, lambda _: "".join(kept))


def without_entry(files: Files, path: str, table: str, key: str) -> Files:
    """A module without one entry of a dict literal."""
    text = files[path].decode()
    found = next(
        (name.lineno, value.end_lineno)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and table in ast.unparse(node).partition("=")[0]
        for part in ast.walk(node)
        if isinstance(part, ast.Dict)
        for name, value in zip(part.keys, part.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == key
    )
    lines = text.splitlines(keepends=True)
    del lines[found[0] - 1 : found[1]]
    return rewritten(files, path, lambda _: "".join(lines))


def renamed(files: Files, path: str, name: str) -> Files:
    """A page on which the type is called something else wherever it stands as a literal or in a block."""
    return rewritten(
        files, path, lambda text: re.sub(rf'(``|type: |"){name}(``|"|$)', r"\1gone\2", text, flags=re.MULTILINE)
    )


def take_class(files: Files, name: str) -> Files:
    return {path: data for path, data in files.items() if path != f"massgen/backend/{CLASSES[name][1]}.py"}


def take_formatter(files: Files, name: str) -> Files:
    return without_lines(files, f"massgen/backend/{CLASSES[name][1]}.py", r"self\.formatter(: \w+)? = ")


def take_handler(files: Files, name: str) -> Files:
    return without_lines(files, f"massgen/backend/{CLASSES[name][1]}.py", r"self\.api_params_handler(: \w+)? = ")


def take_export(files: Files, name: str) -> Files:
    return without_lines(files, "massgen/backend/__init__.py", rf"\b{CLASSES[name][0]}\b")


def take_dispatch(files: Files, name: str) -> Files:
    return without_entry(files, "massgen/backend/factory.py", "BACKENDS", name)


def take_row(files: Files, name: str) -> Files:
    return without_entry(files, "massgen/backend/capabilities.py", "BACKEND_CAPABILITIES", name)


def take_prices(files: Files, name: str) -> Files:
    return without_entry(files, "massgen/token_manager/price_table.py", "PROVIDER_PRICING", PRICED[name])


def take_tests(files: Files, name: str) -> Files:
    cls = re.compile(rf"\b{CLASSES[name][0]}\b".encode())
    return {p: cls.sub(b"Gone", data) if p.startswith("tests/massgen/") else data for p, data in files.items()}


def take_examples(files: Files, name: str) -> Files:
    return {p: data for p, data in files.items() if not p.startswith(f"massgen/configs/providers/{name}/")}


def take_schema(files: Files, name: str) -> Files:
    return renamed(files, "docs/source/reference/yaml_schema.rst", name)


def take_guide(files: Files, name: str) -> Files:
    return renamed(files, "docs/source/user_guide/backends.rst", name)


def take_generated(files: Files, name: str) -> Files:
    return renamed(files, "docs/source/reference/supported_models.rst", name)


TAKERS: dict[int, tuple[Callable[[Files, str], Files], tuple[str, ...]]] = {
    1: (take_class, tuple(LEAVES)),
    2: (take_formatter, OWN_WIRE),
    3: (take_handler, OWN_WIRE),
    4: (take_export, tuple(CLASSES)),
    5: (take_dispatch, tuple(CLASSES)),
    6: (take_row, tuple(CLASSES)),
    8: (take_prices, tuple(PRICED)),
    11: (take_tests, tuple(CLASSES)),
    12: (take_examples, tuple(CLASSES)),
    13: (take_schema, tuple(CLASSES)),
    14: (take_guide, tuple(CLASSES)),
    15: (take_generated, tuple(CLASSES)),
}


def cases() -> Iterator[Any]:
    for point, (_, names) in TAKERS.items():
        chosen = names if EVERYTHING else (names[point % len(names)],)
        yield from (pytest.param(point, name, id=f"{point}-{name}") for name in chosen)


def worse(before: BackendAudit, after: BackendAudit | None) -> set[int]:
    if after is None:
        return set(POINTS)
    return {n for n in POINTS if SEVERITY.index(before.point(n)) < SEVERITY.index(after.point(n))}


@pytest.mark.parametrize(("point", "name"), list(cases()))
def test_a_point_that_is_taken_out_is_the_one_that_is_found(
    files: Files, whole: dict[str, BackendAudit], point: int, name: str
) -> None:
    taken = audited(TAKERS[point][0](files, name))
    hurt = {other: worse(before, taken.get(other)) for other, before in whole.items()}
    assert name in taken
    assert point in hurt.pop(name)
    assert set().union(*hurt.values()) == set()
    # What only an optional package could still price is said to be unverifiable.
    told = {Status.MISSING, Status.PARTIAL} | ({Status.UNVERIFIABLE} if point == 8 else set())
    found = [item for item in taken[name].findings if item.point == point and item.status in told]
    assert found
    assert all(item.evidence for item in found)
