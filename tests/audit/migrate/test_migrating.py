"""The command, the page about the migrations, and that nothing is written that does not keep its promise."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from massgen_audit.cli import CLEAN, FINDINGS, USAGE, main
from massgen_audit.docs import migrations_page
from massgen_audit.facts.source import Source
from massgen_audit.fixes import FileEdit
from massgen_audit.migrate import MIGRATIONS, Migration, Options, Outcome, RolledBack, plan_migration, select
from massgen_audit.model import layout as at
from massgen_audit.model.repo import RepoModel
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import DirectoryTree, MemoryTree

ROOT = Path(__file__).parents[3]
SHARED = "massgen/backend/_excluded_params.py"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for path, text in SKELETON.items():
        (tmp_path / "checkout" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "checkout" / path).write_text(text)
    return tmp_path / "checkout"


def test_the_page_is_current_and_tells_of_every_migration() -> None:
    page = (ROOT / "docs" / "audit-migrations.md").read_text(encoding="utf-8")
    assert page == migrations_page(MIGRATIONS), (
        "write it again: massgen-audit migrate --list --format markdown > docs/audit-migrations.md"
    )
    for item in MIGRATIONS:
        assert f"## {item.number} {item.name}\n" in page
        for heading in ("What it changes", "With --unsafe", "Left alone", "Holds afterwards"):
            assert f"\n{heading}: " in item.doc


def test_numbers_and_names_are_unique_and_a_number_needs_no_zeros() -> None:
    assert [item.number for item in MIGRATIONS] == [f"{number:04}" for number in range(1, len(MIGRATIONS) + 1)]
    assert len({item.name for item in MIGRATIONS}) == len(MIGRATIONS)
    assert select("1") is select("0001") is select("one-exclusion-set") is MIGRATIONS[0]


def test_the_list_needs_no_checkout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--list"]) == CLEAN
    assert capsys.readouterr().out.count("\n") == len(MIGRATIONS)


def test_a_diff_writes_nothing_and_is_a_patch(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "1", "--diff", str(checkout)]) == FINDINGS
    assert not (checkout / SHARED).exists()
    patch = capsys.readouterr().out
    subprocess.run(["git", "apply", "-p1", "-"], cwd=checkout, input=patch, text=True, check=True)
    assert (checkout / SHARED).exists()
    assert main(["migrate", "1", str(checkout)]) == CLEAN


def test_what_is_changed_is_told_and_the_second_time_nothing(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "0001", str(checkout)]) == CLEAN
    out = capsys.readouterr().out
    assert f"changed {at.BASE}:29 " in out
    assert "0001 one-exclusion-set: 2 changed, 0 left\n" in out
    assert main(["migrate", "0001", str(checkout)]) == CLEAN
    assert capsys.readouterr().out == "0001 one-exclusion-set: 0 changed, 0 left\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["99"], "there is no migration 99"),
        (["1", "--backend", "acme"], "leave --backend out"),
        (["3", "--backend", "nobody"], "there is no backend type nobody: this checkout has acme"),
    ],
    ids=["number", "not by backend", "type"],
)
def test_what_cannot_be_asked_exits_2(
    checkout: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", *arguments, str(checkout)]) == USAGE
    assert says in capsys.readouterr().err


def test_a_file_that_changed_meanwhile_leaves_every_file_as_it_was(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from massgen_audit import fixes

    def late(edits: object, root: Path) -> None:
        (checkout / at.HANDLER_BASE).write_text("# another text\n")
        apply(edits, root)  # type: ignore[arg-type]  # handed through

    apply = fixes.apply
    monkeypatch.setattr(fixes, "apply", late)
    before = (checkout / at.BASE).read_bytes()
    assert main(["migrate", "1", str(checkout)]) == USAGE
    assert (checkout / at.BASE).read_bytes() == before
    assert not (checkout / SHARED).exists()


def writes(path: str, text: str) -> Migration:
    """A migration that writes one text, whatever is there."""

    def plan(model: RepoModel, options: Options) -> Outcome:
        before = model.source.text(path)
        edits = [] if before == text else [FileEdit(path, before, text, ("0000",))]
        return Outcome(edits)

    def broken(before: RepoModel, after: RepoModel, options: Options) -> Iterator[str]:
        if "broken" in after.source.text(path):
            yield "the promise does not hold"

    return replace(MIGRATIONS[0], number="0000", plan=plan, broken=broken)


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("massgen/backend/acme.py", SKELETON["massgen/backend/acme.py"] + "# broken\n", "the promise does not hold"),
        ("massgen/backend/more.py", "def broke(:\n", "not readable as Python"),
        (at.BACKEND_INIT, SKELETON[at.BACKEND_INIT].replace('    "AcmeBackend",\n', ""), "MG202"),
    ],
    ids=["promise", "syntax", "verdict"],
)
def test_edits_that_do_not_keep_the_promise_are_rolled_back(path: str, text: str, says: str) -> None:
    with pytest.raises(RolledBack, match="0000 is rolled back") as caught:
        plan_migration(MemoryTree(SKELETON), writes(path, text), Options())
    assert says in str(caught.value)


def test_edits_that_a_second_run_would_change_again_are_rolled_back() -> None:
    def plan(model: RepoModel, options: Options) -> Outcome:
        before = model.source.text(at.CLI)
        return Outcome([FileEdit(at.CLI, before, f"{before}# once more\n", ("0000",))])

    restless = replace(MIGRATIONS[0], plan=plan, broken=lambda before, after, options: ())
    with pytest.raises(RolledBack, match="a second run would change something again"):
        plan_migration(MemoryTree(SKELETON), restless, Options())


def test_this_repository_has_nothing_to_migrate() -> None:
    model = RepoModel(Source(DirectoryTree(ROOT)))
    for item in MIGRATIONS:
        outcome = item.plan(model, Options(unsafe=True))
        assert (outcome.edits, outcome.left) == ([], []), item.number


def test_the_editing_library_is_imported_when_something_is_edited(checkout: Path) -> None:
    code = (
        "import sys\nfrom massgen_audit.cli import main\n"
        f"assert main(['migrate', '3', '--no-cache', {str(checkout)!r}]) == 0\n"
        "assert 'libcst' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
