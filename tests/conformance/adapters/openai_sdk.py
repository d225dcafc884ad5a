"""Chat Completions through the `openai` package, as its documentation shows it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import openai

from massgen_conformance.liars.honest.answer import Answer, Chunk
from massgen_conformance.liars.honest.chat import PARAMETERS, ChatWire, failure_of

from .base import Adapter, lost, no_json, refused, timed_out


class OpenAIAdapter(Adapter):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.client = openai.AsyncOpenAI(
            base_url=self.base_url, api_key=self.key, timeout=self.idle_timeout, max_retries=self.max_retries
        )

    async def aclose(self) -> None:
        await self.client.close()

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Chunk]:
        answer = Answer()
        wire = ChatWire(answer)
        body: Any = ChatWire.body(self.model, messages, tools, {k: v for k, v in options.items() if k in PARAMETERS})
        try:
            async with await self.client.chat.completions.create(**body) as stream:
                answer.request_id = stream.response.headers.get("x-request-id")
                async for event in stream:
                    for chunk in wire.read(event.model_dump(exclude_unset=True)):
                        yield chunk
        except openai.APIStatusError as error:
            answer.failure = refused(error.status_code, error.message, error.response.headers)
        except openai.APITimeoutError:
            answer.failure = timed_out()
        except openai.APIConnectionError as error:
            answer.failure = lost(error.__cause__ or error)
        except openai.APIError as error:
            answer.failure = failure_of(error.body if isinstance(error.body, dict) else {"message": error.message})
        except json.JSONDecodeError:
            answer.failure = no_json()
        for chunk in self.ending(answer):
            yield chunk


def make(**config: Any) -> OpenAIAdapter:
    return OpenAIAdapter(**config)


make.providers = ("chatcompletion",)  # type: ignore[attr-defined]  # facts about a target are set on its factory
