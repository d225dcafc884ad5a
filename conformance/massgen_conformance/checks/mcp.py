"""MCP: tools of MCP servers, run by the backend: under which names, with which results, and for whom."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from massgen_conformance import reading
from massgen_conformance.check import Case, Drive, Violation, check, require
from massgen_conformance.mcp_server import McpServer, McpTool, said
from massgen_conformance.scenarios.tools import CLOCK_TOOL
from massgen_conformance.stage import Stage
from massgen_conformance.trace import JSON
from massgen_conformance.workshop import QUESTION, Ask, method, workshop

MCP = frozenset({"mcp", "tools"})
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


def files(**changes: Any) -> McpServer:
    """A server with one tool that reads and one that writes."""
    tools = (McpTool("read", "mark-read", said("the text of a.txt")), McpTool("write", "mark-write", said("written")))
    return McpServer(**{"name": "files", "tools": tools, **changes})


@check(
    "MCP-01",
    "A call of an MCP tool is run by the backend, its result goes back under its id, and the caller never sees it.",
    drive=Drive.SCRIPT,
    needs=MCP,
    catches="all calls handed to the caller before anybody asks whose they are",
    cases=(Case("one", value=1), Case("two", value=2)),
)
async def mcp_calls_are_run_here(stage: Stage) -> None:
    server, count = files(), stage.case.value
    asked = [Ask("mark-read", {"path": f"{number}.txt"}) for number in range(count)]
    async with workshop(stage, asked, servers=[server]) as shop:
        run = await shop.run()
        wanted = [("read", {"path": f"{number}.txt"}) for number in range(count)]
        require(server.calls == wanted, f"the server is asked for {wanted}", server.calls)
        require(not reading.calls(run), "no call for the caller", reading.calls(run))
        for result in shop.told(count):
            require("the text of a.txt" in result.text, "the tool's text", result.text)
        shop.require_end(run, requests=2)
        require(not reading.breaches(run), "a stream under the contract", "; ".join(map(str, reading.breaches(run))))


@check(
    "MCP-02",
    "Tools have names that a provider takes, different ones for different tools, and always the same.",
    drive=Drive.PROPERTY,
    needs=MCP,
    catches="two servers with a tool `search`: the second replaces the first; long names cut to the same 64 characters",
    cases=(
        Case("same-name", value=[("alpha", "read"), ("beta", "read")]),
        Case("long", value=[("files", "x" * 70 + "_one"), ("files", "x" * 70 + "_two")]),
        Case("odd-characters", value=[("my files", "read.all"), ("my files", "read/all"), ("f", "d\u00e9j\u00e0 vu")]),
        Case("joined", value=[("a", "b__read"), ("a__b", "read")]),
    ),
)
async def names_are_fit_and_different(stage: Stage) -> None:
    wanted = [(server, tool, f"mark-{number}-") for number, (server, tool) in enumerate(stage.case.value)]
    names: list[list[str]] = []
    asked = [Ask(mark, {"path": mark}) for _, _, mark in wanted]
    for _ in range(2):
        servers = [
            McpServer(name, tuple(McpTool(tool, mark) for owner, tool, mark in wanted if owner == name))
            for name in dict.fromkeys(owner for owner, _, _ in wanted)
        ]
        async with workshop(stage, (), asked, servers=servers) as shop:
            await shop.run()
            names.append([name for _, _, mark in wanted for name in shop.offered(mark)])
            require(len(set(names[-1])) == len(wanted), f"{len(wanted)} tools under different names", names[-1])
            await shop.run()
            called = [(server.name, *call) for server in servers for call in server.calls]
            due = [(owner, tool, {"path": mark}) for owner, tool, mark in wanted]
            require(sorted(called, key=str) == sorted(due, key=str), f"each call at its own tool: {due}", called)
    unfit = [name for name in names[0] if not NAME.fullmatch(name)]
    require(not unfit, f"names of the form {NAME.pattern}", unfit)
    require(names[0] == names[1], f"the same names again: {names[0]}", names[1])


@check(
    "MCP-05",
    "A stream may be closed from another task than the one that began it, and so may the backend.",
    drive=Drive.RECHUNKED,
    needs=MCP,
    catches="`Attempted to exit cancel scope in a different task than it was entered in`, when a web request ends",
)
async def sessions_may_end_in_another_task(stage: Stage) -> None:
    async with workshop(stage, [Ask("mark-read")], servers=[files()]) as shop:
        assert shop.play is not None
        stream = shop.play.stream([dict(QUESTION)], [])
        first = await asyncio.create_task(anext(aiter(stream)))
        stage.reached(first is not None, "a first chunk")
        for closing in (stream.aclose, shop.backend.aclose):
            try:
                await asyncio.create_task(closing())
            except Exception as error:
                raise Violation("an end without an error", f"{type(error).__name__}: {error}") from error


@check(
    "MCP-06",
    "Planning mode and the lists of allowed and excluded tools hold when a tool is called, not only when offered.",
    drive=Drive.SCRIPT,
    needs=MCP,
    catches="a model that calls a tool of an earlier turn, which is no longer offered and runs all the same",
    cases=(
        Case("planning", value="planning", needs=frozenset({"planning"})),
        Case("excluded", value="exclude_tools", needs=frozenset({"tool_filters"})),
        Case("not-allowed", value="allowed_tools", needs=frozenset({"tool_filters"})),
    ),
)
async def forbidden_tools_are_not_run(stage: Stage) -> None:
    async with workshop(stage, servers=[files()]) as shop:
        await shop.run()
        [read], [write] = shop.offered("mark-read"), shop.offered("mark-write")
    lists = {"exclude_tools": {"exclude_tools": [write]}, "allowed_tools": {"allowed_tools": [read]}}
    server = files()
    config = lists.get(stage.case.value, {})
    async with workshop(stage, [Ask("mark-write", name=write)], servers=[server], **config) as shop:
        if stage.case.value == "planning":
            method(shop.backend, "set_planning_mode")(True)
        run = await shop.run()
        require(not server.calls, "no call at the server", server.calls)
        require(not reading.calls(run), "no call for the caller", reading.calls(run))
        shop.told(1)
        shop.require_end(run, requests=2)


RESULTS: dict[str, tuple[JSON, tuple[str, ...]]] = {
    "image": ({"content": [{"type": "image", "data": PICTURE, "mimeType": "image/png"}]}, (PICTURE, "image")),
    "resource": (
        {"content": [{"type": "resource", "resource": {"uri": "file:///notes.md", "text": "the notes"}}]},
        ("the notes",),
    ),
    "link": (
        {"content": [{"type": "resource_link", "uri": "file:///report.pdf", "name": "report"}]},
        ("file:///report.pdf",),
    ),
    "structured": ({"content": [], "structuredContent": {"degrees": 21.5}}, ("21.5",)),
    "error": ({**said("no such file"), "isError": True}, ("no such file",)),
    "two-texts": ({"content": [{"type": "text", "text": "first"}, {"type": "text", "text": "second"}]}, ("second",)),
    "empty": ({"content": []}, ("",)),
    "huge": (said("x" * 1_000_000 + " the end"), ("the end",)),
}


@check(
    "MCP-08",
    "Whatever a tool gives reaches the model: images, resources, links, values, errors, long and empty results.",
    drive=Drive.SCRIPT,
    needs=MCP,
    catches="`content[0].text`: an image becomes an exception, an empty result a message that is refused",
    cases=tuple(Case(name, value=name) for name in RESULTS),
)
async def every_kind_of_result_arrives(stage: Stage) -> None:
    answer, shown = RESULTS[stage.case.value]
    server = files(tools=(McpTool("read", "mark-read", answer),))
    async with workshop(stage, [Ask("mark-read")], servers=[server]) as shop:
        run = await shop.run()
        [result] = shop.told(1)
        body = shop.bodies[-1].decode()
        require(any(part in body for part in shown), f"one of {shown} before the model", result.text)
        told = result.is_error or "error" in result.text.lower()
        require(told or not answer.get("isError"), "an error that is told as one", result.text)
        require("{'" not in result.text, "a text or JSON, not Python's own notation", result.text)
        shop.require_end(run, requests=2)


@check(
    "MCP-09",
    "Every page of a server's list is read, and the list is read again when the server says that it has changed.",
    drive=Drive.SCRIPT,
    needs=MCP,
    catches="the first page taken for the whole list: a server with fifty tools offers ten",
    cases=(Case("pages", value="pages"), Case("changed", value="changed")),
)
async def lists_are_whole_and_current(stage: Stage) -> None:
    if stage.case.value == "pages":
        tools = tuple(McpTool(f"tool{number}", f"mark-{number}-") for number in range(5))
        server = McpServer("many", tools, page=2)
        async with workshop(stage, (), [Ask("mark-4-")], servers=[server]) as shop:
            await shop.run()
            for number in range(5):
                require(shop.offered(f"mark-{number}-"), "all five tools", f"tool{number} is not offered")
            await shop.run()
            require([name for name, _ in server.calls] == ["tool4"], "a call of the last of them", server.calls)
        return
    opening = McpTool("open", "mark-open", adds=(McpTool("inside", "mark-inside"),))
    server = McpServer("doors", (opening,))
    async with workshop(stage, [Ask("mark-open")], servers=[server]) as shop:
        await shop.run()
        stage.reached(server.calls, "a call of the tool that adds another")
        require(shop.offered("mark-inside"), "the tool that was added", [tool.name for tool in shop.heard[-1].tools])


@check(
    "MCP-10",
    "In a batch for several owners what is ours is run, the caller gets the rest, and the model gets all results.",
    drive=Drive.SCRIPT,
    needs=MCP | {"custom_tools"},
    catches="a batch with one call for the caller ends the run, and the calls beside it are dropped",
)
async def mixed_batches_lose_nothing(stage: Stage) -> None:
    ran: list[str] = []

    def note(text: str) -> str:
        """Notes something, mark-note."""
        ran.append(text)
        return f"noted {text}"

    server = files()
    batch = [Ask("mark-read"), Ask("The current time", {}), Ask("mark-note", {"text": "this"})]
    async with workshop(stage, batch, servers=[server], custom_tools=[note]) as shop:
        run = await shop.run(tools=[CLOCK_TOOL])
        handed = reading.calls(run)
        names = [call["function"]["name"] for call in handed]
        require(names == ["get_time"], "the call of get_time for the caller", names)
        require((len(server.calls), ran) == (1, ["this"]), "the other two run", f"{server.calls}, {ran}")
        require(reading.status(run) == "tool_calls", "status tool_calls", reading.status(run))
        result = {"role": "tool", "tool_call_id": handed[0]["id"], "content": "12:00"}
        await shop.run(QUESTION, reading.message(run), result, tools=[CLOCK_TOOL])
        told = sorted(result.text for result in shop.told(3))
        require(told == ["12:00", "noted this", "the text of a.txt"], "the results of all three", told)


@check(
    "MCP-11",
    "What a server lists wrongly does not spoil the request: no schema, one of no object, a tool listed twice.",
    drive=Drive.PROPERTY,
    needs=MCP,
    catches="a provider that refuses every request, because one server of ten has a tool without a schema",
    cases=(
        Case("no-schema", value=(McpTool("odd", "mark-odd", schema=None),)),
        Case("empty-schema", value=(McpTool("odd", "mark-odd", schema={}),)),
        Case("no-object", value=(McpTool("odd", "mark-odd", schema={"type": "string"}),)),
        Case("no-properties", value=(McpTool("odd", "mark-odd", schema={"type": "object"}),)),
        Case("twice", value=(McpTool("odd", "mark-odd"), McpTool("odd", "mark-odd"))),
    ),
)
async def odd_lists_spoil_nothing(stage: Stage) -> None:
    server = files(tools=(*stage.case.value, McpTool("read", "mark-read", said("the text of a.txt"))))
    async with workshop(stage, [Ask("mark-read")], servers=[server]) as shop:
        run = await shop.run()
        names = [tool.name for tool in shop.heard[0].tools]
        require(len(set(names)) == len(names), "every name once", names)
        for tool in shop.heard[0].tools:
            shown = f"{tool.name}: {json.dumps(tool.parameters)}"
            require(object_type(tool.parameters), "a schema of an object", shown)
        shop.told(1)
        shop.require_end(run, requests=2)


def object_type(schema: JSON) -> bool:
    """Whether a schema is one of an object; Gemini's write it in capitals, and leave out an empty one."""
    return schema is None or (isinstance(schema, dict) and str(schema.get("type", "object")).lower() == "object")
