"""Reasoning between tags in the content: found wherever the text is cut, and nothing else is held back for long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend.call_ids import CallIds
from massgen.backend.stream_chunk import StreamChunk
from massgen.wire.attempt import Attempt
from massgen.wire.think_tags import TaggedText

CASES = {
    "no tags": ("a < b <think> c", "", "a < b <think> c"),
    "a thought and an answer": ("<think>why</think>so", "why", "so"),
    "another tag": ("<reasoning>why</think></reasoning>so", "why</think>", "so"),
    "white space before the tag": ("\n <think>why</think>so", "why", "so"),
    "only a thought": ("<think>why</think>", "why", ""),
    "an empty thought": ("<think></think>\n\nso", "", "\n\nso"),
    "no end": ("<think>why </thi", "why </thi", ""),
    "the beginning of a tag": ("<thin", "", "<thin"),
    "a tag of another name": ("<thinker>so", "", "<thinker>so"),
    "white space alone": ("\n ", "", "\n "),
    "a second pair": ("<think>why</think>so <think>too</think>", "why", "so <think>too</think>"),
}


def read(*deltas: str) -> list[StreamChunk]:
    out: list[StreamChunk] = []
    text = TaggedText(Attempt(CallIds(b"seed")))
    for delta in deltas:
        text.add(delta, out)
    text.release(out)
    return out


def told(chunks: list[StreamChunk]) -> tuple[str, str]:
    thought = "".join(chunk.reasoning_delta or "" for chunk in chunks if chunk.type == "reasoning")
    return thought, "".join(chunk.content or "" for chunk in chunks if chunk.type == "content")


@pytest.mark.parametrize(("text", "thought", "said"), CASES.values(), ids=CASES)
def test_an_answer_is_told_apart(text: str, thought: str, said: str) -> None:
    assert told(read(text)) == (thought, said)
    assert told(read(*text)) == (thought, said)


@given(st.lists(st.sampled_from(["<", "think", ">", "</", "think>", "<think>", "</think>", " ", "a"]), max_size=12))
def test_cuts_do_not_matter(deltas: list[str]) -> None:
    assert told(read(*deltas)) == told(read("".join(deltas))) == told(read(*"".join(deltas)))


def test_text_that_cannot_be_a_tag_goes_out_at_once() -> None:
    out: list[StreamChunk] = []
    text = TaggedText(Attempt(CallIds(b"seed")))
    for delta in ("<th", "ree>", " <", "b"):
        text.add(delta, out)
    assert [chunk.content for chunk in out] == ["<three>", " <", "b"]
