"""The command: what it prints, and the four exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from massgen_audit import cli
from massgen_audit.skeleton import SKELETON

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    for path, text in SKELETON.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return root


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(item) for item in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def break_export(checkout: Path) -> None:
    target = checkout / "massgen/backend/__init__.py"
    target.write_text(target.read_text().replace('    "AcmeBackend",\n', ""))


def test_a_clean_checkout_exits_0(run: Run, checkout: Path) -> None:
    assert run("check", checkout)[0] == 0


def test_a_finding_exits_1_and_names_its_line(run: Run, checkout: Path) -> None:
    break_export(checkout)
    code, out, _ = run("check", checkout, "--format", "concise")
    assert code == 1
    assert "massgen/backend/__init__.py:4" in out
    assert "MG202" in out


def test_exit_zero_reports_and_passes(run: Run, checkout: Path) -> None:
    break_export(checkout)
    code, out, _ = run("check", checkout, "--format", "concise", "--exit-zero")
    assert code == 0
    assert "MG202" in out


def test_the_threshold_can_be_raised(run: Run, checkout: Path) -> None:
    break_export(checkout)
    assert run("check", checkout, "--fail-on", "missing")[0] == 0
    assert run("check", checkout, "--fail-on", "partial")[0] == 1


def test_a_diff_of_nothing_says_so_beside_the_patch(run: Run, checkout: Path) -> None:
    assert run("fix", "--diff", checkout) == (0, "", "nothing to fix\n")


def test_strict_also_fails_on_what_cannot_be_verified(run: Run, checkout: Path) -> None:
    target = checkout / "massgen/backend/acme.py"
    target.write_text(target.read_text().replace('return "Acme"', "return socket.gethostname()"))
    assert run("check", checkout)[0] == 0
    assert run("check", checkout, "--strict")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "{root}/nowhere"), "is not a directory"),
        (("check", "{parent}"), "name the root of a MassGen checkout"),
        (("check", "{root}", "--backend", "acne"), "this checkout has acme"),
        (("check", "{root}", "--policy", "{root}/none.yaml"), "cannot be read"),
        (("check", "{root}", "--baseline", "{root}/none.txt"), "cannot be read"),
        (("rule", "MG999"), "there is no rule MG999"),
        (("explain", "MG201", "acne", "{root}"), "it judged acme"),
    ],
)
def test_a_wrong_use_exits_2_and_says_what_to_do(
    run: Run, checkout: Path, arguments: tuple[str, ...], told: str
) -> None:
    filled = [item.format(root=checkout, parent=checkout.parent) for item in arguments]
    code, out, err = run(*filled)
    assert (code, out) == (2, "")
    assert told in err


def test_a_required_file_that_does_not_parse_exits_2(run: Run, checkout: Path) -> None:
    (checkout / "massgen/cli.py").write_text("def broken(:\n")
    code, _, err = run("check", checkout)
    assert code == 2
    assert "massgen/cli.py" in err


def test_a_bug_exits_3(run: Run, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("massgen_audit.api.run", lambda *_: 1 / 0)
    code, _, err = run("check", checkout)
    assert code == 3
    assert "internal error" in err


def test_the_audit_of_a_directory_inside_is_that_of_the_checkout(run: Run, checkout: Path) -> None:
    assert run("check", checkout / "massgen" / "backend")[0] == 0


def test_the_checkout_is_not_written_to(run: Run, checkout: Path) -> None:
    before = sorted(path.relative_to(checkout) for path in checkout.rglob("*"))
    run("check", checkout)
    run("matrix", checkout)
    assert sorted(path.relative_to(checkout) for path in checkout.rglob("*")) == before


def test_json_has_the_fifteen_points_of_every_backend(run: Run, checkout: Path) -> None:
    document = json.loads(run("check", checkout, "--format", "json")[1])
    assert document["schema"] == "massgen-audit/1"
    assert list(document["backends"][0]["points"]) == [str(number) for number in range(1, 16)]


def test_a_baseline_is_written_kept_and_may_not_grow(run: Run, checkout: Path, tmp_path: Path) -> None:
    file = tmp_path / "base.txt"
    assert run("baseline", "write", checkout, "--baseline", file)[0] == 0
    break_export(checkout)
    code, _, err = run("baseline", "write", checkout, "--baseline", file)
    assert code == 2
    assert "would grow by 1" in err
    assert run("check", checkout, "--baseline", file)[0] == 1
    assert run("baseline", "write", checkout, "--baseline", file, "--allow-growth")[0] == 0
    assert run("check", checkout, "--baseline", file)[0] == 0


def test_explain_shows_every_piece_of_evidence(run: Run, checkout: Path) -> None:
    code, out, _ = run("explain", "MG211", "acme", checkout)
    assert code == 0
    assert "massgen/cli.py:11" in out


def test_facts_are_json_about_each_type(run: Run, checkout: Path) -> None:
    described = json.loads(run("facts", checkout)[1])["types"]["acme"]
    assert described["mro"] == ["AcmeBackend", "CustomToolAndMCPBackend", "LLMBackend"]
    assert described["variables"] == ["ACME_API_KEY"]
    assert described["registry"]["default_model"] == "acme-2"


def test_rules_are_listed_and_described(run: Run) -> None:
    assert "MG201" in run("rules")[1]
    assert "AcmeBackend" in run("rule", "class-imported")[1]


HEAVY = ("libcst", "rich", "yaml", "pytest", "massgen", "asyncio")


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [(("--help",), (*HEAVY, "ast", "massgen_audit.model")), (("check",), ("libcst", "massgen", "rich"))],
)
def test_a_command_imports_no_more_than_it_needs(
    checkout: Path, arguments: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    code = (
        "import sys\nfrom massgen_audit.cli import main\n"
        f"try:\n    main({[*arguments, *([str(checkout), '--no-cache'] if arguments == ('check',) else [])]!r})\n"
        "except SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {absent!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.rstrip().endswith("LOADED []")
