"""The mixin over a real server in this process: what is listed, run, bounded, refused and let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from massgen.backend import LLMBackend
from massgen.backend.circuit_breaker import LLMCircuitBreaker
from massgen.backend.mcp_integration import MCPClient, MCPIntegrationMixin
from massgen.backend.stream_chunk import StreamChunk
from massgen.backend.tool_handlers import ToolHandlerMixin
from massgen.errors import ConfigurationError, MCPUnavailableError
from massgen.formatter import ClaudeFormatter

from .mcp_server import Client, Server

Json = Any
PNG = "iVBORw0KGgo="


class Backend(LLMBackend, MCPIntegrationMixin, ToolHandlerMixin):
    """The order and the calls of MassGen's guide."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._init_mcp_integration(**kwargs)

    def get_provider_name(self) -> str:
        return "Guide"

    async def stream_with_tools(
        self, messages: list[Json], tools: list[Json] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        yield StreamChunk("done", status="stop")


@asynccontextmanager
async def connected(server: Server, **config: Any) -> AsyncIterator[Backend]:
    backend = Backend(mcp_client=Client(server), agent_id="a", model="m", **config)
    try:
        assert await backend._initialize_mcp_client()
        yield backend
    finally:
        await backend._shutdown_mcp()


def call(name: str, arguments: Json = "{}", call_id: str = "c1") -> dict[str, Json]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


async def echo(arguments: Json) -> Json:
    return {"content": [{"type": "text", "text": f"got {arguments}"}]}


async def refuse(arguments: Json) -> Json:
    return {"content": [{"type": "text", "text": "no such city"}], "isError": True}


async def crash(arguments: Json) -> Json:
    raise RuntimeError("the server fell over")


async def linger(arguments: Json) -> Json:
    for _ in range(20):
        await asyncio.sleep(0)  # time for others to begin
    return "done"


async def hang(arguments: Json) -> Json:
    await asyncio.Event().wait()


async def test_every_page_of_tools_is_listed_and_ready_for_any_wire() -> None:
    server = Server(mcp__s__a=echo, mcp__s__b=echo, mcp__s__c=echo)
    async with connected(server) as backend:
        assert list(backend.functions) == ["mcp__s__a", "mcp__s__b", "mcp__s__c"]
        (first, *_) = ClaudeFormatter().format_mcp_tools(backend.functions)
        assert first["name"] == "mcp__s__a"
        assert first["input_schema"]["properties"] == {"x": {"type": ["integer", "null"]}}
        assert backend.get_mcp_stats() == {
            "mcp_initialized": True,
            "mcp_tool_calls": 0,
            "mcp_tool_failures": 0,
            "mcp_functions_available": 3,
            "circuit_breakers_enabled": True,
        }


async def test_connecting_happens_once_and_again_after_a_shutdown() -> None:
    client = Client(Server(f=echo))
    assert isinstance(client, MCPClient)
    made: list[Json] = []
    backend = Backend(mcp_client=lambda servers: made.append(servers) or client, mcp_servers={"s": {"command": "x"}})
    assert await asyncio.gather(*(backend._initialize_mcp_client() for _ in range(3))) == [True] * 3
    assert (client.connections, made) == (1, [[{"name": "s", "command": "x"}]])
    await backend._shutdown_mcp()
    assert (client.disconnections, backend.functions, backend.get_mcp_stats()["mcp_initialized"]) == (1, {}, False)
    await backend._shutdown_mcp()
    assert client.disconnections == 1
    assert await backend._initialize_mcp_client()
    assert client.connections == 2
    await backend._shutdown_mcp()


async def test_calls_run_at_once_up_to_the_bound_and_answer_in_their_order() -> None:
    gates = {name: asyncio.Event() for name in "abcd"}
    server = Server()

    def waiting(name: str) -> Any:
        async def run(arguments: Json) -> Json:
            if name == "d":  # the last of the four lets the others go, the first one last
                for other in "cba":
                    gates[other].set()
            else:
                await gates[name].wait()
            return {"content": [{"type": "text", "text": name}]}

        return run

    server.tools = {name: waiting(name) for name in "abcd"}
    async with connected(server, max_concurrent_tools=4) as backend:
        results = await backend._execute_mcp_tools([call(name, call_id=f"id-{name}") for name in "abcd"])
    assert [(item["tool_call_id"], item["tool_name"], item["content"]) for item in results] == [
        (f"id-{name}", name, name) for name in "abcd"
    ]
    assert server.most_at_once == 4
    for config, most in (({"max_concurrent_tools": 2}, 2), ({"concurrent_tool_execution": False}, 1)):
        bounded = Server(f=linger)
        async with connected(bounded, **config) as backend:
            assert len(await backend._execute_mcp_tools([call("f", call_id=str(n)) for n in range(6)])) == 6
        assert bounded.most_at_once == most


async def test_a_failure_is_a_result_and_the_others_go_on() -> None:
    server = Server(good=echo, refuse=refuse, crash=crash, hang=hang)
    calls = [
        call("good", '{"x": 1}', "1"),
        call("refuse", call_id="2"),
        call("crash", call_id="3"),
        call("hang", call_id="4"),
        call("good", "[1]", "5"),
        call("somebody_elses", call_id="6"),
        {"type": "tool_use", "id": "7", "name": "good", "input": {}},
    ]
    async with connected(server, mcp_timeout_seconds=0.05) as backend:
        results = await backend._execute_mcp_tools(calls)
        assert backend.get_mcp_stats()["mcp_tool_calls"] == 6
        assert backend.get_mcp_stats()["mcp_tool_failures"] == 4
    assert [(item["tool_call_id"], item.get("error", False)) for item in results] == [
        ("1", False), ("2", True), ("3", True), ("4", True), ("5", True), ("7", False)
    ]  # fmt: skip
    assert [item["content"] for item in results] == [
        "got {'x': 1}",
        "no such city",
        "Error executing crash: the server fell over",
        "Error executing hang: no answer within 0.05 seconds",
        "Error executing good: the arguments are a list, not an object",
        "got {}",
    ]


async def test_a_result_becomes_the_message_of_any_wire() -> None:
    async def see(arguments: Json) -> Json:
        image = {"type": "image", "data": PNG, "mimeType": "image/png"}
        link = {"type": "resource_link", "uri": "file:///a", "name": "a"}
        held = {"type": "resource", "resource": {"uri": "file:///b.txt", "text": "held"}}
        return {"content": [{"type": "text", "text": "here"}, image, link, held]}

    async with connected(Server(see=see)) as backend:
        (item,) = await backend._execute_mcp_tools([call("see")])
        message = backend.create_tool_result_message(call("see"), item["content"], "claude")
    assert message["content"][0]["content"] == [
        {"type": "text", "text": "here"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"type": "text", "text": "a: file:///a"},
        {"type": "text", "text": "held"},
    ]


RESULTS: list[tuple[Json, Json]] = [
    ("text", "text"),
    (None, ""),
    ({"n": 1}, '{"n": 1}'),
    ([1, 2], "[1, 2]"),
    ({"content": [], "structuredContent": {"n": 1}}, '{"n": 1}'),
    (
        {
            "content": [
                {
                    "type": "resource",
                    "resource": {"uri": "file:///a.pdf", "mimeType": "application/pdf", "blob": "JVBERg=="},
                }
            ]
        },
        [{"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}}],
    ),
]


@pytest.mark.parametrize(("result", "content"), RESULTS, ids=repr)
async def test_whatever_a_tool_gives_is_the_content(result: Json, content: Json) -> None:
    async def give(arguments: Json) -> Json:
        return result

    async with connected(Server(give=give)) as backend:
        (item,) = await backend._execute_mcp_tools([call("give")])
    assert item == {"tool_call_id": "c1", "tool_name": "give", "content": content}


async def test_given_functions_read_the_calls() -> None:
    async with connected(Server(f=echo)) as backend:
        results = await backend._execute_mcp_tools(
            [{"tool": "f", "with": {"x": 2}, "no": 7}],
            lambda call: call["tool"],
            lambda call: call["with"],
            lambda call: str(call["no"]),
        )
    assert results == [{"tool_call_id": "7", "tool_name": "f", "content": "got {'x': 2}"}]


async def test_cancelling_reaches_the_tools_and_leaves() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    class Slow(Client):
        async def call_tool(self, name: str, arguments: dict[str, Json]) -> Json:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

    backend = Backend(mcp_client=Slow(Server(f=echo)))
    await backend._initialize_mcp_client()
    running = asyncio.create_task(backend._execute_mcp_tools([call("f"), call("f", call_id="2")]))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert stopped.is_set()
    await backend._shutdown_mcp()


async def test_a_client_that_cancels_itself_is_a_failed_call() -> None:
    class Fragile(Client):
        async def call_tool(self, name: str, arguments: dict[str, Json]) -> Json:
            raise asyncio.CancelledError

    backend = Backend(mcp_client=Fragile(Server(f=echo)))
    await backend._initialize_mcp_client()
    (item,) = await backend._execute_mcp_tools([call("f")])
    assert item["error"] is True
    assert "gave the call up" in item["content"]
    await backend._shutdown_mcp()


async def test_planning_mode_runs_nothing() -> None:
    server = Server(f=echo)
    async with connected(server) as backend:
        backend.set_planning_mode(True)
        (item,) = await backend._execute_mcp_tools([call("f")])
    assert item["content"] == "Error executing f: planning mode blocks this tool"
    assert "tools/call" not in server.received


async def test_after_a_run_of_failures_nothing_is_sent_for_a_while() -> None:
    server = Server(crash=crash)
    async with connected(server, concurrent_tool_execution=False) as backend:
        results = await backend._execute_mcp_tools([call("crash", call_id=str(n)) for n in range(5)])
    assert server.received.count("tools/call") == 3
    assert "the circuit breaker of mcp_tools is open" in results[3]["content"]
    assert all(item["error"] for item in results)


def test_the_breaker_is_ours_the_callers_or_none() -> None:
    theirs = LLMCircuitBreaker()
    assert Backend(mcp_circuit_breaker=theirs)._mcp_tools_circuit_breaker is theirs
    assert Backend(mcp_circuit_breaker=False).get_mcp_stats()["circuit_breakers_enabled"] is False


TOOLS = [
    {"type": "function", "function": {"name": "vote"}},
    {"type": "function", "function": {"name": "mcp__s__read"}},
    {"functionDeclarations": [{"name": "mcp__s__write"}, {"name": "answer"}]},
]


@pytest.mark.parametrize("initialised", [True, False])
async def test_only_tools_of_mcp_are_filtered_and_the_callers_own_stay(initialised: bool) -> None:
    """Measured in the seed: once connected, it kept nothing but the MCP tools."""
    server = Server(mcp__s__read=echo, mcp__s__write=echo)
    backend = Backend(
        mcp_client=Client(server), allowed_tools=["read", "mcp__s__write"], exclude_tools=["mcp__s__write"]
    )
    if initialised:
        await backend._initialize_mcp_client()
        assert list(backend.functions) == ["mcp__s__read"]
    assert backend._filter_mcp_tools(TOOLS) == [*TOOLS[:2], {"functionDeclarations": [{"name": "answer"}]}]
    await backend._shutdown_mcp()


async def test_without_servers_there_is_nothing_to_connect() -> None:
    backend = Backend()
    assert await backend._initialize_mcp_client() is False
    assert await backend._execute_mcp_tools([call("f")]) == []


async def test_servers_without_a_client_are_an_error_and_not_silence() -> None:
    backend = Backend(mcp_servers=[{"name": "weather", "command": "x"}])
    with pytest.raises(MCPUnavailableError, match="Guide: mcp_servers names weather, and there is no MCP client; pass"):
        await backend._initialize_mcp_client()


async def test_a_server_that_cannot_be_used_is_named_and_let_go() -> None:
    class Broken(Client):
        async def list_tools(self) -> list[Json]:
            raise OSError("pipe closed")

        async def disconnect(self) -> None:
            await super().disconnect()
            raise OSError("pipe closed already")

    client = Broken(Server())
    backend = Backend(mcp_client=client)
    with pytest.raises(MCPUnavailableError, match="Guide: the MCP servers cannot be used: pipe closed") as caught:
        await backend._initialize_mcp_client()
    assert isinstance(caught.value.__cause__, OSError)
    assert client.disconnections == 1
    assert backend.get_mcp_stats()["mcp_initialized"] is False


async def test_tools_may_be_objects_of_an_sdk() -> None:
    class Described(Client):
        async def list_tools(self) -> list[Json]:
            return [SimpleNamespace(name="f", description="d", inputSchema={"type": "object"})]

    backend = Backend(mcp_client=Described(Server(f=echo)))
    await backend._initialize_mcp_client()
    assert backend.functions["f"]["function"]["parameters"] == {"type": "object"}
    await backend._shutdown_mcp()


def test_a_configuration_that_cannot_work_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Backend(mcp_servers="weather", max_concurrent_tools=0, mcp_timeout_seconds=-1)
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "mcp_servers",
        "max_concurrent_tools",
        "mcp_timeout_seconds",
    ]
