"""Backends that say nothing: whatever passes on them proves nothing by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from massgen_conformance.liars.honest import Honest
from massgen_conformance.liars.honest.answer import JSON, Chunk


class NullBackend:
    """Asks nobody and yields one `done`."""

    def __init__(self, **_config: Any) -> None:
        pass

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **_options: Any) -> AsyncIterator[Chunk]:
        yield Chunk("done", status="stop", usage=None)


class DeafBackend(Honest):
    """Asks like an honest backend, ignores the answer, and yields one `done`."""

    async def stream_with_tools(
        self, messages: list[JSON], tools: list[JSON] | None = None, **options: Any
    ) -> AsyncGenerator[Chunk, None]:
        async for _ in super().stream_with_tools(messages, tools, **options):
            pass
        yield Chunk("done", status="stop", usage=None)
