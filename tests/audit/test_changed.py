"""`check --changed`: what a change concerns is told, what it found there already is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from massgen_audit import cli
from tests.audit.repositories import commit, edit, git, skeleton, write

INIT, ACME, BASE = "massgen/backend/__init__.py", "massgen/backend/acme.py", "massgen/backend/base.py"
EXAMPLE = "massgen/configs/providers/acme/single_acme.yaml"
Told = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """The codes that `check --changed` gives, after its exit code was seen to fit."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(root: Path, *arguments: str) -> list[str]:
        code = cli.main(["check", str(root), "--format", "concise", *(arguments or ("--changed",))])
        lines = capsys.readouterr().out.strip().splitlines()
        assert code == (1 if lines else 0)
        return sorted(line.split()[1] for line in lines)

    return call


@pytest.fixture
def indebted(tmp_path: Path) -> Path:
    """A checkout whose last commit has three findings: of the exports, of the class, and of an example."""
    root = skeleton(tmp_path / "repository")
    edit(root, INIT, '    "AcmeBackend",\n', "")
    edit(root, ACME, 'yield StreamChunk(type="done")', "pass")
    (root / EXAMPLE).unlink()
    commit(root, "debt")
    return root


def test_nothing_changed_tells_nothing(told: Told, indebted: Path) -> None:
    assert told(indebted) == []
    assert told(indebted, "--backend", "acme") == ["MG121", "MG202", "MG801"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("docs/notes.md", []),
        ("massgen/unrelated.py", []),
        (INIT, ["MG202"]),
        (ACME, ["MG121", "MG202", "MG801"]),
        (BASE, ["MG121", "MG202", "MG801"]),
    ],
    ids=["a page", "a module", "the place", "the class", "a class above it"],
)
@pytest.mark.parametrize("staged", [False, True], ids=["unstaged", "staged"])
def test_what_a_changed_file_concerns_is_told(
    told: Told, indebted: Path, path: str, expected: list[str], staged: bool
) -> None:
    target = indebted / path
    write(indebted, {path: (target.read_text() if target.exists() else "") + "\n# A line below.\n"})
    if staged:
        git(indebted, "add", path)
    assert told(indebted) == expected


def test_what_is_new_is_told_wherever_it_is_found(told: Told, tmp_path: Path) -> None:
    root = skeleton(tmp_path)
    (root / EXAMPLE).unlink()
    assert told(root) == ["MG801"]
    commit(root, "debt")
    assert told(root) == []


def test_a_branch_is_compared_with_where_it_left_the_other(told: Told, indebted: Path) -> None:
    git(indebted, "checkout", "--quiet", "-b", "topic")
    edit(indebted, "massgen/cli.py", "import os\n", "import os\nimport sys\n")
    commit(indebted, "topic")
    git(indebted, "checkout", "--quiet", "main")
    edit(indebted, INIT, "from .acme import AcmeBackend\n", "")
    commit(indebted, "main")
    assert told(indebted, "--changed", "HEAD~1") == ["MG201", "MG202"]
    git(indebted, "checkout", "--quiet", "topic")
    assert told(indebted, "--changed=main") == []


def test_the_report_says_what_it_leaves_out(
    indebted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cli.main(["check", str(indebted), "--changed"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("No findings in what changed since HEAD (")
    assert "3 older ones are left out" in out
    write(indebted, {INIT: (indebted / INIT).read_text() + "# more\n"})
    for name in ("text", "markdown", "html"):
        assert cli.main(["check", str(indebted), "--changed", "--format", name]) == 1
        assert "1 finding in what changed since HEAD" in capsys.readouterr().out, name


def test_a_line_of_the_baseline_that_the_change_made_stale_is_told(
    told: Told, indebted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "base.txt")
    assert cli.main(["baseline", "write", str(indebted), "--baseline", file]) == 0
    capsys.readouterr()
    write(indebted, {INIT: (indebted / INIT).read_text() + "# more\n"})
    assert told(indebted, "--changed", "--baseline", file) == []
    edit(indebted, ACME, "pass\n", 'yield StreamChunk(type="done")\n')
    assert told(indebted, "--changed", "--baseline", file) == ["MG003"]


def test_outside_of_a_repository_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = skeleton(tmp_path / "repository")
    (root / ".git").rename(tmp_path / "elsewhere")
    assert cli.main(["check", str(root), "--changed", "--no-cache"]) == 2
    assert "not a git repository" in capsys.readouterr().err


def test_before_the_first_commit_everything_has_changed(
    told: Told, indebted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(indebted, "checkout", "--quiet", "--orphan", "fresh")
    assert told(indebted) == ["MG121", "MG202", "MG801"]
    assert told(indebted, "--changed=main") == ["MG121", "MG202", "MG801"]
    assert cli.main(["check", str(indebted), "--changed=nowhere", "--no-cache"]) == 2
    assert "there is no commit nowhere" in capsys.readouterr().err
