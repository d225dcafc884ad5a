"""The vendors' own clients, listening to a speaker: each returns what it accumulated."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx2
import ollama
import openai
from google import genai
from mistralai.client import Mistral
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS, Profile
from massgen_conformance.scenario import Turn
from massgen_conformance.trace import Received
from tests.conformance.speakers.turns import Heard

KEY = "sk-test"
QUESTION: Any = [{"role": "user", "content": "hi"}]


async def hear(player: Player, provider: str, turn: Turn) -> Heard:
    """What the vendor's SDK hears of `turn`; the request that it sent must be right in the speaker's eyes."""
    profile = PROVIDERS[provider]
    problems: list[str] = []

    def respond(number: int, request: Received) -> Any:
        problems.extend(profile.speaker.problems(request))
        return profile.speaker.reply(turn, request=request)

    with player.exchange(respond) as exchange:
        heard = await client_of(profile)(profile, exchange.base_url + profile.base_path)
        if exchange.failure:
            raise exchange.failure
        assert exchange.log.unexpected == 0
    assert problems == []
    return heard


async def _chat(profile: Profile, base_url: str) -> Heard:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=base_url, max_retries=0) as client:
        options: Any = {"include_usage": True}
        reasoning: list[str] = []
        manager = client.chat.completions.stream(model=profile.model, messages=QUESTION, stream_options=options)
        async with manager as stream:
            async for event in stream:
                if event.type == "chunk" and event.chunk.choices and event.chunk.choices[0].delta:
                    extra = event.chunk.choices[0].delta.model_extra or {}
                    reasoning.append(extra.get("reasoning_content") or extra.get("reasoning") or "")
            return _chat_heard(stream.current_completion_snapshot, "".join(reasoning))


def _chat_heard(whole: ChatCompletion, reasoning: str) -> Heard:
    message, usage = whole.choices[0].message, whole.usage
    asked = [call for call in message.tool_calls or () if call.type == "function"]
    calls = [(call.function.name, json.loads(call.function.arguments or "{}"), call.id) for call in asked]
    counts: dict[str, int | None] = {}
    if usage is not None:
        prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
        counts = {
            "prompt": usage.prompt_tokens,
            "completion": usage.completion_tokens,
            "cached": prompt.cached_tokens if prompt else None,
            "reasoning": completion.reasoning_tokens if completion else None,
        }
    finish = whole.choices[0].finish_reason
    return Heard(message.content or "", tuple(calls), finish, counts, reasoning, refusal=message.refusal or "")


async def _responses(profile: Profile, base_url: str) -> Heard:
    thoughts, whole = [], None
    client = openai.AsyncOpenAI(api_key=KEY, base_url=base_url, max_retries=0)
    async with client, client.responses.stream(model=profile.model, input="hi") as stream:
        async for event in stream:
            if event.type in ("response.reasoning_text.delta", "response.reasoning_summary_text.delta"):
                thoughts.append(event.delta)
            elif event.type in ("response.completed", "response.incomplete"):
                whole = event.response
    assert whole is not None
    return _responses_heard(whole, "".join(thoughts))


def _responses_heard(whole: Response, thoughts: str) -> Heard:
    calls = [(i.name, json.loads(i.arguments), i.call_id) for i in whole.output if i.type == "function_call"]
    said = [part for item in whole.output if item.type == "message" for part in item.content]
    sealed = [item.encrypted_content or "" for item in whole.output if item.type == "reasoning"]
    usage = whole.usage
    assert usage is not None
    counts = {
        "prompt": usage.input_tokens,
        "completion": usage.output_tokens,
        "cached": usage.input_tokens_details.cached_tokens,
        "reasoning": usage.output_tokens_details.reasoning_tokens,
    }
    reason = whole.incomplete_details.reason if whole.incomplete_details else None
    return Heard(
        "".join(part.text for part in said if part.type == "output_text"),
        tuple(calls),
        str(reason or whole.status),
        counts,
        thoughts,
        "".join(sealed),
        "".join(part.refusal for part in said if part.type == "refusal"),
    )


async def _messages(profile: Profile, base_url: str) -> Heard:
    client = anthropic.AsyncAnthropic(api_key=KEY, base_url=base_url, max_retries=0)
    async with client, client.messages.stream(model=profile.model, max_tokens=100, messages=QUESTION) as stream:
        whole = await stream.get_final_message()
    usage = whole.usage
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    counts = {
        "prompt": usage.input_tokens + read + written,
        "completion": usage.output_tokens,
        "cached": read,
        "cache_creation": written,
    }
    return Heard(
        "".join(block.text for block in whole.content if block.type == "text"),
        tuple((block.name, block.input, block.id) for block in whole.content if block.type == "tool_use"),
        str(whole.stop_reason),
        counts,
        "".join(block.thinking for block in whole.content if block.type == "thinking"),
        "".join(_seal(block) for block in whole.content),
    )


def _seal(block: Any) -> str:
    return str(getattr(block, "signature", "") or (block.data if block.type == "redacted_thinking" else ""))


async def _generate(profile: Profile, base_url: str) -> Heard:
    async with httpx2.AsyncClient() as transport:  # the SDK's own aiohttp transport leaves connections open on errors
        options = genai.types.HttpOptions(base_url=base_url, httpx_async_client=transport)
        client = genai.Client(api_key=KEY, http_options=options)
        stream = await client.aio.models.generate_content_stream(model=profile.model, contents="hi")
        chunks = [chunk async for chunk in stream]
        client.close()
    candidates = [chunk.candidates[0] for chunk in chunks if chunk.candidates]
    parts = [part for candidate in candidates if candidate.content for part in candidate.content.parts or ()]
    counted = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata][-1:]
    counts: dict[str, int | None] = {}
    for usage in counted:
        thoughts = usage.thoughts_token_count or 0
        counts = {
            "prompt": usage.prompt_token_count,
            "completion": (usage.candidates_token_count or 0) + thoughts,
            "cached": usage.cached_content_token_count or 0,
            "reasoning": thoughts,
        }
    calls = [part.function_call for part in parts if part.function_call]
    finish = [str(candidate.finish_reason.value) for candidate in candidates if candidate.finish_reason]
    return Heard(
        "".join(part.text or "" for part in parts if not part.thought),
        tuple((str(call.name), call.args, call.id or "") for call in calls),
        finish[-1],
        counts,
        "".join(part.text or "" for part in parts if part.thought),
        b"".join(part.thought_signature or b"" for part in parts).decode("latin-1"),
    )


async def _interactions(profile: Profile, base_url: str) -> Heard:
    text, thoughts, signature, counts, finish = "", "", "", {}, ""
    calls: dict[int, tuple[str, str, str]] = {}
    async with httpx2.AsyncClient() as transport:
        options = genai.types.HttpOptions(base_url=base_url, httpx_async_client=transport)
        client = genai.Client(api_key=KEY, http_options=options)
        async for event in await client.aio.interactions.create(model=profile.model, input="hi", stream=True):
            kind = event.event_type
            told = event.delta if kind == "step.delta" else None
            whole = (event.interaction.steps or ()) if kind == "interaction.completed" else ()
            for index, step in enumerate(whole) if kind != "step.start" else [(event.index, event.step)]:
                if step.type == "function_call":
                    calls[index] = (step.name, json.dumps(step.arguments) if step.arguments else "", step.id)
                elif step.type == "model_output":
                    text += "".join(content.text for content in step.content or ())
                elif step.type == "thought":
                    thoughts += "".join(content.text for content in step.summary or ())
            if told is not None and told.type == "text":
                text += told.text
            elif told is not None and told.type == "thought_summary":
                thoughts += told.content.text
            elif told is not None and told.type == "thought_signature":
                signature = told.signature
            elif told is not None and told.type == "arguments_delta":
                name, written, call_id = calls[event.index]
                calls[event.index] = (name, written + told.arguments, call_id)
            elif kind == "interaction.completed":
                usage, finish = event.interaction.usage, str(event.interaction.status)
                counts = {
                    "prompt": usage.total_input_tokens,
                    "completion": usage.total_output_tokens + usage.total_thought_tokens,
                    "cached": usage.total_cached_tokens,
                    "reasoning": usage.total_thought_tokens,
                }
            elif kind == "error":  # which the SDK hands over as an event like any other
                raise genai.errors.APIError(500, {"error": {"message": event.error.message}})
        client.close()
    made = tuple((name, json.loads(written or "{}"), call_id) for name, written, call_id in calls.values())
    return Heard(text, made, finish, counts, thoughts, signature)


async def _ollama(profile: Profile, base_url: str) -> Heard:
    client = ollama.AsyncClient(host=base_url, headers={"authorization": f"Bearer {KEY}"})
    async with client:
        stream = await client.chat(model=profile.model, messages=QUESTION, stream=True)
        parts = [part async for part in stream]
    calls = [call.function for part in parts for call in part.message.tool_calls or ()]
    last = parts[-1]
    counts = {"prompt": last.prompt_eval_count, "completion": last.eval_count}
    return Heard(
        "".join(part.message.content or "" for part in parts),
        tuple((call.name, call.arguments, "") for call in calls),  # the SDK has no ids
        str(last.done_reason),
        counts,
        "".join(part.message.thinking or "" for part in parts),
    )


async def _mistral(profile: Profile, base_url: str) -> Heard:
    text, thoughts, signatures, calls, usage, finish = "", "", "", [], None, ""
    async with httpx2.AsyncClient() as transport:
        client = Mistral(api_key=KEY, server_url=base_url.removesuffix("/v1"), async_client=transport)
        async with await client.chat.stream_async(model=profile.model, messages=QUESTION) as stream:
            async for event in stream:
                choice = event.data.choices[0] if event.data.choices else None
                usage = event.data.usage or usage
                delta = choice.delta if choice else None
                content = (delta and delta.content) or ""
                for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
                    given = part if isinstance(part, dict) else part.model_dump()
                    text += given.get("text") or ""
                    thoughts += "".join(piece["text"] for piece in given.get("thinking") or ())
                    signatures += given.get("signature") or ""
                calls += (delta and delta.tool_calls) or ()
                finish = (choice and choice.finish_reason) or finish
    counts: dict[str, int | None] = {}
    if usage is not None:
        cached = (usage.additional_properties.get("prompt_tokens_details") or {}).get("cached_tokens")
        counts = {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens, "cached": cached}
    asked = [(call.function.name, _arguments(call.function.arguments), str(call.id)) for call in calls]
    return Heard(text, tuple(asked), str(finish), counts, thoughts, signatures)


def _arguments(given: Any) -> Any:
    return given if isinstance(given, dict) else json.loads(given or "{}")


OWN_CLIENTS = {"mistral": _mistral}
"""Vendors with a client of their own for a wire that others speak."""


def client_of(profile: Profile) -> Any:
    return OWN_CLIENTS.get(profile.name) or CLIENTS[profile.wire]


CLIENTS = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "anthropic_messages": _messages,
    "gemini_generate": _generate,
    "gemini_interactions": _interactions,
    "ollama_chat": _ollama,
}
