"""Gemini generateContent, streamed. https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from massgen_conformance.liars.honest.answer import JSON, Answer, Call, Chunk
from massgen_conformance.liars.honest.chat import failure_of
from massgen_conformance.liars.honest.parts import inline

PARAMETERS = {"temperature": "temperature", "top_p": "topP", "max_tokens": "maxOutputTokens"}
FINISHES = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "LANGUAGE": "content_filter",
    "IMAGE_SAFETY": "content_filter",
}


class GeminiWire:
    """One request and its stream. The stream has no marker: the finish reason is the end."""

    name = "gemini_generate"
    PARAMETERS = frozenset(PARAMETERS)

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        return {"x-goog-api-key": key}

    @classmethod
    def target(cls, model: str) -> str:
        return f"/v1beta/models/{model}:streamGenerateContent?alt=sse"

    @classmethod
    def body(cls, model: str, messages: list[JSON], tools: list[JSON], options: dict[str, Any]) -> JSON:
        system = [{"text": message["content"]} for message in messages if message["role"] in ("system", "developer")]
        body: JSON = {"contents": list(contents(messages))}
        if system:
            body["systemInstruction"] = {"parts": system}
        if tools:
            body["tools"] = [{"functionDeclarations": [tool["function"] for tool in tools]}]
        settings = {PARAMETERS[name]: value for name, value in options.items()}
        return body | ({"generationConfig": settings} if settings else {})

    def end(self, text: str) -> bool:
        return False

    @staticmethod
    def closes(answer: Answer) -> bool:
        return answer.finish is not None

    def read(self, data: JSON) -> Iterator[Chunk]:
        if error := data.get("error"):
            self.answer.failure = failure_of(error)
            return
        if data.get("usageMetadata"):
            self.count(data["usageMetadata"])
        for candidate in data.get("candidates") or ():
            for part in (candidate.get("content") or {}).get("parts") or ():
                yield from self.part(part)
            grounding = candidate.get("groundingMetadata") or {}
            for query in grounding.get("webSearchQueries") or ():
                yield Chunk("backend_status", status="web_search.completed", detail=query)
            for chunk in grounding.get("groundingChunks") or ():
                self.answer.annotations.append({"type": "url_citation", "url": chunk["web"]["uri"]})
            if candidate.get("finishReason"):
                self.answer.finish = FINISHES.get(candidate["finishReason"], "stop")

    def part(self, part: JSON) -> Iterator[Chunk]:
        self.keep(part)
        if "functionCall" in part:
            yield from self.answer.end_thought()
            call = part["functionCall"]
            arguments = json.dumps(call.get("args") or {}, ensure_ascii=False)
            self.answer.calls.append(Call(call.get("id") or "", call["name"], arguments, call))
        elif part.get("thought"):
            yield from self.answer.think(part.get("text") or "")
        else:
            yield from self.answer.say(part.get("text") or "")

    def keep(self, part: JSON) -> None:
        """Remember a part for the next request, as it came."""
        self.answer.blocks.append(part)

    def count(self, usage: JSON) -> None:
        thoughts = usage.get("thoughtsTokenCount") or 0
        self.answer.count(
            usage.get("promptTokenCount") or 0,
            (usage.get("candidatesTokenCount") or 0) + thoughts,
            cached_input_tokens=usage.get("cachedContentTokenCount") or 0,
            reasoning_tokens=thoughts,
        )


def contents(messages: list[JSON]) -> Iterator[JSON]:
    """The conversation in contents; the results of one turn's calls stand together in one."""
    names: dict[str, str] = {}
    results: list[JSON] = []
    for message in messages:
        names |= {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or ()}
        if message["role"] == "tool":
            name = names.get(message["tool_call_id"], "")
            told = {"error" if message.get("is_error") else "result": message["content"]}
            results.append({"functionResponse": {"name": name, "response": told}})
            continue
        if results:
            yield {"role": "user", "parts": results}
            results = []
        if message["role"] not in ("system", "developer"):
            role = "model" if message["role"] == "assistant" else "user"
            yield {"role": role, "parts": message.get("provider_blocks") or said(message["content"])}
    if results:
        yield {"role": "user", "parts": results}


def said(content: JSON) -> list[JSON]:
    """The parts of a content."""
    return [{"text": content}] if isinstance(content, str) else [gemini_part(part) for part in content]


def gemini_part(part: JSON) -> JSON:
    if part["type"] == "text":
        return {"text": part["text"]}
    kind, data = inline(part)
    return {"inlineData": {"mimeType": kind, "data": data}}
