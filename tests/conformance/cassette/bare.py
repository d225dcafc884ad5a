"""A backend of the Chat wire in one file, over httpx2 and nothing else: a subject that belongs to no project."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import httpx2

FIELDS = ("content", "tool_calls", "complete_message", "response", "usage", "status", "error", "error_info")


def chunk(kind: str, **fields: Any) -> SimpleNamespace:
    return SimpleNamespace(type=kind, source=None, display=True, **{**dict.fromkeys(FIELDS), **fields})


class BareChat:
    """Answers under the chunk contract as far as the tests need it."""

    def __init__(self, base_url: str, api_key: str, model: str, **options: Any) -> None:
        self.url, self.model = f"{base_url}/chat/completions", model
        self.headers = {"authorization": f"Bearer {api_key}"}
        self.client = self.connected()

    def connected(self) -> Any:
        return httpx2.AsyncClient(trust_env=False, headers=self.headers)

    async def aclose(self) -> None:
        await self.client.aclose()

    async def post(self, body: Any) -> tuple[int, bytes]:
        """The status and the whole body of the answer."""
        answer = await self.client.post(self.url, json=body)
        return answer.status_code, answer.content

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any], **_: Any
    ) -> AsyncIterator[SimpleNamespace]:
        body = {"model": self.model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        status, answered = await self.post(body | ({"tools": tools} if tools else {}))
        if status != 200:
            kind = {401: "auth", 429: "rate_limit"}.get(status, "server")
            info = {
                "kind": kind,
                "provider": "bare",
                "http_status": status,
                "retryable": kind == "rate_limit",
            }
            yield chunk("error", error=f"bare: status {status}", error_info=info)
            yield chunk("done", status="error")
            return
        events = [json.loads(line[6:]) for line in answered.split(b"\n") if line.startswith(b"data: {")]
        deltas = [choice.get("delta") or {} for event in events for choice in event.get("choices", [])]
        text = [delta["content"] for delta in deltas if delta.get("content")]
        calls: dict[int, dict[str, Any]] = {}
        for piece in (piece for delta in deltas for piece in delta.get("tool_calls") or []):
            empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
            call = calls.setdefault(piece["index"], empty)
            call["id"] = call["id"] or piece.get("id") or ""
            for name, value in (piece.get("function") or {}).items():
                call["function"][name] += value or ""
        for delta in text:
            yield chunk("content", content=delta)
        message: dict[str, Any] = {"role": "assistant", "content": "".join(text)}
        if calls:
            yield chunk("tool_calls", tool_calls=list(calls.values()))
            message["tool_calls"] = list(calls.values())
        yield chunk("complete_message", complete_message=message)
        yield chunk("done", status="tool_calls" if calls else "stop")


def factory(*, provider: str, base_url: str, api_key: str, model: str, **config: Any) -> BareChat:
    return BareChat(base_url, api_key, model, **config)


class Pieces(BareChat):
    """Yields the size of every piece in which the answer arrives."""

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any], **_: Any
    ) -> AsyncIterator[SimpleNamespace]:
        async with self.client.stream("POST", self.url, json={}) as answer:
            async for piece in answer.aiter_raw():
                yield chunk("content", content=str(len(piece)))
        yield chunk("done", status="stop")


class Restless(BareChat):
    """Asks differently every time."""

    made: ClassVar[int] = 0

    def __init__(self, base_url: str, api_key: str, model: str, **options: Any) -> None:
        Restless.made += 1
        super().__init__(base_url, api_key, f"{model}-{Restless.made}", **options)


class Dissatisfied(BareChat):
    """Takes every answer for a failure."""

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any], **_: Any
    ) -> AsyncIterator[SimpleNamespace]:
        await self.client.post(self.url, json={"model": self.model, "messages": messages, "stream": True})
        info = {"kind": "server", "provider": "bare", "http_status": 200, "retryable": False}
        yield chunk("error", error="bare: I do not like it", error_info=info)
        yield chunk("done", status="error")


def of(kind: type[BareChat]) -> Callable[..., BareChat]:
    """A factory of this kind of backend."""
    return lambda *, provider, **settings: kind(**settings)


pieces = of(Pieces)
