"""MCP: servers that are processes."""

from __future__ import annotations

import asyncio
import json

from massgen_conformance import driver
from massgen_conformance.bends import refused
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.checks.mcp import MCP, files
from massgen_conformance.mcp_server import McpTool, said
from massgen_conformance.plan import Reply
from massgen_conformance.stage import Stage
from massgen_conformance.workshop import Ask, workshop

ODD = "caf\u00e9 \u2028 na\u00efve \u0085 end"
LONG = "x" * 1_000_000 + " the end"


def plain(reply: Reply) -> Reply:
    return reply


def in_pieces(reply: Reply) -> Reply:
    """The message in UTF-8, without escapes, three bytes at a time."""
    text = json.dumps(json.loads(reply.body), ensure_ascii=False)
    return Reply((text.encode(),), reply.status, reply.headers, every=3)


@check(
    "MCP-12",
    "A server that is a process is heard line by line, may die without harm, and ends with the backend.",
    drive=Drive.SCRIPT,
    needs=MCP | {"mcp_stdio"},
    catches="a reader whose lines end at 64 KiB or at U+2028, and servers that outlive every session",
    cases=(
        Case("answer", value=("the text of a.txt", plain)),
        Case("in-pieces", value=(ODD, in_pieces)),
        Case("long", value=(LONG, plain)),
        Case("dies", value=("", refused)),
    ),
)
async def processes_are_heard_line_by_line(stage: Stage) -> None:
    text, bend = stage.case.value
    server = files(tools=(McpTool("read", "mark-read", said(text)),), faults={"tools/call": bend}, stdio=True)
    async with workshop(stage, [Ask("mark-read")], servers=[server]) as shop:
        run = await shop.run()
        [result] = shop.told(1)
        require(text[-10:] in result.text, f"the tool's text, which ends {text[-10:]!r}", result.text[-200:])
        shop.require_end(run, requests=2)
        await driver.close(shop.backend)
        try:
            async with asyncio.timeout(stage.guard_seconds):
                await shop.exchanges[0].disconnected()
        except TimeoutError:
            require(False, "a process that ends when the backend is closed", "it runs on")
