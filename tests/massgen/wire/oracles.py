"""What the vendors' own clients make of recorded bytes: the real client, over a transport that plays the body."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import anthropic
import httpx
import httpx2
import ollama
import openai
from google import genai
from mistralai.client import Mistral
from openai.lib.streaming.chat import ChatCompletionStreamState

from .recordings import Recording

Json = Any
QUESTION: Json = [{"role": "user", "content": "hi"}]


class Outcome(NamedTuple):
    """What a client must agree on with ours; `calls` are `(name, arguments)` in the model's order."""

    failed: bool
    text: str
    calls: list[tuple[str | None, Json]]
    usage: tuple[int, int] | None  # prompt and completion tokens


@contextmanager
def playing(body: bytes) -> Iterator[httpx2.Client]:
    headers = {"content-type": "text/event-stream"}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, headers=headers, content=body))
    with httpx2.Client(transport=transport) as client:
        yield client


def arguments(text: str | None) -> Json:
    return json.loads(text or "{}")


def chat(body: bytes) -> Outcome:
    state, failed = ChatCompletionStreamState(), False
    with playing(body) as http:
        client = openai.OpenAI(api_key="none", max_retries=0, http_client=http)
        try:
            for chunk in client.chat.completions.create(model="any", messages=[], stream=True):
                state.handle_chunk(chunk)
        except openai.APIError:
            failed = True
    whole = state.current_completion_snapshot
    message = whole.choices[0].message if whole.choices else None
    calls = [
        (call.function.name, arguments(call.function.arguments)) for call in (message and message.tool_calls) or ()
    ]
    usage = (whole.usage.prompt_tokens, whole.usage.completion_tokens) if whole.usage else None
    return Outcome(failed, (message and message.content) or "", calls, usage)


def chat_by_hand(body: bytes) -> Outcome:
    """For streams on which the client's accumulator breaks: its chunks, joined as its documentation says."""
    text, calls, usage = "", {}, None
    with playing(body) as http:
        client = openai.OpenAI(api_key="none", max_retries=0, http_client=http)
        for chunk in client.chat.completions.create(model="any", messages=[], stream=True):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += (choice.delta and choice.delta.content) or ""
                for piece in (choice.delta and choice.delta.tool_calls) or ():
                    name, written = calls.get(piece.index, (None, ""))
                    calls[piece.index] = (piece.function.name or name, written + (piece.function.arguments or ""))
    whole = [(name, arguments(written)) for _, (name, written) in sorted(calls.items())]
    return Outcome(False, text, whole, (usage.prompt_tokens, usage.completion_tokens) if usage else None)


def mistral(body: bytes) -> Outcome:
    """Its chunks, joined as its documentation says: calls come whole, and so does the usage."""
    text, calls, usage = "", [], None
    with playing(body) as http:
        client = Mistral(api_key="none", client=http)
        for event in client.chat.stream(model="any", messages=QUESTION):
            usage = event.data.usage or usage
            for choice in event.data.choices if event.data.choices else ():
                if choice.index:
                    continue
                content = choice.delta.content or ""
                parts = [part.model_dump() for part in content] if isinstance(content, list) else [{"text": content}]
                text += "".join(part.get("text") or "" for part in parts)
                for call in choice.delta.tool_calls or ():
                    given = call.function.arguments
                    calls.append((call.function.name, given if isinstance(given, dict) else arguments(given)))
    return Outcome(False, text, calls, (usage.prompt_tokens, usage.completion_tokens) if usage else None)


def responses(body: bytes) -> Outcome:
    """The final response object, where it holds its output; else the items that the client saw end."""
    final, items, failed = None, [], False
    with playing(body) as http:
        client = openai.OpenAI(api_key="none", max_retries=0, http_client=http)
        try:
            for event in client.responses.create(model="any", input="", stream=True):
                if event.type == "response.output_item.done":
                    items.append(event.item)
                elif event.type in ("response.completed", "response.incomplete", "response.failed"):
                    final = event.response
        except openai.APIError:
            failed = True
    output = (final and final.output) or items
    texts = [part.text for item in output if item.type == "message" for part in item.content if part.type != "refusal"]
    calls = [(item.name, arguments(item.arguments)) for item in output if item.type == "function_call"]
    usage = (final.usage.input_tokens, final.usage.output_tokens) if final and final.usage else None
    return Outcome(failed, "".join(texts), calls, usage)


def messages(body: bytes) -> Outcome:
    with playing(body) as http:
        client = anthropic.Anthropic(api_key="none", max_retries=0, http_client=http)
        with client.messages.stream(model="any", max_tokens=1, messages=[]) as stream:
            whole = stream.get_final_message()
    counts = whole.usage
    prompt = counts.input_tokens + (counts.cache_creation_input_tokens or 0) + (counts.cache_read_input_tokens or 0)
    return Outcome(
        False,
        "".join(block.text for block in whole.content if block.type == "text"),
        [(block.name, block.input) for block in whole.content if block.type == "tool_use"],
        (prompt, counts.output_tokens),
    )


def generate(body: bytes) -> Outcome:
    text, calls, usage = "", [], None
    with playing(body) as http:
        options = genai.types.HttpOptions(httpx_client=http)
        client = genai.Client(api_key="none", http_options=options)
        for response in client.models.generate_content_stream(model="any", contents="hi"):
            content = response.candidates[0].content if response.candidates else None
            for part in (content and content.parts) or ():
                if part.text and not part.thought:
                    text += part.text
                if part.function_call:
                    calls.append((part.function_call.name, part.function_call.args or {}))
            counts = response.usage_metadata
            if counts and counts.prompt_token_count is not None:
                usage = counts
    return Outcome(False, text, calls, usage and _counted(usage))


def interactions(body: bytes) -> Outcome:
    text, calls, usage, failed = "", {}, None, True
    with playing(body) as http:
        options = genai.types.HttpOptions(httpx_client=http)
        client = genai.Client(api_key="none", http_options=options)
        for event in client.interactions.create(model="any", input="hi", stream=True):
            if event.event_type == "step.start" and event.step.type == "function_call":
                calls[event.index] = (event.step.name, "")
            elif event.event_type == "step.delta" and event.delta.type == "text":
                text += event.delta.text
            elif event.event_type == "step.delta" and event.delta.type == "arguments_delta":
                name, written = calls[event.index]
                calls[event.index] = (name, written + event.delta.arguments)
            elif event.event_type == "interaction.completed":
                usage, failed = event.interaction.usage, event.interaction.status == "failed"
    prompt = usage.total_input_tokens + usage.total_tool_use_tokens
    completion = usage.total_output_tokens + usage.total_thought_tokens
    assert usage.total_tokens == prompt + completion
    whole = [(name, arguments(written)) for _, (name, written) in sorted(calls.items())]
    return Outcome(failed, text, whole, (prompt, completion))


def _counted(counts: genai.types.GenerateContentResponseUsageMetadata) -> tuple[int, int]:
    """The client has no sum of its own: its `total_token_count` is the check that ours is right."""
    prompt = (counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0)
    completion = (counts.candidates_token_count or 0) + (counts.thoughts_token_count or 0)
    assert counts.total_token_count == prompt + completion
    return prompt, completion


def ollama_chat(body: bytes) -> Outcome:
    text, calls, counts = "", [], None
    client = ollama.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=body)))
    for part in client.chat(model="any", messages=[], stream=True):
        text += part.message.content or ""
        calls += [(call.function.name, call.function.arguments) for call in part.message.tool_calls or ()]
        counts = part if part.eval_count is not None else counts
    return Outcome(False, text, calls, counts and (counts.prompt_eval_count or 0, counts.eval_count or 0))


def as_events(recording: Recording) -> bytes:
    """Bytes that the client of this wire can read at all."""
    body = recording.body
    if recording.framing == "json-array":  # google-genai reads events only: the same objects, as events
        elements = json.loads(body, object_hook=_without_numbered_enums)
        return b"".join(b"data: " + json.dumps(element).encode() + b"\r\n\r\n" for element in elements)
    if recording.protocol == "anthropic-messages":  # a gateway's `[DONE]` after the end breaks the client
        return body.partition(b"event: data\ndata: [DONE]")[0]
    return body


def _without_numbered_enums(member: dict[str, Json]) -> dict[str, Json]:
    """Two recordings asked for enums as numbers, which the client does not read."""
    numbered = {
        name for name in ("modality", "trafficType", "category", "probability") if isinstance(member.get(name), int)
    }
    if member.get("finishReason") == 1:
        member = {**member, "finishReason": "STOP"}
    return {name: value for name, value in member.items() if name not in numbered}


CLIENTS: dict[str, Callable[[bytes], Outcome]] = {
    "openai-chat": chat,
    "mistral-chat": mistral,
    "openai-responses": responses,
    "anthropic-messages": messages,
    "gemini-generate": generate,
    "gemini-interactions": interactions,
    "ollama-chat": ollama_chat,
}


def blocks(body: bytes) -> list[Json]:
    """The content blocks of anthropic's accumulator; its beta client knows those of MCP servers as well."""
    with playing(body) as http:
        client = anthropic.Anthropic(api_key="none", max_retries=0, http_client=http)
        with client.beta.messages.stream(model="any", max_tokens=1, messages=[]) as stream:
            return [block.to_dict() for block in stream.get_final_message().content]
