"""A checkout that is migrated in memory, and run in a process of its own before and after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from massgen_audit.facts.source import Source
from massgen_audit.fixes import FileEdit
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.migrate import Migration, Options, Outcome, plan_migration, select
from massgen_audit.model.repo import RepoModel
from massgen_audit.tree import MemoryTree
from tests.audit.kept import Kept

KEPT = Kept()


@dataclass
class Migrated:
    """What a migration made of files: the outcome, and the files afterwards."""

    outcome: Outcome
    files: dict[str, str]
    edits: list[FileEdit] = field(default_factory=list)

    @property
    def changed(self) -> list[tuple[str, int]]:
        return sorted((note.path, note.line) for note in self.outcome.changed)

    @property
    def left(self) -> list[str]:
        return [str(note) for note in sorted(self.outcome.left)]


def migration(number: str) -> Migration:
    found = select(number)
    assert found is not None
    return found


def migrate(number: str, files: Mapping[str, str], *, unsafe: bool = False, backends: tuple[str, ...] = ()) -> Migrated:
    """Migrates twice: the second time must find nothing to change."""
    options = Options(unsafe, frozenset(backends))
    tree = MemoryTree(files)
    outcome = plan_migration(tree, migration(number), options, KEPT)
    migrated = OverlayTree(tree, outcome.edits)
    again = plan_migration(migrated, migration(number), options, KEPT)
    assert again.edits == []
    after = {**files, **{edit.path: edit.after for edit in outcome.edits}}
    return Migrated(outcome, after, outcome.edits)


def planned(number: str, files: Mapping[str, str], *, unsafe: bool = False) -> Migrated:
    """Plans twice and asks the migration's own promise, without an audit of the whole: for many examples."""
    options, found, tree = Options(unsafe), migration(number), MemoryTree(files)
    before = RepoModel(Source(tree, KEPT))
    outcome = found.plan(before, options)
    after = RepoModel(Source(OverlayTree(tree, outcome.edits), KEPT))
    assert list(found.broken(before, after, options)) == []
    assert found.plan(after, options).edits == []
    return Migrated(outcome, {**files, **{edit.path: edit.after for edit in outcome.edits}}, outcome.edits)


def runs(files: Mapping[str, str], script: str) -> str:
    """Writes files, runs a script beside them in a process of its own, and gives what it printed."""
    with TemporaryDirectory() as directory:
        for path, text in files.items():
            target = Path(directory) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        code = f"import sys\nsys.path.insert(0, {directory!r})\n{script}"
        done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
