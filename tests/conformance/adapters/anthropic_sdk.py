"""Anthropic Messages through the `anthropic` package, as its documentation shows it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2

from massgen_conformance.liars.honest.answer import Answer, Chunk, Failure
from massgen_conformance.liars.honest.anthropic import AnthropicWire
from massgen_conformance.liars.honest.chat import failure_of

from .base import Adapter, lost, no_json, refused, timed_out


class AnthropicAdapter(Adapter):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.client = anthropic.AsyncAnthropic(
            base_url=self.base_url, api_key=self.key, timeout=self.idle_timeout, max_retries=self.max_retries
        )

    async def aclose(self) -> None:
        await self.client.close()

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Chunk]:
        answer = Answer()
        wire = AnthropicWire(answer)
        try:
            body: Any = AnthropicWire.body(self.model, messages, tools, {})
            async with await self.client.messages.create(**body) as stream:
                answer.request_id = stream.response.headers.get("request-id")
                async for event in stream:
                    for chunk in wire.read(event.model_dump(exclude_unset=True)):
                        yield chunk
        except anthropic.APIStatusError as error:
            answer.failure = told(error)
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            answer.failure = timed_out()
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            answer.failure = lost(error)
        except json.JSONDecodeError:
            answer.failure = no_json()
        for chunk in self.ending(answer):
            yield chunk


def told(error: anthropic.APIStatusError) -> Failure:
    """The failure of a status, or of an error event inside the stream, which has the stream's status."""
    if error.status_code != 200:
        return refused(error.status_code, error.message, error.response.headers)
    body = error.body if isinstance(error.body, dict) else {}
    return failure_of(body.get("error") or {"message": error.message})


def make(**config: Any) -> AnthropicAdapter:
    return AnthropicAdapter(**config)


make.providers = ("claude",)  # type: ignore[attr-defined]  # facts about a target are set on its factory
