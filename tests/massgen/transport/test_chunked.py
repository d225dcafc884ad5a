from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.transport.chunked import ChunkedBody, ChunkError

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

EXTENSIONS = st.sampled_from([b"", b" ", b";a", b';a=b;c="d e"', b"\t; x"])
TRAILERS = st.sampled_from([b"", b"X-Sum: 1\r\n", b"A: b\r\nC: d\r\n"])
AFTER = st.sampled_from([b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n", b"0"])


@st.composite
def coded(draw: st.DrawFn) -> tuple[list[bytes], bytes, bytes]:
    """The content of each chunk, the coded body, and what follows the line of the last chunk."""
    chunks = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=8))
    body = b""
    for chunk in chunks:
        size = draw(st.sampled_from([b"%x", b"%X", b"0%x"])) % len(chunk)
        body += size + draw(EXTENSIONS) + b"\r\n" + chunk + b"\r\n"
    last = draw(st.sampled_from([b"0", b"000"])) + draw(EXTENSIONS) + b"\r\n" + draw(TRAILERS) + b"\r\n" + draw(AFTER)
    return chunks, body, last


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[begin:end] for begin, end in pairwise(edges)]


@given(coded(), st.lists(st.integers(0, 400), max_size=12))
def test_the_content_is_the_same_however_the_bytes_are_cut(
    body: tuple[list[bytes], bytes, bytes], places: list[int]
) -> None:
    chunks, coding, last = body
    decoder, content, rest = ChunkedBody(), [], b""
    for piece in cut(coding + last, places):
        if decoder.ended:
            rest += piece
        else:
            content.append(decoder.feed(piece))
    assert b"".join(content) == b"".join(chunks)
    assert decoder.ended
    assert decoder.rest + rest == last


def h11_content(data: bytes) -> bytes | None:
    """What h11 makes of a coded body, None where it refuses it."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(HEAD + data)
    content = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                content += event.data
            elif isinstance(event, h11.EndOfMessage) or event in (h11.NEED_DATA, h11.PAUSED):
                return content
    except h11.RemoteProtocolError:
        return None


BYTES = st.lists(st.sampled_from([b"0", b"1", b"2", b"a", b"\r\n", b"\r", b"\n", b";", b" ", b"-", b"+", b"x", b"_"]))


@given(BYTES.map(b"".join))
def test_nothing_is_taken_for_content_that_h11_refuses(data: bytes) -> None:
    try:
        content: bytes | None = ChunkedBody().feed(data)
    except ChunkError:
        content = None
    expected = h11_content(data)
    if content is None or expected is None:
        assert not content  # either of the two may notice later than the other, at bytes that are still to come
    else:
        assert content == expected


MALFORMED = [
    pytest.param(b"zz\r\nab\r\n", id="not-hexadecimal"),
    pytest.param(b"0x2\r\nab\r\n", id="a-prefix"),
    pytest.param(b"+2\r\nab\r\n", id="a-sign"),
    pytest.param(b"-2\r\nab\r\n", id="negative"),
    pytest.param(b"1_0\r\n" + b"a" * 16 + b"\r\n", id="an-underscore"),
    pytest.param(b" 2\r\nab\r\n", id="a-blank-before-it"),
    pytest.param(b"\r\nab\r\n", id="no-size"),
    pytest.param(b"2;a\nb\r\nab\r\n", id="a-bare-line-feed-in-an-extension"),
    pytest.param(b"F" * 17 + b"\r\n", id="a-size-that-no-memory-holds"),
    pytest.param(b"2\r\nabc\r\n", id="longer-than-its-size"),
    pytest.param(b"2\r\nab3\r\n", id="no-line-end-after-it"),
    pytest.param(b"2\r\nab\n\n1\r\n", id="bare-line-feeds-after-it"),
    pytest.param(b"2;" + b"x" * 20_000, id="an-extension-without-end"),
]


@pytest.mark.parametrize("data", MALFORMED)
@pytest.mark.parametrize("step", [1, 5, 100_000])
def test_what_is_not_the_coding_is_an_error(data: bytes, step: int) -> None:
    decoder = ChunkedBody()
    pieces = [data[begin : begin + step] for begin in range(0, len(data), step)]
    with pytest.raises(ChunkError):
        list(map(decoder.feed, pieces))


def test_a_long_chunk_comes_out_as_it_arrives() -> None:
    decoder = ChunkedBody()
    assert decoder.feed(b"100000\r\n" + b"a" * 10) == b"a" * 10
    assert decoder.feed(b"b" * 20) == b"b" * 20
    assert not decoder.ended
