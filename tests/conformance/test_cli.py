"""The command: what it prints and how it exits."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from google import genai

from massgen_conformance import cli
from massgen_conformance.cassette import store

BARE = f"{__package__}.cassette.bare:factory" if __package__ else "conformance.cassette.bare:factory"
TARGET = ["--target", BARE]
Printed = pytest.CaptureFixture[str]


def record(folder: Path, *more: str) -> int:
    return cli.main(["record", "--provider", "chatcompletion", *TARGET, "--cassettes", str(folder), *more])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cassettes")
    assert record(folder, "--from-player") == 0
    return folder


def test_help_is_quick_because_nothing_is_imported() -> None:
    code = (
        "import sys\nfrom massgen_conformance import cli\n"
        "try:\n cli.main(['--help'])\nexcept SystemExit as done:\n"
        " heavy = {'vcr', 'httpx2', 'pytest', 'hypothesis', 'rich', 'yaml'} & set(sys.modules)\n"
        " sys.exit(done.code or sorted(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("run", "record", "replay", "cassettes", "serve", "kill-matrix", "report"):
        assert name in done.stdout


def test_a_whole_programme_is_recorded_and_listed(recorded: Path, capsys: Printed) -> None:
    assert cli.main(["cassettes", "--cassettes", str(recorded), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["scenario"]: row["exchanges"] for row in rows} == {
        "text": 1, "tool": 2, "tool-parallel": 2, "reasoning": 1, "usage": 1, "error-401": 1, "error-429": 1,
    }  # fmt: skip
    assert {(row["state"], row["provenance"]) for row in rows} == {("fresh", "synthetic")}


def test_the_table_shows_coverage(recorded: Path, capsys: Printed) -> None:
    assert cli.main(["cassettes", "--cassettes", str(recorded)]) == 0
    printed = capsys.readouterr().out
    assert "coverage" in printed
    assert printed.count("synthetic") == 14


def test_a_changed_cassette_is_a_finding(recorded: Path, tmp_path: Path, capsys: Printed) -> None:
    for path in (recorded / "chatcompletion").glob("text*"):
        store.write({tmp_path / "chatcompletion" / path.name: path.read_text() + "\n"})
    store.write({tmp_path / "acme" / "lost.yaml": "interactions: []\n", tmp_path / "acme" / "odd.yaml": "- 1\n"})
    assert cli.main(["cassettes", "--cassettes", str(tmp_path), "--json"]) == 1
    states = {row["scenario"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert states == {"text": "altered", "lost": "undescribed", "odd": "unreadable"}


def test_replay_prints_readable_chunks(recorded: Path, capsys: Printed) -> None:
    file = str(recorded / "chatcompletion" / "tool.yaml")
    assert cli.main(["replay", file, *TARGET, "--every", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{file} [0]"
    assert lines[1].split()[0] == "tool_calls"
    assert [line.split()[0] for line in lines if line.startswith("  ")].count("done") == 2


def test_replay_delivers_as_many_bytes_at_a_time_as_asked(recorded: Path, capsys: Printed) -> None:
    argv = ["replay", str(recorded / "chatcompletion" / "error-429.yaml"), "--json", "--every", "7"]
    assert cli.main([*argv, "--target", BARE.replace(":factory", ":pieces")]) == 0
    *pieces, last, _ = [json.loads(line).get("content") for line in capsys.readouterr().out.splitlines()]
    assert set(pieces) == {"7"}
    assert 0 < int(last) <= 7


def test_replay_prints_json_lines(recorded: Path, capsys: Printed) -> None:
    assert cli.main(["replay", str(recorded / "chatcompletion" / "text.yaml"), *TARGET, "--json"]) == 0
    chunks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "".join(chunk["content"] for chunk in chunks if chunk["type"] == "content").startswith("Hello, world.")
    assert (chunks[-1]["type"], chunks[-1]["status"], chunks[-1]["interaction"]) == ("done", "stop", 0)


def test_replay_of_a_whole_folder_leaves_the_descriptions_out(recorded: Path, capsys: Printed) -> None:
    files = sorted(str(path) for path in (recorded / "chatcompletion").glob("text*"))
    assert len(files) == 2
    assert cli.main(["replay", *files, *TARGET]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line[0] != " "] == [f"{files[1]} [0]"]


RECORDED = str(Path(__file__).parents[2] / "cassettes" / "groq" / "text.yaml")

USAGE = {
    "no command": ([], "usage:"),
    "unknown command": (["fly"], "invalid choice"),
    "no provider": (["record"], "--provider NAME"),
    "unknown provider": (["record", "--provider", "nobody", *TARGET], "unknown provider 'nobody'"),
    "unknown wire": (["record", "--provider", "x", "--wire", "smoke", *TARGET], "unknown wire 'smoke'"),
    "unknown scenario": (["record", "--provider", "claude", "--scenario", "x", *TARGET], "known: text, tool"),
    "unknown target": (["record", "--provider", "claude", "--target", "no.such:thing"], "cannot be imported"),
    "bad config": (["record", "--provider", "claude", "--config", "[]", *TARGET], "JSON object"),
    "no such file": (["replay", "nowhere.yaml", *TARGET], "cannot read nowhere.yaml"),
    "no such folder": (["cassettes", "--cassettes", "nowhere"], "no folder nowhere"),
    "no such report": (["report", "nowhere.json"], "cannot read nowhere.json"),
    "unknown check": (["run", "--provider", "claude", "--check", "XXX-01", *TARGET], "unknown: XXX-01"),
    "no folder for the report": (["run", "--provider", "claude", "--json", "nowhere/x", *TARGET], "nowhere/x is not a"),
    "no folder for the page": (["run", "--provider", "claude", "--html", "nowhere/x", *TARGET], "nowhere/x is not a"),
    "no folder for the matrix": (["kill-matrix", "--json", "nowhere/x"], "nowhere/x is not a"),
    "no such recordings": (["run", "--provider", "claude", "--cassettes", "nowhere", *TARGET], "no folder nowhere"),
    "no backend": (["replay", RECORDED, "--target", "os:getcwd"], "the factory raised TypeError"),
    "unknown spoken scenario": (["serve", "--scenario", "x"], "unknown scenario x"),
}


@pytest.mark.parametrize(("argv", "message"), USAGE.values(), ids=USAGE)
def test_a_wrong_command_line_says_what_is_wrong(argv: list[str], message: str, capsys: Printed) -> None:
    try:
        code = cli.main(argv)
    except SystemExit as left:  # argparse's own way out
        code = int(left.code or 0)
    printed = capsys.readouterr()
    assert code == cli.USAGE
    assert message in printed.err
    assert "Traceback" not in printed.err


def test_a_missing_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert record(tmp_path, "--scenario", "text") == cli.USAGE
    assert "set OPENAI_API_KEY and run the command again" in capsys.readouterr().err


def test_an_upstream_that_is_not_there_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "dummy-key-7f3a91c2")
    assert record(tmp_path, "--scenario", "text", "--base-url", "http://127.0.0.1:9") == cli.FINDINGS
    assert "http://127.0.0.1:9 cannot be reached" in capsys.readouterr().err


def test_a_missing_recording_in_mode_none_says_the_command(tmp_path: Path, capsys: Printed) -> None:
    assert record(tmp_path, "--scenario", "text", "--mode", "none", "--from-player") == cli.FINDINGS
    assert "massgen-conformance record --provider chatcompletion --scenario text" in capsys.readouterr().err


def test_what_is_there_is_kept_in_mode_once(recorded: Path, capsys: Printed) -> None:
    assert record(recorded, "--scenario", "text", "--mode", "once", "--from-player") == 0
    assert capsys.readouterr().out.startswith("kept")


def test_an_error_of_the_kit_is_told_apart(recorded: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    def broken(_: Path) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("massgen_conformance.cassette.import_.load", broken)
    assert cli.main(["replay", "x.yaml", *TARGET]) == cli.INTERNAL
    assert "please report it" in capsys.readouterr().err


def test_run_prints_the_matrix_and_report_prints_it_again(recorded: Path, tmp_path: Path, capsys: Printed) -> None:
    stored, page = tmp_path / "report.json", tmp_path / "report.html"
    argv = ["run", "--provider", "chatcompletion", "--check", "LIF-01", "--cassettes", str(recorded), *TARGET]
    code = cli.main([*argv, "--json", str(stored)])
    first = capsys.readouterr().out
    assert code in (cli.CLEAN, cli.FINDINGS)
    assert json.loads(stored.read_text())["schema"] == "massgen-conformance/1"
    assert cli.main(["report", str(stored)]) == code
    assert capsys.readouterr().out == first
    assert cli.main(["report", str(stored), "--format", "html", "-o", str(page)]) == code
    assert "LIF-01" in page.read_text()


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    """The running command: provider -> base URL as printed. It must end well when interrupted."""
    command = [sys.executable, "-m", "massgen_conformance", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        try:
            yield dict(line.split() for line in takewhile(lambda line: not line.startswith("any API key"), lines))
            running.send_signal(signal.SIGINT)
            assert running.wait(10) == 0
        finally:
            running.kill()


PROMPT = "What is the weather? [tool]"
KEY = "any-key-7f3a91"


def test_serve_speaks_to_openai_s_client_on_both_wires(served: dict[str, str]) -> None:
    with openai.OpenAI(base_url=served["openai"], api_key=KEY, max_retries=0) as client:
        events = list(client.responses.create(model="m", input=PROMPT, stream=True))
    assert events[-1].type == "response.completed"
    assert [item.name for item in events[-1].response.output if item.type == "function_call"] == ["get_weather"]
    with openai.OpenAI(base_url=served["groq"], api_key=KEY, max_retries=0) as client:
        said: list[Any] = [{"role": "user", "content": "Hello."}]
        chunks = list(client.chat.completions.create(model="m", messages=said, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("Hello, world.")


def test_serve_speaks_to_anthropic_s_client_and_says_the_second_turn(served: dict[str, str]) -> None:
    tool: Any = {"name": "get_weather", "input_schema": {"type": "object", "properties": {}}}
    messages: list[Any] = [{"role": "user", "content": PROMPT}]
    with anthropic.Anthropic(base_url=served["claude"], api_key=KEY, max_retries=0) as client:
        for _ in range(2):
            with client.messages.stream(model="m", max_tokens=9, messages=messages, tools=[tool]) as stream:
                answer = stream.get_final_message()
            calls = [block for block in answer.content if block.type == "tool_use"]
            results = [{"type": "tool_result", "tool_use_id": call.id, "content": "7 C"} for call in calls]
            messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
    assert "".join(block.text for block in answer.content if block.type == "text") == "It is 7 \u00b0C in Oslo."


def test_serve_speaks_to_google_s_client(served: dict[str, str]) -> None:
    options = genai.types.HttpOptions(base_url=served["gemini"], api_version="v1beta")
    with genai.Client(api_key=KEY, http_options=options) as client:
        chunks = list(client.models.generate_content_stream(model="m", contents=PROMPT))
    calls = [call for chunk in chunks for call in chunk.function_calls or []]
    assert [(call.name, call.args) for call in calls] == [("get_weather", {"city": "Oslo", "unit": "C"})]


@pytest.mark.parametrize(("said", "status"), [("[error-401]", 401), ("Again. [error-429]", 429)])
def test_serve_fails_when_asked_to(said: str, status: int, served: dict[str, str]) -> None:
    messages: list[Any] = [{"role": "user", "content": said}]
    with (
        anthropic.Anthropic(base_url=served["claude"], api_key=KEY, max_retries=0) as client,
        pytest.raises(anthropic.APIStatusError) as refused,
    ):
        client.messages.create(model="m", max_tokens=9, messages=messages)
    assert refused.value.status_code == status


def test_serve_refuses_what_a_provider_would_refuse(served: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    lost = httpx2.post(served["groq"] + "/embeddings", json={}, headers=headers, trust_env=False)
    wrong = httpx2.post(served["groq"] + "/chat/completions", json={"model": "m"}, headers=headers, trust_env=False)
    assert (lost.status_code, wrong.status_code) == (404, 400)
    assert "messages" in wrong.text


def test_help_takes_less_than_a_fifth_of_a_second() -> None:
    """Of processor time: what else this machine does is not the command's fault."""
    command = [sys.executable, "-m", "massgen_conformance", "--help"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.2
