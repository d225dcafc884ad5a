"""Gemini generateContent through the `google-genai` package, as its documentation shows it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from google import genai

from massgen_conformance.liars.honest.answer import Answer, Chunk, Failure
from massgen_conformance.liars.honest.chat import failure_of
from massgen_conformance.liars.honest.gemini import GeminiWire

from .base import Adapter, lost, no_json, refused, timed_out


class GoogleAdapter(Adapter):
    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.transport = httpx2.AsyncClient()
        retries = genai.types.HttpRetryOptions(attempts=self.max_retries + 1, initial_delay=0.01, max_delay=0.05)
        options = genai.types.HttpOptions(
            base_url=self.base_url,
            httpx_async_client=self.transport,
            retry_options=retries,
            timeout=int(self.idle_timeout * 1000),
        )
        self.client = genai.Client(api_key=self.key, http_options=options)

    async def aclose(self) -> None:
        await self.transport.aclose()
        self.client.close()

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Chunk]:
        answer = Answer()
        wire = GeminiWire(answer)
        body = GeminiWire.body(self.model, messages, tools, {})
        settings: Any = {
            "system_instruction": body.get("systemInstruction"),
            "tools": body.get("tools"),
            "automatic_function_calling": {"disable": True},
        }
        try:
            stream = await self.client.aio.models.generate_content_stream(
                model=self.model, contents=body["contents"], config=settings
            )
            async for event in stream:
                for chunk in wire.read(event.model_dump(mode="json", by_alias=True, exclude_none=True)):
                    yield chunk
        except genai.errors.APIError as error:
            answer.failure = told(error)
        except httpx2.TimeoutException:
            answer.failure = timed_out()
        except httpx2.HTTPError as error:
            answer.failure = lost(error)
        except (genai.errors.UnknownApiResponseError, json.JSONDecodeError):
            answer.failure = no_json()
        for chunk in self.ending(answer):
            yield chunk


def told(error: genai.errors.APIError) -> Failure:
    """The failure of a status, or of an error inside the stream, which the SDK raises in the same form."""
    headers = getattr(error.response, "headers", None) or {}
    status = getattr(error.response, "status_code", 200)
    if status != 200:
        return refused(status, error.message or "", headers)
    return failure_of({"status": error.status, "message": error.message})


def make(**config: Any) -> GoogleAdapter:
    return GoogleAdapter(**config)


make.providers = ("gemini",)  # type: ignore[attr-defined]  # facts about a target are set on its factory
