"""Where a checkout keeps what the rules look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from massgen_audit.facts.source import Source

BASE = "massgen/backend/base.py"
BACKEND_INIT = "massgen/backend/__init__.py"
CLI = "massgen/cli.py"
CAPABILITIES = "massgen/backend/capabilities.py"
VALIDATOR = "massgen/config_validator.py"
PRICING = "massgen/token_manager/token_manager.py"
ADAPTERS = "massgen/adapters/__init__.py"
FORMATTER_INIT = "massgen/formatter/__init__.py"
HANDLER_INIT = "massgen/api_params_handler/__init__.py"
HANDLER_BASE = "massgen/api_params_handler/_api_params_handler_base.py"
CONFIGS = "massgen/configs/"
PROVIDER_CONFIGS = "massgen/configs/providers/"
SCHEMA_PAGE = "docs/source/reference/yaml_schema.rst"
GUIDE_PAGE = "docs/source/user_guide/backends.rst"
GENERATOR = "docs/scripts/generate_backend_tables.py"

# Without these nothing can be judged: one that is there and does not parse ends the run.
REQUIRED = (BASE, BACKEND_INIT, CLI, CAPABILITIES)

_SUBCLASS = re.compile(rb"^[ \t]*class\s+\w+\s*\([^)]*Backend\b", re.MULTILINE)


class UnusableCheckout(Exception):
    """The checkout cannot be audited; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Layout:
    class_files: tuple[str, ...]
    test_files: tuple[str, ...]
    config_files: tuple[str, ...]


def discover(source: Source) -> Layout:
    """Finds the files of each kind. Raises UnusableCheckout if a required file is not readable as Python."""
    for path in REQUIRED:
        source.module(path)
        if path in source.unreadable:
            raise UnusableCheckout(f"{path}: {source.unreadable[path]}")
    if source.module(BASE) is None:
        raise UnusableCheckout(f"{BASE}: there is no such file, so this is not a MassGen checkout")
    paths = source.tree.paths()
    tests = tuple(path for path in paths if _is_test(path))
    code = [path for path in paths if path.startswith("massgen/") and path.endswith(".py") and not _is_test(path)]
    return Layout(
        class_files=tuple(path for path in code if path == BASE or source.ask(path, "subclasses", _may_subclass)),
        test_files=tests,
        config_files=tuple(path for path in paths if path.startswith(CONFIGS) and path.endswith((".yaml", ".yml"))),
    )


def _may_subclass(data: bytes) -> bool:
    return b"Backend" in data and _SUBCLASS.search(data) is not None


def _is_test(path: str) -> bool:
    directory, _, name = path.rpartition("/")
    inside = directory.startswith(("tests", "massgen/tests")) or "/tests" in directory
    return inside and name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def describe(layout: Layout, types: int, generated: bool, probes_absent: int) -> str:
    """One line for people: what kind of checkout this is."""
    tests = "massgen/tests" if any(path.startswith("massgen/tests") for path in layout.test_files) else "tests"
    tables = "generated tables" if generated else "no table generator"
    absent = f", {probes_absent} checklist APIs absent" if probes_absent else ""
    return f"{types} backend types, {len(layout.config_files)} example configs, tests in {tests}, {tables}{absent}"
