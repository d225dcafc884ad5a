"""Recorded streams as bytes, and the decoder that reads each of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from massgen.backend.call_ids import CallIds
from massgen.backend.chat_dialect import ChatDialect
from massgen.wire.anthropic_messages import MessagesDecoder
from massgen.wire.decoder import Decoder
from massgen.wire.gemini_generate import GeminiDecoder
from massgen.wire.gemini_interactions import InteractionsDecoder
from massgen.wire.ollama_chat import OllamaDecoder
from massgen.wire.openai_chat import ChatDecoder
from massgen.wire.openai_responses import ResponsesDecoder

FOLDER = Path(__file__).parents[3].parent / "shared" / "recordings"
needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the recordings folder ../shared/recordings")

DECODERS: dict[str, type[Decoder]] = {
    "openai-chat": ChatDecoder,
    "mistral-chat": ChatDecoder,
    "openai-responses": ResponsesDecoder,
    "anthropic-messages": MessagesDecoder,
    "gemini-generate": GeminiDecoder,
    "gemini-interactions": InteractionsDecoder,
    "ollama-chat": OllamaDecoder,
}

# Recordings whose servers do not send `[DONE]`: Perplexity never does, the router passes Cerebras' stream on as it is.
WITHOUT_SENTINEL = (
    "openai-chat/perplexity/",
    "openai-chat/huggingface-router/chatlas-test-huggingface-data-extraction",
)


class Recording(NamedTuple):
    path: str
    protocol: str
    provider: str
    framing: str
    complete: bool
    features: tuple[str, ...]

    @property
    def body(self) -> bytes:
        text = json.loads((FOLDER / self.path).read_text())["response"]["body"]
        if self.framing != "data-lines-only":
            return text.encode()
        events = [f"data: {line}\n\n" for line in text.splitlines() if line.strip()]
        return "".join([*events, "data: [DONE]\n\n" if self.protocol.endswith("-chat") else ""]).encode()

    def decoder(self) -> Decoder:
        ids = CallIds(b"recording")
        if self.path.startswith(WITHOUT_SENTINEL):
            return ChatDecoder(self.provider, ids, ChatDialect(done_sentinel=False))
        return DECODERS[self.protocol](self.provider, ids)


def manifest() -> list[dict[str, Any]]:
    if not FOLDER.is_dir():
        return []
    files: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())["files"]
    return [entry for entry in files if entry["protocol"] in DECODERS]


def streams() -> list[Any]:
    """Every streaming recording of these wires that was not written by hand, as pytest parameters."""
    chosen = (entry for entry in manifest() if entry["streaming"] and entry["provenance"] != "hand-written")
    found = [
        Recording(
            entry["path"],
            entry["protocol"],
            entry["provider"],
            entry["framing"],
            bool(entry["complete"]),
            tuple(entry["features"]),
        )
        for entry in chosen
    ]
    return [pytest.param(recording, id=recording.path.removesuffix(".json")) for recording in found]
