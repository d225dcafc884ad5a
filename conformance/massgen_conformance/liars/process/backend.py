"""The backend: starts the agent, reads what it puts out, and ends it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk, Failure
from massgen_conformance.liars.process.agents import AGENTS, Agent, Copilot

INHERITED: Final = frozenset({"HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"})
"""What a child is told of the environment: nothing that may be a secret."""
PIECE: Final = 65536
TAIL: Final = 2000  # characters of what the agent complained, for the error message


def whole(line: str) -> bool:
    """Whether this is JSON from beginning to end."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


class Lines:
    """Lines from bytes, at LF and nowhere else."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, received: bytes) -> list[str]:
        *lines, self._rest = (self._rest + received).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines if line.strip()]

    def close(self) -> list[str]:
        """The last line where only its end is missing; half of one is no event, as the agent died in it."""
        return [line for line in self.feed(b"\n") if whole(line)]


class ProcessBackend(Honest):
    """Starts `command` for each call. Its `base_url` is not used: an agent knows its provider."""

    framer: Any = Lines
    inherited = INHERITED

    def __init__(self, *, command: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.command = command
        self.agent: type[Agent] = AGENTS[self.provider]

    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        """The prompt and the system prompt. Raises ValueError for what an agent cannot be given."""
        wanted = self.wanted(options)
        if wanted:
            raise ValueError(f"{self.provider} has no such parameter: {', '.join(sorted(wanted))}; leave it out")
        if tools:
            raise ValueError(f"{self.provider} runs tools of its own and cannot be offered others: leave tools empty")
        said = [(message["role"], text_of(message)) for message in messages]
        system = "\n\n".join(text for role, text in said if role in ("system", "developer"))
        spoken = [each for each in said if each[0] in ("user", "assistant")]
        if self.agent is Copilot and system:  # it has no place for one
            return {"prompt": prompt_of([("system", system), *spoken]), "system": ""}
        return {"prompt": prompt_of(spoken), "system": system}

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """What the child is told: the names on the list, its own variables, and its key."""
        kept = {name: value for name, value in os.environ.items() if name in self.inherited}
        return {**kept, **own, self.agent.KEY: self._key}

    async def attempt(self, body: JSON, answer: Answer) -> AsyncGenerator[Chunk, None]:
        complaints: list[bytes] = []
        with self.file(body["system"]) as system:
            arguments, own = self.agent.start(self.model, system)
            try:
                async with self.running(arguments, own) as process, self.attended(process, body["prompt"], complaints):
                    async for chunk in self.read(process, answer):
                        yield chunk
            except TimeoutError:
                answer.failure = Failure("timeout", f"nothing came for {self.idle_timeout} s", retryable=True)
            except OSError as error:
                answer.failure = Failure("connection", f"{self.command} cannot be started: {error.strerror}")
        if answer.failure is not None and complaints:
            said = b"".join(complaints).decode("utf-8", "replace")[-TAIL:]
            answer.failure.message += f"; it said: {said}"
        if answer.failure is not None:
            answer.failure.message = self.without_key(answer.failure.message)

    async def read(self, process: Process, answer: Answer) -> AsyncIterator[Chunk]:
        agent, lines, deadline = self.agent(answer), self.framer(), time.monotonic() + self.total_timeout
        assert process.stdout is not None
        while received := await self.piece(process.stdout, deadline):
            for line in lines.feed(received):
                for chunk in self.event(agent, answer, line):  # type: ignore[arg-type]  # reads as a wire does
                    yield chunk
        for line in lines.close():
            for chunk in self.event(agent, answer, line):  # type: ignore[arg-type]
                yield chunk
        code = await process.wait()
        if answer.failure is None and (code or not answer.ended):
            ending = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            answer.failure = Failure("incomplete", f"the agent {ending} before its answer was over", retryable=True)
        for chunk in answer.end_thought() if answer.failure else answer.close():
            yield chunk

    async def piece(self, stdout: asyncio.StreamReader, deadline: float) -> bytes:
        """The next bytes. Raises TimeoutError after a silence, and when the answer takes too long."""
        async with asyncio.timeout(min(self.idle_timeout, max(deadline - time.monotonic(), 0.0))):
            return await stdout.read(PIECE)

    @asynccontextmanager
    async def running(self, arguments: list[str], own: Mapping[str, str]) -> AsyncIterator[Process]:
        """The agent, in a group of processes of its own: what it started ends with it, and it is waited for."""
        process = await self.begun(arguments, own)
        try:
            yield process
        finally:
            self.end(process)
            await drained(process.stdout)
            await process.wait()

    async def begun(self, arguments: list[str], own: Mapping[str, str]) -> Process:
        return await asyncio.create_subprocess_exec(
            self.command,
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self.environment(own),
            start_new_session=True,
        )

    def end(self, process: Process) -> None:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    @asynccontextmanager
    async def attended(self, process: Process, prompt: str, complaints: list[bytes]) -> AsyncIterator[None]:
        """While the block runs, the prompt is written and what the agent complains is read."""
        tasks = [asyncio.create_task(each) for each in (tell(process, prompt), hear(process, complaints))]
        try:
            yield
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    @contextmanager
    def file(self, text: str) -> Iterator[str]:
        """The name of a file with this text that nobody else may read, "" for no text; it is removed at the end."""
        if not text:
            yield ""
            return
        handle, name = tempfile.mkstemp(prefix="system-", suffix=".md")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            yield name
        finally:
            Path(name).unlink(missing_ok=True)


async def tell(process: Process, prompt: str) -> None:
    """Write the prompt and end the input; an agent that does not want it is no error."""
    assert process.stdin is not None
    with suppress(ConnectionError):
        process.stdin.write(prompt.encode())
        await process.stdin.drain()
    process.stdin.close()
    with suppress(ConnectionError):
        await process.stdin.wait_closed()


async def hear(process: Process, complaints: list[bytes]) -> None:
    """Read what the agent says beside its answer, and keep the last of it."""
    assert process.stderr is not None
    while said := await process.stderr.read(PIECE):
        complaints[:] = [b"".join(complaints)[-TAIL:] + said[-TAIL:]]


async def drained(stdout: asyncio.StreamReader | None) -> None:
    """Read what is left: asyncio takes a child for running while one of its outputs has not been read to its end."""
    while stdout is not None and await stdout.read(PIECE):
        pass


def text_of(message: JSON) -> str:
    """The words of a message. Raises ValueError for what is none."""
    content = message["content"]
    if isinstance(content, str):
        return content
    strange = [part["type"] for part in content if part["type"] != "text"]
    if strange:
        raise ValueError(f"an agent is given words: a part of type {strange[0]!r} cannot be shown to it")
    return "".join(part["text"] for part in content)


def prompt_of(said: list[tuple[str, str]]) -> str:
    """One message as it is; a conversation as its script."""
    if len(said) == 1:
        return said[0][1]
    return "\n\n".join(f"{role.capitalize()}: {text}" for role, text in said)


def honest(*, provider: str, base_url: str, api_key: str, model: str, **config: Any) -> ProcessBackend:
    """The factory, as a target is handed over."""
    return ProcessBackend(provider=provider, base_url=base_url, api_key=api_key, model=model, **config)


honest.providers = tuple(AGENTS)  # type: ignore[attr-defined]  # what `all` means for this target
