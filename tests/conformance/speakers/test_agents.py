"""What an agent's speaker says has the shape of what the agent really put out, and is read as its users read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen_conformance.scenario import StreamError, Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.speakers.agents import AGENTS
from massgen_conformance.trace import Received
from tests.conformance.conftest import SHARED

SAMPLES = SHARED / "peers" / "samples"
FOLDERS = {"claude_code": "claude-code", "codex": "codex", "gemini_cli": "gemini-cli", "copilot": "copilot-cli"}
TURNS = {
    "text": Turn((Text(("Hel", "lo")),), usage=Usage(20, 10, cached=5, reasoning=4)),
    "thinking": Turn((Thinking(("I ", "see."), "c2lnbmF0dXJl"), Text(("Hel", "lo")))),
    "summary": Turn((Thinking(("I ", "see."), summary=True), Text(("Hel", "lo")))),
    "error": Turn((), error=StreamError("server", "Internal error.")),
}


def kind(line: Any) -> tuple[str, ...]:
    """What tells the lines of an agent apart."""
    inner = line.get("event") or line.get("item") or {}
    return (
        line["type"],
        str(line.get("subtype") or line.get("role") or line.get("status") or ""),
        inner.get("type", ""),
    )


def paths(value: Any, place: str = "") -> set[str]:
    """The keys of a line, to all depths but those of the provider's own event."""
    if not isinstance(value, dict) or place == ".event":
        return set()
    return {f"{place}.{key}" for key in value} | {
        path for key, inner in value.items() if key != "models" for path in paths(inner, f"{place}.{key}")
    }


def recorded(agent: str) -> dict[tuple[str, ...], list[set[str]]]:
    folder = SAMPLES / FOLDERS[agent]
    if not folder.is_dir():
        pytest.skip("the recorded output of agents is not here: it is not part of the repository")
    known: dict[tuple[str, ...], list[set[str]]] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for text in file.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            known.setdefault(kind(line), []).append(paths(line))
    return known


THINKS_ALOUD = {"claude_code": "thinking", "copilot": "thinking", "codex": "summary", "gemini_cli": "text"}


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("turn", ["text", "thoughts", "error"])
def test_every_line_has_a_shape_that_was_recorded(agent: str, turn: str) -> None:
    known = recorded(agent)
    for text in AGENTS[agent].say(TURNS[THINKS_ALOUD[agent] if turn == "thoughts" else turn]):
        line = json.loads(text)
        assert kind(line) in known, text
        assert any(paths(line) <= shape for shape in known[kind(line)]), text


def lines(agent: str, turn: str) -> list[Any]:
    return [json.loads(text) for text in AGENTS[agent].say(TURNS[turn])]


def test_claude_code_tells_the_whole_message_before_its_block_is_closed() -> None:
    said = lines("claude_code", "thinking")
    events = [line.get("event", line)["type"] for line in said]
    assert [events[number + 1] for number, name in enumerate(events) if name == "assistant"] == [
        "content_block_stop"
    ] * 2
    deltas = [line["event"].get("delta", {}).get("text", "") for line in said if line["type"] == "stream_event"]
    assert "".join(deltas) == said[-1]["result"] == "Hello"


def test_a_failure_of_claude_code_is_a_success_with_an_error() -> None:
    last = lines("claude_code", "error")[-1]
    assert (last["type"], last["subtype"], last["is_error"]) == ("result", "success", True)


def test_codex_tells_items_whole_and_counts_them() -> None:
    said = lines("codex", "summary")
    assert [line["item"]["text"] for line in said if line["type"] == "item.completed"] == ["I see.", "Hello"]
    assert lines("codex", "text")[-1]["usage"]["cached_input_tokens"] == 5
    assert lines("codex", "error")[-1]["type"] == "turn.failed"


def test_gemini_cli_shows_no_thoughts() -> None:
    assert "I see." not in json.dumps(lines("gemini_cli", "thinking"))
    assert lines("gemini_cli", "text")[-1]["stats"]["total_tokens"] == 30


def test_copilot_tells_everything_twice_and_its_exit_code_in_the_last_line() -> None:
    said = lines("copilot", "thinking")
    deltas = [line["data"]["deltaContent"] for line in said if line["type"] == "assistant.message_delta"]
    [whole] = [line["data"] for line in said if line["type"] == "assistant.message"]
    assert ("".join(deltas), whole["reasoningText"]) == (whole["content"], "I see.")
    failed = lines("copilot", "error")
    assert [line["type"] for line in failed[-3:]] == ["session.error", "assistant.idle", "result"]
    assert (failed[-1]["exitCode"], AGENTS["copilot"].failing, said[-1]["exitCode"]) == (1, 1, 0)


def test_every_event_of_copilot_stands_below_the_last_one_that_is_kept() -> None:
    said = lines("copilot", "thinking")[:-1]
    above = said[0]["parentId"]
    for line in said:
        assert line["parentId"] == above
        above = above if line.get("ephemeral") else line["id"]


def test_copilot_shows_no_thoughts_that_are_withheld() -> None:
    with pytest.raises(UnspeakableTurn, match="withheld"):
        AGENTS["copilot"].say(Turn((Thinking((), redacted="c2lnbmF0dXJl"), Text(("Hello",)))))


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_hands_over_no_calls(agent: str) -> None:
    with pytest.raises(UnspeakableTurn, match="runs its tools itself"):
        AGENTS[agent].say(Turn((ToolCall("f", ("{}",)),), finish="tool_calls"))


UNSPEAKABLE = {
    "raw reasoning": ("codex", TURNS["thinking"], "a summary"),
    "another ending": ("gemini_cli", Turn((Text(("Hel",)),), finish="length"), "ended with 'length'"),
    "a class of error": ("codex", Turn((), error=StreamError("rate_limit", "Later.")), "cannot say 'rate_limit'"),
}


@pytest.mark.parametrize(("agent", "turn", "why"), UNSPEAKABLE.values(), ids=UNSPEAKABLE)
def test_what_an_agent_has_no_words_for_is_refused(agent: str, turn: Turn, why: str) -> None:
    with pytest.raises(UnspeakableTurn, match=why):
        AGENTS[agent].say(turn)


def test_a_refusal_has_the_status_where_the_agent_tells_it() -> None:
    told = {name: speaker.refuse(429, "rate_limit", "Later.") for name, speaker in AGENTS.items()}
    assert json.loads(told["claude_code"].events[-1])["api_error_status"] == 429
    assert b'"statusCode":429' in told["copilot"].body
    assert all(b"429 Later." in reply.body for reply in told.values())


def start(*arguments: str, said: str = "", files: dict[str, str] | None = None, **environment: str) -> Received:
    body = {"arguments": arguments, "input": said, "folder": "/", "files": files or {}}
    headers = tuple(("environment", f"{name}={value}") for name, value in environment.items())
    return Received("POST", "/run", headers, json.dumps(body).encode())


SYSTEM = {"/s": "S"}
CLAUDE = ("-p", "--output-format", "stream-json", "--verbose", "--model", "m")
STARTS = {
    "claude_code": start(*CLAUDE, "--append-system-prompt-file", "/s", said="Hi", files=SYSTEM, ANTHROPIC_API_KEY="k"),
    "codex": start(
        "exec",
        "--json",
        "-m",
        "m",
        "-c",
        'model_instructions_file="/s"',
        "-",
        said="Hi",
        files=SYSTEM,
        CODEX_API_KEY="k",
    ),
    "copilot": start("--model", "m", "-p", "Hi", "--output-format", "json", GH_TOKEN="k"),
    "gemini_cli": start(
        "-m=m", "-p", "Hi", "-o", "stream-json", files=SYSTEM, GEMINI_SYSTEM_MD="/s", GEMINI_API_KEY="k"
    ),
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_start_is_read_as_model_system_and_prompt(agent: str) -> None:
    assert AGENTS[agent].problems(STARTS[agent]) == []
    read = AGENTS[agent].read(STARTS[agent])
    assert (read.model, read.system, [message.text for message in read.messages]) == (
        "m",
        "" if agent == "copilot" else "S",  # it has no place for one
        ["Hi"],
    )


def test_messages_on_the_standard_input_are_read() -> None:
    said = json.dumps({"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Hi"}]}})
    request = start(*CLAUDE, "--input-format", "stream-json", said=said + "\n", ANTHROPIC_API_KEY="k")
    assert AGENTS["claude_code"].problems(request) == []
    assert AGENTS["claude_code"].read(request).messages[0].text == "Hi"


KEY = {"ANTHROPIC_API_KEY": "k"}
OBJECTIONS = {
    "no option": ("claude_code", start(*CLAUDE, "--temperature", "1", said="Hi", **KEY), "--temperature"),
    "no lines": ("gemini_cli", start("-p", "Hi", GEMINI_API_KEY="k"), "--output-format stream-json"),
    "no verbose": ("claude_code", start(*CLAUDE[:3], said="Hi", **KEY), "--verbose"),
    "no command": ("codex", start("--json", said="Hi", CODEX_API_KEY="k"), "begins with exec"),
    "no key": ("codex", start("exec", "--json", said="Hi"), "no key in CODEX_API_KEY"),
    "no prompt": ("codex", start("exec", "--json", "-", CODEX_API_KEY="k"), "no prompt"),
    "no start": ("codex", Received("POST", "/run", (), b"{}"), "not the start of a program"),
}


@pytest.mark.parametrize(("agent", "request_", "why"), OBJECTIONS.values(), ids=OBJECTIONS)
def test_what_an_agent_would_object_to_is_told(agent: str, request_: Received, why: str) -> None:
    [problem] = AGENTS[agent].problems(request_)
    assert why in problem
