"""The provider's side of the Responses API.

Protocol facts: OpenAI's API reference, SDK types and live recordings. Every event has a name, a `type` equal to it and
a `sequence_number`; items are opened, filled and closed; the final event repeats the whole response and has the
counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from massgen_conformance.plan import Reply
from massgen_conformance.scenario import Part, StreamError, Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.speakers import openai_responses_request as requests
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
from massgen_conformance.speakers.chat_variants.grok import grok_cost
from massgen_conformance.speakers.openai_errors import error_body
from massgen_conformance.speakers.openai_responses_forms import FORMS, in_form
from massgen_conformance.speakers.openai_responses_items import (
    Item,
    Step,
    call_item,
    message_item,
    reasoning_item,
    search_item,
)
from massgen_conformance.speakers.sse import FRAMING_QUIRKS, framing_of
from massgen_conformance.trace import Received

ENDINGS: Mapping[str, tuple[str, str | None]] = {
    "stop": ("completed", None),
    "tool_calls": ("completed", None),
    "refusal": ("completed", None),
    "length": ("incomplete", "max_output_tokens"),
    "content_filter": ("incomplete", "content_filter"),
}
"""`Turn.finish` -> the response's status and the reason why it is incomplete."""

QUIRKS = FRAMING_QUIRKS | {"no_done", "interleaved", "empty_delta", "pings", "unknown_event", "unknown_field"}
QUIRKS |= {"searched", "cited", "bare_error"} | FORMS


@dataclass(frozen=True, slots=True)
class ResponsesSpeaker:
    """OpenAI, or a server that speaks its Responses API.

    `Thinking` with `summary` is said as a reasoning summary; without, as raw reasoning text, which only open-weight
    models show. A signature is the item's `encrypted_content`; one is made up when the request includes it.
    """

    model: str = "gpt-5.4"
    provider: str = "openai"
    key_header: str = "authorization"
    wire: str = field(default="openai_responses", init=False)
    paths: tuple[str, ...] = field(default=("/responses",), init=False)
    quirks: frozenset[str] = field(default=frozenset(QUIRKS), init=False)

    def say(self, turn: Turn, *, request: Received | None = None) -> tuple[bytes, ...]:
        check_quirks(turn, self.quirks, "Responses")
        asked = request.json() if request is not None else {"model": self.model}
        answer = _Answer(turn, seed_of(turn, request), asked, self.provider)
        return answer.framing.whole(answer.events())

    def reply(self, turn: Turn, *, request: Received | None = None) -> Reply:
        headers = (("content-type", "text/event-stream; charset=utf-8"), ("x-request-id", "req_a1b2c3d4"))
        return Reply(self.say(turn, request=request), headers=headers)

    def refuse(self, status: int, kind: str, message: str, headers: Headers = ()) -> Reply:
        return json_reply(status, error_body(self.provider, status, kind, message), headers)

    def problems(self, received: Received) -> list[str]:
        return requests.problems(received, self.paths, self.key_header)

    def read(self, received: Received) -> NeutralRequest:
        return requests.read(received)


class _Answer:
    """One answer while it is being said."""

    def __init__(self, turn: Turn, seed: str, asked: JSON, provider: str) -> None:
        self.turn, self.seed, self.asked, self.provider = turn, seed, asked, provider
        self.framing = framing_of(turn.quirks)
        self.output: list[JSON] = []

    def events(self) -> Iterator[bytes]:
        for number, body in enumerate(self._numbered()):
            if "unknown_field" in self.turn.quirks:
                body = {**body, "x_weather": {"sky": ["blue", None]}}
            if body["type"].endswith(".delta"):
                body = {**body, "obfuscation": opaque_id("", self.seed, number, 12)}
            if body["type"]:
                yield self.framing.event(body, body["type"])
            else:
                yield self.framing.event({"error": body["error"]})

    def _numbered(self) -> Iterator[JSON]:
        number = 0
        for body in in_form(self._bodies(), self.turn.quirks, self.seed):
            extras: list[JSON] = [body]
            if "pings" in self.turn.quirks:
                extras.append({"type": "keepalive"})
            if "unknown_event" in self.turn.quirks:
                extras.append({"type": "response.mood.changed", "mood": "calm", "delta": {"mood": 1}, "item_id": 7})
            for each in extras:
                yield {"type": each["type"], "sequence_number": number, **each}
                number += 1

    def _bodies(self) -> Iterator[JSON]:
        status, reason = self._ending()
        for kind in ("response.created", "response.in_progress"):
            yield {"type": kind, "response": self._response("in_progress")}
        items = [self._item(part, index) for index, part in enumerate(self.turn.parts)]
        if "searched" in self.turn.quirks:
            items.insert(0, search_item(opaque_id("ws_0", self.seed, 0, 47)))
        cut = status == "incomplete"
        for group in self._groups(items):
            yield from self._told(group, "incomplete" if cut and group[-1] is items[-1] else "completed")
        if self.turn.error is not None:
            yield from self._failure(self.turn.error)
        elif "no_done" not in self.turn.quirks:
            details = {"reason": reason} if reason else None
            yield {
                "type": f"response.{status}",
                "response": self._response(status, incomplete_details=details, usage=self._usage()),
            }

    def _groups(self, items: list[Item]) -> list[list[Item]]:
        """Items told together: one by one, or neighbouring calls at once when they are interleaved."""
        groups: list[list[Item]] = []
        for item in items:
            calls = item.kind == "function_call" and "interleaved" in self.turn.quirks
            if calls and groups and groups[-1][-1].kind == "function_call":
                groups[-1].append(item)
            else:
                groups.append([item])
        return groups

    def _told(self, group: list[Item], status: str) -> Iterator[JSON]:
        first = len(self.output)
        self.output += [{} for _ in group]
        for offset, item in enumerate(group):
            yield {"type": "response.output_item.added", "output_index": first + offset, "item": item.opening}
        tracks = [
            [self._placed(step, item, first + offset) for step in item.steps] for offset, item in enumerate(group)
        ]
        for position in range(max(len(track) for track in tracks)):
            for track in tracks:
                yield from self._padded(track[position]) if position < len(track) else ()
        for offset, item in enumerate(group):
            self.output[first + offset] = {**item.closing, **({"status": status} if "status" in item.closing else {})}
            done = {"output_index": first + offset, "item": self.output[first + offset]}
            yield {"type": "response.output_item.done", **done}

    def _placed(self, step: Step, item: Item, index: int) -> JSON:
        kind, fields = step
        return {"type": kind, "item_id": item.opening["id"], "output_index": index, **fields}

    def _padded(self, body: JSON) -> Iterator[JSON]:
        if "empty_delta" in self.turn.quirks and body["type"].endswith(".delta"):
            yield {**body, "delta": ""}
        yield body

    def _item(self, part: Part, index: int) -> Item:
        if isinstance(part, Text):
            refused, cited = self.turn.finish == "refusal", "cited" in self.turn.quirks
            return message_item(opaque_id("msg_0", self.seed, index, 47), part, refusal=refused, cited=cited)
        if isinstance(part, ToolCall):
            call_id = part.id or opaque_id("call_", self.seed, index)
            return call_item(opaque_id("fc_0", self.seed, index, 47), call_id, part)
        thought = reasoning_item(opaque_id("rs_0", self.seed, index, 47), part, self._encrypted(part, index))
        return thought if self.provider != "grok" else thought.with_status()

    def _encrypted(self, part: Thinking, index: int) -> str:
        included = "reasoning.encrypted_content" in (self.asked.get("include") or ())
        made = opaque_id("gAAAAAB", self.seed, index, 60) if included else ""
        return part.redacted or part.signature or made

    def _ending(self) -> tuple[str, str | None]:
        if self.turn.finish.startswith("="):
            return "incomplete", self.turn.finish[1:]
        if self.turn.finish not in ENDINGS:
            raise UnspeakableTurn(f"Responses has no ending for {self.turn.finish!r}")
        return ENDINGS[self.turn.finish]

    def _failure(self, error: StreamError) -> Iterator[JSON]:
        if self.provider == "grok" and "bare_error" not in self.turn.quirks:
            yield {"type": "error", **error_body("grok", None, error.kind, error.message)}
            return
        body = error_body("openai", None, error.kind, error.message)["error"]
        if "bare_error" in self.turn.quirks:
            yield {"type": "", "error": body}
            return
        if error.kind != "server":  # the response that failed may tell it alone
            yield {"type": "error", "error": body}
        failed = {"code": body["code"] or body["type"], "message": body["message"]}
        yield {"type": "response.failed", "response": self._response("failed", error=failed)}

    def _usage(self) -> JSON:
        usage = self.turn.usage
        counted = _counts(usage)
        if usage is None or self.provider != "grok":
            return counted
        context = {"input_tokens": usage.prompt, "output_tokens": usage.completion}
        tools = {"num_sources_used": 0, "num_server_side_tools_used": 0, "context_details": context}
        return {**counted, **tools, "cost_in_usd_ticks": grok_cost(usage, usage.completion)}

    def _response(self, status: str, **changes: JSON) -> JSON:
        asked = self.asked
        shown = {
            "id": opaque_id("resp_0", self.seed, length=47),
            "object": "response",
            "created_at": 1777000000,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": asked.get("instructions"),
            "max_output_tokens": asked.get("max_output_tokens"),
            "max_tool_calls": None,
            "model": asked["model"],
            "output": list(self.output) if status != "in_progress" else [],
            "parallel_tool_calls": True,
            "previous_response_id": asked.get("previous_response_id"),
            "prompt_cache_key": None,
            "reasoning": {"effort": "medium", "summary": None},
            "safety_identifier": None,
            "service_tier": "default" if status != "in_progress" else "auto",
            "store": asked.get("store", True),
            "temperature": 1.0,
            "text": {"format": {"type": "text"}, "verbosity": "medium"},
            "tool_choice": "auto",
            "tools": asked.get("tools") or [],
            "top_logprobs": 0,
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": None,
            "user": None,
            "metadata": {},
        }
        if self.provider == "grok":
            shown |= {"completed_at": None, "frequency_penalty": 0.0, "presence_penalty": 0.0}
        return {**shown, **changes}


def _counts(usage: Usage | None) -> JSON:
    if usage is None:
        return None
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.completion,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
