"""Faults with calls that are not as they should be."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from difflib import get_close_matches
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Call, Chunk, is_object
from massgen_conformance.liars.liar import liar


class _Mends(Answer):
    def close(self) -> Iterator[Chunk]:
        for call in self.calls:
            text = call.arguments.replace("'", '"')
            call.arguments = text if is_object(text) else call.arguments
        return super().close()


@liar("TOL-11", fault="single quotes around arguments are made into double ones")
class MendsArguments(Honest):
    answer = _Mends


class _RaisesOnArguments(Answer):
    def close(self) -> Iterator[Chunk]:
        if self.finish == "tool_calls" and any(not is_object(call.arguments or "{}") for call in self.calls):
            raise ValueError("Expecting value: line 1 column 10 (char 9)")
        return super().close()


@liar("TOL-11", fault="arguments that are no JSON raise out of the generator")
class RaisesOnArguments(Honest):
    answer = _RaisesOnArguments


class _KnowsTools(Honest):
    """Looks at the names of the calls with the tools in hand."""

    def named(self, calls: list[JSON], offered: list[str]) -> list[JSON]:
        return calls

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        offered = [tool["function"]["name"] for tool in tools or ()]
        async with aclosing(super().stream_with_tools(messages, tools, **options)) as stream:
            async for chunk in stream:
                held = vars(chunk).get("complete_message", vars(chunk))
                if "tool_calls" in held:
                    held["tool_calls"] = self.named(held["tool_calls"], offered)
                    if not held["tool_calls"]:
                        del held["tool_calls"]
                if chunk.type != "tool_calls" or "tool_calls" in held:
                    yield chunk


@liar("TOL-15", "TOL-18", fault="a call of a tool that was not offered is dropped in silence")
class DropsUnknownCalls(_KnowsTools):
    def named(self, calls: list[JSON], offered: list[str]) -> list[JSON]:
        return [call for call in calls if call["function"]["name"] in offered]


@liar("TOL-15", fault="a call of an unknown tool is given to the tool with the most similar name")
class ClosestName(_KnowsTools):
    def named(self, calls: list[JSON], offered: list[str]) -> list[JSON]:
        return [self.closest(call, offered) for call in calls]

    @staticmethod
    def closest(call: JSON, offered: list[str]) -> JSON:
        name = call["function"]["name"]
        meant = (get_close_matches(name, offered, 1) or [name])[0]
        return {**call, "function": {**call["function"], "name": meant}}


class _HandsOverTwice(Answer):
    def once(self, calls: list[Call]) -> list[Call]:
        return calls


@liar("TOL-16", fault="a call is handed over as often as it is told")
class HandsOverTwice(Honest):
    answer = _HandsOverTwice


class _OneIdOneCall(Answer):
    def once(self, calls: list[Call]) -> list[Call]:
        return list({call.id or str(number): call for number, call in enumerate(calls)}.values())


@liar("TOL-16", fault="of several calls under one id the last is handed over")
class OneIdOneCall(Honest):
    answer = _OneIdOneCall


class _KnowsNoHistory(Answer):
    def close(self) -> Iterator[Chunk]:
        self.known = frozenset()
        return super().close()


@liar("TOL-16", fault="an id is one of its kind in its answer alone: the next turn has it again")
class ForgetsIds(Honest):
    answer = _KnowsNoHistory


@liar("TOL-15", "TOL-18", fault="unknown tools are answered inside, and the model is asked again without an end")
class AsksWithoutEnd(Honest):
    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        offered, history = {tool["function"]["name"] for tool in tools or ()}, list(messages)
        while True:
            held: list[Chunk] = []
            async with aclosing(super().stream_with_tools(history, tools, **options)) as stream:
                async for chunk in stream:
                    if chunk.type in ("tool_calls", "complete_message", "done"):
                        held.append(chunk)
                    else:
                        yield chunk
            said = {chunk.type: vars(chunk).get(chunk.type) for chunk in held}
            calls: list[JSON] = said.get("tool_calls") or []
            if not offered or not calls or all(call["function"]["name"] in offered for call in calls):
                break
            told = [{"role": "tool", "tool_call_id": call["id"], "content": "No such tool."} for call in calls]
            history += [said["complete_message"], *told]
        for chunk in held:
            yield chunk
