"""Faults with what was thought and must be shown again, or must not."""

from __future__ import annotations

from collections.abc import Iterator

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Chunk
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import ChatWire
from massgen_conformance.liars.honest.gemini import GeminiWire
from massgen_conformance.liars.honest.tagged import TaggedWire
from massgen_conformance.liars.liar import liar


class _DropsWithheld(AnthropicWire):
    def stop(self) -> Iterator[Chunk]:
        yield from super().stop()
        self.answer.blocks = [each for each in self.answer.blocks if each.get("type") != "redacted_thinking"]


@liar("RSN-06", fault="a redacted block is passed over", provider="claude")
class DropsWithheld(Honest):
    wires = {**Honest.wires, "claude": _DropsWithheld}  # noqa: RUF012  # never changed


class _ShowsUnsigned(AnthropicWire):
    def unsigned(self) -> Iterator[Chunk]:
        self.answer.blocks.append({"type": "thinking", "thinking": "".join(self.answer.thought)})
        return super().unsigned()


@liar("RSN-11", fault="a thought that was cut off is shown again without its signature", provider="claude")
class ShowsUnsigned(Honest):
    wires = {**Honest.wires, "claude": _ShowsUnsigned}  # noqa: RUF012  # never changed


class _ForgetsTagged(TaggedWire):
    message_fields = ChatWire.message_fields


@liar("RSN-10", fault="reasoning is not shown again", provider="vllm")
class ForgetsTagged(Honest):
    wires = {**Honest.wires, "vllm": _ForgetsTagged}  # noqa: RUF012  # never changed


class _KeepsForeign(ChatWire):
    message_fields = ChatWire.message_fields | {"reasoning_details", "thinking_blocks"}


@liar("RSN-09", fault="whatever stands in a message is shown to the provider")
class KeepsForeign(Honest):
    chat = _KeepsForeign


@liar(
    "RSN-04",
    "RSN-06",
    "RSN-07",
    fault="a summary is yielded as raw reasoning, and its details are not kept",
    provider="openrouter",
)
class SummaryIsThought(Honest):
    """What Chat Completions knows is all that it reads: OpenRouter's `reasoning_details` are beyond it."""


class _OneBlock(GeminiWire):
    def called(self, said: JSON) -> Iterator[Chunk]:
        thought, self.answer.thought = self.answer.thought, []
        yield from super().called(said)
        self.answer.thought = thought


@liar("LIF-08", fault="what is thought before a call and behind it is one block", provider="gemini")
class ThinksThroughCalls(Honest):
    wires = {**Honest.wires, "gemini": _OneBlock}  # noqa: RUF012  # never changed
