"""Lines of JSON framed from bytes, wherever they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.errors import WireError
from massgen.wire.ndjson import LineFramer

lines = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=6), max_size=6)


def framed(pieces: list[bytes]) -> list[bytes]:
    framer = LineFramer()
    return [line for piece in pieces for line in framer.feed(piece)] + framer.close()


@given(lines, st.booleans(), st.data())
def test_lines_come_out_as_they_went_in_however_cut(said: list[str], ended: bool, data: st.DataObject) -> None:
    body = "\n".join([*said, ""] if ended else said).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    pieces = [body[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    found = framed(pieces)
    assert b"\n".join(found) == body.removesuffix(b"\n")
    assert framed([body[at : at + 1] for at in range(len(body))]) == found


def test_only_lf_ends_a_line() -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\rg".encode()
    assert framed([text + b"\r\n", b"x"]) == [text + b"\r", b"x"]


def test_a_line_is_bounded_and_several_are_not() -> None:
    framer = LineFramer(max_line_bytes=10)
    assert framer.feed(b"123456789\n" * 3) == [b"123456789"] * 3
    framer.feed(b"12345")
    with pytest.raises(WireError, match="larger than 10 bytes"):
        framer.feed(b"678901")
