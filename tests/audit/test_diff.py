"""`diff REF`: what is new, what is gone and what says something else, between two states of one checkout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from massgen_audit import cli
from massgen_audit.api import audit_tree
from massgen_audit.compare import Comparison, compare
from massgen_audit.rule import Edit
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree
from massgen_audit.values import Status
from tests.audit.repositories import commit, edit, git, skeleton
from tests.audit.sarif_schema import validated

Run = Callable[..., tuple[int, str, str]]
INIT = "massgen/backend/__init__.py"
NOT_IN_ALL = Edit(INIT, '    "AcmeBackend",\n', "")
NOT_IMPORTED = Edit(INIT, "from .acme import AcmeBackend\n", "")
RENAMED = {path: text.replace('"acme"', '"apex"') for path, text in build_files(()).items()}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(item) for item in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return skeleton(tmp_path / "repository")


def compared(before: tuple[Edit, ...], after: tuple[Edit, ...]) -> Comparison:
    return compare(*(audit_tree(MemoryTree(build_files(edits))) for edits in (before, after)))


def told(found: Comparison) -> dict[str, list[str]]:
    names = ("new", "gone", "changed")
    return {name: [change.now.code for change in getattr(found, name)] for name in names if getattr(found, name)}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), (), {}),
        ((), (NOT_IN_ALL,), {"new": ["MG202"]}),
        ((NOT_IN_ALL,), (), {"gone": ["MG202"]}),
        ((NOT_IN_ALL,), (NOT_IN_ALL, Edit(INIT, "from .acme", "# A line above.\nfrom .acme")), {}),
        ((NOT_IN_ALL,), (NOT_IN_ALL, NOT_IMPORTED), {"new": ["MG201", "MG202"]}),
        ((NOT_IN_ALL, NOT_IMPORTED), (NOT_IN_ALL,), {"gone": ["MG201"], "changed": ["MG202"]}),
    ],
    ids=["the same", "new", "gone", "other lines", "one worse", "one milder"],
)
def test_a_finding_is_known_again_without_its_line(
    before: tuple[Edit, ...], after: tuple[Edit, ...], expected: dict[str, list[str]]
) -> None:
    assert told(compared(before, after)) == expected


def test_points_and_types_that_differ_are_named() -> None:
    found = compared((), (NOT_IN_ALL,))
    assert [tuple(cell) for cell in found.cells()] == [("acme", 4, Status.PRESENT, Status.PARTIAL)]
    other = compare(*(audit_tree(MemoryTree(files)) for files in (build_files(()), RENAMED)))
    assert (other.added, other.removed) == (("apex",), ("acme",))


def test_only_what_is_new_fails(run: Run, checkout: Path) -> None:
    assert run("diff", "HEAD", checkout)[0] == 0
    edit(checkout, INIT, '    "AcmeBackend",\n', "")
    code, out, _ = run("diff", "HEAD", checkout)
    assert code == 1
    assert f"partial MG202 {INIT}:" in out
    assert "1 new, 0 gone, 0 changed" in out
    assert run("diff", "HEAD", checkout, "--fail-on", "missing")[0] == 0
    assert run("diff", "HEAD", checkout, "--exit-zero")[0] == 0
    commit(checkout, "debt")
    assert run("check", checkout)[0] == 1
    assert run("diff", "HEAD", checkout)[0] == 0
    code, out, _ = run("diff", "HEAD..HEAD~1", checkout)
    assert code == 0
    assert "was partial, present" in out


def test_three_dots_and_the_option_compare_with_where_the_histories_parted(run: Run, checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "-b", "topic")
    edit(checkout, "massgen/cli.py", "import os\n", "import os\nimport sys\n")
    commit(checkout, "topic")
    git(checkout, "checkout", "--quiet", "main")
    edit(checkout, INIT, '    "AcmeBackend",\n', "")
    commit(checkout, "main")
    git(checkout, "checkout", "--quiet", "topic")
    assert "0 new, 1 gone" in run("diff", "main", checkout)[1]
    for arguments in (("main...topic",), ("main...",), ("main", "--merge-base")):
        assert "have the same findings" in run("diff", arguments[0], checkout, *arguments[1:])[1]


def test_each_side_has_its_own_policy(run: Run, checkout: Path) -> None:
    edit(checkout, INIT, '    "AcmeBackend",\n', "")
    commit(checkout, "debt")
    policy = checkout / "massgen-audit.yaml"
    policy.write_text("version: 1\nbackends:\n  acme:\n    MG202: {reason: exported by the plugin instead}\n")
    code, out, _ = run("diff", "HEAD", checkout)
    assert code == 0
    assert "was partial, exempt: exported by the plugin instead" in out
    commit(checkout, "exempt")
    policy.unlink()
    assert run("diff", "HEAD", checkout)[0] == 1


def test_a_policy_that_was_broken_is_told_and_left_aside(run: Run, checkout: Path) -> None:
    (checkout / "massgen-audit.yaml").write_text("version: 7\n")
    commit(checkout, "broken")
    (checkout / "massgen-audit.yaml").unlink()
    code, _, err = run("diff", "HEAD", checkout)
    assert code == 0
    assert "without its policy" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "there is no commit nowhere"),
        (("HEAD..nowhere",), "there is no commit nowhere"),
        (("main", "--backend", "acne"), "there are acme"),
        (("empty",), "at empty"),
    ],
)
def test_a_side_that_cannot_be_audited_exits_2(
    run: Run, checkout: Path, arguments: tuple[str, ...], message: str
) -> None:
    git(checkout, "checkout", "--quiet", "--orphan", "empty")
    git(checkout, "rm", "-rq", "--cached", ".")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    code, out, err = run("diff", arguments[0], checkout, *arguments[1:])
    assert (code, out) == (2, "")
    assert message in err


def test_every_format_tells_the_new_finding(run: Run, checkout: Path) -> None:
    edit(checkout, INIT, "from .acme import AcmeBackend\n", "")
    commit(checkout, "debt")
    edit(checkout, INIT, '    "AcmeBackend",\n', "")
    edit(checkout, "massgen/backend/acme.py", 'return "Acme"', 'return "Apex"')
    for name in cli.DIFF_FORMATS:
        code, out, _ = run("diff", "HEAD", checkout, "--format", name)
        assert code == 1, name
        assert "MG202" in out, name
        assert "MG106" in out, name


def test_json_has_both_sides(run: Run, checkout: Path) -> None:
    edit(checkout, INIT, '    "AcmeBackend",\n', "")
    document = json.loads(run("diff", "HEAD", checkout, "--format", "json")[1])
    assert document["schema"] == "massgen-audit-diff/1"
    assert document["summary"] == {"new": 1, "gone": 0, "changed": 0, "same": 0}
    change = document["new"][0]
    assert (change["backend"], change["point"], change["code"]) == ("acme", 4, "MG202")
    assert (change["before"]["status"], change["after"]["status"]) == ("present", "partial")
    assert document["points"] == [{"backend": "acme", "point": 4, "before": "present", "after": "partial"}]


def test_sarif_says_new_updated_and_absent(run: Run, checkout: Path) -> None:
    edit(checkout, INIT, "from .acme import AcmeBackend\n", "")
    edit(checkout, INIT, '    "AcmeBackend",\n', "")
    commit(checkout, "debt")
    edit(checkout, INIT, "__all__ = [\n", "from .acme import AcmeBackend\n\n__all__ = [\n")
    edit(checkout, "massgen/backend/acme.py", 'yield StreamChunk(type="done")', "pass")
    document = validated(run("diff", "HEAD", checkout, "--format", "sarif")[1])
    states = {item["ruleId"]: item["baselineState"] for item in document["runs"][0]["results"]}
    assert states == {"MG121": "new", "MG201": "absent", "MG202": "updated"}
