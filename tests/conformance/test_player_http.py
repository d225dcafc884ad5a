"""The player's pure parts: requests out of bytes, replies into steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance.plan import Ending, Reply
from massgen_conformance.player_delivery import Gate, Write, cut_offsets, steps
from massgen_conformance.player_http import BadRequest, Request, RequestParser, response_head


@given(
    st.lists(st.binary(max_size=9), max_size=5),
    st.lists(st.integers(0, 60), max_size=6),
    st.one_of(st.none(), st.integers(0, 60)),
    st.lists(st.integers(0, 60), max_size=3),
)
def test_the_steps_write_the_body_up_to_the_stop_whatever_the_cuts(
    events: list[bytes], cuts: list[int], stop: int | None, gates: list[int]
) -> None:
    reply = Reply(tuple(events), cuts=tuple(cuts), stop_at=stop, gates=tuple(gates), ending=Ending.RESET)
    end = min(len(reply.body), len(reply.body) if stop is None else stop)
    written, passed = 0, []
    for step in list(steps(reply))[1:]:
        if isinstance(step, Gate):
            passed.append((step.number, written))
        elif isinstance(step, Write):
            written += step.body
    assert written == end
    assert passed == sorted(((n, gates[n]) for n, _ in passed), key=lambda gate: (gate[1], gate[0]))
    assert {number for number, _ in passed} == {n for n, gate in enumerate(gates) if gate <= end}
    assert cut_offsets(reply)[0] == 0
    assert cut_offsets(reply)[-1] == end


def test_a_torn_reply_stands_at_its_gate_inside_of_the_size_of_a_chunk() -> None:
    first, second, gate, *rest = list(steps(Reply((b"one", b"two" * 9), gates=(3,), torn=True)))[1:]
    assert (first, second, gate) == (Write(b"3\r\none\r\n", 3), Write(b"1", 0), Gate(0))
    assert rest == [Write(b"b\r\n" + b"two" * 9 + b"\r\n", 27), Write(b"0\r\n\r\n", 0)]


@pytest.mark.parametrize(
    "bad",
    [
        b"GET / SPDY/3\r\n\r\n",
        b"x" * (1 << 20) + b"x",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["protocol", "endless head", "length", "chunk size"],
)
def test_a_bad_request_says_what_is_wrong(bad: bytes) -> None:
    with pytest.raises(BadRequest, match=r"\w+"):
        list(RequestParser().feed(bad))


@given(st.data())
def test_requests_are_parsed_the_same_however_they_are_cut(data: st.DataObject) -> None:
    bodies = [b"", b"{}", b"\r\n\r\n"]
    wire = b"".join(b"POST /a HTTP/1.1\r\nX: 1\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    wire += b"POST /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(wire) - 1), max_size=12)))
    parser = RequestParser()
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    found = [request for piece in pieces for request in parser.feed(piece)]
    assert [request.body for request in found] == [*bodies, b"abcde"]
    assert found[0] == Request("POST", "/a", (("x", "1"), ("content-length", "0")), b"")


def test_an_unassigned_status_has_a_head_too() -> None:
    assert response_head(599, (("a", "b"),)) == b"HTTP/1.1 599 Unassigned\r\na: b\r\n\r\n"
