"""Tools of MCP servers for a backend: connecting, listing, running, letting go.

The client is given: anything with the four methods of `MCPClient`. The mixin brings what every client needs: names that
are allowed, several calls at once with a bound, one time limit, a circuit breaker, and failures as results.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Protocol, runtime_checkable

from massgen.backend._mcp_results import MCPCall, MCPOutcome, outcome_of, result_item
from massgen.backend._tool_calls import checked_arguments, tool_call_id, tool_name
from massgen.backend.circuit_breaker import LLMCircuitBreaker, LLMCircuitBreakerConfig
from massgen.backend.stream_chunk import ErrorInfo, ErrorKind
from massgen.errors import ConfigurationError, MCPUnavailableError
from massgen.formatter._tools import definitions, only_named

Json = Any

MCP_AVAILABLE = find_spec("massgen.mcp_tools") is not None
"""Whether this installation has clients of its own, in `massgen.mcp_tools`. One can be given in any case."""

_SHUTDOWN_SECONDS = 5.0
_PREFIX = "mcp__"  # of MassGen's names: mcp__server__tool
_BREAKER = LLMCircuitBreakerConfig(
    enabled=True, max_failures=3, reset_time_seconds=30, backoff_multiplier=2, max_backoff_seconds=120
)


@runtime_checkable
class MCPClient(Protocol):
    """A connection to one or more MCP servers. Every method may raise whatever it likes."""

    async def connect(self) -> Any: ...

    async def list_tools(self) -> Sequence[Any]:
        """Every tool, as MCP describes it: an object or a mapping with `name`, `description` and `inputSchema`."""

    async def call_tool(self, name: str, arguments: dict[str, Json]) -> Any:
        """The result: MCP's `CallToolResult` as an object or a mapping, or simply text or any JSON value."""

    async def disconnect(self) -> Any: ...


class MCPIntegrationMixin:
    """`_init_mcp_integration` in `__init__`, `_initialize_mcp_client` before the tools are needed, `_shutdown_mcp` at
    the end; between them `functions` are the tools by name, as Chat-Completions definitions.
    """

    def _init_mcp_integration(
        self,
        *,
        mcp_servers: Sequence[Mapping[str, Json]] | Mapping[str, Mapping[str, Json]] | None = None,
        mcp_client: MCPClient | Callable[[list[dict[str, Json]]], MCPClient] | None = None,
        allowed_tools: Iterable[str] | None = None,
        exclude_tools: Iterable[str] | None = None,
        max_concurrent_tools: int = 10,
        concurrent_tool_execution: bool = True,
        mcp_timeout_seconds: float | None = 30.0,
        max_mcp_message_history: int = 200,
        mcp_circuit_breaker: LLMCircuitBreaker | bool = True,
        agent_id: str | None = None,
        **_: Any,
    ) -> None:
        """Read the configuration; the options of others are passed over. Nothing is connected.

        `mcp_client` is a client, or a function that makes one for the list of servers. Tools are allowed and excluded
        by their whole name or by the part behind the server's. `mcp_timeout_seconds` holds for connecting and for each
        call; None waits for ever. `max_mcp_message_history` is for the loop that runs the tools. Raises
        ConfigurationError with every problem.
        """
        self._mcp_servers = _checked(mcp_servers, max_concurrent_tools, mcp_timeout_seconds)
        self._mcp_given = mcp_client
        self._mcp_allowed = None if allowed_tools is None else frozenset(allowed_tools)
        self._mcp_excluded = frozenset(exclude_tools or ())
        self._mcp_at_once = max_concurrent_tools if concurrent_tool_execution else 1
        self._mcp_timeout = mcp_timeout_seconds
        self._max_mcp_message_history = max_mcp_message_history
        self._mcp_agent_id = agent_id
        self._mcp_client: MCPClient | None = None
        self._mcp_initialized = False
        self._mcp_tool_calls_count = 0
        self._mcp_tool_failures = 0
        self._mcp_function_names: set[str] = set()
        self._mcp_lock = asyncio.Lock()
        self.functions: dict[str, dict[str, Json]] = {}
        self.backend_name = str(getattr(self, "get_provider_name", lambda: type(self).__name__)())
        self._setup_circuit_breakers(mcp_circuit_breaker)

    def _setup_circuit_breakers(self, given: LLMCircuitBreaker | bool = True) -> None:
        """Use the breaker that is given, one of our own for True, none for False."""
        own = LLMCircuitBreaker(_BREAKER, "mcp_tools") if given is True else None
        self._mcp_tools_circuit_breaker = given if isinstance(given, LLMCircuitBreaker) else own
        self._circuit_breakers_enabled = self._mcp_tools_circuit_breaker is not None

    async def _initialize_mcp_client(self) -> bool:
        """Connect and list the tools, once. False where neither servers nor a client are configured.

        Raises MCPUnavailableError, with what to do, where MCP is wanted and does not work.
        """
        async with self._mcp_lock:
            if self._mcp_initialized:
                return True
            if not self._mcp_servers and self._mcp_given is None:
                return False
            client = self._create_mcp_client(self._mcp_servers)
            try:
                tools = await self._guarded(_connected(client))
                functions = {name: tool for name, tool in map(_named, tools) if self._is_allowed(name)}
                self.functions = dict(zip(functions, definitions(functions), strict=True))
            except BaseException as error:
                await self._let_go(client)
                if not isinstance(error, Exception):
                    raise
                what = f"{self.backend_name}: the MCP servers cannot be used: {_why(error)}"
                raise MCPUnavailableError(what) from error
            self._mcp_client, self._mcp_initialized = client, True
            self._mcp_function_names = set(self.functions)
            return True

    def _create_mcp_client(self, servers: list[dict[str, Json]]) -> MCPClient:
        """The client for `servers`. A subclass with a client of its own returns it here."""
        given = self._mcp_given
        if isinstance(given, MCPClient):
            return given
        if given is None:
            names = ", ".join(str(server.get("name", "?")) for server in servers)
            raise MCPUnavailableError(
                f"{self.backend_name}: mcp_servers names {names}, and there is no MCP client; pass mcp_client"
            )
        return given(servers)

    async def _execute_mcp_tools(
        self,
        tool_calls: Sequence[Mapping[str, Json]],
        extract_name_func: Callable[[Any], str] | None = None,
        extract_args_func: Callable[[Any], dict[str, Json]] | None = None,
        extract_id_func: Callable[[Any], str] | None = None,
    ) -> list[dict[str, Json]]:
        """Run the calls that are for MCP tools, several at once, and give one result for each, in their order.

        A result is `{tool_call_id, tool_name, content}`, `content` a text or a list of parts that every formatter
        takes; a tool that failed, did not answer in time or may not run has `error: True` and says why. Calls are read
        in any wire's shape unless functions are given. Calls for other tools are left to the caller.
        """
        name_of, id_of = extract_name_func or tool_name, extract_id_func or tool_call_id
        calls = [MCPCall(id_of(call), name_of(call), call) for call in tool_calls if name_of(call) in self.functions]
        gate = asyncio.Semaphore(self._mcp_at_once)

        async def run(call: MCPCall) -> dict[str, Json]:
            async with gate:
                return result_item(call, await self._run(call, extract_args_func or checked_arguments))

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(call)) for call in calls]
        return [task.result() for task in tasks]

    async def _run(self, call: MCPCall, arguments_of: Callable[[Any], dict[str, Json]]) -> MCPOutcome:
        """One call. Only cancellation of ourselves leaves it as an exception."""
        self._mcp_tool_calls_count += 1
        try:
            if getattr(self, "is_mcp_tool_blocked", lambda name: False)(call.name):
                raise ValueError("planning mode blocks this tool")
            client, arguments = self._mcp_client, arguments_of(call.source)
            if client is None:
                raise MCPUnavailableError("the MCP client is not connected")
            outcome = outcome_of(await self._guarded(client.call_tool(call.name, arguments)))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            outcome = MCPOutcome(f"Error executing {call.name}: the client gave the call up", failed=True)
        except Exception as error:
            outcome = MCPOutcome(f"Error executing {call.name}: {_why(error)}", failed=True)
        self._mcp_tool_failures += outcome.failed
        return outcome

    async def _guarded(self, work: Any) -> Any:
        """Await what talks to the servers, within the time limit and under the circuit breaker."""
        breaker = self._mcp_tools_circuit_breaker
        permit = breaker.admit() if breaker is not None else None
        if breaker is not None and permit is None:
            work.close()
            raise breaker.refusal
        try:
            async with asyncio.timeout(self._mcp_timeout) as limit:
                done = await work
        except BaseException as error:
            late = isinstance(error, TimeoutError) and limit.expired()
            if permit is not None and isinstance(error, Exception):
                permit.end(ErrorInfo(ErrorKind.TIMEOUT if late else ErrorKind.SERVER, "mcp_tools"))
            elif permit is not None:
                permit.release()
            if late:
                raise TimeoutError(f"no answer within {self._mcp_timeout} seconds") from None
            raise
        if permit is not None:
            permit.end(None)
        return done

    async def _shutdown_mcp(self) -> None:
        """Disconnect and forget the tools. Waits a few seconds at most, and raises nothing but its own cancellation."""
        async with self._mcp_lock:
            client, self._mcp_client = self._mcp_client, None
            self._mcp_initialized = False
            self._mcp_function_names.clear()
            self.functions = {}
            if client is not None:
                await self._let_go(client)

    async def _let_go(self, client: MCPClient) -> None:
        with suppress(Exception):
            async with asyncio.timeout(_SHUTDOWN_SECONDS):
                await client.disconnect()

    def _filter_mcp_tools(self, tools: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
        """`tools` without the MCP tools that are not allowed. The caller's own tools always stay."""
        kept = (only_named(tool, self._may_stay) for tool in tools)
        return [tool for tool in kept if tool is not None]

    def _may_stay(self, name: str) -> bool:
        ours = name in self._mcp_function_names or name.startswith(_PREFIX)
        return not ours or self._is_allowed(name)

    def _is_allowed(self, name: str) -> bool:
        names = {name, name.split("__", 2)[-1]} if name.startswith(_PREFIX) else {name}
        allowed = self._mcp_allowed is None or not names.isdisjoint(self._mcp_allowed)
        return allowed and names.isdisjoint(self._mcp_excluded)

    def get_mcp_stats(self) -> dict[str, Json]:
        """What has been run. Failures are among the calls."""
        return {
            "mcp_initialized": self._mcp_initialized,
            "mcp_tool_calls": self._mcp_tool_calls_count,
            "mcp_tool_failures": self._mcp_tool_failures,
            "mcp_functions_available": len(self._mcp_function_names),
            "circuit_breakers_enabled": self._circuit_breakers_enabled,
        }


async def _connected(client: MCPClient) -> Sequence[Any]:
    await client.connect()
    return await client.list_tools()


def _named(tool: Any) -> tuple[str, Any]:
    """A tool under its name; without the name, because that is the key."""
    name = tool.get("name") if isinstance(tool, Mapping) else getattr(tool, "name", None)
    if not isinstance(name, str) or not name:
        raise ValueError(f"a server lists a tool without a name: {tool!r}")
    return name, tool


def _why(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _checked(servers: Any, at_once: Any, timeout: Any) -> list[dict[str, Json]]:
    """The servers as a list, each with its name. Raises ConfigurationError."""
    problems: list[str] = []
    if isinstance(servers, Mapping):
        servers = [{"name": name, **server} for name, server in servers.items() if isinstance(server, Mapping)]
    if not isinstance(servers, list | tuple | None) or not all(isinstance(server, Mapping) for server in servers or ()):
        problems.append("mcp_servers is a list of servers, or a mapping from their names")
    if not isinstance(at_once, int) or at_once < 1:
        problems.append(f"max_concurrent_tools is a whole number from 1 on, not {at_once!r}")
    if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
        problems.append(f"mcp_timeout_seconds is a number of seconds above 0, or None, not {timeout!r}")
    if problems:
        raise ConfigurationError(problems)
    return [dict(server) for server in servers or ()]
