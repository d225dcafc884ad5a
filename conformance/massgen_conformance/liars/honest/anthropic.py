"""Anthropic Messages. https://docs.claude.com/en/docs/build-with-claude/streaming"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from massgen_conformance.liars.honest.answer import JSON, Answer, Call, Chunk, parsed
from massgen_conformance.liars.honest.chat import failure_of
from massgen_conformance.liars.honest.parts import inline

PARAMETERS = frozenset({"temperature", "top_p", "max_tokens", "stop_sequences", "thinking"})
FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    "pause_turn": "pause",
    "compaction": "pause",
}
DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


class AnthropicWire:
    """One request and its stream."""

    name = "anthropic_messages"
    PARAMETERS = PARAMETERS
    called = frozenset({"tool_use"})  # the blocks that the caller must answer

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.block: JSON = {}
        self.input: list[str] = []
        self.counted: dict[str, int] = {}

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}

    @classmethod
    def target(cls, model: str) -> str:
        return "/v1/messages"

    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        system = "\n".join(message["content"] for message in messages if message["role"] in ("system", "developer"))
        body: JSON = {"model": model, "max_tokens": 1024, "stream": True, "messages": list(turns(messages))}
        if system:
            body["system"] = system
        if tools:
            body["tools"] = [declared(tool["function"]) for tool in tools]
        return body | options

    def end(self, text: str) -> bool:
        return False

    @staticmethod
    def closes(answer: Answer) -> bool:
        return False

    def read(self, data: JSON) -> Iterator[Chunk]:
        kind = data.get("type")
        if kind == "error" or (kind is None and "error" in data):
            self.answer.failure = failure_of(data["error"])
        elif kind == "message_start":
            self.count(data["message"].get("usage") or {})
        elif kind == "content_block_start":
            yield from self.stop()
            self.block, self.input = dict(data["content_block"]), []
            if self.block.get("type") == "web_search_tool_result":
                yield Chunk("backend_status", status="web_search.completed")
            yield from self.searching("started")
            yield from self.answer.think(self.block.get("thinking") or "")
            yield from self.answer.say(self.block.get("text") or "")
        elif kind == "content_block_delta":
            yield from self.delta(data["delta"])
        elif kind == "content_block_stop":
            yield from self.stop()
        elif kind == "message_delta":
            self.answer.finish = FINISHES.get(data["delta"].get("stop_reason") or "", "stop")
            yield from self.explain(data["delta"].get("stop_details") or {})
            self.count(data.get("usage") or {})
        elif kind == "message_stop":
            yield from self.stop()
            self.answer.ended = True

    def explain(self, details: JSON) -> Iterator[Chunk]:
        """Why the model refused."""
        if why := details.get("explanation") or details.get("category"):
            yield Chunk("backend_status", status="refusal", detail=why)

    def delta(self, delta: JSON) -> Iterator[Chunk]:
        if delta["type"] == "input_json_delta":
            self.input.append(delta.get("partial_json") or "")
            return
        if delta["type"] == "compaction_delta":
            self.block |= {name: value for name, value in delta.items() if name != "type"}
        if delta["type"] == "citations_delta":
            self.block["citations"] = [*(self.block.get("citations") or []), delta["citation"]]
        name = DELTAS.get(delta["type"])
        if name is None:
            return
        self.append(name, delta[name])
        if name == "text":
            yield from self.answer.say(delta[name])
        elif name == "thinking":
            yield from self.answer.think(delta[name])

    def append(self, name: str, value: str) -> None:
        self.block[name] = (self.block.get(name) or "") + value

    def stop(self) -> Iterator[Chunk]:
        block, self.block = self.block, {}
        if not block:
            return
        if block.get("type") == "thinking" and not block.get("signature"):
            yield from self.unsigned()
            return
        if block.get("type") == "server_tool_use":
            block["input"] = parsed("".join(self.input))
            yield from self.searching("running", block)
        if block.get("type") in self.called:
            arguments = "".join(self.input) or json.dumps(block.get("input") or {})
            self.answer.calls.append(Call(block["id"], block["name"], arguments, block))
            block["input"] = parsed(arguments)
        self.answer.blocks.append(block)
        yield from self.answer.end_thought()

    def unsigned(self) -> Iterator[Chunk]:
        """A thought that was cut off before its signature: the provider would not take it back."""
        return self.answer.end_thought()

    def searching(self, phase: str, block: JSON = None) -> Iterator[Chunk]:
        """The progress of a tool of Anthropic's own."""
        said = block or self.block
        if said.get("type") == "server_tool_use":
            detail = str((said.get("input") or {}).get("query") or "")
            yield Chunk("backend_status", status=f"{said['name']}.{phase}", detail=detail)

    def count(self, usage: JSON) -> None:
        details = usage.get("output_tokens_details") or {}
        self.counted |= {name: number for name, number in {**usage, **details}.items() if isinstance(number, int)}
        counted = self.counted
        read, written = counted.get("cache_read_input_tokens", 0), counted.get("cache_creation_input_tokens", 0)
        self.answer.count(
            counted.get("input_tokens", 0) + read + written,
            counted.get("output_tokens", 0),
            cached_input_tokens=read,
            cache_creation_tokens=written,
            reasoning_tokens=counted.get("thinking_tokens", 0),
        )


def declared(function: JSON) -> JSON:
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    return {"name": function["name"], "description": function.get("description", ""), "input_schema": schema}


def turns(messages: list[JSON]) -> Iterator[JSON]:
    """The conversation in blocks; the results of one turn's calls stand together in one user message."""
    results: list[JSON] = []
    for message in messages:
        if message["role"] == "tool":
            block = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}
            results.append(block | ({"is_error": True} if message.get("is_error") else {}))
            continue
        if results:
            yield {"role": "user", "content": results}
            results = []
        if message["role"] not in ("system", "developer"):
            yield {"role": message["role"], "content": message.get("provider_blocks") or said(message["content"])}
    if results:
        yield {"role": "user", "content": results}


def said(content: JSON) -> JSON:
    """Text as it is, parts as blocks."""
    return content if isinstance(content, str) else [block(part) for part in content]


def block(part: JSON) -> JSON:
    if part["type"] == "text":
        return part
    kind, data = inline(part)
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}
