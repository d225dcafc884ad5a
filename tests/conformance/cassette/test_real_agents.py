"""Claude Code, Codex, Copilot and Gemini CLI themselves, recorded while the kit's player answers as their provider.

Needs the npm packages `@anthropic-ai/claude-code`, `@openai/codex`, `@github/copilot` and `@google/gemini-cli`, those
that are there: in `.peers/*/` of the repository, or in the folder that PEERS names (`npm install --ignore-scripts
--prefix .peers/npm-codex @openai/codex`). They call home when they can, so the tests run where they cannot:

    unshare -rn sh -c 'ip link set lo up; .venv/bin/pytest tests/conformance/cassette/test_real_agents.py'
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from massgen_conformance import cli
from massgen_conformance.cassette import kinds
from massgen_conformance.driver import responses
from massgen_conformance.player import Player
from massgen_conformance.scenario import Scenario, Text, Turn, Usage
from massgen_conformance.speakers import SPEAKERS

PEERS = Path(os.environ.get("PEERS") or Path(__file__).parents[3] / ".peers")
ROUTES = Path("/proc/net/route")
KEY = "dummy-key-7f3a9c21"
SAID = ("Hello from ", "the player: ", "Gr\u00fc\u00dfe, \u6f22\u5b57, \U0001f680.")
HELLO = Scenario("hello", (Turn((Text(SAID),), usage=Usage(20, 10)),) * 8)

pytestmark = pytest.mark.skipif(
    not ROUTES.is_file() or ROUTES.read_text().count("\n") > 1,
    reason="real agents run where only the loopback is up: unshare -rn sh -c 'ip link set lo up; ...'",
)


@dataclass(frozen=True)
class Real:
    """How an agent is found, asked and told where its provider is (`{url}`)."""

    places: str
    wire: str
    words: tuple[str, ...]
    environment: dict[str, str]


CODEX_PROVIDER = 'model_providers.peer={name="peer", base_url="{url}/v1", wire_api="responses", env_key="PEER_KEY"}'
CUSTOM = re.compile(r"^tools\[\d+\]\.(?:custom|function is missing|type is one of function, not 'custom')")
"""Copilot CLI offers custom tools, which OpenAI takes and a compatible server does not."""
GEMINI_SETTINGS = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
REAL = {
    "claude_code": Real(
        "*/node_modules/@anthropic-ai/claude-code-linux-*/claude",
        "anthropic_messages",
        ("-p", "Say hello.", "--output-format", "stream-json", "--verbose", "--include-partial-messages"),
        {"ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_API_KEY": KEY, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
    ),
    "codex": Real(
        "*/node_modules/.bin/codex",
        "openai_responses",
        (
            *("exec", "--json", "--skip-git-repo-check", "-m", "gpt-5.1-codex"),
            *("-c", 'model_provider="peer"', "-c", CODEX_PROVIDER, "Say hello."),
        ),
        {"PEER_KEY": KEY},
    ),
    "copilot": Real(
        "*/node_modules/.bin/copilot",
        "openai_chat",
        ("-p", "Say hello.", "--allow-all-tools", "--output-format", "json"),
        {
            "COPILOT_OFFLINE": "true",
            "COPILOT_AUTO_UPDATE": "false",
            "COPILOT_PROVIDER_TYPE": "openai",
            "COPILOT_PROVIDER_WIRE_API": "completions",
            "COPILOT_PROVIDER_BASE_URL": "{url}/v1",
            "COPILOT_PROVIDER_API_KEY": KEY,
            "COPILOT_MODEL": "gpt-4o",
        },
    ),
    "gemini_cli": Real(
        "*/node_modules/.bin/gemini",
        "gemini_generate",
        ("-m", "gemini-2.5-flash", "-p", "Say hello.", "--output-format", "stream-json"),
        {
            "GEMINI_API_KEY": KEY,
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            "GOOGLE_GEMINI_BASE_URL": "{url}",
        },
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_agent_is_recorded_and_played_to_a_backend(
    name: str, player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = REAL[name]
    found = sorted(PEERS.glob(real.places))
    if not found:
        pytest.skip(f"{name} is not installed in {PEERS}: set PEERS, or see the top of this file")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gemini").mkdir()
    (tmp_path / ".gemini" / "settings.json").write_text(json.dumps(GEMINI_SETTINGS))
    with player.exchange(responses(HELLO, SPEAKERS[real.wire])) as exchange:
        for variable, value in real.environment.items():
            monkeypatch.setenv(variable, value.replace("{url}", exchange.base_url))
        words = [word.replace("{url}", exchange.base_url) for word in real.words]
        argv = ["--provider", name, "--scenario", "hello", "--executable", str(found[0]), "--cassettes", "c"]
        client = ["sh", "-c", 'exec "$@" </dev/null', "sh", "{command}", *words]
        assert cli.main(["record", *argv, "--base-url", exchange.base_url, "--", *client]) == 0
    asked = [request for request in exchange.log.requests if request.method == "POST"]
    problems = {problem for request in asked for problem in SPEAKERS[real.wire].problems(request)}
    assert [problem for problem in problems if not CUSTOM.search(problem)] == []  # the player takes what a client asks
    file = tmp_path / "c" / name / "hello.process.yaml"
    [run] = kinds.load(file).runs
    assert (run.exit, KEY in file.read_text(), str(tmp_path) in file.read_text()) == (0, False, False)
    capsys.readouterr()
    assert cli.main(["replay", str(file), "--target", "massgen_conformance.liars.process:honest", "--json"]) == 0
    chunks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "".join(each["content"] for each in chunks if each["type"] == "content") == "".join(SAID)
    assert (chunks[-1]["type"], chunks[-1]["status"]) == ("done", "stop")
