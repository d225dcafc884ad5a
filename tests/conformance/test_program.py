"""A played command-line agent: a real process, whose output and end are those of the plan."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from massgen_conformance.cassette import import_, replay
from massgen_conformance.monitor import Monitor
from massgen_conformance.plan import Ending, Plan, Reply
from massgen_conformance.player import Player
from massgen_conformance.player_exchange import Exchange
from massgen_conformance.program import output, program, started
from massgen_conformance.scenario import StreamError, Text, Turn, Usage
from massgen_conformance.speakers.agents import AGENTS

HELLO = Turn((Text(("Hel", "lo \u2028 \U0001f44d")),), usage=Usage(20, 10, cached=5))


class GeminiCli:
    """A small backend over a command-line agent, as one writes it."""

    def __init__(self, command: Path) -> None:
        self.command = command

    async def stream_with_tools(self, messages: list[Any], tools: list[Any]) -> AsyncIterator[dict[str, Any]]:
        prompt = str(messages[-1]["content"])
        process = await asyncio.create_subprocess_exec(
            self.command, "-p", prompt, "--output-format", "stream-json", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
        try:
            async for chunk in self.chunks(process):
                yield chunk
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def chunks(self, process: Process) -> AsyncIterator[dict[str, Any]]:
        text, last = "", None
        assert process.stdout is not None
        async for line in process.stdout:
            last = json.loads(line) if line.endswith(b"\n") else None
            if last and last["type"] == "message" and last["role"] == "assistant":
                text += last["content"]
                yield {"type": "content", "content": last["content"]}
        if last and last.get("status") == "success" and await process.wait() == 0:
            counts = last["stats"]
            usage = {"prompt_tokens": counts["input_tokens"], "completion_tokens": counts["output_tokens"]}
            yield {"type": "complete_message", "complete_message": {"role": "assistant", "content": text}}
            yield {"type": "done", "status": "stop", "usage": {**usage, "total_tokens": counts["total_tokens"]}}
            return
        kind = "server" if last and last.get("status") == "error" else "incomplete"
        info = {"kind": kind, "provider": "gemini_cli", "retryable": False}
        yield {"type": "error", "error": "the agent did not finish", "error_info": info}
        yield {"type": "done", "status": "error", "usage": None}


def asked(exchange: Exchange, folder: Path) -> AsyncIterator[dict[str, Any]]:
    backend = GeminiCli(program(exchange, folder / "gemini"))
    return backend.stream_with_tools([{"role": "user", "content": "Say hello."}], [])


async def answer(player: Player, folder: Path, reply: Reply) -> list[dict[str, Any]]:
    """What the backend yields, judged by the monitor."""
    with player.exchange(Plan((reply,))) as exchange:
        chunks = [chunk async for chunk in asked(exchange, folder)]
    monitor = Monitor()
    breaches = [breach for chunk in chunks for breach in monitor.feed(chunk)] + monitor.finish()
    assert breaches == []
    return chunks


@pytest.mark.parametrize("every", [0, 1])
async def test_a_backend_over_a_process_is_played_like_one_over_http(
    player: Player, tmp_path: Path, every: int
) -> None:
    chunks = await answer(player, tmp_path, AGENTS["gemini_cli"].reply(HELLO).with_(every=every))
    assert "".join(chunk["content"] for chunk in chunks[:-2]) == HELLO.text
    assert chunks[-1]["usage"] == {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}


async def test_a_recorded_output_is_played_like_any_other(player: Player, recordings: Path, tmp_path: Path) -> None:
    seen: dict[bool, int] = {True: 0, False: 0}
    for file in sorted((recordings / "gemini-cli-jsonl").rglob("*.json")):
        [recorded] = import_.load(file).cassette.interactions
        chunks = await answer(player, tmp_path, output(replay.reply(recorded).events))
        succeeded = b'"status":"success"' in replay.reply(recorded).body.splitlines()[-1].replace(b" ", b"")
        assert (chunks[-1]["status"] == "stop") is succeeded, file.name
        seen[succeeded] += 1
    assert seen[True]


FAULTS = {
    "an error": (AGENTS["gemini_cli"].reply(Turn((), error=StreamError("server", "Internal."))), "server"),
    "killed": (AGENTS["gemini_cli"].reply(HELLO).with_(stop_at=300, ending=Ending.RESET), "incomplete"),
    "an early end": (AGENTS["gemini_cli"].reply(HELLO).with_(stop_at=300, ending=Ending.CLEAN_EOF), "incomplete"),
    "an exit code": (output(AGENTS["gemini_cli"].say(HELLO), exit_code=3), "incomplete"),
}


@pytest.mark.parametrize(("reply", "kind"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_of_a_process_is_a_plan(player: Player, tmp_path: Path, reply: Reply, kind: str) -> None:
    error, done = (await answer(player, tmp_path, reply))[-2:]
    assert (error["error_info"]["kind"], done["status"]) == (kind, "error")


async def test_lines_come_when_they_are_released_and_leaving_ends_the_process(player: Player, tmp_path: Path) -> None:
    said = AGENTS["gemini_cli"].reply(HELLO)
    second = sum(len(event) for event in said.events[:3])
    with player.exchange(Plan((said.with_(gates=(second,)),))) as exchange:
        stream: Any = asked(exchange, tmp_path)
        assert await anext(stream) == {"type": "content", "content": "Hel"}
        await exchange.reached(0)
        assert exchange.sent == second
        await stream.aclose()
        await exchange.closed_by_client()


@pytest.mark.parametrize(("reads", "heard"), [("nothing", ""), ("line", "one\n"), ("everything", "one\ntwo\n")])
async def test_a_program_tells_how_it_was_started_and_ends_as_it_is_told(
    player: Player, tmp_path: Path, reads: Any, heard: str
) -> None:
    with player.exchange(Plan((output((b"a\n", b"b\n"), exit_code=7, stderr="na\u00efve: bad\n"),))) as exchange:
        command = program(exchange, tmp_path / "agent", reads=reads)
        process = await asyncio.create_subprocess_exec(
            command, "--model", "m\u00e9", stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=tmp_path
        )
        out, err = await process.communicate(b"one\ntwo\n")
    assert (out, err.decode(), process.returncode) == (b"a\nb\n", "na\u00efve: bad\n", 7)
    told = started(exchange.log.requests[0])
    assert told.arguments == ("--model", "m\u00e9")
    assert (told.input, told.folder) == (heard, str(tmp_path))
    assert told.environment["PATH"] == os.environ["PATH"]


async def test_a_body_that_is_cut_off_ends_the_process_by_a_signal(player: Player, tmp_path: Path) -> None:
    with player.exchange(Plan((output((b"a\n", b"b\n")).with_(stop_at=3, ending=Ending.RESET),))) as exchange:
        process = await asyncio.create_subprocess_exec(program(exchange, tmp_path / "agent"), stdout=PIPE)
        out, _ = await process.communicate()
    assert (out, process.returncode) == (b"a\nb", -signal.SIGKILL)
