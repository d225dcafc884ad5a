"""What a speaker emits has the shape of what the provider really sent.

For each event of a plain turn the set of its JSON key paths must be one that a live recording of that wire has, up to
the named exceptions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.speakers import UnspeakableTurn
from tests.conformance.speakers.turns import SIGNATURE

FOLDERS = {
    "openai": "openai-responses",
    "claude": "anthropic-messages/anthropic",
    "gemini": "gemini-generate",
    "gemini-interactions": "gemini-interactions",
    "chatcompletion": "openai-chat",
    "grok": "openai-responses",
    "grok-chat": "openai-chat/xai",
    "mistral": "mistral-chat/mistral",
    "azure_openai": "openai-chat/azure",
    "azure_openai-responses": "openai-responses",
    "groq": "openai-chat/groq",
    "deepseek": "openai-chat/deepseek",
    "openrouter": "openai-chat/openrouter",
    "ollama": "ollama-chat",
    "ollama-chat": "openai-chat",
    "together": "openai-chat/together",
    "zai": "openai-chat/zai",
}
"""Where a provider's live recordings are; the compatible server is compared with everybody's, and Grok with
all who speak Responses, because nobody recorded a refusal or a cut answer of its."""

HELLO = Text(("Hel", "lo"))
CALLS = (ToolCall("f", ('{"a":', "1}")), ToolCall("g", ("{}",)))
PLAIN = Usage(20, 10)
TURNS = {
    "text": Turn((HELLO,), usage=PLAIN),
    "calls": Turn((HELLO, *CALLS), finish="tool_calls", usage=PLAIN),
    "thinking": Turn((Thinking(("I ", "see.")), HELLO), usage=Usage(20, 10, reasoning=4)),
    "summary": Turn((Thinking(("I ", "see."), SIGNATURE, summary=True), HELLO), usage=Usage(20, 10, reasoning=4)),
    "redacted": Turn((Thinking((), redacted=SIGNATURE), HELLO), usage=PLAIN),
    "cached": Turn((HELLO,), usage=Usage(20, 10, cached=5)),
    "length": Turn((HELLO,), finish="length", usage=PLAIN),
    "refusal": Turn((HELLO,), finish="refusal", usage=PLAIN),
}
FREE = frozenset({"args", "arguments", "input", "parameters", "metadata", "tools", "logprobs", "text"})
"""Keys whose content is the model's or the caller's own."""

FLEETING = frozenset(
    [
        "obfuscation",
        "p",
        "encrypted_content",
        "service_tier",
        "serviceTier",
        "stop_details",
        "inference_geo",
        "refusal",
        "phase",
        "server_tool_use",
        "iterations",
    ]
)
"""Keys that come and go with model, tools, account and date in the recordings themselves."""

SPLIT = frozenset({"usage", "usageMetadata", "item", "output", "parts", "part", "x_groq", "reasoning_details"})
"""Keys whose content is a shape of its own, because recordings combine it freely with what is around it."""

BELIEVED = {
    (
        "azure_openai",
        "",
        "tool_calls",
    ): "the one recorded call opens its message; at OpenAI others stand alone",
    ("grok", "", "completed_at"): "in every response of xAI's that was recorded; none of them was cut",
    ("gemini", "usageMetadata", "cachedContentTokenCount"): "Google's reference; nothing recorded was cached",
    ("deepseek", "", "reasoning_content"): "DeepSeek's guide: null beside text; no recording has thinking, then text",
    ("together", "", "tool_calls"): "its calls were recorded months before seed and usage were on every chunk",
    ("together", "", "reasoning"): "the together SDK's ChoiceDelta; the recorded model does not think",
    ("openrouter", "reasoning_details", "signature"): "OpenRouter's guide on reasoning tokens",
    ("openrouter", "reasoning_details", "summary"): "OpenRouter's guide on reasoning tokens",
    ("openrouter", "reasoning_details", "data"): "OpenRouter's guide on reasoning tokens",
}
"""(provider, shape, key) that no live recording shows, with the reason why it is believed."""

Shape = tuple[str, str, frozenset[str]]
"""The key under which it was found, its `type`, and its key paths."""


def shapes(value: Any, name: str = "") -> Iterator[Shape]:
    """The shape of a JSON object, and those of its parts that are shapes of their own."""
    found: list[tuple[str, Any]] = []
    own = frozenset(_paths(value, "", found))
    yield name, str(value.get("type", "")), own
    for key, part in found:
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict):
                yield from shapes(each, "item" if key == "output" else key)


def _paths(value: Any, prefix: str, found: list[tuple[str, Any]]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{prefix}[]", found)
    elif isinstance(value, dict):
        for key in value.keys() - FLEETING:
            yield f"{prefix}.{key}"
            if key in SPLIT:
                found.append((key, value[key]))
            elif key not in FREE:
                yield from _paths(value[key], f"{prefix}.{key}", found)


def events(body: str) -> Iterator[dict[str, Any]]:
    """The JSON events of a body: SSE, one JSON document a line, or an array."""
    if body.lstrip().startswith("["):
        yield from json.loads(body)
        return
    for line in body.replace("\r", "\n").split("\n"):
        text = line.removeprefix("data:").strip()
        if text.startswith("{"):
            yield from _parsed(text)


def _parsed(text: str) -> Iterator[dict[str, Any]]:
    try:
        yield json.loads(text)
    except ValueError:  # a recording of a proxy that sends something of its own
        return


@cache
def live_shapes(folder: Path) -> frozenset[Shape]:
    recordings = [json.loads(file.read_text()) for file in sorted(folder.rglob("*.json"))]
    live = [each for each in recordings if each["streaming"] and each["provenance"] == "live-recording"]
    return frozenset(each for one in live for event in events(one["response"]["body"]) for each in shapes(event))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", TURNS)
def test_every_shape_is_one_that_was_recorded_live(recordings: Path, provider: str, name: str) -> None:
    if provider not in FOLDERS:
        pytest.skip(f"no live recording of {provider} is named in FOLDERS: its speaker rests on documents alone")
    known = live_shapes(recordings / FOLDERS[provider])
    assert len(known) >= 5
    try:
        body = b"".join(PROVIDERS[provider].speaker.say(TURNS[name])).decode()
    except UnspeakableTurn:
        return
    spoken = {each for event in events(body) for each in shapes(event)}
    assert spoken
    strange = [shape for shape in spoken - known if not believed(provider, shape)]
    assert strange == [], "\n".join(explained(shape, known) for shape in strange)


def believed(provider: str, shape: Shape) -> bool:
    place, _, own = shape
    last = {path.rpartition(".")[2] for path in own}
    return any((who, where) == (provider, place) and key in last for who, where, key in BELIEVED)


def explained(shape: Shape, known: frozenset[Shape]) -> str:
    """The shape, and how the nearest recorded one differs."""
    place, kind, own = shape
    alike = [each for where, what, each in known if (where, what) == (place, kind)] or [frozenset()]
    nearest = min(alike, key=lambda each: len(each ^ own))
    return f"{place or 'event'} {kind}: not recorded {sorted(own - nearest)}, recorded {sorted(nearest - own)}"


def test_no_exception_is_left_that_the_recordings_have_made_needless(recordings: Path) -> None:
    for provider, place, key in BELIEVED:
        known = live_shapes(recordings / FOLDERS[provider])
        found = [own for where, _, own in known if where == place and place and any(p.endswith(f".{key}") for p in own)]
        assert found == [], f"{key} of {place} is recorded for {provider}: drop its exception"
