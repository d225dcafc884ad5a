"""Mistral's chat through the `mistralai` package, as its documentation shows it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from mistralai.client import Mistral
from mistralai.client.errors import ResponseValidationError, SDKError

from massgen_conformance.liars.honest.answer import JSON, Answer, Chunk
from massgen_conformance.liars.honest.chat import ChatWire

from .base import Adapter, lost, no_json, refused, timed_out


class MistralAdapter(Adapter):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.transport = httpx2.AsyncClient()
        server = self.base_url.removesuffix("/v1")
        self.client = Mistral(
            api_key=self.key, server_url=server, async_client=self.transport, timeout_ms=int(self.idle_timeout * 1000)
        )

    async def aclose(self) -> None:
        await self.transport.aclose()

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Chunk]:
        answer = Answer()
        wire = ChatWire(answer)
        body = ChatWire.body(self.model, messages, tools, {})
        asked = {name: body[name] for name in ("model", "messages", "tools") if name in body}
        try:
            async with await self.client.chat.stream_async(**asked) as stream:
                async for event in stream:
                    for chunk in wire.read(flat(event.data.model_dump(exclude_unset=True, warnings=False))):
                        yield chunk
        except ResponseValidationError:
            answer.failure = no_json()
        except SDKError as error:
            answer.failure = refused(error.status_code, error.message, error.headers)
        except httpx2.TimeoutException:
            answer.failure = timed_out()
        except httpx2.HTTPError as error:
            answer.failure = lost(error)
        except json.JSONDecodeError:
            answer.failure = no_json()
        for chunk in self.ending(answer):
            yield chunk


def flat(event: JSON) -> JSON:
    """The event with its content as text, and its thinking beside it, as the other Chat Completions have them."""
    for choice in event.get("choices") or ():
        delta = choice["delta"]
        parts = delta.get("content")
        if isinstance(parts, list):
            thoughts = (piece.get("text") or "" for part in parts for piece in part.get("thinking") or ())
            delta["reasoning_content"] = "".join(thoughts)
            delta["content"] = "".join(part.get("text") or "" for part in parts if part["type"] == "text")
        for call in delta.get("tool_calls") or ():
            given = call["function"].get("arguments")
            call["function"]["arguments"] = given if isinstance(given, str) else json.dumps(given)
    return event


def make(**config: Any) -> MistralAdapter:
    return MistralAdapter(**config)


make.providers = ("mistral",)  # type: ignore[attr-defined]  # facts about a target are set on its factory
make.abilities = ("tools", "reasoning", "usage")  # type: ignore[attr-defined]  # the signatures are not kept
