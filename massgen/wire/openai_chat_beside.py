"""What a Chat delta holds beside text, reasoning and calls: citations, images, sound, tools that were run, logprobs.

Sources: openai-python's `types/chat/chat_completion_chunk.py` and `chat_completion_audio.py`; groq's SDK for
`executed_tools`; OpenRouter's pages on images and web search; Perplexity's API reference.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt
from massgen.wire.citations import from_chat, from_sources
from massgen.wire.server_tools import input_of, progress, telling

Json = Any


_GROWING = ("data", "transcript")


class Delta(Protocol):
    """The fields of a delta that are read here, none of them with a sure shape."""

    annotations: Json
    images: Json
    audio: Json
    executed_tools: Json


class Beside:
    """Gathers them over an answer; `conclude` puts into the message what is only whole at its end.

    `complete_message` then has `annotations`, `images`, `audio` (`{"id", "data", "transcript", ...}`), `logprobs` and
    `executed_tools`, each where the server sent any.
    """

    __slots__ = ("_audio", "_cited", "_sound", "_spoken", "_tools", "logprobs", "sources")

    def __init__(self) -> None:
        self.sources: Json = None  # pages behind the whole answer, as the last chunk lists them
        self.logprobs = Logprobs()
        self._cited: set[bytes] = set()
        self._audio: dict[str, Json] = {}
        self._sound: list[str] = []
        self._spoken: list[str] = []
        self._tools: dict[str, dict[str, Json]] = {}

    def add(self, delta: Delta, attempt: Attempt, out: list[StreamChunk]) -> None:
        for given in _mappings(delta.annotations):
            key = msgspec.json.encode(given)
            if key not in self._cited:  # some servers repeat them with every delta
                self._cited.add(key)
                attempt.cite(from_chat(given))
        for image in _mappings(delta.images):
            target = image.get("image_url")
            url = target.get("url") if isinstance(target, Mapping) else target
            if isinstance(url, str):
                out.append(attempt.show(_type_in(url) or "image/png", url))
        if isinstance(delta.audio, Mapping):
            self._hear(delta.audio, attempt, out)
        for tool in _mappings(delta.executed_tools):
            self._ran(tool, out)

    def _hear(self, given: Mapping[str, Json], attempt: Attempt, out: list[StreamChunk]) -> None:
        """Sound comes in pieces of base64 that stand alone, and its transcript is what the model says."""
        self._audio.update({name: value for name, value in given.items() if name not in _GROWING and value is not None})
        if isinstance(text := given.get("transcript"), str) and text:
            self._spoken.append(text)
            attempt.end_open_blocks(out)
            out.append(attempt.say(text))
        if isinstance(data := given.get("data"), str) and data:
            self._sound.append(data)
            out.append(attempt.show("audio/pcm", f"data:audio/pcm;base64,{data}"))

    def _ran(self, tool: Mapping[str, Json], out: list[StreamChunk]) -> None:
        """Groq sends a tool when it is called, and again under the same index with what came out of it."""
        entry = self._tools.setdefault(str(tool.get("index")), {})
        entry.update({name: value for name, value in tool.items() if value is not None})
        kind = str(entry.get("type") or entry.get("name") or "unknown_tool")
        out.append(progress(kind, "completed" if entry.get("output") else "running", telling(input_of(entry))))

    def conclude(self, attempt: Attempt) -> None:
        if "annotations" not in attempt.extras and isinstance(self.sources, list):
            for citation in from_sources(self.sources):
                attempt.cite(citation)
        if self._audio or self._spoken or self._sound:
            whole = {"data": _joined(self._sound), "transcript": "".join(self._spoken)}
            attempt.extras["audio"] = {**self._audio, **whole}
        if self._tools:
            attempt.extras["executed_tools"] = list(self._tools.values())
        if logprobs := self.logprobs.whole():
            attempt.extras["logprobs"] = logprobs


class Logprobs:
    """Lists of tokens by what they belong to (`content`, `refusal`, DeepSeek's `reasoning_content`)."""

    __slots__ = ("_tokens",)

    def __init__(self) -> None:
        self._tokens: dict[str, list[Json]] = {}

    def add(self, given: Json) -> None:
        for name, tokens in given.items() if isinstance(given, Mapping) else ():
            if isinstance(tokens, list) and tokens:
                self._tokens.setdefault(name, []).extend(tokens)

    def whole(self) -> dict[str, list[Json]]:
        return self._tokens


def _joined(pieces: list[str]) -> str:
    """Pieces of base64, each of whole bytes, as one text."""
    try:
        return base64.b64encode(b"".join(map(base64.b64decode, pieces))).decode()
    except ValueError:
        return "".join(pieces)


def _mappings(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _type_in(url: str) -> str | None:
    """The media type that a `data:` URL declares."""
    return url[5:].partition(",")[0].partition(";")[0] or None if url.startswith("data:") else None
