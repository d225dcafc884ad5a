"""Objects cut out of an array: whole, in order, in one pass, and nothing else accepted between them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.errors import WireError
from massgen.wire.json_objects import ObjectSplitter

VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a{}[]"\\,: \n\u2028\U0001f600', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='a"\\{', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), max_size=5)


@given(OBJECTS, st.sampled_from([None, 2]), st.booleans(), st.lists(st.integers(0, 500), max_size=8))
def test_objects_come_out_as_they_went_in(objects: list[Any], indent: int | None, ascii: bool, cuts: list[int]) -> None:
    body = json.dumps(objects, indent=indent, ensure_ascii=ascii).encode()
    splitter = ObjectSplitter()
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    found = [one for start, end in pairwise(places) for one in splitter.feed(body[start:end])]
    assert [json.loads(one) for one in found] == objects
    assert not splitter.open


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"", 0),
        (b"[]", 0),
        (b'{"a": 1}', 1),
        (b"{}{}{}", 3),
        (b'{"a": 1}\n{"a": 2}', 2),
        (b"\r\n[\r\n{},\t{}\r\n,\r\n{}]\r\n", 3),
        (b'[{"a": "\\"}{\\\\"}]', 1),
    ],
)
def test_objects_of(body: bytes, count: int) -> None:
    splitter = ObjectSplitter()
    assert len([one for byte in body for one in splitter.feed(bytes([byte]))]) == count
    assert not splitter.open


@pytest.mark.parametrize("body", [b'["text"]', b"[1]", b"[{}, null]", b"<html>", b"[{} x {}]", b"}"])
def test_anything_but_objects_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        list(ObjectSplitter().feed(body))


@pytest.mark.parametrize("body", [b"[{", b'{"a": {"b": "}', b'{"a": "\\'])
def test_half_an_object_is_open(body: bytes) -> None:
    splitter = ObjectSplitter()
    assert list(splitter.feed(body)) == []
    assert splitter.open


def test_an_object_over_the_limit_is_refused_while_it_arrives() -> None:
    splitter = ObjectSplitter(max_object_bytes=100)
    with pytest.raises(WireError, match="larger than 100 bytes"):
        [list(splitter.feed(piece)) for piece in [b'{"a": "', *[b"x" * 10] * 20]]


def test_objects_within_the_limit_may_go_on_forever() -> None:
    splitter = ObjectSplitter(max_object_bytes=100)
    assert sum(len(list(splitter.feed(b'{"a": "' + b"x" * 60 + b'"},\n'))) for _ in range(1000)) == 1000


def test_bytes_of_a_long_string_are_looked_at_once() -> None:
    splitter, size = ObjectSplitter(), 5000
    assert list(splitter.feed(b'{"a": "')) == []
    for fed in range(size):
        assert list(splitter.feed(b"x")) == []
        assert splitter._scanned == 7 + fed + 1
    assert len(list(splitter.feed(b'"}'))) == 1


def test_objects_before_a_mistake_come_out() -> None:
    found = []
    with pytest.raises(WireError):
        found.extend(iter(ObjectSplitter().feed(b'[{"a": 1}, {"a": 2}, 7]')))
    assert found == [b'{"a": 1}', b'{"a": 2}']
