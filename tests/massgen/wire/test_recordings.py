"""Every recorded stream through its decoder: however the bytes are cut, and wherever they break off."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from massgen.backend.stream_chunk import COMMON_FIELDS, FIELDS, StreamChunk

from .recordings import Recording, needed, streams

pytestmark = needed

Json = Any

# Streams in which the provider reports that it failed -> the kind of the error.
FAILED = {
    "openai-chat/groq/pydantic-ai-test-tool-use-failed-error-streaming-with-text-0.json": "bad_request",
    "openai-chat/openrouter/pydantic-ai-test-openrouter-stream-error-0.json": "bad_request",
    "openai-responses/openai/ai-openai-error-0.json": "quota",
}
RANDOM_CUTTINGS = 4
OFFSETS = 50


def outcome(recording: Recording, pieces: Iterable[bytes]) -> tuple[list[StreamChunk], Any]:
    """The chunks, and everything else that can be read of the decoder at the end."""
    decoder = recording.decoder()
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    chunks += decoder.close()
    return chunks, (decoder.finished, decoder.status, decoder.detail, decoder.failure, decoder.usage)


def cut(body: bytes, chance: random.Random) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        size = chance.choice((1, 2, 3, 17, 80, 1000, 4096))
        yield body[at : at + size]
        at += size


@pytest.mark.parametrize("recording", streams())
def test_chunks_do_not_depend_on_where_the_bytes_are_cut(recording: Recording) -> None:
    body = recording.body
    whole = outcome(recording, [body])
    assert outcome(recording, (body[at : at + 1] for at in range(len(body)))) == whole
    for seed in range(RANDOM_CUTTINGS):
        assert outcome(recording, cut(body, random.Random(seed))) == whole, f"seed {seed}"


@pytest.mark.parametrize("recording", streams())
def test_a_whole_stream_ends_finished_and_a_broken_one_says_why(recording: Recording) -> None:
    _, (finished, status, _, failure, _) = outcome(recording, [recording.body])
    expected = FAILED.get(recording.path) or (None if recording.complete else "incomplete")
    assert (failure and failure.info.kind) == expected
    assert finished == (expected is None)
    assert (status == "error") == (expected is not None)


@pytest.mark.parametrize("recording", streams())
def test_every_chunk_has_the_fields_of_its_type(recording: Recording) -> None:
    chunks, _ = outcome(recording, [recording.body])
    for chunk in chunks:
        required, optional = FIELDS[chunk.type]
        present = set(chunk.to_dict()) - COMMON_FIELDS
        assert required <= present <= required | optional, chunk


@pytest.mark.parametrize("recording", streams())
def test_the_message_holds_what_was_yielded(recording: Recording) -> None:
    chunks, _ = outcome(recording, [recording.body])
    for message in (chunk.complete_message for chunk in chunks if chunk.complete_message):
        assert (message["content"] or "") == "".join(chunk.content or "" for chunk in chunks if chunk.type == "content")
        handed = [call for chunk in chunks for call in chunk.tool_calls or ()]
        assert message.get("tool_calls", []) == handed
        assert len({call["id"] for call in handed}) == len(handed)


@pytest.mark.parametrize("recording", streams())
def test_a_stream_that_breaks_off_is_never_finished(recording: Recording) -> None:
    body = recording.body
    end = terminal_end(recording, body)
    chance = random.Random(recording.path)
    offsets = {0, 1, len(body) - 1, *(chance.randrange(len(body)) for _ in range(OFFSETS))}
    offsets |= {end - 1, end} if end is not None else set()
    for offset in sorted(offsets):
        _, (finished, status, _, failure, usage) = outcome(recording, [body[:offset]])
        assert finished == (end is not None and offset >= end), f"offset {offset}, terminal event until {end}"
        if not finished:
            assert status == "error"
            assert failure.info.kind in ("incomplete", FAILED.get(recording.path))
            assert usage is None or usage.partial


def terminal_end(recording: Recording, body: bytes) -> int | None:
    """The offset at which the bytes hold the wire's terminal event, found without the decoder."""
    if recording.path in FAILED or not recording.complete:
        return None
    found = FRAMINGS.get(recording.framing, events)(body)
    return next((end for end, data in found if is_terminal(recording, data)), None)


def events(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in body.split(b"\n"):
        if line.startswith(b"data:"):
            yield at + len(line.rstrip()), line[5:].strip()
        at += len(line) + 1


def elements(body: bytes) -> Iterator[tuple[int, bytes]]:
    text, at = body.decode(), 1
    while "{" in text[at:]:
        start = text.index("{", at)
        _, at = json.JSONDecoder().raw_decode(text, start)
        yield len(text[:at].encode()), text[start:at].encode()


def lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in body.split(b"\n"):
        if line:
            yield at + len(line), line
        at += len(line) + 1


FRAMINGS = {"json-array": elements, "ndjson": lines}


TERMINAL = ("message_stop", "response.completed", "response.incomplete", "interaction.completed")


def is_terminal(recording: Recording, data: bytes) -> bool:
    if data == b"[DONE]":
        return recording.protocol.endswith("-chat")
    event = json.loads(data)
    if recording.protocol == "ollama-chat":
        return bool(event["done"])
    if recording.protocol == "gemini-generate":
        return any(candidate.get("finishReason") for candidate in event.get("candidates", ()))
    if recording.protocol.endswith("-chat"):
        sentinel = "no-done-sentinel" not in recording.features
        return not sentinel and any(choice.get("finish_reason") for choice in event["choices"])
    return (event.get("type") or event.get("event_type")) in TERMINAL
