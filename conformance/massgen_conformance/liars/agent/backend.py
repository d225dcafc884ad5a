"""The agent: asks, runs what it can run itself, shows the model the results, and asks again."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, ClassVar, Final

from massgen_conformance.contract import field_of
from massgen_conformance.liars.agent.rules import Decision, Hooks, Paths, Planning
from massgen_conformance.liars.agent.toolbox import Step, Tool, Toolbox
from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Chunk, Failure
from massgen_conformance.subject import AGENT_ABILITIES

ROUNDS: Final = 20
"""Requests of one call at most."""


class Agent(Honest):
    """The honest backend, with tools of its own."""

    abilities: ClassVar[frozenset[str]] = frozenset({"tools", "usage", "reasoning", *AGENT_ABILITIES})
    toolbox: type[Toolbox] = Toolbox
    hooks: type[Hooks] = Hooks
    paths: type[Paths] = Paths

    def __init__(
        self,
        *,
        mcp_servers: Iterable[Mapping[str, JSON]] = (),
        custom_tools: Iterable[Callable[..., Any]] = (),
        hooks: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        allowed_tools: Iterable[str] | None = None,
        exclude_tools: Iterable[str] = (),
        context_paths: Iterable[Mapping[str, str]] = (),
        cwd: str | None = None,
        mcp_timeout_seconds: float = 30.0,
        tool_timeout_seconds: float = 60.0,
        mcp_circuit_breaker: Mapping[str, float] | None = None,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self.box = self.toolbox(
            mcp_servers,
            custom_tools,
            mcp_seconds=mcp_timeout_seconds,
            tool_seconds=tool_timeout_seconds,
            breaker=mcp_circuit_breaker or {},
        )
        self.handlers = self.hooks(hooks)
        self.permitted = self.paths(context_paths, cwd)
        self.allowed = None if allowed_tools is None else frozenset(allowed_tools)
        self.excluded = frozenset(exclude_tools)
        self.planning = Planning()
        self.kept: dict[str, JSON] = {}  # results of calls whose batch the caller must finish, by call

    def set_planning_mode(self, on: bool) -> None:
        self.planning.on = on

    def set_planning_mode_blocked_tools(self, names: Iterable[str]) -> None:
        self.planning.blocked = frozenset(names)

    async def aclose(self) -> None:
        await self.box.aclose()

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        """The chunks of all rounds, under the contract."""
        history, spent = self.whole(messages), dict[str, int]()
        for _ in range(ROUNDS):
            for trouble in await self.box.ready():
                yield Chunk("mcp_status", status="mcp_unavailable", detail=trouble)
            offered = [*(tools or []), *(tool.definition for tool in self.box.tools.values() if self.lists(tool.name))]
            seen: list[Chunk] = []
            async with aclosing(self.asked(history, offered, **options)) as attempt:
                async for chunk in attempt:
                    seen.append(chunk)
                    if chunk.type != "done" and (shown := self.shown_to_caller(chunk)):
                        yield shown
            done = seen[-1]
            spent = added(spent, field_of(done, "usage"))
            calls = self.calls_of(seen)
            local = [call for call in calls if self.is_local(call)]
            results: list[JSON] = []
            async with aclosing(self.worked(local, results)) as work:
                async for chunk in work:
                    yield chunk
            if not local or len(local) < len(calls):
                self.kept |= {result["tool_call_id"]: result for result in results}
                yield Chunk("done", status=field_of(done, "status"), usage=spent or None)
                return
            history = [*history, message_of(seen), *results]
        yield self.error(Failure("tool", f"still calling tools after {ROUNDS} rounds"))
        yield Chunk("done", status="error", usage=spent or None)

    def asked(self, history: list[JSON], offered: list[JSON], **options: Any) -> AsyncGenerator[Chunk, None]:
        return super().stream_with_tools(history, offered, **options)

    def whole(self, messages: list[JSON]) -> list[JSON]:
        """The history, the results that were kept here among those of the caller, in the order of the calls."""
        given = {message["tool_call_id"]: message for message in messages if message["role"] == "tool"} | self.kept
        called = {call["id"] for message in messages for call in message.get("tool_calls") or ()}
        written: list[JSON] = []
        for message in messages:
            if message["role"] != "tool" or message["tool_call_id"] not in called:
                written.append(message)
            written += [given[call["id"]] for call in message.get("tool_calls") or () if call["id"] in given]
        return written

    def lists(self, name: str) -> bool:
        """Whether a tool is offered."""
        return (self.allowed is None or name in self.allowed) and name not in self.excluded

    def may_call(self, name: str) -> bool:
        """Whether a tool may run when it is called, whatever was offered."""
        return self.lists(name)

    def is_local(self, call: JSON) -> bool:
        return call["function"]["name"] in self.box.tools

    def shown_to_caller(self, chunk: Chunk) -> Chunk | None:
        """A chunk without the calls that run here; None when nothing is left of it."""
        if chunk.type != "tool_calls":
            return chunk
        left = [call for call in field_of(chunk, "tool_calls") if not self.is_local(call)]
        return Chunk("tool_calls", tool_calls=left) if left else None

    def calls_of(self, seen: list[Chunk]) -> list[JSON]:
        return [call for chunk in seen if chunk.type == "tool_calls" for call in field_of(chunk, "tool_calls")]

    async def worked(self, calls: list[JSON], results: list[JSON]) -> AsyncGenerator[Chunk, None]:
        """Run calls one after the other; their results are appended in the same order."""
        for call in calls:
            tool, number = self.box.tools[call["function"]["name"]], call["id"]
            decision = await self.decided(tool, json.loads(call["function"]["arguments"]))
            yield Chunk("hook_execution", hook_info={"allowed": not decision.denied}, tool_call_id=number)
            outcome = Step(f"Error: not run: {decision.denied}", last=True, failed=True)
            if not decision.denied:
                yield Chunk(tool.kind, status="tool_called", detail=tool.name, tool_call_id=number)
                async with aclosing(self.box.run(tool, decision.arguments)) as steps:  # type: ignore[type-var]
                    async for step in steps:
                        outcome = step
                        if not step.last:
                            yield Chunk(tool.kind, status="tool_progress", detail=step.text, tool_call_id=number)
                await self.handlers.after(tool.name, decision.arguments, outcome.text)
            status = "tool_failed" if outcome.failed else "tool_completed"
            yield Chunk(tool.kind, status=status, detail=tool.name, tool_call_id=number)
            results.append({"role": "tool", "tool_call_id": number, "content": outcome.text})

    async def decided(self, tool: Tool, arguments: JSON) -> Decision:
        """Whether a call may run: lists and planning, then the hooks, then paths and schema for what they left."""
        if not self.may_call(tool.name):
            return Decision(arguments, "it is not among the allowed tools")
        if self.planning.blocks(tool.name):
            return Decision(arguments, "planning mode blocks it")
        decision = await self.handlers.before(tool.name, arguments)
        if not decision.denied:
            decision.denied = self.permitted.objection(tool.name, decision.arguments)
        if not decision.denied:
            decision.denied = self.box.objection(tool, decision.arguments)
        return decision


def message_of(seen: list[Chunk]) -> JSON:
    return next(field_of(chunk, "complete_message") for chunk in seen if chunk.type == "complete_message")


def added(spent: dict[str, int], usage: JSON) -> dict[str, int]:
    """The counts of all rounds so far; a flag such as `partial` stays."""
    both = {**spent, **(usage or {})}
    return {
        name: value if isinstance(value, bool) else spent.get(name, 0) + (usage or {}).get(name, 0)
        for name, value in both.items()
    }
