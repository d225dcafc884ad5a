"""Who is measured: each yields the text pieces that its public streaming call yields."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Protocol

_ASK = [{"role": "user", "content": "hi"}]


class Subject(Protocol):
    def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]: ...


class Ours:
    """The backends of this repository."""

    types: ClassVar[dict[str, tuple[str, str]]] = {
        "openai_chat": ("chatcompletion", "/v1"),
        "openai_responses": ("openai", "/v1"),
        "anthropic_messages": ("claude", ""),
        "gemini_generate": ("gemini", ""),
        "ollama_chat": ("ollama", ""),
    }

    def __init__(self) -> None:
        self.backends: dict[str, Any] = {}

    def dressed(self, backend: Any) -> Any:
        return backend

    async def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]:
        from massgen.cli import create_backend

        if base not in self.backends:
            kind, path = self.types[wire]
            made = create_backend(kind, api_key="bench-key", base_url=base + path, model="m")
            self.backends[base] = self.dressed(made)
        async for chunk in self.backends[base].stream_with_tools(_ASK, []):
            if chunk.type == "content":
                yield chunk.content
            elif chunk.type == "error":
                raise RuntimeError(chunk.error)


class Watched(Ours):
    """The same with the conformance kit's monitor around them."""

    def dressed(self, backend: Any) -> Any:
        from massgen_conformance import monitor

        return monitor(backend, on_violation=_refuse)


def _refuse(breach: object, _chunk: object) -> None:
    sys.exit(f"the measured stream breaks the contract: {breach}")


class BareHTTP:
    """httpx2 alone: bytes, no events, no JSON. The floor for anything built on it."""

    client: Any = None

    async def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]:
        import httpx2

        if self.client is None:
            self.client = httpx2.AsyncClient(timeout=60)
        async with self.client.stream("POST", f"{base}/v1/x", json={"messages": _ASK}) as response:
            async for data in response.aiter_bytes():
                yield data


class OpenAI:
    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}

    async def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]:
        import openai

        if base not in self.clients:
            self.clients[base] = openai.AsyncOpenAI(base_url=base + "/v1", api_key="bench-key", max_retries=0)
        client = self.clients[base]
        if wire == "openai_responses":
            async for event in await client.responses.create(model="m", input="hi", stream=True):
                if event.type == "response.output_text.delta":
                    yield event.delta
            return
        asked = {"include_usage": True}
        async for chunk in await client.chat.completions.create(
            model="m", messages=_ASK, stream=True, stream_options=asked
        ):
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content


class Anthropic:
    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}

    async def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]:
        import anthropic

        if base not in self.clients:
            self.clients[base] = anthropic.AsyncAnthropic(base_url=base, api_key="bench-key", max_retries=0)
        create = self.clients[base].messages.create
        async for event in await create(model="m", max_tokens=100, messages=_ASK, stream=True):
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield event.delta.text


class GoogleGenAI:
    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}

    async def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]:
        from google import genai

        if base not in self.clients:
            options = genai.types.HttpOptions(base_url=base)
            self.clients[base] = genai.Client(api_key="bench-key", http_options=options)
        async for chunk in await self.clients[base].aio.models.generate_content_stream(model="m", contents="hi"):
            if chunk.text:
                yield chunk.text


class Ollama:
    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}

    async def stream(self, base: str, wire: str) -> AsyncIterator[str | bytes]:
        import ollama

        if base not in self.clients:
            self.clients[base] = ollama.AsyncClient(host=base)
        async for part in await self.clients[base].chat(model="m", messages=_ASK, stream=True):
            if part.message.content:
                yield part.message.content


SUBJECTS: dict[str, type] = {
    "ours": Ours,
    "ours, watched": Watched,
    "bare httpx2": BareHTTP,
    "openai": OpenAI,
    "anthropic": Anthropic,
    "google-genai": GoogleGenAI,
    "ollama": Ollama,
}

# wire -> (its vendor's SDK, how many times less CPU per event ours must cost)
PEERS: dict[str, tuple[str, float]] = {
    "openai_chat": ("openai", 6.0),
    "openai_responses": ("openai", 6.0),
    "anthropic_messages": ("anthropic", 2.0),
    "gemini_generate": ("google-genai", 9.0),
    "ollama_chat": ("ollama", 3.0),
}
