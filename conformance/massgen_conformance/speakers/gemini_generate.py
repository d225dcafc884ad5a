"""The provider's side of generateContent.

Protocol facts: Google's API reference, SDK types and live recordings. A stream is a series of whole responses, as SSE
with CR LF or, without `alt=sse`, as one JSON array; it ends with the connection, so a finish reason is the only
terminal marker. Calls come whole. Counts come with every response and grow; thoughts are not inside the candidates'
count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Part, StreamError, Text, Thinking, ToolCall, Turn
from massgen_conformance.speakers import gemini_request as requests
from massgen_conformance.speakers.base import (
    JSON,
    Headers,
    NeutralRequest,
    UnspeakableTurn,
    check_quirks,
    json_reply,
    opaque_id,
    seed_of,
)
from massgen_conformance.speakers.conversation import target_of
from massgen_conformance.speakers.searches import PICTURE, QUERY, SUGGESTIONS, TITLE, URL
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, framing_of
from massgen_conformance.trace import Received

FINISHES: Mapping[str, str] = {
    "stop": "STOP",
    "tool_calls": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY",
}
ERRORS: Mapping[str, tuple[int, str]] = {
    "auth": (401, "UNAUTHENTICATED"),
    "permission": (403, "PERMISSION_DENIED"),
    "not_found": (404, "NOT_FOUND"),
    "bad_request": (400, "INVALID_ARGUMENT"),
    "context_length": (400, "INVALID_ARGUMENT"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "quota": (429, "RESOURCE_EXHAUSTED"),
    "overloaded": (503, "UNAVAILABLE"),
    "server": (500, "INTERNAL"),
    "timeout": (504, "DEADLINE_EXCEEDED"),
}
QUIRKS = FRAMING_QUIRKS | {
    "usage_after_finish",
    "usage_on_finish",
    "usage_cumulative",
    "missing_id",
    "argument_pieces",
    "blocked_prompt",
    "empty_delta",
    "pings",
    "unknown_event",
    "unknown_field",
    "searched",
    "searched_in_parts",
    "cited",
    "pictured",
    "bare_error",
}
_RPC = "type.googleapis.com/google.rpc"


@dataclass(frozen=True, slots=True)
class GeminiSpeaker:
    """Google's generateContent. The first call of a turn is signed even when the scenario gives no signature."""

    model: str = "gemini-3.5-flash"
    wire: str = field(default="gemini_generate", init=False)
    paths: tuple[str, ...] = field(default=(":streamGenerateContent",), init=False)
    quirks: frozenset[str] = field(default=frozenset(QUIRKS), init=False)

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, "generateContent")
        answer = _Answer(turn, seed_of(turn, request), requests.model_of(request) if request else self.model)
        if request is None or _wants_sse(request):
            return answer.sse()
        if turn.quirks & (FRAMING_QUIRKS | {"pings"}):
            raise UnspeakableTurn("a JSON array has no events to frame")
        return answer.array()

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        sse = request is None or _wants_sse(request)
        content_type = "text/event-stream" if sse else "application/json; charset=UTF-8"
        return Reply(self.say(turn, request=request), headers=(("content-type", content_type),))

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        """The seconds that others announce in Retry-After are said in the body here."""
        moved = [(name, value) for name, value in headers if name.lower() == "retry-after" and _is_number(value)]
        waits = [value for _, value in moved]
        kept = tuple(header for header in headers if header not in moved)
        return json_reply(status, _error(kind, message, status, waits), kept)

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdecimal()


def _wants_sse(request: Received) -> bool:
    return target_of(request)[1].get("alt") == "sse"


def _error(kind: str, message: str, status: int | None = None, waits: list[str] | None = None) -> JSON:
    code, name = ERRORS.get(kind, (500, "INTERNAL"))
    if status in (400, 401) and kind == "auth":
        name = "INVALID_ARGUMENT" if status == 400 else "UNAUTHENTICATED"
    details: list[JSON] = [{"@type": f"{_RPC}.RetryInfo", "retryDelay": f"{wait}s"} for wait in waits or ()]
    if kind == "auth":
        details.append({"@type": f"{_RPC}.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"})
    error: JSON = {"code": status or code, "message": message, "status": name}
    return {"error": {**error, **({"details": details} if details else {})}}


def _base64(signature: str) -> str:
    if not requests.is_base64(signature):
        raise UnspeakableTurn(f"a thoughtSignature is bytes in base64, not {signature!r}")
    return signature


def _in_pieces(said: JSON) -> Iterator[JSON]:
    """A call as Vertex streams it (`streamFunctionCallArguments`): its name, its arguments one by one, and an end."""
    call = said["functionCall"]
    yield {**said, "functionCall": {"name": call["name"], "willContinue": True}}
    for name, value in call["args"].items():
        for piece in _pieces(f"$.{name}", value):
            yield {"functionCall": {"partialArgs": [piece], "willContinue": True}}
    yield {"functionCall": {}}


def _pieces(path: str, value: JSON) -> Iterator[JSON]:
    """One argument at its place; a text comes in two halves."""
    if isinstance(value, str):
        half = len(value) // 2
        yield {"jsonPath": path, "stringValue": value[:half], "willContinue": True}
        yield {"jsonPath": path, "stringValue": value[half:]}
    elif isinstance(value, dict | list):
        inner = [(f".{key}", each) for key, each in value.items()] if isinstance(value, dict) else enumerate(value)
        for key, each in inner:
            yield from _pieces(f"{path}{key}" if isinstance(key, str) else f"{path}[{key}]", each)
    elif value is None:
        yield {"jsonPath": path, "nullValue": "NULL_VALUE"}
    else:
        yield {"jsonPath": path, "boolValue" if isinstance(value, bool) else "numberValue": value}


_GOOGLE = json.JSONEncoder(ensure_ascii=False, separators=(",", ": "))


def _as_google(body: JSON) -> str:
    """JSON spaced as Google does."""
    return _GOOGLE.encode(body)


class _Answer:
    """One answer while it is being said."""

    def __init__(self, turn: Turn, seed: str, model: str) -> None:
        self.turn, self.seed, self.model = turn, seed, model
        self._calls = 0
        self._signature = ""  # of the reasoning so far, waiting for the part on which it rides

    def sse(self) -> tuple[bytes, ...]:
        framing = framing_of(self.turn.quirks, newline="\r\n")
        events: list[bytes] = [framing.comment("keep-alive")] if "pings" in self.turn.quirks else []
        for body in self._bodies():
            if "error" in body and "bare_error" in self.turn.quirks:  # google-genai counts braces to read it
                events.append(json.dumps(body, indent=2).encode() + b"\n")
                continue
            events.append(framing.event(body if framing.spread else _as_google(body)))
            if "pings" in self.turn.quirks:
                events.append(framing.comment("keep-alive"))
        return framing.whole(events)

    def array(self) -> tuple[bytes, ...]:
        bodies = [json.dumps(body, ensure_ascii=False, indent=2) for body in self._bodies()]
        pieces = [f"[{bodies[0]}\n", *(f",\r\n{body}\n" for body in bodies[1:]), "]"]
        return tuple(piece.encode() for piece in pieces)

    def _bodies(self) -> Iterator[JSON]:
        responses = list(self._responses())
        for number, body in enumerate(responses):
            counts = self._counts(number + 1, len(responses), body)
            if counts is not None:
                body = {**body, "usageMetadata": counts}
            body = {**body, "modelVersion": self.model, "responseId": opaque_id("", self.seed, length=22)}
            if "unknown_field" in self.turn.quirks:
                body = {**body, "xWeather": {"sky": ["blue", 1]}}
            yield body
            if "unknown_event" in self.turn.quirks:
                yield {"heartbeat": {"beats": 1}, "responseId": body["responseId"]}
        if self.turn.error is not None:
            yield self._failure(self.turn.error)

    def _responses(self) -> Iterator[JSON]:
        if "blocked_prompt" in self.turn.quirks:
            yield {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
            return
        if "searched_in_parts" in self.turn.quirks:
            yield from self._search()
        for part in self.turn.parts:
            for said in self._parts(part):
                if "empty_delta" in self.turn.quirks:
                    yield self._response({"text": ""})
                yield self._response(said)
        if self.turn.error is not None:
            return
        if "pictured" in self.turn.quirks:
            yield self._response({"inlineData": {"mimeType": "image/png", "data": PICTURE}})
        if grounding := self._grounding():
            yield {"candidates": [{"groundingMetadata": grounding, "index": 0}]}
        last: JSON = {"text": "", **({"thoughtSignature": self._signature} if self._signature else {})}
        yield self._response(last, self._reason())
        if "usage_after_finish" in self.turn.quirks and self.turn.usage is not None:
            yield {}

    def _search(self) -> Iterator[JSON]:
        """A search as parts of the answer (`includeServerSideToolInvocations`), both of them signed."""
        about = {"toolType": "GOOGLE_SEARCH_WEB", "id": opaque_id("", self.seed, 0, 8)}
        signed = {"thoughtSignature": opaque_id("EsIN", self.seed, 9, 40)}
        yield self._response({"toolCall": {**about, "args": {"queries": [QUERY]}}, **signed})
        yield self._response({"toolResponse": {**about, "response": {"search_suggestions": SUGGESTIONS}}, **signed})

    def _grounding(self) -> JSON:
        """What was searched for, and which page the text rests on: beside the answer, places in UTF-8 bytes."""
        told: JSON = {}
        if "searched" in self.turn.quirks:
            told = {"webSearchQueries": [QUERY], "searchEntryPoint": {"renderedContent": SUGGESTIONS}}
        if "cited" in self.turn.quirks:
            segment = {"endIndex": len(self.turn.text.encode()), "text": self.turn.text}
            told["groundingChunks"] = [{"web": {"uri": URL, "title": TITLE}}]
            told["groundingSupports"] = [{"segment": segment, "groundingChunkIndices": [0]}]
        return told

    def _response(self, part: JSON, finish: str = "") -> JSON:
        candidate = {"content": {"parts": [part], "role": "model"}, **({"finishReason": finish} if finish else {})}
        return {"candidates": [{**candidate, "index": 0}]}

    def _parts(self, part: Part) -> Iterator[JSON]:
        if isinstance(part, Text):
            yield from ({"text": delta} for delta in part.deltas)
        elif isinstance(part, Thinking):
            if part.summary or part.redacted:
                raise UnspeakableTurn("generateContent has neither marked summaries nor withheld thoughts")
            if self._signature:
                raise UnspeakableTurn("generateContent signs what follows a thought, and nothing between two")
            self._signature = _base64(part.signature)
            yield from ({"text": delta, "thought": True} for delta in part.deltas)
        elif "argument_pieces" in self.turn.quirks:
            yield from _in_pieces(self._call(part))
        else:
            yield self._call(part)

    def _call(self, call: ToolCall) -> JSON:
        number, self._calls = self._calls, self._calls + 1
        try:
            arguments = json.loads(call.whole or "{}")
        except ValueError:
            raise UnspeakableTurn("generateContent sends arguments as an object, which cannot be cut off") from None
        said: JSON = {"name": call.name, "args": arguments}
        if "missing_id" not in self.turn.quirks:
            said["id"] = call.id or opaque_id("", self.seed, number + 1, 8)
        made = opaque_id("EsIN", self.seed, length=40) if number == 0 else ""
        signature = _base64(call.signature) or self._signature or made
        self._signature = ""
        return {"functionCall": said, **({"thoughtSignature": signature} if signature else {})}

    def _counts(self, number: int, total: int, body: JSON) -> JSON:
        """Counts that grow with every response and are right at the end; None where this stream has none."""
        usage, quirks = self.turn.usage, self.turn.quirks
        finished = any("finishReason" in each for each in body.get("candidates") or [{"finishReason": ""}])
        if usage is None or ("usage_on_finish" in quirks and not finished) or ("usage_after_finish" in quirks and body):
            return None
        if not usage.prompt:
            raise UnspeakableTurn("Google's JSON leaves a count of zero out")
        spoken = (usage.completion - usage.reasoning) * number // total
        counts: dict[str, JSON] = {"promptTokenCount": usage.prompt}
        if usage.cached:
            counts["cachedContentTokenCount"] = usage.cached
        if spoken:
            counts["candidatesTokenCount"] = spoken
        counts["totalTokenCount"] = usage.prompt + spoken + usage.reasoning
        counts["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": usage.prompt}]
        if usage.reasoning:
            counts["thoughtsTokenCount"] = usage.reasoning
        return counts

    def _reason(self) -> str:
        if self.turn.finish.startswith("="):
            return self.turn.finish[1:]
        if self.turn.finish not in FINISHES:
            raise UnspeakableTurn(f"generateContent has no finish reason for {self.turn.finish!r}")
        return FINISHES[self.turn.finish]

    def _failure(self, error: StreamError) -> JSON:
        return _error(error.kind, error.message)
