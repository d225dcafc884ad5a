"""Transcripts: two runs are equal when the same was said, however it was cut."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance import reading
from massgen_conformance.liars.honest.answer import Chunk
from massgen_conformance.trace import Run, TimedChunk

PIECES = st.lists(st.text(min_size=1, max_size=6), max_size=6)


def run_of(*chunks: Any) -> Run:
    return Run([TimedChunk(number, chunk, 0.0, 0) for number, chunk in enumerate(chunks)])


def says(*deltas: str) -> list[Chunk]:
    return [Chunk("content", content=delta) for delta in deltas]


DONE = Chunk("done", status="stop", usage=None)


@given(PIECES, st.data())
def test_deltas_cut_elsewhere_make_the_same_transcript(pieces: list[str], data: st.DataObject) -> None:
    whole = "".join(pieces)
    at = data.draw(st.integers(0, len(whole)))
    recut = [part for part in (whole[:at], whole[at:]) if part]
    assert reading.transcript(run_of(*says(*pieces), DONE)) == reading.transcript(run_of(*says(*recut), DONE))


@given(PIECES, PIECES)
def test_another_text_makes_another_transcript(left: list[str], right: list[str]) -> None:
    same = "".join(left) == "".join(right)
    mine, other = reading.transcript(run_of(*says(*left))), reading.transcript(run_of(*says(*right)))
    assert (mine == other) is same
    assert (reading.first_difference(mine, other) == "") is same


def call(call_id: str, name: str = "f") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def test_invented_ids_do_not_count_but_names_do() -> None:
    mine = run_of(Chunk("tool_calls", tool_calls=[call("a1"), call("a2")]))
    other = run_of(Chunk("tool_calls", tool_calls=[call("b1"), call("b2")]))
    third = run_of(Chunk("tool_calls", tool_calls=[call("b1", "g"), call("b2")]))
    assert reading.transcript(mine) == reading.transcript(other)
    assert reading.transcript(mine) != reading.transcript(third)


def test_progress_is_no_part_of_a_transcript() -> None:
    status = Chunk("backend_status", status="retrying")
    assert reading.transcript(run_of(status, *says("a"), DONE)) == reading.transcript(run_of(*says("a"), DONE))


def test_a_missing_end_is_a_difference() -> None:
    mine, other = reading.transcript(run_of(*says("a"), DONE)), reading.transcript(run_of(*says("a")))
    assert "only one has done" in reading.first_difference(mine, other)


def test_an_outline_counts_what_is_repeated() -> None:
    assert reading.outline(run_of(*says("a", "b"), DONE)) == "content x2, done"
    assert reading.outline(run_of()) == "no chunks"
