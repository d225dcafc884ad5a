"""Faults with calls, their results, and reasoning that must come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Call, Chunk, is_object, parsed
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.honest.gemini import GeminiWire
from massgen_conformance.liars.liar import liar


class _ObjectArguments(Answer):
    def close(self) -> Iterator[Chunk]:
        for chunk in super().close():
            for call in getattr(chunk, "tool_calls", None) or ():
                call["function"] = {**call["function"], "arguments": parsed(call["function"]["arguments"])}
            yield chunk


@liar(
    "LIF-07",
    "TOL-01",
    "TOL-02",
    "TOL-03",
    "TOL-04",
    "TOL-05",
    "TOL-06",
    "TOL-07",
    "TOL-09",
    "TOL-12",
    "TOL-16",
    fault="arguments are handed over as an object",
)
class ObjectArguments(Honest):
    answer = _ObjectArguments


class _EmptyArguments(Answer):
    def close(self) -> Iterator[Chunk]:
        for chunk in super().close():
            for call in getattr(chunk, "tool_calls", None) or ():
                if call["function"]["arguments"] == "{}":
                    call["function"] = {**call["function"], "arguments": ""}
            yield chunk


@liar("LIF-07", "TOL-02", "TOL-05", fault="a call without arguments has an empty string for them")
class EmptyArguments(Honest):
    answer = _EmptyArguments


class _SeedsNull(ChatWire):
    def fragment(self, fragment: JSON) -> None:
        function = fragment.get("function") or {}
        if function.get("arguments", "") is None:
            fragment = {**fragment, "function": {**function, "arguments": "{}"}}
        super().fragment(fragment)


@liar("TOL-03", fault="null arguments become an empty object at once")
class SeedsNull(Honest):
    chat = _SeedsNull


class _StripsFragments(ChatWire):
    def fragment(self, fragment: JSON) -> None:
        function = fragment.get("function") or {}
        arguments = (function.get("arguments") or "").strip()
        super().fragment({**fragment, "function": {**function, "arguments": arguments}})


@liar("TOL-04", fault="fragments of arguments are stripped before they are joined")
class StripsFragments(Honest):
    chat = _StripsFragments


class _LastCall(ChatWire):
    def call_of(self, fragment: JSON) -> Call:
        if self.answer.calls and not fragment.get("id"):
            return self.answer.calls[-1]
        return super().call_of(fragment)


@liar("TOL-05", "TOL-07", "TOL-08", fault="a fragment belongs to the call that came last")
class LastCall(Honest):
    chat = _LastCall


class _ByIndex(ChatWire):
    def call_of(self, fragment: JSON) -> Call:
        known = self.at_index.get(fragment.get("index") or 0)
        return known if known is not None else super().call_of(fragment)


@liar("TOL-06", "TOL-07", fault="calls are kept apart by their index only")
class ByIndex(Honest):
    chat = _ByIndex


class _SplitsLateId(ChatWire):
    def call_of(self, fragment: JSON) -> Call:
        known = self.at_index.get(fragment.get("index") or 0)
        if known is not None and fragment.get("id") and not known.id:
            del self.at_index[fragment.get("index") or 0]
        return super().call_of(fragment)


@liar("TOL-07", fault="an id that comes late begins another call")
class SplitsLateId(Honest):
    chat = _SplitsLateId


class _CountsFromZero(Answer):
    def made_up_id(self) -> str:
        return f"call_{sum(bool(call.id) for call in self.calls)}"


@liar("TOL-08", fault="ids are made up anew in each answer")
class CountsFromZero(Honest):
    answer = _CountsFromZero


class _RepairsArguments(Answer):
    def close(self) -> Iterator[Chunk]:
        for call in self.calls:
            call.arguments = call.arguments if is_object(call.arguments or "{}") else "{}"
        return super().close()


@liar("TOL-10", "TOL-11", fault="arguments that were cut off become an empty object")
class RepairsArguments(Honest):
    answer = _RepairsArguments


class _StopMeansStop(Answer):
    def close(self) -> Iterator[Chunk]:
        if self.finish == "stop":
            self.calls.clear()
        return super().close()


@liar("TOL-09", fault="calls are dropped when the finish reason is stop")
class StopMeansStop(Honest):
    answer = _StopMeansStop


@liar("TOL-12", fault="results are sent in the opposite order, each under the other's id")
class SwapsResults(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        places = [number for number, message in enumerate(messages) if message["role"] == "tool"]
        texts = [messages[number]["content"] for number in places]
        swapped = list(messages)
        for number, text in zip(places, reversed(texts), strict=True):
            swapped[number] = {**messages[number], "content": text}
        return super().body(swapped, tools, options)


@liar("TOL-12", "TOL-13", "TOL-14", "TOL-19", "MUL-06", "PRM-10", fault="a trimmed history loses its first result")
class OrphansCalls(Honest):
    def body(self, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        first = next((number for number, message in enumerate(messages) if message["role"] == "tool"), None)
        kept = [message for number, message in enumerate(messages) if number != first]
        return super().body(kept, tools, options)


class _SaysThoughts(Answer):
    def think(self, delta: str) -> Iterator[Chunk]:
        return self.say(delta)


@liar("ERR-04", "LIF-08", "RSN-01", fault="reasoning is yielded as content")
class SaysThoughts(Honest):
    answer = _SaysThoughts


class _LastPiece(AnthropicWire):
    def append(self, name: str, value: str) -> None:
        if name == "signature":
            self.block[name] = value
        else:
            super().append(name, value)


@liar("RSN-04", fault="the last piece of a signature replaces the others", provider="claude")
class LastPiece(Honest):
    wires = {**Honest.wires, "claude": _LastPiece}  # noqa: RUF012  # never changed


class _Unsigned(GeminiWire):
    def keep(self, part: JSON) -> None:
        super().keep({name: value for name, value in part.items() if name != "thoughtSignature"})


@liar(
    "RSN-04", "RSN-05", "TOL-12", "TOL-13", "TOL-14", fault="a call's thought signature is dropped", provider="gemini"
)
class Unsigned(Honest):
    wires = {**Honest.wires, "gemini": _Unsigned}  # noqa: RUF012  # never changed


class _NoPieces(GeminiWire):
    def called(self, said: JSON) -> Iterator[Chunk]:
        said.pop("partialArgs", None)
        yield from super().called(said)


@liar("CON-15", fault="arguments that come in pieces are passed over", provider="gemini")
class DropsPieces(Honest):
    wires = {**Honest.wires, "gemini": _NoPieces}  # noqa: RUF012  # never changed
