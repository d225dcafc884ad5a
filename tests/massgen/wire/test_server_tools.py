"""Tools that the provider runs: one vocabulary for all wires, never a call, never text; and the media they make."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.wire.openai_responses_tools import ITEMS
from massgen.wire.server_tools import PHASES, TOOLS

from . import chat_wire, gemini_wire, messages_wire, responses_wire
from .recordings import Recording, needed, streams
from .wires import calls, message, statuses, text

Json = Any
PNG = "data:image/png;base64,aGk="
PICTURE = {"type": "image_url", "image_url": {"url": PNG}}

# What a tool of Anthropic's gives back -> its phase and detail.
PAGES = [{"type": "web_search_result", "url": address} for address in "uv"]
RESULTS: dict[str, tuple[Json, str, str | None]] = {
    "pages": (PAGES, "completed", "u; v"),
    "an error's code": ({"type": "x_error", "error_code": "max_uses_exceeded"}, "failed", "max_uses_exceeded"),
    "output": ({"type": "x_result", "stdout": "2", "return_code": 0}, "completed", "2"),
    "a program that failed": ({"type": "x_result", "stdout": "", "stderr": "boom", "return_code": 1}, "failed", "boom"),
    "nothing": (None, "completed", None),
    "text": ("?", "completed", None),
}


@pytest.mark.parametrize(("content", "phase", "detail"), RESULTS.values(), ids=RESULTS.keys())
def test_a_result_of_anthropics_says_how_it_ended(content: Json, phase: str, detail: str | None) -> None:
    block = {"type": "bash_code_execution_tool_result", "tool_use_id": "srv", "content": content}
    _, chunks = messages_wire.answer(messages_wire.opened(block), messages_wire.closed())
    assert statuses(chunks) == [(f"code_execution.{phase}", detail)]


def test_an_image_of_responses_is_media_and_in_the_message() -> None:
    item = {"type": "image_generation_call", "id": "ig", "status": "completed", "result": "aGk=", "revised_prompt": "p"}
    partial = responses_wire.event("image_generation_call.partial_image", output_index=0, partial_image_b64="cGE=")
    _, chunks = responses_wire.run(
        responses_wire.added({**item, "result": None}),
        partial,
        responses_wire.done(item),
        responses_wire.completed(output=[item]),
    )
    media = [(chunk.type, chunk.content, chunk.detail, chunk.item_id) for chunk in chunks if "media" in chunk.type]
    assert media == [
        ("media_progress", "data:image/png;base64,cGE=", "image/png", "ig"),
        ("media", PNG, "image/png", "ig"),
    ]
    assert statuses(chunks) == [("image_generation.started", None), ("image_generation.completed", "p")]
    assert message(chunks)["content"] is None
    assert message(chunks)["images"] == [PICTURE]
    assert message(chunks)["openai_responses"]["items"] == [item]


def test_an_image_of_gemini_is_media_and_one_of_its_thoughts_a_preview() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    _, chunks = gemini_wire.run(
        gemini_wire.parts({**image, "thought": True}),
        gemini_wire.parts({**image, "thoughtSignature": "s"}),
        gemini_wire.parts({"inlineData": {"mimeType": "audio/L16", "data": "aGk="}}, reason="STOP"),
    )
    assert [(chunk.type, chunk.status, chunk.detail) for chunk in chunks if "media" in chunk.type] == [
        ("media_progress", "partial", "image/png"),
        ("media", "completed", "image/png"),
        ("media", "completed", "audio/L16"),
    ]
    assert message(chunks)["images"] == [PICTURE]
    assert gemini_wire.kept(chunks)[1] == {**image, "thoughtSignature": "s"}


def test_a_chat_server_sends_images_and_sound() -> None:
    _, chunks = chat_wire.run(
        chat_wire.delta(content="a", images=[PICTURE, {"image_url": 1}, "no object"]),
        chat_wire.delta(audio={"id": "au", "transcript": "b"}),
        chat_wire.delta(audio={"data": "aA=="}),
        chat_wire.delta(audio={"data": "aQ==", "expires_at": 5}),
        chat_wire.finish(),
        chat_wire.DONE,
    )
    assert text(chunks) == "ab"
    assert [chunk.detail for chunk in chunks if chunk.type == "media"] == ["image/png", "audio/pcm", "audio/pcm"]
    assert message(chunks) == {
        "role": "assistant",
        "content": "ab",
        "images": [PICTURE],
        "audio": {"id": "au", "expires_at": 5, "data": "aGk=", "transcript": "b"},
    }


def test_tools_that_groq_ran_are_progress_and_kept() -> None:
    called = {"index": 0, "type": "search", "arguments": '{"query": "q"}', "output": None}
    _, chunks = chat_wire.run(
        chat_wire.delta(executed_tools=[called]),
        chat_wire.delta(executed_tools=[{"index": 0, "type": "search", "output": "found"}]),
        chat_wire.delta("stop", content="a"),
        chat_wire.DONE,
    )
    assert statuses(chunks) == [("web_search.running", "q"), ("web_search.completed", "q")]
    assert message(chunks)["executed_tools"] == [{**called, "output": "found"}]


def test_logprobs_of_chat_are_kept_where_they_were_asked_for() -> None:
    token = {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}
    said = chat_wire.delta(content="a")
    said["choices"][0]["logprobs"] = {"content": [token], "refusal": None}
    _, chunks = chat_wire.run(said, said, chat_wire.finish(), chat_wire.DONE)
    assert message(chunks)["logprobs"] == {"content": [token, token]}
    _, chunks = chat_wire.run(chat_wire.delta(content="a"), chat_wire.finish(), chat_wire.DONE)
    assert "logprobs" not in message(chunks)


def test_the_searches_behind_an_answer_of_gemini_are_told() -> None:
    ends = {"u": "URL_RETRIEVAL_STATUS_SUCCESS", "v": "URL_RETRIEVAL_STATUS_ERROR"}
    pages = [{"retrievedUrl": address, "urlRetrievalStatus": end} for address, end in ends.items()]
    last = gemini_wire.parts(gemini_wire.say("a"), reason="STOP")
    last["candidates"][0]["groundingMetadata"] = {"webSearchQueries": ["q", "r"]}
    last["candidates"][0]["urlContextMetadata"] = {"urlMetadata": pages}
    _, chunks = gemini_wire.run(last)
    assert statuses(chunks) == [
        ("web_search.completed", "q; r"),
        ("web_fetch.completed", "u"),
        ("web_fetch.failed", "v"),
    ]


def test_every_item_has_a_tool_and_a_phase_of_the_vocabulary() -> None:
    assert {word for word, _ in ITEMS.values()} <= TOOLS.keys()
    assert {phase for _, phase in ITEMS.values()} <= PHASES.keys()


OTHER_STATUSES = {"refusal", "prompt_blocked", "tool_call_incomplete"}
KNOWN_BY_THE_PROVIDER = {"advisor"}  # a tool that Anthropic added; it keeps its name
HOSTED = {"server-tools", "web-search", "code-execution", "file-search-call", "image-generation-call", "mcp-list-tools"}


@needed
@pytest.mark.parametrize("recording", [each for each in streams() if HOSTED & set(each.values[0].features)])
def test_recorded_tools_keep_to_the_vocabulary(recording: Recording) -> None:
    decoder = recording.decoder()
    chunks = [*decoder.feed(recording.body), *decoder.close()]
    told = [status or "" for status, _ in statuses(chunks) if status not in OTHER_STATUSES]
    assert told
    for status in told:
        tool, _, phase = status.partition(".")
        assert tool in TOOLS.keys() | KNOWN_BY_THE_PROVIDER
        assert phase in PHASES
    assert all(call_id for call_id, _, _ in calls(chunks))
