"""Faults of an agent with its MCP servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from massgen_conformance.liars.agent import Agent
from massgen_conformance.liars.agent.mcp_client import Breaker, McpClient, McpFailure
from massgen_conformance.liars.agent.rules import Decision
from massgen_conformance.liars.agent.toolbox import Step, Tool, Toolbox
from massgen_conformance.liars.honest.answer import JSON, Chunk
from massgen_conformance.liars.liar import liar


@liar("CUS-01", "FLT-01", "MCP-01", "MCP-06", "MCP-10", fault="calls that are run here are handed out as well")
class HandsOverLocal(Agent):
    def shown_to_caller(self, chunk: Chunk) -> Chunk | None:
        return chunk


class _PlainNames(Toolbox):
    def name(self, server: str, tool: str) -> str:
        return tool


@liar("MCP-02", fault="a tool has the name that its server gave it")
class PlainNames(Agent):
    toolbox = _PlainNames


class _CutsNames(Toolbox):
    def name(self, server: str, tool: str) -> str:
        return f"mcp__{server}__{tool}"[:64]


@liar("MCP-02", fault="names are cut at 64 characters")
class CutsNames(Agent):
    toolbox = _CutsNames


class _Breaks(Toolbox):
    async def run_mcp(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        assert tool.client is not None
        text, failed = self.read(await tool.client.call(tool.own_name, arguments))
        yield Step(f"Error: {text}" if failed else text, last=True, failed=failed)


@liar("MCP-03", "MCP-07", "MCP-12", fault="a call that fails at its server ends the whole run with an exception")
class BreaksOnFailure(Agent):
    toolbox = _Breaks


class _Silent(Toolbox):
    async def ready(self) -> list[str]:
        await super().ready()
        return []


@liar("MCP-03", fault="nobody is told of a server that does not start")
class GoesWithout(Agent):
    toolbox = _Silent


class _Patient(McpClient):
    def __init__(self, server: Any, seconds: float) -> None:
        super().__init__(server, 3600.0)


class _PatientToolbox(Toolbox):
    client = _Patient


@liar("MCP-03", fault="a server is waited for without a limit")
class WaitsForServers(Agent):
    toolbox = _PatientToolbox


@liar("MCP-03", "MCP-04", fault="trouble with a server begins the answer again")
class AnswersTwice(Agent):
    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        trouble = False
        async for chunk in super().stream_with_tools(messages, tools, **options):
            trouble = trouble or getattr(chunk, "status", "") == "mcp_unavailable"
            if chunk.type != "done" or not trouble:
                yield chunk
        if trouble:
            yield Chunk("mcp_status", status="fallback")
            async for chunk in super().stream_with_tools(messages, tools, **options):
                yield chunk


@liar("MCP-05", fault="a stream must be closed by the task that began it")
class OneTask(Agent):
    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        task = asyncio.current_task()
        async with aclosing(super().stream_with_tools(messages, tools, **options)) as stream:
            try:
                async for chunk in stream:
                    yield chunk
            finally:
                if self.box.clients and asyncio.current_task() is not task:
                    raise RuntimeError("Attempted to exit cancel scope in a different task than it was entered in")


@liar("MCP-06", fault="what is not offered any more still runs when it is called")
class ListsOnly(Agent):
    def may_call(self, name: str) -> bool:
        return True


@liar("FLT-01", "MCP-06", fault="planning mode changes what is offered and not what runs")
class PlansOnPaper(Agent):
    async def decided(self, tool: Tool, arguments: JSON) -> Decision:
        self.planning.on = False
        return await super().decided(tool, arguments)


class _Stubborn(Toolbox):
    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.breakers = {name: Breaker(1_000_000, 0.0) for name in self.breakers}


@liar("MCP-07", fault="a failing server is asked again and again")
class NeverRests(Agent):
    toolbox = _Stubborn


class _StopsAll(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        if not all(breaker.admits() for breaker in self.breakers.values()):
            yield Step("Error: tools are left alone", last=True, failed=True)
            return
        async for step in super().run_function(tool, arguments):
            yield step


@liar("MCP-07", fault="a failing server stops the functions beside it")
class StopsAll(Agent):
    toolbox = _StopsAll


class _Unforgiving(Toolbox):
    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.breakers = {name: Breaker(each.limit, 1e9) for name, each in self.breakers.items()}


@liar("MCP-07", fault="a server that failed too often is never tried again")
class NeverForgives(Agent):
    toolbox = _Unforgiving


class _TextOnly(Toolbox):
    def read(self, result: JSON) -> tuple[str, bool]:
        texts = [block["text"] for block in result["content"] if block["type"] == "text"]
        return "\n".join(texts), bool(result.get("isError"))


@liar("MCP-08", fault="only the texts of a result are kept")
class TextsOnly(Agent):
    toolbox = _TextOnly


class _PythonText(Toolbox):
    def read(self, result: JSON) -> tuple[str, bool]:
        return str(result.get("content")), bool(result.get("isError"))


@liar("MCP-07", "MCP-08", "MCP-10", "MCP-12", fault="a result is shown as Python shows it")
class PythonNotation(Agent):
    toolbox = _PythonText


class _AllWell(Toolbox):
    def read(self, result: JSON) -> tuple[str, bool]:
        return super().read(result)[0], False


@liar("MCP-08", fault="a result that says it is an error is taken for a success")
class AllWell(Agent):
    toolbox = _AllWell


class _FirstPage(McpClient):
    async def list_tools(self) -> None:
        self.changed = False
        self.tools = (await self.ask("tools/list", {}))["tools"]


class _FirstPageToolbox(Toolbox):
    client = _FirstPage


@liar("MCP-09", fault="only the first page of a list is read")
class FirstPage(Agent):
    toolbox = _FirstPageToolbox


class _Unchanging(Toolbox):
    async def ready(self) -> list[str]:
        for client in self.clients:
            client.changed = False
        return await super().ready()


@liar("MCP-09", fault="a list is read once and for all")
class ListsOnce(Agent):
    toolbox = _Unchanging


@liar("MCP-10", fault="a call for the caller ends the run, and the calls beside it are dropped")
class DropsBeside(Agent):
    async def worked(self, calls: list[JSON], results: list[JSON]) -> AsyncGenerator[Chunk, None]:
        kept = [] if self.foreign else calls
        async for chunk in super().worked(kept, results):
            yield chunk

    def calls_of(self, seen: list[Chunk]) -> list[JSON]:
        calls = super().calls_of(seen)
        self.foreign = any(not self.is_local(call) for call in calls)
        return calls


class _Trusting(Toolbox):
    def schema(self, listed: JSON) -> JSON:
        return listed.get("inputSchema")


@liar("MCP-11", fault="a server's schema is sent on as it is")
class TrustsSchemas(Agent):
    toolbox = _Trusting


class _OnlyJson(McpClient):
    async def _post(self, message: JSON) -> list[JSON]:
        assert self._http is not None
        try:
            answer = await self._http.post(self.url, json=message, headers=self._headers())
        except Exception as error:
            raise McpFailure(str(error)) from error
        self._session = answer.headers.get("mcp-session-id") or self._session
        return [json.loads(answer.content)] if answer.content else []


class _OnlyJsonToolbox(Toolbox):
    client = _OnlyJson


@liar("MCP-03", "MCP-09", fault="a server's answer is taken for JSON, whatever its status and its type")
class TakesAllForJson(Agent):
    toolbox = _OnlyJsonToolbox
