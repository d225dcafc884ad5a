"""Gemini generateContent, streamed. https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from massgen_conformance.liars.honest.answer import JSON, Answer, Call, Chunk, Failure
from massgen_conformance.liars.honest.chat import failure_of
from massgen_conformance.liars.honest.gemini_pieces import put
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
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "ESCALATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "CONTINUATION": "pause",
    "TOO_MANY_TOOL_CALLS": "pause",
}
FAILURES = {
    "MALFORMED_FUNCTION_CALL": "malformed",
    "UNEXPECTED_TOOL_CALL": "malformed",
    "MALFORMED_RESPONSE": "malformed",
    "MISSING_THOUGHT_SIGNATURE": "bad_request",
    "PUP_LIMITED_DISABLED": "permission",
}
"""Finish reasons that stand for a failure."""

UNFINISHED = "{"
"""The arguments of a call that is not over: never those of one that is handed over."""


class GeminiWire:
    """One request and its stream. The stream has no marker: the finish reason is the end."""

    name = "gemini_generate"
    PARAMETERS = frozenset(PARAMETERS)

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.open: Call | None = None  # a call whose arguments come in pieces

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
        if (data.get("promptFeedback") or {}).get("blockReason"):
            self.answer.finish = "content_filter"
        for candidate in data.get("candidates") or ():
            for part in (candidate.get("content") or {}).get("parts") or ():
                yield from self.part(part)
            yield from self.ground(candidate.get("groundingMetadata") or {})
            if reason := candidate.get("finishReason"):
                self.finish(reason)

    def finish(self, reason: str) -> None:
        self.answer.finish = FINISHES.get(reason, "stop")
        if reason in FAILURES:
            self.answer.failure = Failure(FAILURES[reason], f"the answer ended with {reason}")

    def ground(self, grounding: JSON) -> Iterator[Chunk]:
        """What the answer rests on: places are bytes of the text."""
        if queries := grounding.get("webSearchQueries"):
            yield searching("completed", queries)
        if entry := grounding.get("searchEntryPoint"):
            self.answer.annotations.append({"type": "search_suggestions", "html": entry["renderedContent"]})
        chunks = grounding.get("groundingChunks") or ()
        for support in grounding.get("groundingSupports") or ():
            place = self.place(support["segment"])
            for number in support["groundingChunkIndices"]:
                self.answer.annotations.append({"type": "url_citation", "url": chunks[number]["web"]["uri"], **place})

    def place(self, segment: JSON) -> dict[str, int]:
        text = "".join(self.answer.text).encode()
        ends = (segment.get("startIndex", 0), segment["endIndex"])
        start, end = (len(text[:place].decode("utf-8", "ignore")) for place in ends)
        return {"start_index": start, "end_index": end}

    def part(self, part: JSON) -> Iterator[Chunk]:
        call = part.get("functionCall")
        if call is None or call.get("name"):
            self.keep(part)
        if call is not None:
            yield from self.called(call)
        elif "inlineData" in part:
            self.show(part["inlineData"])
        elif "toolCall" in part:
            yield searching("running", part["toolCall"].get("args", {}).get("queries") or ())
        elif "toolResponse" in part:
            yield searching("completed", ())
        elif part.get("thought"):
            yield from self.answer.think(part.get("text") or "")
        else:
            yield from self.answer.say(part.get("text") or "")

    def called(self, said: JSON) -> Iterator[Chunk]:
        """A call, or the next pieces of the one that is open."""
        yield from self.answer.end_thought()
        more = said.pop("willContinue", False)
        pieces = said.pop("partialArgs", None) or ()
        if said.get("name"):
            arguments = UNFINISHED if more or pieces else json.dumps(said.get("args") or {}, ensure_ascii=False)
            self.open = Call(said.get("id") or "", said["name"], arguments, said)
            self.answer.calls.append(self.open)
        call = self.open
        if call is None or call.arguments != UNFINISHED:
            return
        for piece in pieces:
            put(call.block.setdefault("args", {}), piece)
        if not more:
            call.arguments = json.dumps(call.block.setdefault("args", {}), ensure_ascii=False)

    def show(self, media: JSON) -> None:
        url = f"data:{media['mimeType']};base64,{media['data']}"
        self.answer.images.append({"type": "image_url", "image_url": {"url": url}})

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


def searching(phase: str, queries: Iterable[str]) -> Chunk:
    """The progress of a search of Google's own."""
    return Chunk("backend_status", status=f"web_search.{phase}", detail="; ".join(queries))


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
