"""Faults with a child process, with what it is told, and with the files that it is shown."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from massgen_conformance.liars.liar import liar
from massgen_conformance.liars.process import ProcessBackend
from massgen_conformance.liars.process.agents import ClaudeCode, Start
from massgen_conformance.liars.process.backend import tell


@liar("RES-01", "RES-05", provider="claude_code", fault="only a timeout ends the agent")
class OnlyTimeoutsEnd(ProcessBackend):
    @asynccontextmanager
    async def running(self, arguments: list[str], own: Mapping[str, str]) -> AsyncIterator[Process]:
        process = await self.begun(arguments, own)
        try:
            yield process
        except TimeoutError:
            self.end(process)
            raise


@liar("RES-05", provider="claude_code", fault="what the agent complains is not read")
class DeafToComplaints(ProcessBackend):
    @asynccontextmanager
    async def attended(self, process: Process, prompt: str, complaints: list[bytes]) -> AsyncIterator[None]:
        telling = asyncio.create_task(tell(process, prompt))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait({telling})


@liar("SEC-05", provider="codex", fault="the agent is told the whole environment")
class HandsOnEnvironment(ProcessBackend):
    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, **super().environment(own)}


class _KeyInSettings(ClaudeCode):
    key = ""

    @classmethod
    def start(cls, model: str, system: str) -> Start:
        arguments, own = ClaudeCode.start(model, system)
        return [*arguments, "--settings", json.dumps({"env": {"ANTHROPIC_API_KEY": cls.key}})], own


@liar("SEC-05", provider="claude_code", fault="the key is an argument, which everybody on the machine can list")
class KeyInArguments(ProcessBackend):
    def __init__(self, **config: object) -> None:
        super().__init__(**config)  # type: ignore[arg-type]  # whatever it is
        self.agent = type("_OwnKey", (_KeyInSettings,), {"key": self._key})


@liar("SEC-05", provider="gemini_cli", fault="what the agent complains is shown as it is")
class ShowsComplaints(ProcessBackend):
    def without_key(self, said: str) -> str:
        return said


@liar("SEC-08", provider="codex", fault="the system prompt is written where everybody can read it")
class PublicFile(ProcessBackend):
    @contextmanager
    def file(self, text: str) -> Iterator[str]:
        path = Path(tempfile.gettempdir()) / f"system-{uuid4().hex}.md"
        path.write_text(text, encoding="utf-8")
        try:
            yield str(path) if text else ""
        finally:
            path.unlink()


@liar("SEC-08", provider="gemini_cli", fault="the file with the system prompt stays when the call is cancelled")
class KeepsFile(ProcessBackend):
    @contextmanager
    def file(self, text: str) -> Iterator[str]:
        with super().file(text) as name:
            try:
                yield name
            except (asyncio.CancelledError, GeneratorExit):
                if text:
                    with suppress(OSError):
                        os.link(name, f"{name}.old")
                raise
