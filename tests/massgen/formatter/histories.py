"""Random conversations with what they mean, and what each wire's provider would read from a request.

The readers are written from the wire formats, not from the formatters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from massgen.formatter import (
    ChatCompletionsFormatter,
    ClaudeFormatter,
    FormatterBase,
    GeminiFormatter,
    InteractionsFormatter,
    OllamaFormatter,
    ResponseFormatter,
)

Json = Any

FORMATTERS: dict[str, FormatterBase] = {
    "chat": ChatCompletionsFormatter(),
    "responses": ResponseFormatter(),
    "anthropic": ClaudeFormatter(),
    "gemini": GeminiFormatter(),
    "ollama": OllamaFormatter(),
    "interactions": InteractionsFormatter(),
}

_characters = st.characters(exclude_categories=["Cs"])
texts = st.text(_characters, max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(texts, json_values, max_size=3)


@dataclass
class Conversation:
    """Messages in Chat shape, and the events that they mean, in order, with every result behind its calls."""

    messages: list[dict[str, Json]] = field(default_factory=list)
    events: list[tuple[Json, ...]] = field(default_factory=list)


def canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Turns of a user and a model with parallel calls, whose results come in any order and are any JSON."""
    made = Conversation()
    for turn in range(draw(st.integers(1, 4))):
        said = f"u{turn} " + draw(texts)
        made.messages.append({"role": "user", "content": said})
        made.events.append(("user", said))
        for attempt in range(draw(st.integers(0, 2))):
            _model_turn(draw, made, f"{turn}.{attempt}")
    return made


def _model_turn(draw: st.DrawFn, made: Conversation, tag: str) -> None:
    text = draw(st.one_of(st.none(), texts.map(lambda text: f"a{tag} {text}")))
    arguments = draw(st.lists(json_objects, min_size=0 if text else 1, max_size=3))
    message: dict[str, Json] = {"role": "assistant", "content": text}
    if text:
        made.events.append(("assistant", text))
    calls = [
        {"id": f"call_{tag}-{n}".replace(".", "_"), "name": f"tool_{n}", "arguments": json.dumps(given)}
        for n, given in enumerate(arguments)
    ]
    if calls:
        message["tool_calls"] = [
            {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
            for c in calls
        ]
    made.messages.append(message)
    made.events.extend(("call", c["name"], canonical(json.loads(c["arguments"]))) for c in calls)
    values = [draw(json_values) for _ in calls]
    order = draw(st.permutations(range(len(calls))))
    made.messages.extend({"role": "tool", "tool_call_id": calls[n]["id"], "content": values[n]} for n in order)
    made.events.append(("results", frozenset((c["name"], as_read(v)) for c, v in zip(calls, values, strict=True))))
    if not calls:
        made.events.pop()


def as_read(value: Json) -> str:
    """A result as it compares: JSON text, however it is spaced and ordered, is the value that it says."""
    if not isinstance(value, str):
        return canonical(value)
    try:
        return canonical(json.loads(value))
    except ValueError:
        return value


def texts_of(content: Json) -> list[str]:
    """The texts of content that is a string or a list of text parts."""
    return [content] if isinstance(content, str) else [part["text"] for part in content or ()]


def read(wire: str, written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    """The events that a provider reads from messages of its wire. Asserts the wire's own rules on the way."""
    return _READERS[wire](written)


def _grouped(events: list[tuple[Json, ...]]) -> list[tuple[Json, ...]]:
    """Adjacent results as one event without an order."""
    grouped: list[tuple[Json, ...]] = []
    for event in events:
        if event[0] != "result":
            grouped.append(event)
        elif grouped and grouped[-1][0] == "results":
            grouped[-1] = ("results", grouped[-1][1] | {event[1:]})
        else:
            grouped.append(("results", frozenset({event[1:]})))
    return grouped


def _chat(written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    events: list[tuple[Json, ...]] = []
    names: dict[str, str] = {}
    for message in written:
        if message["role"] == "tool":
            events.append(("result", names.pop(message["tool_call_id"]), as_read(message["content"])))
            continue
        assert not names, "a call without its result before the next message"
        events.extend((message["role"], text) for text in texts_of(message["content"]) if text)
        for call in message.get("tool_calls", ()):
            names[call["id"]] = call["function"]["name"]
            events.append(("call", call["function"]["name"], as_read(call["function"]["arguments"])))
    assert not names
    return _grouped(events)


def _responses(written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    events: list[tuple[Json, ...]] = []
    names: dict[str, str] = {}
    for item in written:
        if item["type"] == "message":
            assert not names, "a call without its output before the next message"
            events.extend((item["role"], text) for text in texts_of(item["content"]))
        elif item["type"] == "function_call":
            names[item["call_id"]] = item["name"]
            events.append(("call", item["name"], as_read(item["arguments"])))
        else:
            assert item["type"] == "function_call_output"
            events.append(("result", names.pop(item["call_id"]), as_read(item["output"])))
    assert not names
    return _grouped(events)


def _anthropic(written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    events: list[tuple[Json, ...]] = []
    names: dict[str, str] = {}
    roles = [message["role"] for message in written]
    assert all(before != after for before, after in pairwise(roles)), "roles alternate"
    for message in written:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        kinds = [block["type"] for block in blocks]
        assert kinds == sorted(kinds, key=lambda kind: kind != "tool_result"), "results come first"
        for block in blocks:
            if block["type"] == "tool_use":
                names[block["id"]] = block["name"]
                events.append(("call", block["name"], canonical(block["input"])))
            elif block["type"] == "tool_result":
                events.append(("result", names.pop(block["tool_use_id"]), as_read(block["content"])))
            else:
                events.append((message["role"], block["text"]))
        assert message["role"] == "assistant" or not names, "a call without its result in the next message"
    assert not names
    return _grouped(events)


def _gemini(written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    events: list[tuple[Json, ...]] = []
    waiting: list[Json] = []
    for content in written:
        for part in content["parts"]:
            if "functionCall" in part:
                assert content["role"] == "model"
                waiting.append(part["functionCall"])
                events.append(("call", part["functionCall"]["name"], canonical(part["functionCall"]["args"])))
            elif "functionResponse" in part:
                call, response = waiting.pop(0), part["functionResponse"]
                assert (call["name"], call.get("id")) == (response["name"], response.get("id")), "in the order of calls"
                events.append(("result", response["name"], as_read(response["response"]["result"])))
            else:
                events.append(({"user": "user", "model": "assistant"}[content["role"]], part["text"]))
        assert content["role"] == "model" or not waiting, "all results of a turn are in one content"
    assert not waiting
    return _grouped(events)


def _ollama(written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    events: list[tuple[Json, ...]] = []
    waiting: list[Json] = []
    for message in written:
        if message["role"] == "tool":
            call = waiting.pop(0)
            given = (call["function"]["name"], call.get("id"))
            assert given == (message["tool_name"], message.get("tool_call_id")), "in the order of calls"
            events.append(("result", message["tool_name"], as_read(message["content"])))
            continue
        assert not waiting, "a call without its result before the next message"
        assert isinstance(message["content"], str)
        if message["content"]:
            events.append((message["role"], message["content"]))
        for call in message.get("tool_calls", ()):
            waiting.append(call)
            events.append(("call", call["function"]["name"], canonical(call["function"]["arguments"])))
    assert not waiting
    return _grouped(events)


def _interactions(written: list[dict[str, Json]]) -> list[tuple[Json, ...]]:
    events: list[tuple[Json, ...]] = []
    names: dict[str, str] = {}
    for step in written:
        if step["type"] == "function_call":
            names[step["id"]] = step["name"]
            events.append(("call", step["name"], canonical(step["arguments"])))
        elif step["type"] == "function_result":
            assert step["name"] == names[step["call_id"]]
            events.append(("result", names.pop(step["call_id"]), as_read(step["result"])))
        else:
            assert not names, "a call without its result before the next step"
            role = {"user_input": "user", "model_output": "assistant"}[step["type"]]
            events.extend((role, content["text"]) for content in step["content"] if content["text"] != " ")
    assert not names
    return _grouped(events)


_READERS = {
    "chat": _chat,
    "responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "ollama": _ollama,
    "interactions": _interactions,
}
