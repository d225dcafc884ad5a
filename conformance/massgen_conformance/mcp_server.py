"""An MCP server for the player: what it lists and answers is data, and so is what goes wrong with it.

Model Context Protocol, transport "Streamable HTTP": each message is a POST of its own, a request is answered with JSON
or with an event stream that may hold notifications before the answer, a notification with 202.
https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from massgen_conformance.driver import Delivery
from massgen_conformance.plan import Refusal, Reply
from massgen_conformance.trace import Received

JSON = Any  # the JSON edge

VERSION: Final = "2025-06-18"
PATH_ARGUMENT: Final[JSON] = {
    "type": "object",
    "properties": {"path": {"type": "string", "description": "Where."}},
    "required": ["path"],
}
_JSON = (("content-type", "application/json"),)


def said(text: str) -> JSON:
    """The result of a tool that answers with a text."""
    return {"content": [{"type": "text", "text": text}]}


@dataclass(frozen=True, slots=True)
class McpTool:
    """One tool. `mark` stands in its description: by it a check finds the name under which a subject offers it.

    `adds` are tools that the server has after this one was called; it tells so by a notification.
    """

    name: str
    mark: str
    answer: JSON = field(default_factory=lambda: said("done"))
    schema: JSON = field(default_factory=lambda: PATH_ARGUMENT)
    adds: tuple[McpTool, ...] = ()

    def listed(self) -> JSON:
        told = {"name": self.name, "description": f"A tool of the test, {self.mark}.", "inputSchema": self.schema}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(slots=True)
class McpServer:
    """A server. `faults` bend the answer to a method of the protocol, or to an HTTP method: `{"tools/call": refused}`.

    `page` is how many tools a page of the list has, 0 for all. What was asked is in `calls` and `methods`.
    """

    name: str
    tools: tuple[McpTool, ...]
    faults: Mapping[str, Delivery] = field(default_factory=dict)
    page: int = 0
    stdio: bool = False  # it is a process that the subject starts
    calls: list[tuple[str, JSON]] = field(default_factory=list)  # of tools, with their arguments
    methods: list[str] = field(default_factory=list)
    told: Callable[[JSON], object] = lambda _arguments: None  # called with each call, in the player's thread
    sessions: int = 0

    def respond(self, _number: int, received: Received) -> Reply | Refusal:
        """The answer to one HTTP request, as the player asks for it."""
        if received.method != "POST":
            self.methods.append(received.method)
            return self._bent(received.method, Reply((), 200 if received.method == "DELETE" else 405, (), sized=True))
        message = received.json()
        method = message["method"]
        self.methods.append(method)
        if method != "initialize" and received.header("mcp-session-id") != self._session:
            return Reply((b"no such session",), 404, (), sized=True)
        if "id" not in message:
            return self._bent(method, Reply((), 202, (), sized=True))
        return self._bent(method, self._answer(message, method, message.get("params") or {}))

    @property
    def _session(self) -> str:
        return f"session-{self.sessions}"

    def _bent(self, method: str, reply: Reply) -> Reply | Refusal:
        bend = self.faults.get(method)
        return bend(reply) if bend else reply

    def _answer(self, message: JSON, method: str, params: JSON) -> Reply:
        if method == "initialize":
            self.sessions += 1
            capable = {"tools": {"listChanged": True}}
            info = {
                "protocolVersion": VERSION,
                "capabilities": capable,
                "serverInfo": {"name": self.name, "version": "1"},
            }
            return _result(message, info, ("mcp-session-id", self._session))
        if method == "tools/list":
            return _result(message, self._listed(int(params.get("cursor") or 0)))
        if method == "tools/call":
            return self._called(message, params)
        return _reply({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": method}})

    def _listed(self, start: int) -> JSON:
        end = start + self.page if self.page else len(self.tools)
        page = {"tools": [tool.listed() for tool in self.tools[start:end]]}
        return page if end >= len(self.tools) else {**page, "nextCursor": str(end)}

    def _called(self, message: JSON, params: JSON) -> Reply:
        self.calls.append((params["name"], params.get("arguments") or {}))
        self.told(params.get("arguments") or {})
        tool = next((tool for tool in self.tools if tool.name == params["name"]), None)
        if tool is None:
            error = {"code": -32602, "message": f"Unknown tool: {params['name']}"}
            return _reply({"jsonrpc": "2.0", "id": message["id"], "error": error})
        if not tool.adds:
            return _result(message, tool.answer)
        self.tools += tool.adds
        changed = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": tool.answer}
        return Reply(tuple(f"event: message\ndata: {json.dumps(each)}\n\n".encode() for each in (changed, answer)))


def _result(message: JSON, result: JSON, *headers: tuple[str, str]) -> Reply:
    return _reply({"jsonrpc": "2.0", "id": message["id"], "result": result}, headers)


def _reply(message: JSON, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    return Reply((json.dumps(message).encode(),), 200, (*_JSON, *headers), cuts=(), sized=True)


def rpc_error(reply: Reply) -> Reply:
    """The protocol's own error in place of the result."""
    number = json.loads(reply.body)["id"]
    return _reply({"jsonrpc": "2.0", "id": number, "error": {"code": -32000, "message": "the disk is gone"}})
