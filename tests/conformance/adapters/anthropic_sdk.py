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

from .openai_sdk import KINDS


class AnthropicAdapter:
    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        api_key: str,
        model: str,
        idle_timeout: float = 60.0,
        max_retries: int = 2,
    ) -> None:
        self.provider, self.model, self.key = provider, model, api_key
        self.client = anthropic.AsyncAnthropic(
            base_url=base_url, api_key=api_key, timeout=idle_timeout, max_retries=max_retries
        )

    async def aclose(self) -> None:
        await self.client.close()

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **options: Any) -> AsyncIterator[Chunk]:
        answer = Answer()
        wire = AnthropicWire(answer)
        try:
            body = AnthropicWire.body(self.model, messages, tools, {})
            async with await self.client.messages.create(**body) as stream:
                async for event in stream:
                    for chunk in wire.read(event.model_dump(exclude_unset=True)):
                        yield chunk
        except anthropic.APIStatusError as error:
            answer.failure = self.refused(error)
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            answer.failure = Failure("timeout", "timed out", retryable=True)
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            answer.failure = Failure("connection", type(error).__name__, retryable=True)
        except json.JSONDecodeError:
            answer.failure = Failure("malformed", "an event is not JSON")
        for chunk in answer.end_thought() if answer.failure else answer.close():
            yield chunk
        for chunk in self.terminal(answer):
            yield chunk

    def terminal(self, answer: Answer) -> list[Chunk]:
        if answer.failure is None:
            return [Chunk("done", status=answer.status(), usage=answer.usage)]
        failure = answer.failure
        info = {
            "kind": failure.kind,
            "provider": self.provider,
            "http_status": failure.http_status,
            "retryable": failure.retryable,
            "retry_after": failure.retry_after,
        }
        said = f"{self.provider}: {failure.message}".replace(self.key, "[key]")
        return [Chunk("error", error=said, error_info=info), Chunk("done", status="error", usage=None)]

    def refused(self, error: anthropic.APIStatusError) -> Failure:
        status = error.status_code
        if status == 200:  # an error event inside the stream
            body = error.body if isinstance(error.body, dict) else {}
            return failure_of(body.get("error") or {"message": error.message})
        kind = KINDS.get(status, "rate_limit" if status == 429 else "overloaded" if status in (503, 529) else "server")
        wait = error.response.headers.get("retry-after")
        return Failure(kind, error.message, status, status >= 429, float(wait) if wait else None)


def make(**config: Any) -> AnthropicAdapter:
    return AnthropicAdapter(**config)


make.providers = ("claude",)  # type: ignore[attr-defined]  # facts about a target are set on its factory
