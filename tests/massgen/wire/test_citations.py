"""Citations of every wire in one shape, and where in the text they stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.wire.citations import from_gemini, from_responses

from . import chat_wire, gemini_wire, messages_wire, responses_wire
from .recordings import Recording, needed, streams
from .wires import message, text

Json = Any


def url(address: str, **fields: Json) -> Json:
    return {"type": "url_citation", "url_citation": {"url": address, **fields}}


def test_places_of_responses_count_through_all_messages() -> None:
    cited = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 2}
    file = {"type": "file_citation", "file_id": "f", "filename": "n", "index": 1}
    made = {"type": "container_file_citation", "container_id": "c", "file_id": "f", "start_index": 0, "end_index": 1}
    path = {"type": "file_path", "file_id": "f", "index": 0}
    parts = [{"type": "output_text", "text": "bc", "annotations": [cited, file, made, path]}]
    _, chunks = responses_wire.run(
        responses_wire.done(responses_wire.prose("a")),
        responses_wire.done({"type": "message", "id": "m2", "content": parts}, 1),
        responses_wire.completed(),
    )
    assert text(chunks) == "abc"
    assert message(chunks)["annotations"] == [
        url("u", title="t", start_index=1, end_index=3),
        {"type": "file_citation", "file_citation": {"file_id": "f", "filename": "n", "index": 2}},
        {
            "type": "container_file_citation",
            "container_file_citation": {"container_id": "c", "file_id": "f", "start_index": 1, "end_index": 2},
        },
        {"type": "file_path", "file_path": {"file_id": "f", "index": 0}},
    ]


def test_a_citation_whose_item_never_comes_whole_is_kept() -> None:
    added = responses_wire.event("output_text.annotation.added", annotation={"type": "url_citation", "url": "u"})
    _, chunks = responses_wire.run(responses_wire.said("a"), added, responses_wire.completed())
    assert message(chunks)["annotations"] == [url("u")]


def test_a_citation_of_messages_stands_on_the_text_of_its_block() -> None:
    web = {"type": "web_search_result_location", "url": "u", "title": None, "cited_text": "c", "encrypted_index": "e"}
    page = {"type": "page_location", "document_index": 0, "document_title": "d", "start_page_number": 1}
    _, chunks = messages_wire.answer(
        *messages_wire.prose("ab"),
        messages_wire.opened({"type": "text", "text": "", "citations": []}, 1),
        *[messages_wire.delta("citations", 1, citation=citation) for citation in (web, page, "no object")],
        *[messages_wire.delta("text", 1, text="cd"), messages_wire.closed(1)],
    )
    place = {"start_index": 2, "end_index": 4}
    assert message(chunks)["annotations"] == [
        url("u", cited_text="c", encrypted_index="e", **place),
        {
            "type": "file_citation",
            "file_citation": {
                "document_index": 0,
                "start_page_number": 1,
                "filename": "d",
                "index": 4,
                **place,
            },
        },
    ]
    assert messages_wire.kept(chunks)[1]["citations"] == [web, page, "no object"]


def test_what_grounds_an_answer_of_gemini_stands_on_its_characters() -> None:
    grounding = {
        "groundingChunks": [
            {"web": {"uri": "u", "title": "t"}},
            {"retrievedContext": {"title": "d", "text": "said", "uri": "gs://d"}},
            {"maps": {"uri": "m"}},
            {"novelty": {}},
        ],
        "groundingSupports": [
            {"segment": {"startIndex": 3, "endIndex": 5, "text": "ab"}, "groundingChunkIndices": [0, 1, 3, 9, "x"]},
            {"segment": {"startIndex": 90, "endIndex": 99, "text": "c"}, "groundingChunkIndices": [0]},
        ],
    }
    _, chunks = gemini_wire.run(
        gemini_wire.parts(gemini_wire.say("€ab")),
        {"candidates": [{"groundingMetadata": grounding}]},
        gemini_wire.parts(gemini_wire.say("c"), reason="STOP"),
    )
    place = {"start_index": 1, "end_index": 3}
    about = {"filename": "d", "url": "gs://d", "cited_text": "said", "index": 3}
    assert message(chunks)["annotations"] == [
        url("u", title="t", **place),
        {"type": "file_citation", "file_citation": {**about, **place}},
        url("u", title="t", start_index=3, end_index=4),  # its places are not those of the text, its words are
        url("m"),
    ]


@given(st.text(min_size=1), st.data())
def test_places_in_bytes_become_places_in_characters(said: str, data: st.DataObject) -> None:
    said = said.encode("utf-8", "ignore").decode()
    start = data.draw(st.integers(0, len(said)))
    end = data.draw(st.integers(start, len(said)))
    segment = {"startIndex": len(said[:start].encode()), "endIndex": len(said[:end].encode())}
    source = {"uri": "u", **segment}
    (found,) = from_gemini({"citationMetadata": {"citationSources": [source]}}, said)
    assert found == url("u", start_index=start, end_index=end)


def test_chat_has_them_in_its_deltas_or_lists_pages_beside_them() -> None:
    given_ones = [url("u", title="t", start_index=0, end_index=1), {"type": "url_citation", "url": "flat"}, "no object"]
    said = [chat_wire.delta(content="a", annotations=given_ones), chat_wire.delta(annotations=given_ones[:1])]
    pages = chat_wire.finish(search_results=[{"url": "p", "title": "t"}, {"title": "no address"}], citations=["q"])
    _, chunks = chat_wire.run(*said, pages, chat_wire.DONE)
    assert message(chunks)["annotations"] == [given_ones[0], url("flat")]
    _, chunks = chat_wire.run(chat_wire.delta(content="a"), pages, chat_wire.DONE)
    assert message(chunks)["annotations"] == [url("p", title="t")]
    _, chunks = chat_wire.run(chat_wire.delta(content="a"), chat_wire.finish(citations=["q"]), chat_wire.DONE)
    assert message(chunks)["annotations"] == [url("q")]


@pytest.mark.parametrize("strange", [None, "x", 1, [], {}, {"type": 1}, {"type": "type"}, {"type": {"a": 1}}], ids=repr)
def test_what_is_no_annotation_is_none(strange: Json) -> None:
    assert from_responses(strange, 1) is None


CITING = [
    each for each in streams() if "citations" in each.values[0].features or "grounding" in each.values[0].features
]


@needed
@pytest.mark.parametrize("recording", CITING)
def test_recorded_citations_name_their_source_and_their_place(recording: Recording) -> None:
    decoder = recording.decoder()
    chunks = [*decoder.feed(recording.body), *decoder.close()]
    found = message(chunks)["annotations"]
    assert found
    for annotation in found:
        about = annotation[annotation["type"]]
        assert about.get("url") or about.get("file_id")
        assert 0 <= about.get("start_index", 0) <= about.get("end_index", 0) <= len(text(chunks))
    quoted = [about["text"] for about in _segments(recording)]
    stood_on = [text(chunks)[about["start_index"] : about["end_index"]] for about in _placed(found)]
    assert set(quoted) <= set(stood_on)


def _placed(found: list[Json]) -> list[Json]:
    return [about for annotation in found if "end_index" in (about := annotation[annotation["type"]])]


def _segments(recording: Recording) -> list[Json]:
    """The segments of text that a recording of Gemini says are supported."""
    if recording.protocol != "gemini-generate":
        return []
    events = [json.loads(line[5:]) for line in recording.body.decode().splitlines() if line.startswith("data:")]
    candidates = [candidate for event in events for candidate in event.get("candidates", ())]
    supports = [s for c in candidates for s in c.get("groundingMetadata", {}).get("groundingSupports", ())]
    return [support["segment"] for support in supports]
