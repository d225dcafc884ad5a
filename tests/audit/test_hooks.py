"""What others call the auditor through: the hooks of pre-commit and the GitHub action."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from massgen_audit import cli
from tests.audit.repositories import edit, skeleton
from tests.audit.sarif_schema import validated

ROOT = Path(__file__).parents[2]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "audit/action.yml").read_text())
RUN = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "run")
INIT = "massgen/backend/__init__.py"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_calls_a_command_that_there_is(hook: dict[str, Any]) -> None:
    program, *arguments = shlex.split(hook["entry"])
    assert program == "massgen-audit"
    cli._parser().parse_args(arguments)
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    assert (ROOT / hook["additional_dependencies"][0] / "pyproject.toml").is_file()
    concerned = re.compile(hook["files"])
    assert all(
        concerned.search(path) for path in (INIT, "docs/source/a.rst", "scripts/test_a.py", "massgen-audit.yaml")
    )
    assert not concerned.search("README.md")


def test_every_input_of_the_action_is_used_and_none_becomes_part_of_a_script() -> None:
    text = (ROOT / "audit/action.yml").read_text()
    used = set(re.findall(r"inputs\.([a-z-]+)", text))
    assert used == set(ACTION["inputs"])
    scripts = [step.get("run", "") for step in ACTION["runs"]["steps"]]
    assert all("${{" not in script for script in scripts)
    assert all(script.count(" -m ") == script.count(" -I -m ") for script in scripts), "a checkout's modules never run"


@pytest.mark.parametrize(
    ("inputs", "code", "message"),
    [({}, 1, "findings"), ({"CHANGED": "HEAD"}, 0, "clean"), ({"ROOT": "nowhere"}, 2, "error")],
    ids=["everything", "what changed", "no checkout"],
)
def test_the_action_runs_as_it_is_written(tmp_path: Path, inputs: dict[str, str], code: int, message: str) -> None:
    root = skeleton(tmp_path / "repository")
    edit(root, INIT, '    "AcmeBackend",\n', "")
    for name in ("yaml.py", "massgen_audit/__init__.py"):  # what `python -m` would take from where it stands
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("raise SystemExit('code of the checkout runs')\n")
    subprocess.run(["git", "-C", str(root), "add", "--all"], check=True)
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "debt"], check=True
    )
    defaults = {name: re.sub(r"\W", "_", name).upper() for name in ACTION["inputs"]}
    given = {key: str(ACTION["inputs"][name]["default"]) for name, key in defaults.items() if key in RUN["env"]}
    files = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"TOOL": "massgen-audit", "PATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {**os.environ, **given, **files, **inputs, **own}
    done = subprocess.run(
        ["bash", "-e", "-c", RUN["run"]], cwd=root, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stderr
    reports = root / "audit-reports"
    assert json.loads((reports / "badge.json").read_text())["message"] == message
    reported = "reported=true\n" if code < 2 else ""
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == f"{reported}clean={'true' if code == 0 else 'false'}\n"
    if code < 2:
        validated((reports / "audit.sarif").read_text())
        assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text().startswith("## massgen-audit")
        assert ("MG202" in done.stdout) == (code == 1)
