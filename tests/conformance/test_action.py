"""The GitHub Action: its script runs as it stands in the file, with the inputs in its environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[2] / "conformance" / "action.yml"
ACTION: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
RUN = STEPS["Run the kit"]


def test_every_input_is_used_and_none_becomes_part_of_a_script() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])
    assert not any("${{" in step.get("run", "") for step in STEPS.values())
    assert all(values["description"] for values in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))


@pytest.mark.parametrize(
    ("target", "only", "code", "green"),
    [
        ("honest:honest", "LIF-01", 0, "true"),
        ("errors:EndIsSuccess", "LIF-02 STA", 1, "false"),
        ("none:x", "LIF", 2, "false"),
    ],
)
def test_the_script_writes_the_summary_the_reports_and_the_badge(
    target: str, only: str, code: int, green: str, tmp_path: Path
) -> None:
    inputs = {name: str(values["default"]) for name, values in ACTION["inputs"].items()}
    inputs |= {"provider": "groq", "target": f"massgen_conformance.liars.{target}", "only": only}
    given = {name: inputs[re.findall(r"inputs\.([a-z-]+)", value)[0]] for name, value in RUN["env"].items()}
    files = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", RUN["run"]],
        cwd=tmp_path, env={"PATH": path, **given, **files}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"green={green}\n"
    if code == 2:
        assert "cannot be imported" in done.stderr
        return
    folder = tmp_path / "conformance-reports"
    assert {file.name for file in folder.iterdir()} == {
        "conformance.json", "conformance.html", "junit.xml", "summary.md", "badge.json",
    }  # fmt: skip
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith("## conformance ")
    assert json.loads((folder / "badge.json").read_text(encoding="utf-8"))["isError"] is (code == 1)
