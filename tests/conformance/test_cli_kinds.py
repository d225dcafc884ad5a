"""The command on recordings of processes and WebSockets: what it records, what it plays, what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from massgen_conformance import cli
from massgen_conformance.cassette import kinds
from massgen_conformance.plan import Frame, Talk
from massgen_conformance.player import Player

from .cassette.agent_client import CODEX, agent

HONEST = ["--target", "massgen_conformance.liars.process:honest"]
OVER_WEBSOCKET = ["--target", f"{__package__}.cassette.agent_client:over_websocket"]
ASKS = Path(__file__).parent / "cassette" / "ask_websocket.py"
KEY = "sk-live-4f9a8b7c6d5e4f3a2b1c"
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def serving() -> Iterator[str]:
    """A WebSocket server that says what it hears in capitals, twice."""
    with Player() as player:
        talk = Talk(answer=lambda _, heard: (Frame(str(heard).upper()), Frame("Twice."), Frame("END")))
        with player.exchange(lambda _number, _request: talk, root=True):
            yield f"ws://127.0.0.1:{player.port}"


def record(folder: Path, *more: str) -> int:
    return cli.main(["record", "--cassettes", str(folder), *more])


def told(file: Path, *more: str, capsys: Printed) -> list[dict[str, object]]:
    """The chunks that a replay prints."""
    capsys.readouterr()
    assert cli.main(["replay", str(file), "--json", *more]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_programme_of_an_agent_is_recorded_and_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("CODEX_API_KEY", KEY)
    real = agent(tmp_path / "agent", "print(os.environ['CODEX_API_KEY'], file=sys.stderr)")
    asked = ["--provider", "codex", "--scenario", "text", "--executable", str(real), *HONEST]
    assert record(tmp_path, *asked) == 0
    file = tmp_path / "codex" / "text.process.yaml"
    assert f"recorded  {file} (1 exchange; removed api-key)" in capsys.readouterr().out
    [run] = kinds.load(file).runs
    assert (run.program, run.of("out"), run.exit) == ("agent", CODEX, 0)
    assert run.of("in") == b"Greet the world in one short sentence."
    assert KEY not in file.read_text()
    assert record(tmp_path, *asked, "--mode", "once") == 0
    assert "kept      " in capsys.readouterr().out
    chunks = told(file, *HONEST, "--every", "3", "--paced", capsys=capsys)
    assert [each["type"] for each in chunks] == ["content", "complete_message", "done"]


def test_what_the_player_says_is_recorded_the_same_every_time(tmp_path: Path, capsys: Printed) -> None:
    asked = ["--provider", "codex", "--provider", "claude_code", "--from-player", *HONEST]
    texts = []
    for _ in range(2):
        assert record(tmp_path, *asked, "--scenario", "reasoning", "--scenario", "error-429") == 0
        texts.append({path.name: path.read_text() for path in tmp_path.rglob("*.process.yaml")})
    assert texts[0] == texts[1]
    assert "left out  codex/reasoning: the player cannot say it" in capsys.readouterr().out
    assert cli.main(["cassettes", "--cassettes", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {(row["kind"], row["provenance"], row["state"]) for row in rows} == {("process", "synthetic", "fresh")}
    assert [(row["provider"], row["scenario"]) for row in rows] == [
        ("claude_code", "error-429"), ("claude_code", "reasoning"), ("codex", "error-429"),
    ]  # fmt: skip


def test_the_checks_run_on_what_was_recorded_of_an_agent(tmp_path: Path, capsys: Printed) -> None:
    cassettes = tmp_path / "c"
    assert record(cassettes, "--provider", "codex", "--scenario", "text", "--from-player", *HONEST) == 0
    report = tmp_path / "report.json"
    argv = ["run", "--provider", "codex", *HONEST, "--cassettes", str(cassettes), "--json", str(report)]
    assert cli.main([*argv, "--check", "REC-02", "--check", "REC-05", "--check", "REC-08", "--check", "USG-05"]) == 0
    checks = json.loads(report.read_text())["providers"]["codex"]["checks"]
    assert {name: each["verdict"] for name, each in checks.items()} == dict.fromkeys(checks, "pass")
    (cassettes / "codex" / "text.process.yaml").write_text("kind: process\nversion: 9\nruns: []\n")
    capsys.readouterr()
    assert cli.main([*argv, "--check", "USG-05"]) == 1
    assert "version is 1, which is what this kit reads, not '9'" in capsys.readouterr().out


def test_a_client_of_the_user_s_own_starts_the_agent(tmp_path: Path, capsys: Printed) -> None:
    asked = ["--provider", "acme", "--scenario", "hello", "--executable", str(agent(tmp_path / "acme-cli"))]
    assert record(tmp_path, *asked, "--", "sh", "-c", "echo Hi | {command} exec --json") == 0
    [run] = kinds.load(tmp_path / "acme" / "hello.process.yaml").runs
    assert (run.program, run.arguments, run.of("in")) == ("acme-cli", ("exec", "--json"), b"Hi\n")
    chunks = told(tmp_path / "acme" / "hello.process.yaml", "--provider", "codex", *HONEST, capsys=capsys)
    assert chunks[0]["content"] == "Hello."


def test_the_output_of_an_agent_in_a_recordings_folder_is_played(tmp_path: Path, capsys: Printed) -> None:
    exchange = {
        "protocol": "codex-jsonl",
        "provider": "codex",
        "framing": "jsonl",
        "streaming": True,
        "request": {"method": None, "uri": None, "headers": {}, "body": None},
        "response": {"status": None, "headers": {}, "body": CODEX.decode()},
    }
    (tmp_path / "one.json").write_text(json.dumps(exchange))
    chunks = told(tmp_path / "one.json", *HONEST, capsys=capsys)
    assert (chunks[0]["content"], chunks[-1]["status"]) == ("Hello.", "stop")


def test_a_backend_over_a_websocket_is_recorded_and_played(serving: str, tmp_path: Path, capsys: Printed) -> None:
    asked = ["--provider", "acme", "--scenario", "text", "--base-url", serving, *OVER_WEBSOCKET]
    assert record(tmp_path, *asked) == 0
    file = tmp_path / "acme" / "text.websocket.yaml"
    [connection] = kinds.load(file).connections
    assert connection.of("client") == ("Greet the world in one short sentence.",)
    chunks = told(file, *OVER_WEBSOCKET, "--every", "5", capsys=capsys)
    said = [each["content"] for each in chunks if each["type"] == "content"]
    assert said == ["GREET THE WORLD IN ONE SHORT SENTENCE.", "Twice."]
    assert cli.main(["cassettes", "--cassettes", str(tmp_path)]) == 0
    assert "peer (websocket)" in capsys.readouterr().out


def test_a_client_of_the_user_s_own_connects_to_the_server(serving: str, tmp_path: Path) -> None:
    asked = ["--provider", "acme", "--scenario", "hi", "--base-url", serving]
    assert record(tmp_path, *asked, "--", sys.executable, str(ASKS), "{address}", "Hi.") == 0
    [connection] = kinds.load(tmp_path / "acme" / "hi.websocket.yaml").connections
    assert (connection.of("client"), connection.of("server")) == (("Hi.",), ("HI.", "Twice.", "END"))


START = ["sh", "-c", "{command} </dev/null"]
NAMED = ["--provider", "acme", "--scenario", "x"]
REFUSED = {
    "no such program": (["--executable", "acme-cli", "--", *START], 1, "the program acme-cli is not on PATH; install"),
    "no executable": (["--executable", "{folder}/text", "--", *START], 1, "text is no executable file; install it, or"),
    "no interpreter": (
        ["--executable", "{folder}/bad", "--", *START],
        1,
        "cannot be started: {folder}/bad: No such",
    ),
    "never started": (["--executable", "true", "--", "true", "{command}"], 2, "have the client start {command}"),
    "failed client": (["--executable", "true", "--", "false", "{command}"], 2, "the client ended with exit code 1"),
    "no client": (
        ["--executable", "true", "--", "/no/client", "{command}"],
        2,
        "No such file or directory: '/no/",
    ),
    "does not end": (["--executable", "{folder}/killed", "--", *START], 1, "killed has not ended; wait for it"),
    "half new": (["--mode", "new_episodes", "--executable", "true", "--", *START], 2, "use --mode all or --mode once"),
    "never made": (["--mode", "none", "--executable", "true", "--", *START], 1, "no recording of acme/x at"),
    "tells a secret": (["--executable", "{folder}/leaky", "--", *START], 1, "a secret would be stored: known secret"),
    "nobody listens": (["--base-url", "ws://127.0.0.1:9", *OVER_WEBSOCKET], 1, "ws://127.0.0.1:9 was not reached: "),
    "unmarked": (["--executable", "true", "--", "true"], 2, "a client after `--` has {command} among its words"),
    "nothing to record": (["--", "true", "{command}"], 1, "the program acme is not on PATH; install it, or name it"),
    "http": (["--base-url", "http://127.0.0.1:9", "--", "true", "{address}"], 2, "has {command} among its words"),
    "no agent": (["--provider", "groq", "--executable", "true", *HONEST], 2, "groq is asked at an address and starts"),
    "two": (["--provider", "b", "--executable", "true", "--", *START], 2, "give one --provider and one --scenario"),
}


@pytest.mark.parametrize(("argv", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_recorded_is_told_and_changes_nothing(
    argv: list[str], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("ACME_API_KEY", KEY)
    (tmp_path / "text").write_text("no program\n")
    (tmp_path / "bad").write_text("#!/no/such/interpreter\n")
    (tmp_path / "bad").chmod(0o755)
    agent(tmp_path / "killed", "os.kill(os.getppid(), signal.SIGKILL)")
    agent(tmp_path / "leaky", f"print({KEY[:14]!r}, flush=True)", f"print({KEY[14:]!r})")
    scenario = "text" if "--" not in argv else "x"
    named = ["--scenario", scenario] if "groq" in argv else ["--provider", "acme", "--scenario", scenario]
    assert record(tmp_path / "c", *named, *(word.replace("{folder}", str(tmp_path)) for word in argv)) == code
    assert message.replace("{folder}", str(tmp_path)) in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.yaml"))


UNPLAYABLE = {
    "another kind": ("x.process.yaml", "kind: websocket\nversion: 1\nconnections: []\n", "kind is 'process', as the"),
    "another version": ("x.process.yaml", "kind: process\nversion: 7\nruns: []\n", "version is 1, which is what this"),
    "no kind": ("x.yaml", "kind: process\nversion: 1\nruns: []\n", "holds a process recording: its name must end in"),
    "http": ("x.websocket.yaml", "interactions: []\nversion: 1\n", "does not say its kind; expected `kind: websocket`"),
}


@pytest.mark.parametrize(("name", "text", "message"), UNPLAYABLE.values(), ids=UNPLAYABLE)
def test_what_cannot_be_played_is_told_with_what_to_do(
    name: str, text: str, message: str, tmp_path: Path, capsys: Printed
) -> None:
    (tmp_path / name).write_text(text)
    assert cli.main(["replay", str(tmp_path / name), "--provider", "codex", *HONEST]) == cli.USAGE
    assert message in capsys.readouterr().err
