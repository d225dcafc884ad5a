"""A run in several processes: the same report, and no item lost with a process that dies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from massgen_conformance import cli
from massgen_conformance.liars.honest import honest
from massgen_conformance.runner import Item, Runner, select
from massgen_conformance.shards import jobs_for
from massgen_conformance.targets import subject

MORTAL = """
import os
from massgen_conformance.liars.honest import honest

def make(**config):
    if config["provider"] == "groq" and config.get("idle_timeout"):
        os._exit(7)
    return honest(**config)
"""


def run(folder: Path, *options: str) -> dict[str, Any]:
    providers = [word for name in ("groq", "claude", "gemini") for word in ("--provider", name)]
    written = folder / "report.json"
    cli.main(["run", *providers, "--json", str(written), *options])
    return dict(json.loads(written.read_text(encoding="utf-8")))


def timeless(value: Any) -> Any:
    """A report without the times in it."""
    if isinstance(value, list):
        return [timeless(each) for each in value]
    if isinstance(value, dict):
        return {name: timeless(each) for name, each in value.items() if name not in ("seconds", "started")}
    return value


def test_the_report_is_the_same_whatever_the_number_of_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--target", "massgen_conformance.liars.honest:honest", "--family", "TOL", "--check", "LIF-01"]
    alone = timeless(run(tmp_path, *options, "--jobs", "1"))
    shown = capsys.readouterr()
    assert timeless(run(tmp_path, *options, "--jobs", "2")) == alone
    again = capsys.readouterr()
    assert again.out == shown.out
    assert [line.partition(",")[0] for line in again.err.splitlines()] == [
        line.partition(",")[0] for line in shown.err.splitlines()
    ]


def test_items_whose_process_dies_are_not_tested_and_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mortal.py").write_text(MORTAL)
    monkeypatch.syspath_prepend(tmp_path)
    options = ["--target", "mortal:make", "--check", "TIM-04", "--check", "LIF-01", "--jobs", "2"]
    providers = run(tmp_path, *options)["providers"]
    assert providers["groq"]["checks"]["LIF-01"]["verdict"] == "pass"
    died = providers["groq"]["checks"]["TIM-04"]
    assert died["verdict"] == "not_testable"
    assert "ended before this item was decided (exit code 7)" in died["message"]
    assert {checks["TIM-04"]["verdict"] for checks in (providers[name]["checks"] for name in ("claude", "gemini"))} == {
        "pass"
    }


def items(count: int, *providers: str) -> list[Item]:
    planned = Runner([subject(name, honest) for name in providers], select(ids=["LIF-01"])).plan()
    return [planned[number % len(planned)] for number in range(count)]


@pytest.mark.parametrize(
    ("count", "providers", "wanted", "jobs"),
    [
        (900, ("groq", "claude", "gemini"), 2, 2),
        (900, ("groq", "claude"), 8, 2),  # a provider is never divided
        (4000, ("groq",), None, 1),
        (30, ("groq", "claude"), None, 1),  # not worth the beginning of a process
        (1000, ("groq", "claude", "gemini"), None, 2),
    ],
)
def test_there_are_as_many_processes_as_are_worth_it(
    count: int, providers: tuple[str, ...], wanted: int | None, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("massgen_conformance.shards._cores", lambda: 8)
    assert jobs_for(items(count, *providers), wanted) == jobs
