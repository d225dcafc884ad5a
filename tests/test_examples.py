"""Every example runs as its own text says it does, against the kit's player, and prints what it is for."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from massgen_conformance.commands.serve import answering, scenarios
from massgen_conformance.player import Player

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = [path for path in sorted(EXAMPLES.glob("*.py")) if path.stem != "connect"]
COMMAND = re.compile(r"^ *python examples/(\S+ .*--player) http://127\.0\.0\.1:8123(.*?)(?: +#.*)?$", re.MULTILINE)

Run = Callable[[Path, list[str]], str]

PRINTED = {
    "ask": ["Hello, world.", "(stop, $0.00"],
    "costs": ["1,221", "64", "$0.00", "first token", "ok"],
    "failures": ["auth: Groq: HTTP 401", "-> ask the user about the key"],
    "several": ["openai ", "claude ", "gemini ", "ms  Hello, world."],
    "tools": ['get_weather({"city":"Oslo","unit":"C"}) -> Oslo: 7 C, light rain', "It is 7 °C in Oslo."],
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with Player() as player, player.exchange(answering(scenarios(), "text"), root=True) as exchange:
        yield exchange.base_url


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    monkeypatch.syspath_prepend(EXAMPLES)

    def run(script: Path, arguments: list[str]) -> str:
        monkeypatch.setattr(sys, "argv", [script.name, *arguments])
        runpy.run_path(str(script), run_name="__main__")
        return capsys.readouterr().out

    yield run
    sys.modules.pop("connect", None)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_command_in_an_example_prints_what_the_example_is_for(script: Path, server: str, run: Run) -> None:
    ((command, rest),) = COMMAND.findall(script.read_text())
    _, *arguments = shlex.split(f"{command} {server} {rest}")
    printed = run(script, arguments)
    assert [text for text in PRINTED[script.stem] if text not in printed] == []


def test_without_a_key_an_example_says_which_one_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with pytest.raises(SystemExit, match="groq: no API key: set GROQ_API_KEY"):
        run(EXAMPLES / "failures.py", [])
