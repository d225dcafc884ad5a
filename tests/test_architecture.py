"""The house rules that a machine can hold: who may import whom, how large a module may be, what a wheel contains."""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from massgen.backend.factory import BACKENDS, OTHER_APIS

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "massgen": ROOT / "massgen",
    "massgen_conformance": ROOT / "conformance" / "massgen_conformance",
    "massgen_audit": ROOT / "audit" / "massgen_audit",
}
MODULE_LINES, FUNCTION_LINES = 400, 40

# One class for each wire; a provider's module is any other that serves a type, and needs no line of its own here.
WIRES = {
    "massgen.backend.chat_completions",
    "massgen.backend.response",
    "massgen.backend.claude",
    "massgen.backend.gemini",
}
PROVIDERS = {path.partition(":")[0] for path in (*BACKENDS.values(), *OTHER_APIS.values())} - WIRES

# High to low: a module imports only what stands below it. Names on one line are siblings and do not import each other.
LAYERS = [
    {"massgen.cli"},
    {"massgen.config_validator"},
    {"massgen.config_source"},
    {"massgen.backend.utils.api_helpers"},
    {"massgen.backend.factory"},
    PROVIDERS,
    WIRES,
    {"massgen.backend.http"},
    {"massgen.backend.exchange", "massgen.backend.vertex"},
    {"massgen.backend.mcp_integration"},
    {"massgen.backend._mcp_results"},
    {"massgen.backend.tool_handlers"},
    {"massgen.backend.utils.message_converters", "massgen.backend.utils.streaming_utils"},
    {"massgen.backend._gate", "massgen.backend.context_errors", "massgen.backend.streaming_buffer"},
    {"massgen.backend.rate_limiter", "massgen.backend.circuit_breaker", "massgen.backend._compression"},
    {"massgen.backend.execution_trace"},
    {"massgen.api_params_handler", "massgen.formatter", "massgen.transport", "massgen.wire"},
    {"massgen.backend.base", "massgen.backend.token_management"},
    {"massgen.backend._rounds"},
    {"massgen.backend._ledger", "massgen.backend._planning", "massgen.backend._timing"},
    {"massgen.token_manager"},
    {"massgen.backend.capabilities", "massgen.backend.stream_chunk", "massgen.backend.chat_dialect"},
    {"massgen.backend._own_servers"},
    {"massgen.backend.capability", "massgen.backend.models"},
    {
        *("massgen.backend._options", "massgen.backend._excluded_params", "massgen.backend._tool_calls"),
        "massgen.backend.tokens",
    },
    {"massgen.backend.call_ids", "massgen.backend._resilience_options"},
    {"massgen.redact", "massgen.errors"},
]


def modules(package: str) -> Iterator[tuple[str, Path]]:
    root = PACKAGES[package]
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def parsed(path: Path) -> ast.Module:
    """Without collecting garbage: a finaliser of some other test that parses, as one that formats a traceback does,
    makes CPython 3.11 fail the parse that it interrupts (`AST constructor recursion depth mismatch`)."""
    gc.disable()
    try:
        return ast.parse(path.read_text())
    finally:
        gc.enable()


def imported(path: Path) -> set[str]:
    """Names of modules that running the file imports; what only type checkers see does not count."""
    tree = parsed(path)
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def layer_of(module: str) -> int | None:
    for depth, names in enumerate(LAYERS):
        if any(module == name or module.startswith(name + ".") for name in names):
            return depth
    return None


@pytest.mark.parametrize(
    ("package", "strangers"),
    [
        ("massgen", {"massgen_conformance", "massgen_audit", "pytest"}),
        ("massgen_conformance", {"massgen", "massgen_audit"}),
        ("massgen_audit", {"massgen", "massgen_conformance"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_package_imports_none_of_the_others(package: str, strangers: set[str]) -> None:
    for _, path in modules(package):
        assert {name.partition(".")[0] for name in imported(path)} & strangers == set(), path


def test_every_module_of_the_backend_layer_has_its_place() -> None:
    packages = {"massgen", "massgen.backend", "massgen.backend.utils"}  # their __init__ exports from every layer
    homeless = [name for name, _ in modules("massgen") if layer_of(name) is None and name not in packages]
    assert homeless == [], "give each a place in LAYERS of this file"


def test_no_module_imports_from_its_own_or_a_higher_layer() -> None:
    for name, path in modules("massgen"):
        depth = layer_of(name)
        if depth is None:
            continue
        for target in imported(path):
            target_depth = layer_of(target)
            family = next((n for n in LAYERS[depth] if target == n or target.startswith(n + ".")), None)
            same_package = family is not None and (name == family or name.startswith(family + "."))
            if target_depth is not None and not same_package:
                assert target_depth > depth, f"{name} imports {target}"


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_and_functions_stay_small(package: str) -> None:
    for name, path in modules(package):
        assert path.read_text().count("\n") <= MODULE_LINES, name
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= FUNCTION_LINES, f"{name}.{node.name} has {length} lines"


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_printed_outside_the_commands_and_nothing_sleeps(package: str) -> None:
    faces = ("cli", "commands", "__main__")
    for name, path in modules(package):
        calls = {ast.unparse(node.func) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
        assert not calls & {"time.sleep", "logging.basicConfig"}, name
        assert "print" not in calls or any(face in name.split(".") for face in faces), name


@pytest.mark.parametrize(
    ("folder", "package"), [(".", "massgen"), ("conformance", "massgen_conformance"), ("audit", "massgen_audit")]
)
def test_each_distribution_builds_a_wheel_with_all_of_its_package(tmp_path: Path, folder: str, package: str) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT / folder]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(f"{package}/")}
    root = PACKAGES[package]
    expected = {
        path.relative_to(root.parent).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == expected
