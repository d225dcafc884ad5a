"""The generated pages are what their generators write, and what the pages name is there: links, files, commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GENERATORS = sorted((ROOT / "docs" / "scripts").glob("generate_*.py"))
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "audit/README.md", ROOT / "conformance/README.md"]
)

WRITES_FILES = ROOT / "docs" / "audit-migrations.md"
"""Names files that a migration writes into the checkout of somebody else."""


@pytest.mark.parametrize("script", GENERATORS, ids=lambda path: path.stem)
def test_a_generated_page_is_current(script: Path) -> None:
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", sorted({*PAGES} - {WRITES_FILES}), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(page: Path) -> None:
    """A name with capitals or a star in it is a pattern."""
    named = re.findall(r"`((?:massgen|conformance|audit|tests|docs|bench)/[a-z0-9_./-]+)`", page.read_text())
    ours = [name for name in named if not name.startswith("massgen/tests/")]  # where MassGen has its own tests
    assert [name for name in ours if not (ROOT / name).exists()] == []


def test_every_command_that_is_named_is_there() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    offered = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) - set(offered) == set()
    named = set(re.findall(r"(?:^|`|bin/)(massgen(?:-conformance|-audit)?) ([a-z][a-z-]+)", text, re.MULTILINE))
    assert len(named) >= 10
    for program, command in named:
        done = subprocess.run(
            [Path(sys.executable).parent / program, command, "--help"], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
