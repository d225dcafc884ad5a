"""All that an agent can run itself, by the names under which it is offered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from massgen_conformance.liars.agent import functions
from massgen_conformance.liars.agent.mcp_client import Breaker, McpClient, McpFailure, as_text, safe_name
from massgen_conformance.liars.agent.mcp_process import McpProcess

JSON = Any  # the JSON edge


@dataclass(slots=True)
class Step:
    """Something that a tool gave: on the way, or at its end."""

    text: str
    last: bool = False
    failed: bool = False


@dataclass(slots=True)
class Tool:
    """A tool that runs here. `kind` is the word of its status chunks."""

    name: str
    definition: JSON
    kind: str
    client: McpClient | None = None
    own_name: str = ""
    function: Callable[..., Any] | None = None


class Toolbox:
    """MCP servers and functions. `ready` before each request, `run` for a call, `aclose` at the end."""

    client: type[McpClient] = McpClient
    process: type[McpProcess] = McpProcess

    def __init__(
        self,
        servers: Iterable[Mapping[str, JSON]],
        custom: Iterable[Callable[..., Any]],
        *,
        mcp_seconds: float,
        tool_seconds: float,
        breaker: Mapping[str, float],
    ) -> None:
        self.clients = [self.client_of(server)(server, mcp_seconds) for server in servers]
        self.custom = list(custom)
        self.seconds = tool_seconds
        limit, rest = int(breaker.get("max_failures", 1_000_000)), breaker.get("reset_time_seconds", 30.0)
        self.breakers = {client.name: Breaker(limit, rest) for client in self.clients}
        self.tools: dict[str, Tool] = {}
        self.tried = False

    def client_of(self, server: Mapping[str, JSON]) -> type[McpClient]:
        return self.process if server.get("type") == "stdio" else self.client

    async def ready(self) -> list[str]:
        """Connect what is not connected and list anew what has changed; what did not work, as sentences."""
        troubles = []
        for client in self.clients:
            try:
                if not self.tried:
                    await client.open()
                elif client.changed:
                    await client.list_tools()
            except McpFailure as failure:
                troubles.append(f"{client.name}: {failure}")
        self.tried = True
        self.tools = {tool.name: tool for tool in self.all()}
        return troubles

    def all(self) -> list[Tool]:
        found: dict[str, Tool] = {}
        for client in self.clients:
            for listed in client.tools if client.usable else ():
                tool = self.of_server(client, listed)
                found.setdefault(tool.name, tool)
        for function in self.custom:
            made = functions.definition(function)
            found.setdefault(function.__name__, Tool(function.__name__, made, "custom_tool_status", function=function))
        return list(found.values())

    def of_server(self, client: McpClient, listed: JSON) -> Tool:
        name = self.name(client.name, listed["name"])
        told = {"name": name, "description": listed.get("description") or "", "parameters": self.schema(listed)}
        return Tool(name, {"type": "function", "function": told}, "mcp_status", client, listed["name"])

    def name(self, server: str, tool: str) -> str:
        return safe_name(server, tool)

    def schema(self, listed: JSON) -> JSON:
        """The schema that a server gave, or one of an object where it gave none."""
        schema = listed.get("inputSchema")
        usable = isinstance(schema, dict) and schema.get("type") == "object"
        return {"properties": {}, **schema} if usable else {"type": "object", "properties": {}}

    def objection(self, tool: Tool, arguments: JSON) -> str:
        """What is wrong with the arguments; a server judges its own."""
        if tool.function is None:
            return ""
        return "; ".join(functions.wrong(tool.definition["function"]["parameters"], arguments))

    def run(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        return self.run_mcp(tool, arguments) if tool.client else self.run_function(tool, arguments)

    async def run_mcp(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        assert tool.client is not None
        breaker = self.breakers[tool.client.name]
        if not breaker.admits():
            yield Step(f"Error: {tool.client.name} failed too often and is left alone", last=True, failed=True)
            return
        try:
            text, failed = self.read(await tool.client.call(tool.own_name, arguments))
            breaker.note(failed=False)
        except McpFailure as failure:
            breaker.note(failed=True)
            text, failed = str(failure), True
        yield Step(f"Error: {text}" if failed else text, last=True, failed=failed)

    def read(self, result: JSON) -> tuple[str, bool]:
        return as_text(result)

    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        """Its steps as they come, the last one again at the end. What is no Exception is not its caller's to keep."""
        assert tool.function is not None
        text = ""
        try:
            async with asyncio.timeout(self.seconds):
                async for step in functions.results_of(tool.function, arguments):
                    text = step if isinstance(step, str) else str(step)
                    yield Step(text)
        except TimeoutError:
            yield Step(f"Error: no result within {self.seconds} s", last=True, failed=True)
            return
        except Exception as error:
            yield Step(f"Error: {type(error).__name__}: {error}", last=True, failed=True)
            return
        yield Step(text, last=True)

    async def aclose(self) -> None:
        for client in self.clients:
            await client.aclose()
        self.tried = False
