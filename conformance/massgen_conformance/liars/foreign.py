"""Faults in what is sent to a provider that another one would take, and in what is not sent again."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON
from massgen_conformance.liars.honest.chat import DeepSeekWire, GroqWire
from massgen_conformance.liars.liar import liar


class _AsItIs(GroqWire):
    message_fields = GroqWire.message_fields | {"refusal", "annotations", "audio", "function_call"}


@liar("PRM-10", fault="a message goes out with every field that another provider gave it", provider="groq")
class SendsAsItIs(Honest):
    wires = MappingProxyType({"groq": _AsItIs})


class _NoPrefix(DeepSeekWire):
    message_fields = DeepSeekWire.message_fields - {"prefix"}


@liar("PRM-11", fault="the beginning of an answer goes out as a whole one", provider="deepseek")
class ForgetsBeginnings(Honest):
    wires = MappingProxyType({"deepseek": _NoPrefix})


class _Forgetful(DeepSeekWire):
    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        bare = [{**each, "reasoning_content": ""} if each.get("tool_calls") else each for each in messages]
        return super().body(model, bare, tools, options)


class _InParts(DeepSeekWire):
    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        whole = [{"reasoning_content": "", **each} if each.get("tool_calls") else each for each in messages]
        return super(DeepSeekWire, cls).body(model, whole, tools, options)


@liar("PRM-10", fault="text goes out in parts to a model that takes one string", provider="deepseek")
class SendsParts(Honest):
    wires = MappingProxyType({"deepseek": _InParts})


@liar("RSN-10", fault="reasoning goes back empty: the field is there, what was thought is not", provider="deepseek")
class ForgetsThoughts(Honest):
    wires = MappingProxyType({"deepseek": _Forgetful})
