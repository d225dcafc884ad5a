"""Histories that real programs sent, and answers that real providers gave, through the formatters."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from massgen.formatter import FormatterBase
from massgen.wire.anthropic_messages import MessagesDecoder
from massgen.wire.decoder import Decoder
from massgen.wire.gemini_generate import GeminiDecoder
from massgen.wire.ollama_chat import OllamaDecoder
from massgen.wire.openai_chat import ChatDecoder
from massgen.wire.openai_responses import ResponsesDecoder

from .histories import FORMATTERS

Json = Any
FOLDER = Path(__file__).parents[3].parent / "shared" / "recordings"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the recordings folder ../shared/recordings")

# protocol -> (wire, the body's field with the history)
HISTORY = {
    "openai-chat": ("chat", "messages"),
    "anthropic-messages": ("anthropic", "messages"),
    "gemini-generate": ("gemini", "contents"),
    "openai-responses": ("responses", "input"),
    "ollama-chat": ("ollama", "messages"),
}
# protocol -> (decoder, provider key, the key's list)
ANSWER: dict[str, tuple[type[Decoder], str, str]] = {
    "anthropic-messages": (MessagesDecoder, "anthropic", "content"),
    "gemini-generate": (GeminiDecoder, "gemini", "parts"),
    "openai-responses": (ResponsesDecoder, "openai_responses", "items"),
    "openai-chat": (ChatDecoder, "", ""),
    "ollama-chat": (OllamaDecoder, "", ""),
}
# What the recorder cut out of requests, as a file of the kind that the field holds.
OMITTED = re.compile(r"<base64 \d+ characters omitted>")
SAMPLES = {"image": "iVBORw0KGgo=", "pdf": "JVBERi0xLjc=", "audio": "SUQzBAA="}


@cache
def recordings() -> list[str]:
    if not FOLDER.is_dir():
        return []
    listed = json.loads((FOLDER / "manifest.json").read_text())["files"]
    return [entry["path"] for entry in listed if entry["protocol"] in HISTORY]


def as_parameters(paths: list[str]) -> list[Any]:
    return [pytest.param(path, id=path.removesuffix(".json")) for path in paths]


def requests() -> list[Any]:
    """Recordings of a list of messages that the provider took."""
    return as_parameters([path for path in recordings() if history_of(load(path))[1]])


def answers() -> list[Any]:
    """Recordings of a stream that answered."""
    return as_parameters([path for path in recordings() if answered(load(path)) is not None])


def load(path: str) -> Json:
    text = (FOLDER / path).read_text()
    whole = "pdf" if "application/pdf" in text else "audio" if "input_audio" in text else "image"

    def sample(cut: re.Match[str]) -> str:
        before = text[cut.start() - 30 : cut.start()]
        return SAMPLES["pdf" if "pdf;" in before else "image" if "image/" in before else whole]

    return json.loads(OMITTED.sub(sample, text))


def history_of(recording: Json) -> tuple[str, list[Json]]:
    """The wire, and the messages of a request that the provider took; none for any other."""
    wire, field = HISTORY[recording["protocol"]]
    body = recording["request"]["body"]
    history = body.get(field) if isinstance(body, dict) else None
    taken = isinstance(history, list) and recording["response"]["status"] in (200, None)
    return wire, history if taken else []


def answered(recording: Json) -> Json:
    """The `complete_message` of a recorded stream, or None where there is none."""
    if not recording["streaming"] or recording["response"]["status"] not in (200, None):
        return None
    decoder = ANSWER[recording["protocol"]][0]("recorded")
    chunks = [*decoder.feed(recording["response"]["body"].encode()), *decoder.close()]
    return next((chunk.complete_message for chunk in chunks if chunk.type == "complete_message"), None)


def words(value: Json) -> list[str]:
    """Every text, name, argument and result in a history, in its order, whatever shape it has."""
    if isinstance(value, dict):
        return [word for key in sorted(value, key=_rank) if key in _TELLING for word in words(value[key])]
    if isinstance(value, list):
        return [word for item in value for word in words(item)]
    return [value] if isinstance(value, str) and value.strip() else []


_TELLING = (
    *("content", "parts", "text", "refusal", "thought", "tool_calls", "function", "functionCall", "name", "arguments"),
    *("output", "functionResponse", "signature", "thinking", "data", "thoughtSignature", "encrypted_content"),
)


def _rank(key: str) -> int:
    return _TELLING.index(key) if key in _TELLING else len(_TELLING)


@pytest.mark.parametrize("path", requests())
def test_a_real_history_goes_out_as_it_came_in_on_its_own_wire(path: str) -> None:
    wire, history = history_of(load(path))
    before = copy.deepcopy(history)
    written = FORMATTERS[wire].format_messages(history)
    assert "".join(words(written)) == "".join(words(history))
    assert history == before


def _cannot_carry(wire: str, history: Json) -> bool:
    """Whether the history holds what the wire documents that it has no place for."""
    text = json.dumps(history)
    if wire == "ollama":  # images alone, as base64
        other = ("image_url", '"file', "input_audio", '"url"', "fileUri", "application/pdf")
        return any(word in text for word in other)
    lacks = {"anthropic": '"input_audio"', "responses": "video_url"}
    return lacks.get(wire, '"file_id"') in text


@pytest.mark.parametrize("path", requests())
def test_a_real_history_goes_out_on_every_other_wire(path: str) -> None:
    own, history = history_of(load(path))
    for wire in FORMATTERS:
        if wire != own and not _cannot_carry(wire, history):
            assert FORMATTERS[wire].format_messages(history) or not words(history)


def turn_of(formatter: FormatterBase, wire: str, history: list[Json], size: int) -> Json:
    written = formatter.format_messages(history)[1:]
    if wire == "responses":
        return written[:size]
    content = written[0]["content" if wire == "anthropic" else "parts"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


@pytest.mark.parametrize("path", answers())
def test_a_real_answer_goes_back_verbatim_and_to_every_other_wire(path: str) -> None:
    recording = load(path)
    wire = HISTORY[recording["protocol"]][0]
    _, key, blocks_key = ANSWER[recording["protocol"]]
    message = answered(recording)
    results = [{"role": "tool", "tool_call_id": c["id"], "content": "r"} for c in message.get("tool_calls", ())]
    history = [{"role": "user", "content": "q"}, message, *results]
    if key and message[key][blocks_key]:
        blocks = [b for b in message[key][blocks_key] if wire != "anthropic" or b.get("text", "x").strip()]
        assert turn_of(FORMATTERS[wire], wire, history, len(blocks)) == blocks
    for other in FORMATTERS:
        written = FORMATTERS[other].format_messages(history, model="another-model")
        assert json.dumps(written).count('"r"') == len(results)
