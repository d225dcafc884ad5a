"""Framing: every mixture of line ends, cut anywhere, in one pass."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.errors import WireError
from massgen.wire.sse import Frame, SSEFramer

BOM = b"\xef\xbb\xbf"


def frames(*pieces: bytes) -> list[Frame]:
    framer = SSEFramer()
    return [*(frame for piece in pieces for frame in framer.feed(piece)), *framer.close()]


CASES: dict[str, tuple[bytes, list[Frame]]] = {
    "line feeds": (b"data: a\n\ndata: b\n\n", [("", b"a"), ("", b"b")]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", [("", b"a"), ("", b"b")]),
    "both": (b"data: a\r\n\r\ndata: b\r\n\r\n", [("", b"a"), ("", b"b")]),
    "LF then CR": (b"data: a\n\rdata: b\n\r", [("", b"a"), ("", b"b")]),
    "LF then CRLF": (b"data: a\n\r\ndata: b\n\r\n", [("", b"a"), ("", b"b")]),
    "CRLF then LF": (b"data: a\r\n\ndata: b\r\n\n", [("", b"a"), ("", b"b")]),
    "CR then CRLF": (b"data: a\r\r\ndata: b\r\r\n", [("", b"a"), ("", b"b")]),
    "a mixture in one event": (b"event: e\rdata: a\r\ndata: b\n\r", [("e", b"a\nb")]),
    "many blank lines": (b"\n\r\n\r\rdata: a\n\n\n\n\ndata: b\n\n\n", [("", b"a"), ("", b"b")]),
    "no space after the colon": (b"data:a\n\n", [("", b"a")]),
    "one space is taken, not two": (b"data:  a \n\n", [("", b" a ")]),
    "a line of one field name": (b"data\n\n", [("", b"")]),
    "empty data": (b"data:\n\n", [("", b"")]),
    "several data lines": (b"data: a\ndata:\ndata: b\n\n", [("", b"a\n\nb")]),
    "a name before its data": (b"event: ping\ndata: 1\n\n", [("ping", b"1")]),
    "a name after its data": (b"data: 1\nevent: ping\n\n", [("ping", b"1")]),
    "a name without data is no event": (b"event: ping\n\ndata: 1\n\n", [("", b"1")]),
    "comments": (b": keep-alive\n\n: OPENROUTER PROCESSING\ndata: 1\n:x\n\n", [("", b"1")]),
    "fields that are not ours": (b"id: 7\nretry: 10\nfoo: bar\ndata: 1\n\n", [("", b"1")]),
    "a byte order mark": (BOM + b"data: 1\n\n", [("", b"1")]),
    "only one byte order mark": (BOM + BOM + b"data: 1\n\n", []),
    "a byte order mark as data": (b"data: " + BOM + b"\n\n", [("", BOM)]),
    "no blank line at the end": (b"data: 1\n\ndata: 2\n", [("", b"1"), ("", b"2")]),
    "no line end at the end": (b"data: 1\n\nevent: e\ndata: 2", [("", b"1"), ("e", b"2")]),
    "separators of other standards are data": (
        "data: a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\n\n".encode(),
        [("", "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg".encode())],
    ),
    "a bare object": (b'data: 1\n\n{\n  "error": {}\n}\n', [("", b"1"), ("", b'{\n  "error": {}\n}')]),
    "a bare object in one line": (b'{"error":"x"}\n\ndata: 1\n\n', [("", b'{"error":"x"}'), ("", b"1")]),
    "a bare object beside data is not one": (b'data: 1\n{"a": 1}\n\n', [("", b"1")]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES.keys())
def test_frames_of(body: bytes, expected: list[Frame]) -> None:
    assert frames(body) == expected


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES.keys())
def test_frames_of_single_bytes(body: bytes, expected: list[Frame]) -> None:
    assert frames(*(body[at : at + 1] for at in range(len(body)))) == expected


LINES = st.sampled_from(
    [b"data: a", b"data:b", b"data", b"event: e", b": c", b"", b"", b"{", b"}", b"retry: 1", "data: ü\u2028".encode()]
)
BODIES = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r", b"\r\n"]))).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


@given(st.sampled_from([b"", BOM]), BODIES, st.lists(st.integers(0, 200)))
def test_frames_do_not_depend_on_the_cuts(head: bytes, body: bytes, cuts: list[int]) -> None:
    whole = head + body
    places = [0, *sorted(cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(places)]
    assert frames(*pieces) == frames(whole)


# Pieces as live streams bring them, one event a read, among pieces that only look like that.
READS = st.sampled_from(
    [
        b"data: a\n\n",
        b"data: b\r\n\r\n",
        b"event: e\ndata: c\n\n",
        b"event: e\r\ndata: d\r\n\r\n",
        b"data: f\n",
        b"\n",
        b"data: g\r\n\n",
        b"data: h\r\n\r",
        b"data: i\rdata: j\n\n",
        b"event: k\n\n",
        b"event: l\ndata: m\n",
        b"event: n\nid: 1\ndata: o\n\n",
        b"data: \n\n",
        b"data: p\n\ndata: q\n\n",
        b": comment\n\n",
        b"da",
        b"\r",
    ]
)


@given(st.lists(READS))
def test_one_event_a_read_gives_the_same_as_all_at_once(reads: list[bytes]) -> None:
    assert frames(*reads) == frames(b"".join(reads))


@given(st.lists(st.text().filter(lambda text: "\r" not in text and "\n" not in text), min_size=1))
def test_data_comes_out_as_it_went_in(texts: list[str]) -> None:
    body = b"".join(b"data: " + text.encode() + b"\n\n" for text in texts)
    assert frames(body) == [("", text.encode()) for text in texts]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 60, b"data: xxxx\n", b"x"], ids=["a line", "lines", "no field"])
def test_an_event_over_the_limit_is_refused_while_it_arrives(piece: bytes) -> None:
    framer = SSEFramer(max_event_bytes=100)
    with pytest.raises(WireError, match="larger than 100 bytes"):
        list(map(framer.feed, [piece] * 200))


def test_events_within_the_limit_may_go_on_forever() -> None:
    framer = SSEFramer(max_event_bytes=100)
    assert sum(len(framer.feed(b"data: " + b"x" * 60 + b"\n\n")) for _ in range(1000)) == 1000


class CountedBytes(bytearray):
    """Bytes that count how many of them were copied out."""

    copied = 0

    def __bytes__(self) -> bytes:
        CountedBytes.copied += len(self)
        return bytes(memoryview(self))


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_a_long_line_in_small_pieces_is_copied_once(end: bytes) -> None:
    framer, size = SSEFramer(), 20_000
    framer._held, CountedBytes.copied = CountedBytes(), 0
    for _ in range(size):
        framer.feed(b"x")
    framer.feed(end + b"data: 1" + end + end)
    assert CountedBytes.copied <= 2 * size
