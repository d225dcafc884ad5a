"""A client of one MCP server that is a process: a message a line, over standard input and output.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
"""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Any, ClassVar

from massgen_conformance.liars.agent.mcp_client import McpClient, McpFailure

JSON = Any  # the JSON edge


class McpProcess(McpClient):
    """The client, with a process in place of the connection."""

    longest_line: ClassVar[int] = 1 << 30
    grace_seconds: ClassVar[float] = 1.0

    def __init__(self, server: Mapping[str, JSON], seconds: float) -> None:
        super().__init__(server, seconds)
        self.command = [str(server["command"]), *map(str, server.get("args") or ())]
        self.process: Process | None = None

    async def open(self) -> None:
        if self.process is None:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=self.longest_line
            )
        await super().open()

    async def _post(self, message: JSON) -> list[JSON]:
        """Send a message; of a request everything that is said until its answer."""
        if self.process is None or self.process.stdin is None:
            raise McpFailure("there is no process")
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            await self.process.stdin.drain()
            heard: list[JSON] = []
            async with asyncio.timeout(self.seconds):
                while "id" in message and not any(each.get("id") == message["id"] for each in heard):
                    heard += self.messages(await self.line(self.process))
            return heard
        except TimeoutError as error:
            raise McpFailure(f"no answer within {self.seconds} s") from error
        except (OSError, ValueError) as error:
            raise McpFailure(f"the process broke off ({type(error).__name__})") from error

    async def line(self, process: Process) -> bytes:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise McpFailure("the process has ended")
        return line

    def messages(self, line: bytes) -> list[JSON]:
        return [json.loads(line)]

    async def aclose(self) -> None:
        """End the input, and the process if that does not end it."""
        await super().aclose()
        process, self.process = self.process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(self.grace_seconds):
                await process.communicate()  # what it still says is let go, so that it can end
        except TimeoutError:
            process.kill()
            await process.communicate()
