"""A commit read from git's objects: the same audit as its checkout, and nothing of a hostile repository runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from massgen_audit import git as gits
from massgen_audit.api import audit_tree
from massgen_audit.git import GitError, Repository
from massgen_audit.git_tree import GitTree
from massgen_audit.tree import DirectoryTree, Unreadable
from tests.audit.repositories import commit, git, skeleton, write

ACME = "massgen/backend/acme.py"


@contextmanager
def tree_of(root: Path, name: str = "HEAD") -> Iterator[GitTree]:
    repository = Repository(root)
    with GitTree(repository, repository.commit(name), name) as tree:
        yield tree


def links(root: Path) -> None:
    """Every kind of link: to a directory and a file inside, out of the checkout, to nothing and in a circle."""
    (root / "massgen" / "backend").rename(root / "kept")
    (root / "massgen" / "backend").symlink_to("../kept")
    (root / "docs" / "again").symlink_to("source")
    (root / "massgen" / "up").symlink_to("..")
    for name, target in {"in": "cli.py", "out": "../../secret.py", "none": "nothing.py", "loop": "loop.py"}.items():
        (root / "massgen" / f"{name}.py").symlink_to(target)


@pytest.mark.parametrize("inside", ["", "deep/checkout"])
@pytest.mark.parametrize("change", [lambda root: None, links], ids=["plain", "links"])
def test_a_commit_and_its_checkout_give_the_same_audit(tmp_path: Path, inside: str, change: object) -> None:
    root = skeleton(tmp_path / "repository", inside)
    change(root)
    commit(tmp_path / "repository", "changed") if change is links else None
    with tree_of(root) as tree:
        directory = DirectoryTree(root)
        assert tree.paths() == directory.paths()
        assert all(tree.same(path, directory) for path in tree.paths() if not path.endswith(("out.py", "loop.py")))
        before, after = audit_tree(tree), audit_tree(directory)
    assert before.findings() == after.findings()
    assert [path for path, _ in before.unreadable] == [path for path, _ in after.unreadable]


def test_a_link_out_of_the_commit_is_not_followed(tmp_path: Path) -> None:
    root = skeleton(tmp_path / "repository")
    (tmp_path / "secret.py").write_text("secret")
    links(root)
    commit(root)
    with tree_of(root) as tree:
        for path, why in {"massgen/out.py": "leaves the checkout", "massgen/loop.py": "in a circle"}.items():
            with pytest.raises(Unreadable, match=why):
                tree.read(path)
        with pytest.raises(FileNotFoundError):
            tree.read("massgen/none.py")
        assert tree.read("massgen/in.py") == tree.read("massgen/cli.py")


def test_a_submodule_is_named_and_not_entered(tmp_path: Path) -> None:
    root = skeleton(tmp_path / "repository")
    other = skeleton(tmp_path / "other")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{git(other, 'rev-parse', 'HEAD')},massgen/vendored")
    git(root, "commit", "--quiet", "--message", "a submodule")
    with tree_of(root) as tree:
        assert audit_tree(tree).unreadable == (
            ("massgen/vendored", "a submodule: its files are in another repository"),
        )


def test_a_file_is_the_same_whatever_git_made_of_its_line_ends(tmp_path: Path) -> None:
    root = skeleton(tmp_path)
    write(root, {ACME: (root / ACME).read_text().replace("\n", "\r\n"), "massgen/cli.py": "changed = 1\r\n"})
    (root / "massgen/config_validator.py").unlink()
    with tree_of(root) as tree:
        paths = (ACME, "massgen/cli.py", "massgen/config_validator.py", "massgen/neither.py")
        assert [tree.same(path, DirectoryTree(root)) for path in paths] == [True, False, False, True]


def hostile_settings(root: Path, marker: Path) -> None:
    """Everything by which a repository's own files can make git start a program."""
    program = root / ".git" / "evil"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    program.chmod(0o755)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(program, root / ".git" / "hooks" / hook)
    settings = ("core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "core.alternateRefsCommand")
    more = ("diff.external", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "credential.helper")
    for name in (*settings, *more, "alias.ls-tree", "alias.cat-file", "alias.rev-parse", "gpg.program"):
        git(root, "config", name, f"!{program}" if name.startswith("alias") else str(program))
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")


def test_nothing_that_a_repository_configures_is_run(tmp_path: Path) -> None:
    root = skeleton(tmp_path / "repository")
    marker = tmp_path / "ran"
    hostile_settings(root, marker)
    with tree_of(root) as tree:
        audit_tree(tree)
        assert all(tree.same(path, DirectoryTree(root)) for path in tree.paths())
    assert not marker.exists()


def test_what_a_partial_clone_lacks_is_named_and_not_fetched(tmp_path: Path) -> None:
    origin = skeleton(tmp_path / "origin")
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", origin.as_uri(), "clone")
    clone, marker = tmp_path / "clone", tmp_path / "ran"
    program = tmp_path / "pack"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    program.chmod(0o755)
    git(clone, "config", "remote.origin.uploadpack", str(program))
    with tree_of(clone) as tree, pytest.raises(Unreadable, match="not in this clone"):
        tree.read(ACME)
    assert not marker.exists()


def test_the_environment_of_a_hook_does_not_lead_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = skeleton(tmp_path / "repository")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-index"))
    with tree_of(root) as tree:
        assert ACME in tree.paths()


def test_a_commit_without_end_and_a_huge_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = skeleton(tmp_path)
    monkeypatch.setattr("massgen_audit.git_tree.MAX_BYTES", 20)
    with tree_of(root) as tree, pytest.raises(Unreadable, match="larger than 20 bytes"):
        tree.read(ACME)
    monkeypatch.setattr(gits, "MAX_FILES", 3)
    with pytest.raises(GitError, match="more than 3 files"), tree_of(root):
        pass


@pytest.mark.parametrize(
    ("name", "told"),
    [("nowhere", "no commit nowhere"), ("--all", "is not the name"), ("a\0b", "is not the name"), ("HEAD:docs", "no")],
)
def test_a_name_that_is_no_commit_is_told(tmp_path: Path, name: str, told: str) -> None:
    root = skeleton(tmp_path)
    with pytest.raises(GitError, match=told):
        Repository(root).commit(name)


def test_a_directory_outside_of_any_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        Repository(tmp_path)


def test_histories_that_never_met_have_no_common_commit(tmp_path: Path) -> None:
    root = skeleton(tmp_path)
    git(root, "checkout", "--quiet", "--orphan", "other")
    commit(root, "another beginning")
    repository = Repository(root)
    with pytest.raises(GitError, match="is the clone shallow"):
        repository.merge_base(repository.commit("main"), repository.commit("other"))
