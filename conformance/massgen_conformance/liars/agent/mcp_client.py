"""A client of one MCP server over Streamable HTTP.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import httpx2

from massgen_conformance.liars.honest.sse import Framer

JSON = Any  # the JSON edge

VERSION: Final = "2025-06-18"
LONGEST_NAME: Final = 64
OUTSIDE: Final = re.compile(r"[^A-Za-z0-9_-]")


class McpFailure(Exception):
    """The server did not answer as a server does; says what happened."""


class McpClient:
    """One server: `open` it, `call` its tools, `aclose` it. `tools` is its list, read again when it says so."""

    def __init__(self, server: Mapping[str, JSON], seconds: float) -> None:
        self.name, self.url = str(server["name"]), str(server.get("url", ""))
        self.seconds = seconds
        self.tools: list[JSON] = []
        self.changed = False
        self.usable = False
        self._session = ""
        self._ids = count(1)
        self._http: httpx2.AsyncClient | None = None

    async def open(self) -> None:
        """Begin a session and list the tools. Raises McpFailure."""
        if self._http is None:
            timeout = httpx2.Timeout(self.seconds)
            self._http = httpx2.AsyncClient(timeout=timeout, trust_env=False, verify=self.url.startswith("https"))
        client = {"name": "honest", "version": "1"}
        await self.ask("initialize", {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": client})
        await self.tell("notifications/initialized")
        await self.list_tools()
        self.usable = True

    async def list_tools(self) -> None:
        self.changed = False
        self.tools, cursor = [], None
        while True:
            page = await self.ask("tools/list", {"cursor": cursor} if cursor else {})
            self.tools += page["tools"]
            cursor = page.get("nextCursor")
            if not cursor:
                return

    async def call(self, name: str, arguments: JSON) -> JSON:
        """A `CallToolResult`. Raises McpFailure."""
        return await self.ask("tools/call", {"name": name, "arguments": arguments})

    async def ask(self, method: str, params: JSON) -> JSON:
        number = next(self._ids)
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for answer in await self._post(message):
            if answer.get("method") == "notifications/tools/list_changed":
                self.changed = True
            if answer.get("id") == number and "error" in answer:
                raise McpFailure(str(answer["error"].get("message") or answer["error"]))
            if answer.get("id") == number and "result" in answer:
                return answer["result"]
        raise McpFailure(f"no answer to {method}")

    async def tell(self, method: str) -> None:
        await self._post({"jsonrpc": "2.0", "method": method})

    async def _post(self, message: JSON) -> list[JSON]:
        if self._http is None:
            raise McpFailure("there is no connection")
        try:
            answer = await self._http.post(self.url, json=message, headers=self._headers())
        except httpx2.TimeoutException as error:
            raise McpFailure(f"no answer within {self.seconds} s") from error
        except httpx2.HTTPError as error:
            raise McpFailure(f"the connection broke ({type(error).__name__})") from error
        if answer.status_code not in (200, 202):
            raise McpFailure(f"HTTP {answer.status_code}")
        self._session = answer.headers.get("mcp-session-id") or self._session
        return messages(answer)

    def _headers(self) -> dict[str, str]:
        given = {"accept": "application/json, text/event-stream", "mcp-protocol-version": VERSION}
        return given | ({"mcp-session-id": self._session} if self._session else {})

    async def aclose(self) -> None:
        """End the session. A server that is gone does not matter any more."""
        http, self._http, self.usable = self._http, None, False
        if http is None:
            return
        try:
            if self._session:
                await http.delete(self.url, headers=self._headers())
        except httpx2.HTTPError:
            pass
        finally:
            await http.aclose()


def messages(answer: httpx2.Response) -> list[JSON]:
    """The messages of an answer, of a JSON body or of a stream. Raises McpFailure for anything else."""
    if not answer.content:
        return []
    try:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            framer = Framer()
            return [json.loads(event) for event in (*framer.feed(answer.content), *framer.close())]
        return [json.loads(answer.content)]
    except ValueError as error:
        raise McpFailure(f"the answer is not JSON: {error}") from error


def safe_name(server: str, tool: str) -> str:
    """A name that every provider takes, and that no other tool has: one that had to change ends in a hash."""
    plain = f"mcp__{server}__{tool}"
    safe = OUTSIDE.sub("_", plain)
    if safe == plain and len(plain) <= LONGEST_NAME and "__" not in server + tool:
        return plain
    mark = hashlib.sha256(f"{server}\0{tool}".encode()).hexdigest()[:8]
    return f"{safe[: LONGEST_NAME - 9]}_{mark}"


class Breaker:
    """Lets a server rest after `limit` failures in a row; after `seconds` one call may try again."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self.failures, self.opened = 0, 0.0

    def admits(self) -> bool:
        if self.failures < self.limit:
            return True
        rested = time.monotonic() - self.opened >= self.seconds
        if rested:
            self.opened = time.monotonic()  # the one that tries; the others wait for what comes of it
        return rested

    def note(self, *, failed: bool) -> None:
        self.failures = self.failures + 1 if failed else 0
        self.opened = time.monotonic()


def as_text(result: JSON) -> tuple[str, bool]:
    """What the model reads of a `CallToolResult`, and whether the tool failed."""
    told = [block_text(block) for block in result.get("content") or ()]
    if not told and "structuredContent" in result:
        told = [json.dumps(result["structuredContent"], ensure_ascii=False)]
    return "\n".join(told) or "(nothing)", bool(result.get("isError"))


def block_text(block: JSON) -> str:
    """One content block. What text cannot hold is described, so that the model knows that it was there."""
    kind = block.get("type")
    if kind == "text":
        return str(block["text"])
    if kind == "resource_link":
        return f"{block.get('name', '')}: {block['uri']}"
    if kind == "resource":
        resource = block["resource"]
        return str(resource["text"]) if "text" in resource else f"[{resource.get('mimeType')}: {resource['uri']}]"
    return f"[{kind} {block.get('mimeType', '')}, {len(block.get('data', ''))} characters of base64, not shown]"
