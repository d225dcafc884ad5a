"""Token counts as the provider wrote them into a recorded stream: an opinion of their own to hold a backend's against.

Only for recordings, where nobody knows what the model said but the bytes. Scripted turns carry their counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from massgen_conformance.scenario import Usage
from massgen_conformance.trace import JSON


def events(body: bytes) -> Iterator[JSON]:
    """The JSON objects of a stream: of its `data:` lines, or of its lines."""
    for line in body.decode("utf-8").replace("\r\n", "\n").split("\n"):
        text = line.removeprefix("data:").strip()
        if text.startswith("{"):
            yield json.loads(text)


def _chat(body: bytes) -> Usage | None:
    counted = None
    for event in events(body):
        chosen = (choice.get("usage") for choice in event.get("choices") or ())  # where Moonshot counts
        inside = next(filter(None, chosen), None)
        counted = event.get("usage") or (event.get("x_groq") or {}).get("usage") or inside or counted
    if counted is None:
        return None
    into, out = counted.get("prompt_tokens_details") or {}, counted.get("completion_tokens_details") or {}
    prompt, completion = counted["prompt_tokens"], counted["completion_tokens"]
    reasoning = out.get("reasoning_tokens") or 0
    if counted.get("total_tokens") == prompt + completion + reasoning:  # xAI counts reasoning beside the completion
        completion += reasoning
    cached = into.get("cached_tokens") or counted.get("cached_tokens") or 0  # beside the totals: Together, Moonshot
    return Usage(prompt, completion, cached, reasoning=min(reasoning, completion))


def _responses(body: bytes) -> Usage | None:
    counted = None
    for event in events(body):
        counted = (event.get("response") or {}).get("usage") or counted
    if counted is None:
        return None
    return Usage(
        prompt=counted["input_tokens"],
        completion=counted["output_tokens"],
        cached=(counted.get("input_tokens_details") or {}).get("cached_tokens") or 0,
        reasoning=(counted.get("output_tokens_details") or {}).get("reasoning_tokens") or 0,
    )


def _anthropic(body: bytes) -> Usage | None:
    counted: dict[str, int] = {}
    for event in events(body):
        usage = event.get("usage") or (event.get("message") or {}).get("usage") or {}
        details = usage.get("output_tokens_details") or {}
        counted |= {name: number for name, number in {**usage, **details}.items() if isinstance(number, int)}
    if not counted:
        return None
    read, written = counted.get("cache_read_input_tokens", 0), counted.get("cache_creation_input_tokens", 0)
    prompt = counted["input_tokens"] + read + written
    return Usage(prompt, counted["output_tokens"], read, written, counted.get("thinking_tokens", 0))


def _gemini(body: bytes) -> Usage | None:
    counted = None
    for event in events(body):
        counted = event.get("usageMetadata") or counted
    if counted is None:
        return None
    thoughts = counted.get("thoughtsTokenCount") or 0
    return Usage(
        prompt=counted.get("promptTokenCount", 0) + (counted.get("toolUsePromptTokenCount") or 0),
        completion=(counted.get("candidatesTokenCount") or 0) + thoughts,
        cached=counted.get("cachedContentTokenCount") or 0,
        reasoning=thoughts,
    )


def _interactions(body: bytes) -> Usage | None:
    told = ((event.get("interaction") or {}).get("usage") for event in events(body))
    counted = next((usage for usage in reversed(list(told)) if usage), None)
    if counted is None:
        return None
    thoughts = counted.get("total_thought_tokens") or 0
    return Usage(
        prompt=counted["total_input_tokens"] + (counted.get("total_tool_use_tokens") or 0),
        completion=counted["total_output_tokens"] + thoughts,
        cached=counted.get("total_cached_tokens") or 0,
        reasoning=thoughts,
    )


def _ollama(body: bytes) -> Usage | None:
    last = next((event for event in events(body) if event.get("done") and "eval_count" in event), None)
    return Usage(last.get("prompt_eval_count", 0), last["eval_count"]) if last else None


def _claude_code(body: bytes) -> Usage | None:
    """The counts of the result; how many of them were thoughts its provider's own events tell alone."""
    counted = next((event.get("usage") for event in events(body) if _is(event, "result")), None)
    if not counted:
        return None
    told = [event["event"] for event in events(body) if _is(event, "stream_event")]
    return _anthropic("\n".join(json.dumps(event) for event in (*told, {"usage": counted})).encode())


def _codex(body: bytes) -> Usage | None:
    counted = next((event["usage"] for event in events(body) if _is(event, "turn.completed")), None)
    if counted is None:
        return None
    return Usage(
        prompt=counted["input_tokens"],
        completion=counted["output_tokens"],
        cached=counted.get("cached_input_tokens", 0),
        cache_creation=counted.get("cache_write_input_tokens", 0),
        reasoning=counted.get("reasoning_output_tokens", 0),
    )


def _gemini_cli(body: bytes) -> Usage | None:
    counted = next((event.get("stats") for event in events(body) if _is(event, "result")), None)
    return Usage(counted["input_tokens"], counted["output_tokens"], counted.get("cached", 0)) if counted else None


def _is(event: JSON, kind: str) -> bool:
    return isinstance(event, dict) and event.get("type") == kind


ORACLES: Final[Mapping[str, Callable[[bytes], Usage | None]]] = MappingProxyType(
    {
        "openai_chat": _chat,
        "openai_responses": _responses,
        "anthropic_messages": _anthropic,
        "gemini_generate": _gemini,
        "gemini_interactions": _interactions,
        "ollama_chat": _ollama,
        "claude_code": _claude_code,
        "codex": _codex,
        "gemini_cli": _gemini_cli,
    }
)
"""By wire; None when the stream has no counts."""
