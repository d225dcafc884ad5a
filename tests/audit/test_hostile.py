"""Files that are broken, foreign or meant to do harm: named, never followed, never a crash."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from massgen_audit import tree as trees
from massgen_audit.api import audit_tree
from massgen_audit.model.layout import UnusableCheckout
from massgen_audit.skeleton import SKELETON
from massgen_audit.tree import DirectoryTree, MemoryTree, find_root
from massgen_audit.values import Status

ACME = "massgen/backend/acme.py"


def on_disk(root: Path) -> Path:
    for path, text in SKELETON.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return root


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"class AcmeBackend(:\n", "line 1"),
        (b"\xff\xfeclass AcmeBackend(CustomToolAndMCPBackend): pass\n", "not readable as Python"),
        (b"class AcmeBackend(CustomToolAndMCPBackend):\0 pass\n", "not readable as Python"),
        (b"class AcmeBackend(Backend): x = " + b"(" * 5000 + b")" * 5000, "not readable as Python"),
        (b"class AcmeBackend(Backend):\n" + b"-" * 200_000 + b"1\n", "not readable as Python"),
    ],
)
def test_a_broken_backend_file_is_named_and_the_rest_is_judged(text: bytes, why: str) -> None:
    audit = audit_tree(MemoryTree({**SKELETON, ACME: text}))
    assert [path for path, _ in audit.unreadable] == [ACME]
    assert why in audit.unreadable[0][1]
    assert next(item for item in audit.findings() if item.code == "MG221").status is Status.PRESENT


@pytest.mark.parametrize("path", ["massgen/backend/base.py", "massgen/backend/__init__.py", "massgen/cli.py"])
def test_a_required_file_that_does_not_parse_ends_the_run(path: str) -> None:
    with pytest.raises(UnusableCheckout, match=path):
        audit_tree(MemoryTree({**SKELETON, path: "def broken(:\n"}))


def test_a_directory_that_is_no_checkout_is_told_so() -> None:
    with pytest.raises(UnusableCheckout, match="not a MassGen checkout"):
        audit_tree(MemoryTree({"massgen/other.py": ""}))


def test_a_link_out_of_the_checkout_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("class AcmeBackend(LLMBackend): pass\n")
    root = on_disk(tmp_path / "checkout")
    (root / ACME).unlink()
    (root / ACME).symlink_to(secret)
    audit = audit_tree(DirectoryTree(root))
    assert audit.unreadable == ((ACME, "a link that leaves the checkout"),)


def test_a_directory_that_links_to_its_parent_does_not_hang(tmp_path: Path) -> None:
    root = on_disk(tmp_path)
    (root / "massgen" / "loop").symlink_to(root / "massgen")
    assert audit_tree(DirectoryTree(root)).unreadable == ()


def test_a_link_to_itself_is_named_and_hides_nothing_else(tmp_path: Path) -> None:
    root = on_disk(tmp_path)
    for path in ("docs", "massgen/loop", "massgen/backend/other.py"):
        shutil.rmtree(root / path, ignore_errors=True)
        (root / path).symlink_to(root / path)
    audit = audit_tree(DirectoryTree(root))
    assert {"docs", "massgen/backend/other.py"} < {path for path, _ in audit.unreadable}
    assert next(item for item in audit.findings() if item.code == "MG202").status is Status.PRESENT


def test_a_package_that_is_a_link_to_a_directory_of_the_checkout_is_read(tmp_path: Path) -> None:
    plain = audit_tree(DirectoryTree(on_disk(tmp_path / "plain")))
    root = on_disk(tmp_path / "linked")
    (root / "massgen" / "backend").rename(root / "kept")
    (root / "massgen" / "backend").symlink_to("../kept")
    audit = audit_tree(DirectoryTree(root))
    assert audit.unreadable == ()
    assert [(item.code, item.status) for item in audit.findings()] == [
        (item.code, item.status) for item in plain.findings()
    ]


def test_a_directory_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = on_disk(tmp_path)
    scan = os.scandir

    def refused(path: Path) -> object:
        if Path(path).name == "configs":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(trees.os, "scandir", refused)
    assert audit_tree(DirectoryTree(root)).unreadable == (("massgen/configs", "cannot be read (PermissionError)"),)


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    root = on_disk(tmp_path)
    (root / ACME).unlink()
    os.mkfifo(root / ACME)
    assert audit_tree(DirectoryTree(root)).unreadable == ((ACME, "not a regular file"),)


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = on_disk(tmp_path)
    monkeypatch.setattr(trees, "MAX_BYTES", 20_000)
    (root / ACME).write_text(SKELETON[ACME] + "#" * 30_000)
    assert audit_tree(DirectoryTree(root)).unreadable[0][0] == ACME


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\nb: {type: x}\n",
        'agents: !!python/object/apply:os.system ["exit 1"]\nbackend: {type: acme}\n',
        "backend: {type: acme\n",
        "type: \x00\n",
        "x: &x\n  backend: &b {type: acme}\ny: {<<: *x, backend: *b}\n",
    ],
)
def test_a_hostile_configuration_neither_runs_nor_hangs(text: str) -> None:
    audit_tree(MemoryTree({**SKELETON, "massgen/configs/providers/acme/evil.yaml": text}))


def test_a_checkout_of_windows_line_ends_is_judged_the_same() -> None:
    plain = audit_tree(MemoryTree(SKELETON))
    other = audit_tree(MemoryTree({path: text.replace("\n", "\r\n") for path, text in SKELETON.items()}))
    assert [(item.code, item.status) for item in plain.findings()] == [
        (item.code, item.status) for item in other.findings()
    ]


def test_the_root_is_found_from_a_directory_inside(tmp_path: Path) -> None:
    root = on_disk(tmp_path)
    assert find_root(root / "massgen" / "configs" / "providers") == root.resolve()
    assert find_root(Path("/")) is None
