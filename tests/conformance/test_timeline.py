"""A run as moments: in order, with the bytes that were on the wire, bounded, and without the key."""

from __future__ import annotations

from massgen_conformance import Subject, check_backend, timeline
from massgen_conformance.driver import CANARY
from massgen_conformance.liars.errors import EndIsSuccess
from massgen_conformance.masking import masked_body, masked_text
from massgen_conformance.plan import Ending, Reply
from massgen_conformance.trace import Received, Run, TimedChunk, WireLog


def run_of(reply: Reply, writes: list[int], chunks: list[tuple[float, dict[str, object]]]) -> Run:
    """A run whose answer was written a second apart, each write of so many bytes."""
    log = WireLog([Received("POST", "/v1/chat", (), b"{}", 0.5)], [reply], [sum(writes)], [(0.0, 0, 0)], [None])
    log.writes = [(float(number), 0, count) for number, count in enumerate(writes, 1)]
    return Run([TimedChunk(number, chunk, at, 0) for number, (at, chunk) in enumerate(chunks)], log)


def test_writes_and_chunks_stand_in_the_order_in_which_they_happened() -> None:
    reply = Reply((b"one", b"two", b"three"), stop_at=6, ending=Ending.RESET)
    run = run_of(reply, [3, 3], [(1.5, {"type": "content", "content": "1"}), (3.0, {"type": "done"})])
    told = [(moment.kind, moment.title, moment.text) for moment in timeline.of(run, 1)]
    assert told == [
        ("request", "POST /v1/chat", "2 bytes"),
        ("wire", "bytes 0 to 3", "one"),
        ("chunk", "content", "'1'"),
        ("wire", "bytes 3 to 6", "two"),
        ("cut", "the connection is cut", "6 of 11 bytes sent"),
        ("chunk", "done", ""),
    ]
    assert [moment.fault for moment in timeline.of(run, 1)].index(True) == 5


def test_what_comes_after_the_end_of_a_run_is_not_of_it() -> None:
    run = run_of(Reply((b"one", b"two")), [3, 3], [(1.5, {"type": "done"})])
    run.wire.requests.append(Received("POST", "/v1/next", (), b"{}", 1.7))
    assert [moment.title for moment in timeline.of(run)] == ["POST /v1/chat", "bytes 0 to 3", "done"]


def test_many_writes_in_a_row_are_one_moment() -> None:
    run = run_of(Reply((b"0123456789ab" * 2,)), [1] * 24, [(30.0, {"type": "done"})])
    assert [moment.title for moment in timeline.of(run)][1] == "bytes 0 to 24 in 24 writes"


def test_a_long_run_keeps_its_ends_and_the_fault() -> None:
    chunks: list[tuple[float, dict[str, object]]] = [
        (2.0 + n, {"type": "content", "content": str(n)}) for n in range(500)
    ]
    told = timeline.of(run_of(Reply((b"one",)), [3], chunks), 250)
    assert len(told) <= timeline.MOMENTS + 2
    assert [moment.text for moment in told if moment.fault] == ["'250'"]
    assert (told[0].kind, told[-1].text) == ("request", "'499'")
    assert [moment.title for moment in told if moment.kind == "gap"] == ["228 more", "226 more"]


def test_the_key_is_nowhere_not_even_a_part_of_it_in_a_cut_body() -> None:
    body = b"data: " + CANARY.encode() + b" end"
    run = run_of(Reply((body,)), [20, len(body) - 20], [(1.5, {"type": "content", "content": CANARY})])
    told = repr(timeline.of(run))
    assert not any(CANARY[start : start + 8] in told for start in range(3, len(CANARY) - 8))
    assert len(masked_body(body)) == len(body)
    assert masked_text(f"the key {CANARY}") == "the key [removed-api-key]"


def test_a_finding_has_what_the_player_wrote_and_what_the_backend_made_of_it() -> None:
    subject = Subject(provider="acme", wire="openai_chat", factory=EndIsSuccess, model="acme-1")
    found = {item.case: item for item in check_backend(subject, only=["LIF-02"]).items}
    kinds = [moment.kind for moment in found["reset"].timeline]
    assert {"request", "wire", "cut", "chunk"} == set(kinds)
    assert kinds[0] == "request"
    assert found["reset"].timeline[-1].title == "done"
    assert [case for case, item in found.items() if item.timeline] == [
        case for case, item in found.items() if item.failure
    ]
