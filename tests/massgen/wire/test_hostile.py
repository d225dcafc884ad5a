"""Recorded streams with one value replaced by another: a server may say anything, and nothing but chunks comes out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from massgen.backend.stream_chunk import FIELDS, ErrorKind

from .recordings import Recording, needed, streams

pytestmark = needed

Json = Any
VALUES: list[Json] = [None, 7, 1.5, True, "x", "", [], {}, [7], ["x"], [{}], [None], {"a": 1}, {"type": "x"}, "0"]
ROUNDS = 60


def places(value: Json) -> Iterator[tuple[Json, Json]]:
    """Every `(container, key)` inside of a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield value, key
        yield from places(one)


def spoilt(events: list[Json], chance: random.Random, *, lines: bool) -> bytes:
    """The stream with one value of one event replaced, as `lines` of JSON or as server-sent events."""
    at = chance.randrange(len(events))
    event = json.loads(json.dumps(events[at]))
    found = list(places(event))
    if found:
        container, key = chance.choice(found)
        container[key] = chance.choice(VALUES)
    changed = [*events[:at], event, *events[at + 1 :]]
    if lines:
        return b"".join(json.dumps(one).encode() + b"\n" for one in changed)
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in changed) + b"data: [DONE]\n\n"


def parsed(recording: Recording) -> list[Json]:
    if recording.framing == "json-array":
        return list(json.loads(recording.body))
    if recording.framing == "ndjson":
        return [json.loads(line) for line in recording.body.split(b"\n") if line]
    lines = (line[5:].strip() for line in recording.body.split(b"\n") if line.startswith(b"data:"))
    return [json.loads(line) for line in lines if line and line != b"[DONE]"]


@pytest.mark.parametrize("recording", streams())
def test_a_spoilt_stream_gives_chunks_and_a_verdict(recording: Recording) -> None:
    events, chance = parsed(recording), random.Random(recording.path)
    dull = len(events) - 20  # nearly all events of a long stream are deltas of one kind
    events = events[:20] + events[max(20, dull) :]
    for _ in range(ROUNDS):
        body, decoder = spoilt(events, chance, lines=recording.framing == "ndjson"), recording.decoder()
        chunks = [*decoder.feed(body), *decoder.close()]
        assert decoder.finished != (decoder.failure is not None), body
        for chunk in chunks:
            required, _ = FIELDS[chunk.type]
            assert all(getattr(chunk, name) is not None for name in required), (chunk, body)
            chunk.to_dict()
        if decoder.failure is not None:
            assert decoder.failure.info.kind in {kind.value for kind in ErrorKind}
        assert decoder.usage is None or decoder.usage.to_dict()
