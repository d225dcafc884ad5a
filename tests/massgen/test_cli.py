"""The `massgen` command against a server on this machine."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.cli import main
from massgen_conformance.plan import Plan, Reply
from massgen_conformance.player import Exchange, Player

KEY = "gsk-a-key-that-must-not-be-shown"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in BACKEND_CAPABILITIES.values():
        for name in row.key_variables:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "200")


def event(**delta: Any) -> bytes:
    finish = delta.pop("finish", None)
    chunk = {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


USAGE = b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}\n\n'
DONE = b"data: [DONE]\n\n"
ANSWER = (
    event(reasoning="Let me think."),
    event(content="Hel"),
    event(content="lo."),
    event(finish="stop"),
    USAGE,
    DONE,
)


def ask(exchange: Exchange, *more: str, prompt: str | None = "Hi") -> list[str]:
    question = [] if prompt is None else [prompt]
    return ["chat", "--backend", "groq", "--base-url", f"{exchange.base_url}/openai/v1", *more, *question]


def test_the_answer_goes_to_standard_output_and_the_account_to_standard_error(
    player: Player, capsys: pytest.CaptureFixture[str]
) -> None:
    with player.exchange(Plan((Reply(ANSWER),))) as exchange:
        assert main(ask(exchange, "--system", "Be brief.", "--set", "max_tokens=50", "--set", "user=me")) == 0
    shown = capsys.readouterr()
    assert shown.out == "Hello.\n"
    assert "Let me think." in shown.err
    last = shown.err.strip().splitlines()[-1]
    assert last.startswith("1,000 in, 100 out · cost $0.00021 · first token 0.")
    assert last.endswith(" · stop")
    sent = json.loads(exchange.log.requests[0].body)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["user"] == "me"
    assert 50 in sent.values()
    assert ("authorization", f"Bearer {KEY}") in [
        (name.lower(), value) for name, value in exchange.log.requests[0].headers
    ]


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_report_follows_on_standard_error(
    more: list[str], player: Player, capsys: pytest.CaptureFixture[str]
) -> None:
    with player.exchange(Plan((Reply(ANSWER),))) as exchange:
        assert main(ask(exchange, "--report", *more)) == 0
    shown = capsys.readouterr()
    assert "cached" not in shown.out
    if more:
        assert json.loads(shown.err)["total"]["input_tokens"] == 1000
        assert [json.loads(line)["type"] for line in shown.out.splitlines()][-1] == "done"
    else:
        heading, _, row = shown.err.splitlines()[-4:-1]
        assert {"backend", "calls", "input", "output", "cost"} <= set(heading.split())
        assert row.split()[:4] == ["Groq", "openai/gpt-oss-120b", "1", "1,000"]


def test_what_an_answer_cites_and_shows_is_named_below(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    cited = [{"type": "url_citation", "url_citation": {"url": address}} for address in ("u", "u", "v")]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    said = event(content="Hello.", annotations=cited, images=[picture])
    with player.exchange(Plan((Reply((said, event(finish="stop"), DONE)),))) as exchange:
        assert main(ask(exchange)) == 0
    shown = capsys.readouterr()
    assert shown.out == "Hello.\n"
    lines = [line for line in shown.err.splitlines() if line.startswith(("source", "media"))]
    assert lines == ["media: image/png (--json prints it whole)", "source: u", "source: v"]


def test_a_call_of_a_tool_is_shown_beside_the_answer(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at":"it"}'}}
    plan = Plan((Reply((event(tool_calls=[call]), event(finish="tool_calls"), USAGE, DONE)),))
    with player.exchange(plan) as exchange:
        assert main(ask(exchange)) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[0] == 'calls look {"at":"it"}'


def test_a_model_without_a_known_price_has_an_unknown_cost(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    with player.exchange(Plan((Reply(ANSWER),))) as exchange:
        assert main(ask(exchange, "--model", "no-such-model")) == 0
    assert "cost unknown" in capsys.readouterr().err


def test_json_prints_every_chunk_and_nothing_else(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    with player.exchange(Plan((Reply(ANSWER),))) as exchange:
        assert main(ask(exchange, "--json")) == 0
    shown = capsys.readouterr()
    chunks = [json.loads(line) for line in shown.out.splitlines()]
    assert [chunk["type"] for chunk in chunks] == [
        "reasoning", "reasoning_done", "content", "content", "complete_message", "done"
    ]  # fmt: skip
    assert chunks[-1]["usage"]["total_tokens"] == 1100
    assert shown.err == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_provider_that_fails_is_exit_1_without_the_key(
    as_json: bool, player: Player, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = json.dumps({"error": {"message": f"Invalid API Key {KEY}", "code": "invalid_api_key"}}).encode()
    reply = Reply((refusal,), status=401, headers=(("content-type", "application/json"),), sized=True)
    with player.exchange(Plan((reply,))) as exchange:
        assert main(ask(exchange, *["--json"] * as_json)) == 1
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
    assert "check the API key" in (shown.out if as_json else shown.err)


def test_nobody_there_is_exit_1(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["chat", "--backend", "groq", "--set", "max_retries=0", "--base-url", player.refusing_url(), "Hi"]
    assert main(arguments) == 1
    shown = capsys.readouterr().err
    assert "no connection to 127.0.0.1" in shown
    assert "cost" not in shown  # nothing was counted, so nothing is said to have cost nothing


def test_what_a_terminal_would_act_on_is_not_shown(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    evil = event(content="a\x1b]0;title\x07b\x9bc\r\td[red]e[/red]\n")
    with player.exchange(Plan((Reply((evil, event(finish="stop"), USAGE, DONE)),))) as exchange:
        assert main(ask(exchange)) == 0
    assert capsys.readouterr().out == "a]0;titlebc\td[red]e[/red]\n"


async def test_a_terminal_that_cannot_show_a_character_still_shows_the_answer(player: Player) -> None:
    reply = Reply((event(content="naïve 日本 :smile:"), event(finish="stop"), USAGE, DONE))
    with player.exchange(Plan((reply,))) as exchange:
        process = await start(*ask(exchange), PYTHONIOENCODING="ascii")
        out, _ = await process.communicate()
    assert (process.returncode, out) == (0, b"na\\xefve \\u65e5\\u672c :smile:\n")


@pytest.mark.parametrize("prompt", [None, "-"])
def test_the_question_can_come_from_standard_input(
    prompt: str | None, player: Player, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("From a pipe"))
    with player.exchange(Plan((Reply(ANSWER),))) as exchange:
        assert main(ask(exchange, prompt=prompt)) == 0
    assert json.loads(exchange.log.requests[0].body)["messages"][-1]["content"] == "From a pipe"
    assert capsys.readouterr().out == "Hello.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chat", "--backend", "qroq", "Hi"], ["unknown backend type 'qroq': did you mean groq?"]),
        (["chat", "--backend", "claude", "Hi"], ["set ANTHROPIC_API_KEY in the environment"]),
        (["chat", "--backend", "chatcompletion", "Hi"], ["model is required", "base_url is required"]),
        (["chat", "--backend", "groq", "  "], ["the question is empty"]),
        (["chat", "--backend", "groq", "--set", "x", "Hi"], ["--set takes NAME=VALUE, not 'x'"]),
        (["chat", "--backend", "groq", "--set", "backend_type=x", "Hi"], ["--set takes NAME=VALUE"]),
        (["chat", "--backend", "groq", "--set", "logit_bias={}", "Hi"], ["logit_bias"]),
    ],
)
def test_a_mistake_is_exit_2_and_says_what_to_do(
    arguments: list[str], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith("massgen: ") and text in line for line, text in zip(lines, said, strict=True))


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["chat", "Hi"], ["validate"]])
def test_a_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: massgen" in capsys.readouterr().err


def test_backends_lists_every_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backends"]) == 0
    text = capsys.readouterr().out
    assert all(kind in text and row.default_model.replace("custom", "yours") in text for kind, row in BACKEND_CAPABILITIES.items())  # fmt: skip  # noqa: E501
    assert "GOOGLE_API_KEY or GEMINI_API_KEY" in text


def test_backends_as_json_is_the_registry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backends", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["backend_type"] for row in rows] == list(BACKEND_CAPABILITIES)
    assert rows[2]["models"] == BACKEND_CAPABILITIES["groq"].models


def test_validate_tells_good_from_bad_from_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("agent:\n  backend:\n    type: groq\n    cwd: here\n")
    bad.write_text("agent:\n  backend:\n    type: qroq\n")
    assert main(["validate", str(good)]) == 0
    assert main(["validate", str(bad), str(good)]) == 1
    assert main(["validate", str(tmp_path / "absent.yaml")]) == 2
    shown = capsys.readouterr()
    assert f"{good}:4:5: warning: agent.backend.cwd" in shown.out
    assert f"{bad}:3:5: error: agent.backend.type: unknown backend type 'qroq'" in shown.out
    assert f"{good}: valid" in shown.out
    assert "absent.yaml: No such file" in shown.err


# As a process of its own: what arrives when, and what signals do.


async def start(*arguments: str, **environ: str) -> asyncio.subprocess.Process:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "massgen.cli", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=buffered | environ,
    )  # fmt: skip


GATED = Reply(ANSWER, gates=(len(ANSWER[0]) + len(ANSWER[1]),))


async def test_text_is_shown_as_it_arrives(player: Player) -> None:
    with player.exchange(Plan((GATED,))) as exchange:
        process = await start(*ask(exchange))
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert await process.stdout.readexactly(3) == b"Hel"  # the rest has not been sent
            exchange.release()
            assert await process.stdout.read() == b"lo.\n"
            assert await process.wait() == 0


async def test_ctrl_c_closes_the_stream(player: Player) -> None:
    with player.exchange(Plan((GATED,))) as exchange:
        process = await start(*ask(exchange))
        assert process.stdout is not None
        async with asyncio.timeout(30):
            await process.stdout.readexactly(3)
            process.send_signal(signal.SIGINT)
            await exchange.closed_by_client()
            _, errors = await process.communicate()
    assert process.returncode == 130
    assert errors.decode().strip().endswith("massgen: interrupted")
    assert b"Traceback" not in errors


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_reader_that_leaves_ends_the_command_quietly(as_json: bool, player: Player) -> None:
    with player.exchange(Plan((GATED,))) as exchange:
        readable, writable = os.pipe()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "massgen.cli", *ask(exchange, *["--json"] * as_json),
            stdout=writable, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        os.close(writable)
        async with asyncio.timeout(30):
            await exchange.reached(0)
            os.close(readable)
            exchange.release()
            _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in errors
    assert b"Exception ignored" not in errors


def test_the_version_is_that_of_the_installed_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"massgen {version('massgen-backends')}\n"
