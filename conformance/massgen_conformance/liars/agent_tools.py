"""Faults of an agent with its functions and with what decides about them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from massgen_conformance.liars.agent import Agent
from massgen_conformance.liars.agent.functions import results_of
from massgen_conformance.liars.agent.rules import Decision, Hooks, Paths, Planning, answer_of, event
from massgen_conformance.liars.agent.toolbox import Step, Tool, Toolbox
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.liar import liar


class _OnTheLoop(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        function = tool.function
        if function is None or inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            async for step in super().run_function(tool, arguments):
                yield step
            return
        yield Step(str(function(**arguments)), last=True)


@liar("CUS-01", fault="a function that blocks is called on the event loop")
class CallsOnLoop(Agent):
    toolbox = _OnTheLoop


class _AwaitsOnly(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        if inspect.isasyncgenfunction(tool.function):
            yield Step(str(tool.function(**arguments)), last=True)
            return
        async for step in super().run_function(tool, arguments):
            yield step


@liar("CUS-01", "CUS-02", fault="a generating function is called and not iterated")
class NoGenerators(Agent):
    toolbox = _AwaitsOnly


class _JoinsSteps(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        said: list[str] = []
        async for step in super().run_function(tool, arguments):
            if not step.last:
                said.append(step.text)
            yield Step("\n".join(said), last=True) if step.last and not step.failed else step


@liar("CUS-02", fault="all that a function yields is its result")
class JoinsSteps(Agent):
    toolbox = _JoinsSteps


class _ShowsLate(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        for step in [step async for step in super().run_function(tool, arguments)]:
            yield step


@liar("CUS-02", fault="the steps of a function are shown when it is over")
class ShowsLate(Agent):
    toolbox = _ShowsLate


class _Swallows(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        try:
            async for step in super().run_function(tool, arguments):
                yield step
        except (GeneratorExit, asyncio.CancelledError):
            raise
        except BaseException as error:
            yield Step(f"Error: {error}", last=True, failed=True)


@liar("CUS-03", fault="whatever a function raises becomes a result")
class SwallowsAll(Agent):
    toolbox = _Swallows


class _LetsThrough(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        assert tool.function is not None
        text = ""
        async with asyncio.timeout(self.seconds):
            async for step in results_of(tool.function, arguments):
                text = str(step)
                yield Step(text)
        yield Step(text, last=True)


@liar("CUS-03", "CUS-05", fault="an exception of a function ends the run")
class LetsThrough(Agent):
    toolbox = _LetsThrough


class _Unjudged(Toolbox):
    def objection(self, tool: Tool, arguments: JSON) -> str:
        return ""


@liar("CUS-04", fault="functions are called with whatever the model gave")
class TrustsArguments(Agent):
    toolbox = _Unjudged


class _NothingRequired(Toolbox):
    def all(self) -> list[Tool]:
        tools = super().all()
        for tool in tools:
            if tool.function is not None:
                tool.definition["function"]["parameters"]["required"] = []
        return tools


@liar("CUS-04", fault="no argument of a function is required")
class NothingRequired(Agent):
    toolbox = _NothingRequired


class _Abandons(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        async def whole() -> list[Step]:
            return [step async for step in super(_Abandons, self).run_function(tool, arguments)]

        seconds, self.seconds = self.seconds, 1e9
        task = asyncio.ensure_future(whole())
        done, _ = await asyncio.wait({task}, timeout=seconds)
        self.seconds = seconds
        if not done:
            self.left = task  # a reference, so that it goes on
            yield Step(f"Error: no result within {seconds} s", last=True, failed=True)
            return
        for step in task.result():
            yield step


@liar("CUS-02", "CUS-05", "ERR-14", fault="a function that takes too long is left to itself")
class AbandonsSlow(Agent):
    toolbox = _Abandons

    async def aclose(self) -> None:
        await super().aclose()
        if left := getattr(self.box, "left", None):
            left.cancel()
            await asyncio.wait({left})


class _GoesOn(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        steps: asyncio.Queue[Step | None] = asyncio.Queue()

        async def pump() -> None:
            try:
                async for step in super(_GoesOn, self).run_function(tool, arguments):
                    steps.put_nowait(step)
            finally:
                steps.put_nowait(None)

        self.working = asyncio.create_task(pump())
        while (step := await steps.get()) is not None:
            yield step
        self.working.result()


@liar("ERR-14", fault="a tool goes on when the call that it is for is given up")
class ToolGoesOn(Agent):
    toolbox = _GoesOn

    async def aclose(self) -> None:
        await super().aclose()
        if working := getattr(self.box, "working", None):
            working.cancel()
            await asyncio.wait({working})


class _TellsOfStop(Toolbox):
    async def run_function(self, tool: Tool, arguments: JSON) -> AsyncIterator[Step]:
        try:
            async for step in super().run_function(tool, arguments):
                yield step
        except asyncio.CancelledError:
            yield Step("Error: cancelled", last=True, failed=True)


@liar("ERR-14", fault="that a tool was stopped is told to the model, and the call goes on")
class TellsOfStop(Agent):
    toolbox = _TellsOfStop


@liar("HOK-01", "HOK-02", "HOK-03", "HOK-05", fault="hooks are asked about the tools of servers only")
class HooksForServersOnly(Agent):
    async def decided(self, tool: Tool, arguments: JSON) -> Decision:
        if tool.function is None:
            return await super().decided(tool, arguments)
        handlers, self.handlers = self.handlers, Hooks(None)
        try:
            return await super().decided(tool, arguments)
        finally:
            self.handlers = handlers


class _AsksTwice(Hooks):
    async def before(self, tool: str, arguments: JSON) -> Decision:
        decision = await super().before(tool, arguments)
        return decision if decision.denied else await super().before(tool, decision.arguments)


@liar("HOK-01", fault="hooks are asked twice about a call")
class AsksTwice(Agent):
    hooks = _AsksTwice


class _Deaf(Hooks):
    async def before(self, tool: str, arguments: JSON) -> Decision:
        decision = await super().before(tool, arguments)
        return Decision(decision.arguments, decision.denied if "a hook failed" in decision.denied else "")


@liar("HOK-01", "HOK-05", fault="a hook that denies is heard and not heeded")
class IgnoresDenial(Agent):
    hooks = _Deaf


class _FailsOpen(Hooks):
    async def before(self, tool: str, arguments: JSON) -> Decision:
        decision = await super().before(tool, arguments)
        return Decision(arguments) if "a hook failed" in decision.denied else decision


@liar("HOK-02", fault="a hook that fails has no objection")
class FailsOpen(Agent):
    hooks = _FailsOpen


class _KeepsArguments(Hooks):
    async def before(self, tool: str, arguments: JSON) -> Decision:
        return Decision(arguments, (await super().before(tool, arguments)).denied)


@liar("HOK-03", fault="arguments that a hook has changed are run as the model gave them")
class KeepsArguments(Agent):
    hooks = _KeepsArguments


class _TellsOld(Hooks):
    async def before(self, tool: str, arguments: JSON) -> Decision:
        self.first = arguments
        return await super().before(tool, arguments)

    async def after(self, tool: str, arguments: JSON, output: str) -> None:
        for handler in self.matching("PostToolUse", tool):
            await answer_of(handler, event("PostToolUse", tool, self.first) | {"tool_output": output})


@liar("HOK-03", fault="the hook afterwards is told the arguments of the model")
class TellsOldArguments(Agent):
    hooks = _TellsOld


class _Beginnings(Paths):
    def real(self, path: str) -> Path:
        return Path(path) if path.startswith("/") else self.cwd / path

    def permits(self, tool: str, path: Path) -> bool:
        return any(str(path).startswith(str(root)) for root, kind in self.roots if kind == "write")


@liar("HOK-04", fault="a path is inside when it begins like one that is")
class ComparesBeginnings(Agent):
    paths = _Beginnings


class _Shared(Hooks):
    of_all: ClassVar[dict[str, list[Mapping[str, Any]]]] = {}

    def __init__(self, given: Mapping[str, Sequence[Mapping[str, Any]]] | None) -> None:
        super().__init__(given)
        if self.given:
            _Shared.of_all.clear()
            _Shared.of_all.update(self.given)

    def matching(self, kind: str, tool: str) -> list[Callable[[JSON], JSON]]:
        return [entry["handler"] for entry in _Shared.of_all.get(kind, ())]


@liar("HOK-05", fault="hooks are those of the whole process")
class SharesHooks(Agent):
    hooks = _Shared

    async def aclose(self) -> None:
        await super().aclose()
        _Shared.of_all.clear()


class _OnlyNamed(Planning):
    def blocks(self, name: str) -> bool:
        return self.on and name in self.blocked


@liar("FLT-01", "MCP-06", fault="planning mode without names blocks nothing")
class EmptyBlocksNothing(Agent):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.planning = _OnlyNamed()


@liar("META-06", fault="tools and servers work, and nobody is told")
class Modest(Agent):
    abilities = frozenset({"usage", "reasoning", "custom_tools"})
