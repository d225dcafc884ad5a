"""An MCP server and a client of it in one process: JSON-RPC 2.0 over two queues, as MCP has it over pipes."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

Json = Any
Tool = Callable[[dict[str, Json]], Awaitable[Json]]


class Server:
    """Answers `initialize`, `tools/list` in pages, and `tools/call`, each request in a task of its own."""

    def __init__(self, **tools: Tool) -> None:
        self.tools = tools
        self.received: list[str] = []
        self.running, self.most_at_once = 0, 0

    async def serve(self, requests: asyncio.Queue[str], answers: asyncio.Queue[str]) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                request = json.loads(await requests.get())
                self.received.append(request["method"])
                group.create_task(self._answer(request, answers))

    async def _answer(self, request: Json, answers: asyncio.Queue[str]) -> None:
        answer: dict[str, Json] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            answer["result"] = await self._result(request["method"], request.get("params") or {})
        except Exception as error:
            answer["error"] = {"code": -32000, "message": str(error)}
        await answers.put(json.dumps(answer))

    async def _result(self, method: str, params: Json) -> Json:
        if method == "initialize":
            return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}}
        if method == "tools/list":
            at = int(params.get("cursor") or 0)
            names = list(self.tools)
            schema = {"type": "object", "properties": {"x": {"type": ["integer", "null"]}}}
            page = [{"name": name, "description": f"does {name}", "inputSchema": schema} for name in names[at : at + 2]]
            return {"tools": page, **({"nextCursor": str(at + 2)} if at + 2 < len(names) else {})}
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            return await self.tools[params["name"]](params["arguments"])
        finally:
            self.running -= 1


class Client:
    """`massgen.backend.mcp_integration.MCPClient` over the queues."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connections, self.disconnections = 0, 0
        self._tasks: list[asyncio.Task[None]] = []
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}

    async def connect(self) -> None:
        self.connections += 1
        self._requests: asyncio.Queue[str] = asyncio.Queue()
        answers: asyncio.Queue[str] = asyncio.Queue()
        serving, reading = self.server.serve(self._requests, answers), self._read(answers)
        self._tasks = [asyncio.create_task(serving), asyncio.create_task(reading)]
        await self._ask("initialize", {"protocolVersion": "2025-06-18"})

    async def list_tools(self) -> list[Json]:
        tools: list[Json] = []
        cursor = None
        while True:
            page = await self._ask("tools/list", {"cursor": cursor} if cursor else {})
            tools.extend(page["tools"])
            cursor = page.get("nextCursor")
            if cursor is None:
                return tools

    async def call_tool(self, name: str, arguments: dict[str, Json]) -> Json:
        return await self._ask("tools/call", {"name": name, "arguments": arguments})

    async def disconnect(self) -> None:
        self.disconnections += 1
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _ask(self, method: str, params: Json) -> Json:
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._requests.put(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        return await self._waiting[number]

    async def _read(self, answers: asyncio.Queue[str]) -> None:
        while True:
            answer = json.loads(await answers.get())
            waiting = self._waiting.pop(answer["id"])
            if waiting.done():
                continue  # nobody waits any more
            if "error" in answer:
                waiting.set_exception(RuntimeError(answer["error"]["message"]))
            else:
                waiting.set_result(answer["result"])
