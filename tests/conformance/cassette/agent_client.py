"""A scripted agent that speaks as Codex does, and a backend over a WebSocket, each in a few lines."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from massgen_conformance.scenario import Text, Turn, Usage
from massgen_conformance.speakers.agents import AGENTS

from .bare import chunk

HELLO = Turn((Text(("Hello.",)),), usage=Usage(20, 10))
CODEX = b"".join(AGENTS["codex"].say(HELLO))


def agent(path: Path, *more: str) -> Path:
    """An executable that reads its input, puts out what Codex would, and does `more` lines of Python before it ends."""
    lines = (f"#!{sys.executable} -ISE", "import os, sys, signal, time", "sys.stdin.read()", f"os.write(1, {CODEX!r})")
    path.write_text("\n".join((*lines, *more)) + "\n")
    path.chmod(0o755)
    return path


class OverWebSocket:
    """Says each message and takes what it hears until the server says END."""

    def __init__(self, base_url: str) -> None:
        self.url = base_url

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any], **_: Any
    ) -> AsyncIterator[SimpleNamespace]:
        heard: list[str] = []
        try:
            async with connect(f"{self.url}/talk", proxy=None, compression=None) as server:
                await server.send(str(messages[-1]["content"]))
                while (said := str(await server.recv())) != "END":
                    heard.append(said)
                    yield chunk("content", content=said)
        except (OSError, WebSocketException) as error:
            info = {"kind": "connection", "provider": "bare", "http_status": None, "retryable": True}
            yield chunk("error", error=f"bare: {error}", error_info=info)
            yield chunk("done", status="error")
            return
        yield chunk("complete_message", complete_message={"role": "assistant", "content": "".join(heard)})
        yield chunk("done", status="stop")


def over_websocket(*, provider: str, base_url: str, api_key: str, model: str, **config: Any) -> OverWebSocket:
    return OverWebSocket(base_url)
