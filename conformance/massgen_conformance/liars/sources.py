"""Faults with what the provider looked up itself, and where."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.honest.gemini import GeminiWire
from massgen_conformance.liars.liar import liar


class _EveryCall(AnthropicWire):
    called = AnthropicWire.called | {"server_tool_use"}


@liar("TOL-17", fault="calls that the provider runs itself are handed over", provider="claude")
class HandsOverSearches(Honest):
    wires = {**Honest.wires, "claude": _EveryCall}  # noqa: RUF012  # never changed


class _QuietSearch(AnthropicWire):
    def stop(self) -> Iterator[Chunk]:
        return (chunk for chunk in super().stop() if chunk.type != "backend_status")


@liar("CON-14", fault="nobody is told what the provider searches for", provider="claude")
class SearchesInSilence(Honest):
    wires = {**Honest.wires, "claude": _QuietSearch}  # noqa: RUF012  # never changed


class _NoEnd(AnthropicWire):
    def read(self, data: JSON) -> Iterator[Chunk]:
        return (chunk for chunk in super().read(data) if vars(chunk).get("status") != "web_search.completed")


@liar("TOL-17", fault="a search of the provider's is told to run and never to end", provider="claude")
class SearchWithoutEnd(Honest):
    wires = {**Honest.wires, "claude": _NoEnd}  # noqa: RUF012  # never changed


class _NoReason(AnthropicWire):
    def explain(self, details: JSON) -> Iterator[Chunk]:
        return iter(())


@liar("CON-14", fault="why the model refused is dropped", provider="claude")
class RefusesWithoutReason(Honest):
    wires = {**Honest.wires, "claude": _NoReason}  # noqa: RUF012  # never changed


class _Links(ChatWire):
    def cite(self, annotations: list[JSON]) -> Iterator[Chunk]:
        for each in annotations:
            yield from self.answer.say(f" ({each['url_citation']['url']})")


@liar("CON-14", fault="sources are pasted into the text")
class PastesSources(Honest):
    chat = _Links


class _NoSources(ChatWire):
    def cite(self, annotations: list[JSON]) -> Iterator[Chunk]:
        return iter(())


@liar("CON-14", fault="sources are dropped")
class DropsSources(Honest):
    chat = _NoSources


class _EndsTwice(GeminiWire):
    def ground(self, grounding: JSON) -> Iterator[Chunk]:
        told = list(super().ground(grounding))
        yield from (*told, *told)


@liar("TOL-22", fault="the end of a search is told twice", provider="gemini")
class EndsSearchesTwice(Honest):
    wires = {**Honest.wires, "gemini": _EndsTwice}  # noqa: RUF012  # never changed


class _Late(AnthropicWire):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.progress: list[Chunk] = []

    def read(self, data: JSON) -> Iterator[Chunk]:
        for chunk in super().read(data):
            if chunk.type == "backend_status":
                self.progress.append(chunk)
                continue
            yield chunk
            yield from self.progress
            self.progress.clear()


@liar("CON-14", "TOL-22", fault="a search is told when the answer has begun", provider="claude")
class TellsSearchesLate(Honest):
    wires = {**Honest.wires, "claude": _Late}  # noqa: RUF012  # never changed


class _NothingToShow(GeminiWire):
    def ground(self, grounding: JSON) -> Iterator[Chunk]:
        yield from super().ground({name: told for name, told in grounding.items() if name != "searchEntryPoint"})


@liar("CON-14", fault="what must be shown with a search is dropped", provider="gemini")
class DropsSuggestions(Honest):
    wires = {**Honest.wires, "gemini": _NothingToShow}  # noqa: RUF012  # never changed


class _InBytes(GeminiWire):
    def place(self, segment: JSON) -> dict[str, int]:
        return {"start_index": segment.get("startIndex", 0), "end_index": segment["endIndex"]}


@liar("CON-14", fault="places in bytes are passed on as places in characters", provider="gemini")
class CitesInBytes(Honest):
    wires = {**Honest.wires, "gemini": _InBytes}  # noqa: RUF012  # never changed
