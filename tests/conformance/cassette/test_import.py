"""Recordings made by others become the same value as ours."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance.cassette import framing, import_, store
from massgen_conformance.cassette.errors import UnreadableCassette
from massgen_conformance.cassette.store import header

from .samples import cassette


def exchange(protocol: str, answer: str, kind: str = "data-lines-only", **request: Any) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "provider": "p",
        "model": None,
        "streaming": True,
        "framing": kind,
        "request": {"recorded": False, "method": "POST", "uri": None, "headers": {}, "body": None, **request},
        "response": {"status": None, "headers": {}, "content_encoding_on_wire": None, "body": answer},
    }


def imported(tmp_path: Path, value: Any) -> import_.Foreign:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return import_.load(path)


REBUILT = [
    ("openai-chat", '{"a":1}\n{"b":"\u2028"}', 'data: {"a":1}\n\ndata: {"b":"\u2028"}\n\ndata: [DONE]\n\n'),
    (
        "openai-responses",
        '{"type":"response.created"}\n',
        'event: response.created\ndata: {"type":"response.created"}\n\n',
    ),
    ("anthropic-messages", '{"type":"ping"}', 'event: ping\ndata: {"type":"ping"}\n\n'),
    ("gemini-generate", '{"c":1}', 'data: {"c":1}\r\n\r\n'),
]


@pytest.mark.parametrize(("protocol", "lines", "wire"), REBUILT)
def test_what_the_wire_needs_is_put_back_around_bare_events(
    protocol: str, lines: str, wire: str, tmp_path: Path
) -> None:
    foreign = imported(tmp_path, exchange(protocol, lines))
    [item] = foreign.cassette.interactions
    assert item.response.body == wire.encode()
    assert (item.response.status, header(item.response.headers, "content-type")) == (200, "text/event-stream")
    assert import_.protocol_of(item.request.uri) == foreign.protocol == protocol


def test_a_kept_body_is_not_touched(tmp_path: Path) -> None:
    body = ": ping\r\n\r\ndata:{}\n\n"
    value = exchange("openai-chat", body, "sse", uri="/v1/chat/completions", body={"model": "m"})
    [item] = imported(tmp_path, value).cassette.interactions
    assert item.response.body == body.encode()
    assert item.request.uri == "http://unrecorded.invalid/v1/chat/completions"
    assert json.loads(item.request.body) == {"model": "m"}


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".yaml.gz"])
def test_a_vcrpy_cassette_is_read_whatever_it_is_called(suffix: str, tmp_path: Path) -> None:
    from vcr.serializers import jsonserializer, yamlserializer

    text = store.dumps(cassette())
    if suffix == ".json":
        text = jsonserializer.serialize(yamlserializer.deserialize(text))
    path = tmp_path / f"x{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode())
    foreign = import_.load(path)
    assert foreign.cassette == cassette()
    assert (foreign.protocol, foreign.model, foreign.streaming) == ("openai-chat", "m", True)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"protocol": "x"}', b"\xff", b"\x1f\x8bnot gzip", b'{"protocol":', b"- 1\n- 2"]
)
def test_what_is_no_recording_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "strange.file"
    path.write_bytes(content)
    with pytest.raises(UnreadableCassette, match=r"strange\.file"):
        import_.load(path)


def test_an_unknown_framing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCassette, match="framing 'smoke'"):
        imported(tmp_path, exchange("openai-chat", "", "smoke"))


CUT = [
    (b"data: 1\n\ndata: 2\n\n", "text/event-stream; charset=utf-8", (b"data: 1\n\n", b"data: 2\n\n")),
    (b"a\r\n\r\nb\r\rc", "text/event-stream", (b"a\r\n\r\n", b"b\r\r", b"c")),
    (b"\n\na\n\n\nb", "text/event-stream", (b"\n\n", b"a\n\n\n", b"b")),
    (b"{}\n{}\n{", "application/x-ndjson", (b"{}\n", b"{}\n", b"{")),
    (b"a\n\nb", "application/json", (b"a\n\nb",)),
    (b"", "text/event-stream", ()),
]


@pytest.mark.parametrize(("body", "kind", "pieces"), CUT)
def test_a_body_is_cut_after_its_events(body: bytes, kind: str, pieces: tuple[bytes, ...]) -> None:
    assert framing.events(body, kind) == pieces


@given(
    st.lists(st.sampled_from([b"data: x", b"\n", b"\r", b"\r\n", b"\xf0\x9f"])).map(b"".join),
    st.sampled_from(["text/event-stream", "application/x-ndjson", ""]),
)
def test_the_pieces_are_the_body(body: bytes, kind: str) -> None:
    assert b"".join(framing.events(body, kind)) == body


def test_every_file_of_the_recordings_folder_is_read(recordings: Path) -> None:
    files = sorted(recordings.glob("*/*/*.json"))
    assert len(files) > 300
    for path in files:
        value = json.loads(path.read_text(encoding="utf-8"))
        foreign = import_.load(path)
        [item] = foreign.cassette.interactions
        assert (foreign.protocol, foreign.provider) == (value["protocol"], value["provider"])
        if value["framing"] != "data-lines-only":
            assert item.response.body.decode() == value["response"]["body"]
