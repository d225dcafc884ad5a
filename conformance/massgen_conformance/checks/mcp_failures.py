"""MCP: what goes wrong with a server goes wrong with nothing else."""

from __future__ import annotations

import asyncio

from massgen_conformance.bends import cut, html, refused, status
from massgen_conformance.check import Case, Drive, check, require
from massgen_conformance.checks.mcp import MCP, files
from massgen_conformance.contract import field_of
from massgen_conformance.driver import Delivery
from massgen_conformance.mcp_server import McpServer, McpTool, rpc_error, said
from massgen_conformance.plan import Ending, Refusal, Reply
from massgen_conformance.stage import Stage
from massgen_conformance.workshop import LAST, Ask, workshop

PATIENCE_SECONDS = 0.5
REST_SECONDS = 0.4

hangs: Delivery = cut(Ending.HANG, 0.0)

AT_THE_START: dict[str, tuple[str, Delivery]] = {
    "refused": ("initialize", refused),
    "no-mcp": ("initialize", html),
    "http-500": ("initialize", status(500)),
    "hangs": ("initialize", hangs),
    "no-list": ("tools/list", rpc_error),
}
IN_A_CALL: dict[str, Delivery] = {
    "dies": refused,
    "cut-off": cut(Ending.RESET),
    "hangs": hangs,
    "error": rpc_error,
    "http-500": status(500),
}


@check(
    "MCP-03",
    "A server that does not start, dies, hangs or fails is told of, and to the model when it calls; the run ends once.",
    drive=Drive.FAULT,
    needs=MCP,
    catches="an exception of the MCP client that ends the whole answer, and a call that waits for its result for ever",
    cases=(
        *(Case(f"start-{name}", value=(fault, True)) for name, fault in AT_THE_START.items()),
        *(Case(f"call-{name}", value=(("tools/call", bend), False)) for name, bend in IN_A_CALL.items()),
    ),
)
async def failures_stay_with_their_server(stage: Stage) -> None:
    (faulty, bend), at_the_start = stage.case.value
    bad = files(name="wreck", faults={faulty: bend}, tools=(McpTool("broken", "mark-broken"),))
    good = files(name="good")
    asked = [Ask("mark-read")] if at_the_start else [Ask("mark-broken"), Ask("mark-read")]
    settings = {"mcp_timeout_seconds": PATIENCE_SECONDS}
    async with workshop(stage, asked, servers=[bad, good], **settings) as shop:
        run = await shop.run()
        stage.reached(faulty in bad.methods, f"{faulty} at the server that fails")
        told = [f"{field_of(chunk, 'status')} {field_of(chunk, 'detail')}" for chunk in run.of("mcp_status")]
        require(any("wreck" in each or "broken" in each for each in told), "an mcp_status that tells of it", told)
        *first, last = shop.told(len(asked))
        require("the text of a.txt" in last.text, "the result of the other server", last.text)
        require(all("done" not in result.text for result in first), "no success of the tool that failed", first)
        shop.require_end(run, requests=2)


@check(
    "MCP-04",
    "What fails before or after the answer does not begin another: the model is asked once and its words come once.",
    drive=Drive.FAULT,
    needs=MCP,
    catches="an error while a session is closed, caught by the fallback, which streams the whole answer a second time",
    cases=(
        Case("setup", value="initialize"),
        Case("ready", value="notifications/initialized"),
        Case("teardown", value="DELETE"),
    ),
)
async def no_second_answer(stage: Stage) -> None:
    server = files(faults={stage.case.value: refused})
    async with workshop(stage, servers=[server]) as shop:
        run = await shop.run()
        shop.require_end(run, requests=1)


class Failing:
    """A server's fault that can be mended: every call breaks until then."""

    def __init__(self) -> None:
        self.mended = False

    def __call__(self, reply: Reply) -> Reply | Refusal:
        return reply if self.mended else Refusal()


@check(
    "MCP-07",
    "A server that fails again and again is left alone for a while, then tried once; other tools run all the while.",
    drive=Drive.FAULT,
    needs=MCP | {"mcp_breaker", "custom_tools"},
    catches="a breaker that stops the functions beside it as well, or never closes again",
)
async def failing_servers_are_left_alone(stage: Stage) -> None:
    ran: list[str] = []

    def note(text: str) -> str:
        """Notes something, mark-note."""
        ran.append(text)
        return f"noted {text}"

    fault = Failing()
    server = McpServer("shaky", (McpTool("read", "mark-read", said("at last")),), {"tools/call": fault})
    batch = [Ask("mark-read"), Ask("mark-note", {"text": "this"})]
    settings = {"max_failures": 2, "reset_time_seconds": REST_SECONDS}
    script = [batch, batch, batch, (), [Ask("mark-read")], [Ask("mark-read")]]
    async with workshop(stage, *script, servers=[server], custom_tools=[note], mcp_circuit_breaker=settings) as shop:
        run = await shop.run()
        shop.require_end(run, requests=4)
        require(server.methods.count("tools/call") == 2, "two calls, then none", f"{server.methods}")
        require(ran == ["this"] * 3, "the function beside it, three times", ran)
        shop.told(2)
        fault.mended = True
        await asyncio.sleep(1.1 * REST_SECONDS)  # the breaker's own time: it has no gate
        run = await shop.run()
        texts = [result.text for result in shop.told(2)]
        require(texts == ["at last", "at last"], "the results of a server that works again", texts)
        require(run.text == LAST, "the last words", run.text)
