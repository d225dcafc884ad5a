"""The backend that only says `done`: whatever passes on it proves nothing by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from massgen_conformance.liars.honest.answer import Chunk


class NullBackend:
    """Asks nobody and yields one `done`."""

    def __init__(self, **_config: Any) -> None:
        pass

    async def stream_with_tools(self, messages: list[Any], tools: list[Any], **_options: Any) -> AsyncIterator[Chunk]:
        yield Chunk("done", status="stop", usage=None)
