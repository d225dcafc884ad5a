"""Faults with what the provider looked up itself, and where."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Chunk
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.liar import liar


class _EveryCall(AnthropicWire):
    called = AnthropicWire.called | {"server_tool_use"}


@liar("TOL-17", fault="calls that the provider runs itself are handed over", provider="claude")
class HandsOverSearches(Honest):
    wires = {**Honest.wires, "claude": _EveryCall}  # noqa: RUF012  # never changed


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
