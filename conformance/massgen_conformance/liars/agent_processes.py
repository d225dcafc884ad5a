"""Faults of an agent with MCP servers that are processes."""

from __future__ import annotations

import json
from asyncio.subprocess import Process

from massgen_conformance.liars.agent import Agent
from massgen_conformance.liars.agent.mcp_process import McpProcess
from massgen_conformance.liars.agent.toolbox import Toolbox
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.liar import liar


class _ShortLines(McpProcess):
    longest_line = 1 << 16  # what asyncio gives a reader of its own accord


class _ShortLinesToolbox(Toolbox):
    process = _ShortLines


@liar("MCP-12", fault="a line of a server that is a process may have 64 KiB")
class ReadsShortLines(Agent):
    toolbox = _ShortLinesToolbox


class _SplitsText(McpProcess):
    def messages(self, line: bytes) -> list[JSON]:
        return [json.loads(text) for text in line.decode().splitlines()]


class _SplitsTextToolbox(Toolbox):
    process = _SplitsText


@liar("MCP-12", fault="a server's line is taken for text, whose lines end at U+2028 as well")
class SplitsServersLines(Agent):
    toolbox = _SplitsTextToolbox


class _LeavesRunning(McpProcess):
    left: list[Process] = []  # noqa: RUF012  # of all: each is ended when the next server is started

    async def open(self) -> None:
        while self.left:
            process = self.left.pop()
            if process.returncode is None:
                process.kill()
        await super().open()

    async def aclose(self) -> None:
        if self.process is not None:
            self.left.append(self.process)
        self.process = None


class _LeavesRunningToolbox(Toolbox):
    process = _LeavesRunning


@liar("MCP-12", fault="a server that is a process runs on when the backend is closed")
class LeavesServersRunning(Agent):
    toolbox = _LeavesRunningToolbox
