"""On this repository: its dispatch table, its absolute imports, its registry and its examples."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.config_validator import Severity, validate_config
from massgen_audit.api import audit_tree
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.plan import plan_fixes
from massgen_audit.tree import DirectoryTree, MemoryTree, Tree
from massgen_audit.values import POINTS, Audit, Status
from tests.audit.kept import Kept

ROOT = Path(__file__).parents[3]
INIT = "massgen/backend/__init__.py"
FACTORY = "massgen/backend/factory.py"
KEPT = Kept()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    tree = DirectoryTree(ROOT)
    return {path: tree.read(path) for path in tree.paths()}


def audited(tree: Tree) -> Audit:
    """What the rules say of the one type that is taken out and put back."""
    return audit_tree(tree, cache=KEPT, only={"groq"})


def groq(audit: Audit) -> dict[int, Status]:
    found = next(item for item in audit.backends if item.type == "groq")
    return {number: found.point(number) for number in POINTS}


@pytest.fixture(scope="module")
def whole(files: dict[str, bytes]) -> dict[int, Status]:
    return groq(audited(MemoryTree(files)))


def without(files: dict[str, bytes], path: str, *lines: str) -> MemoryTree:
    text = files[path].decode()
    for line in lines:
        assert text.count(line) == 1, line
        text = text.replace(line, "")
    return MemoryTree({**files, path: text})


CASES = [
    (
        INIT,
        (
            "    from massgen.backend.groq import GroqBackend\n",
            '    "GroqBackend",\n',
            '    "massgen.backend.groq": ("GroqBackend",),\n',
        ),
    ),
    (FACTORY, ('    "groq": "massgen.backend.groq:GroqBackend",\n',)),
]


@pytest.mark.parametrize(("path", "lines"), CASES, ids=["export", "dispatch"])
def test_what_is_taken_out_comes_back_in_the_same_words(
    files: dict[str, bytes], whole: dict[int, Status], path: str, lines: tuple[str, ...]
) -> None:
    tree = without(files, path, *lines)
    broken = audited(tree)
    assert Status.MISSING in groq(broken).values()
    edits = [edit for edit in plan_fixes(broken, tree, unsafe=True, audited=audited) if edit.path == path]
    fixed = OverlayTree(tree, edits)
    assert groq(audited(fixed)) == whole
    assert sorted(fixed.read(path).splitlines()) == sorted(files[path].splitlines())


# A type for whatever server its user names has no address that could be written down.
NAMED = sorted(name for name, row in BACKEND_CAPABILITIES.items() if row.default_model != "custom")


def test_written_examples_are_valid_configurations(files: dict[str, bytes]) -> None:
    tree = MemoryTree({path: data for path, data in files.items() if not path.startswith("massgen/configs/")})
    written = {edit.path: edit.after for edit in plan_fixes(audit_tree(tree, cache=KEPT), tree, cache=KEPT)}
    for name in NAMED:
        text = written[f"massgen/configs/providers/{name}/single_{name}.yaml"]
        problems = validate_config(yaml.safe_load(text))
        assert not [problem for problem in problems if problem.severity is Severity.ERROR], name
