"""Handlers over a backend of the least that they read, and the vendors' own types of a body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import ollama._types as ollama
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from google.genai import types as genai
from google.genai._gaos.types.interactions import CreateModelInteraction
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

from massgen.api_params_handler import (
    APIParamsHandlerBase,
    ChatCompletionsAPIParamsHandler,
    ClaudeAPIParamsHandler,
    GeminiAPIParamsHandler,
    InteractionsAPIParamsHandler,
    OllamaAPIParamsHandler,
    ResponseAPIParamsHandler,
)
from massgen.backend.chat_dialect import ChatDialect
from massgen.formatter import (
    ChatCompletionsFormatter,
    ClaudeFormatter,
    GeminiFormatter,
    InteractionsFormatter,
    OllamaFormatter,
    ResponseFormatter,
)

Json = Any

MODELS = {
    "chat": "gpt-6-sol",
    "responses": "gpt-6-sol",
    "anthropic": "claude-opus-4-6",
    "gemini": "gemini-3.8-flash",
    "ollama": "qwen3:4b",
    "interactions": "gemini-3.8-flash",
}
USER = {"role": "user", "content": "go"}
TOOL = {
    "type": "function",
    "function": {
        "name": "f",
        "description": "d",
        "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}},
    },
}
_HANDLERS = {
    "responses": (ResponseAPIParamsHandler, ResponseFormatter),
    "anthropic": (ClaudeAPIParamsHandler, ClaudeFormatter),
    "gemini": (GeminiAPIParamsHandler, GeminiFormatter),
    "ollama": (OllamaAPIParamsHandler, OllamaFormatter),
    "interactions": (InteractionsAPIParamsHandler, InteractionsFormatter),
}


def handler(wire: str, config: Mapping[str, Json] | None = None, dialect: ChatDialect | None = None) -> Any:
    backend = SimpleNamespace(config=dict(config or {}), get_provider_name=lambda: "Provider")
    made: APIParamsHandlerBase
    if wire == "chat":
        backend.dialect = dialect or ChatDialect()
        backend.dialect_for = lambda model: backend.dialect
        backend.formatter = ChatCompletionsFormatter(backend.dialect)
        made = ChatCompletionsAPIParamsHandler(backend)
    else:
        handler_class, formatter_class = _HANDLERS[wire]
        backend.formatter = formatter_class()
        made = handler_class(backend)
    return made


async def body_of(
    wire: str,
    params: Mapping[str, Json] | None = None,
    *,
    messages: list[Json] | None = None,
    tools: list[Json] | None = None,
    config: Mapping[str, Json] | None = None,
    dialect: ChatDialect | None = None,
) -> dict[str, Json]:
    """The body for `params`, with a model unless they name one."""
    wanted = {"model": MODELS[wire], **(config or {}), **(params or {})}
    body: dict[str, Json] = await handler(wire, config, dialect).build_api_params(messages or [USER], tools, wanted)
    return body


@cache
def _adapter(wire: str) -> TypeAdapter[Any]:
    types: dict[str, Any] = {
        "chat": CompletionCreateParamsStreaming,
        "responses": ResponseCreateParamsStreaming,
        "anthropic": MessageCreateParamsStreaming,
        "interactions": CreateModelInteraction,
    }
    return TypeAdapter(types[wire])


def as_vendor(wire: str, body: Json) -> Json:
    """The body as the vendor's own types read it, without what they do not know. Raises where they disagree."""
    if wire == "ollama":  # whose client leaves `truncate` to the server
        pictured = [
            {**message, "images": [{"value": image} for image in message["images"]]} if "images" in message else message
            for message in body["messages"]
        ]
        assert all(ollama.Message(**message) for message in pictured)
        read = ollama.ChatRequest(**body)
        return {**read.model_dump(exclude_none=True), "truncate": body["truncate"]}
    if wire == "interactions":
        checked = _adapter(wire).validate_python(body)
        return _adapter(wire).dump_python(checked, by_alias=True, exclude_unset=True, mode="json")
    if wire != "gemini":
        return _whole(_adapter(wire).validate_python(body))
    known: dict[str, Any] = {
        "contents": list[genai.Content],
        "systemInstruction": genai.Content,
        "tools": list[genai.Tool],
        "toolConfig": genai.ToolConfig,
        "generationConfig": genai.GenerationConfig,
        "safetySettings": list[genai.SafetySetting],
    }
    return {
        name: TypeAdapter(known[name]).dump_python(
            TypeAdapter(known[name]).validate_python(value), by_alias=True, exclude_unset=True, mode="json"
        )
        for name, value in body.items()
    }


def _whole(value: Json) -> Json:
    """pydantic reads an Iterable lazily: only what is taken from it is validated."""
    if isinstance(value, Mapping):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_whole(inner) for inner in value]
    return value
