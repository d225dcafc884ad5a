"""Interactions events: steps by index, the verdict of the last event, tools of Google's own."""

from __future__ import annotations

from typing import Any

import pytest

from massgen.backend.call_ids import CallIds, is_synthetic_id
from massgen.token_manager.usage import Usage
from massgen.wire.gemini_interactions import InteractionsDecoder

from .wires import Json, calls, decode, ending, events, message, shown, statuses, text

DONE = "[DONE]"
CREATED = {"event_type": "interaction.created", "interaction": {"id": "v1", "model": "m", "status": "in_progress"}}


def begun(index: int = 0, kind: str = "model_output", **step: Json) -> Json:
    return {"event_type": "step.start", "index": index, "step": {"type": kind, **step}}


def delta(kind: str, index: int = 0, **fields: Json) -> Json:
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **fields}}


def ended(index: int = 0) -> Json:
    return {"event_type": "step.stop", "index": index}


def said(*texts: str, index: int = 0) -> list[Json]:
    return [begun(index), *(delta("text", index, text=piece) for piece in texts), ended(index)]


def completed(status: str = "completed", **fields: Json) -> Json:
    return {"event_type": "interaction.completed", "interaction": {"id": "v1", "status": status, **fields}}


def run(*values: Json, ids: CallIds | None = None) -> tuple[InteractionsDecoder, list[Any]]:
    decoder = InteractionsDecoder("p", ids)
    return decoder, decode(decoder, events(CREATED, *values, DONE))


def kept(chunks: list[Any]) -> list[Json]:
    held = message(chunks)["gemini_interactions"]
    assert (held["model"], held["id"]) == ("m", "v1")
    steps: list[Json] = held["steps"]
    return steps


CALL = begun(1, "function_call", id="fc", name="f", arguments={})


def test_thoughts_text_and_calls_of_interleaved_steps() -> None:
    decoder, chunks = run(
        begun(0, "thought"),
        delta("thought_summary", content={"type": "text", "text": "h"}),
        delta("thought_signature", signature=""),
        delta("thought_summary", content={"type": "text", "text": "m"}),
        delta("thought_signature", signature="sig"),
        ended(0),
        *[begun(2), CALL, delta("text", 2, text="a"), delta("arguments_delta", 1, arguments='{"x":')],
        *[delta("text", 2, text="b"), delta("arguments_delta", 1, arguments=" 1}"), ended(1), ended(2)],
        completed("requires_action"),
    )
    assert shown(chunks) == [
        ("reasoning_summary", "h"),
        ("reasoning_summary", "m"),
        ("reasoning_summary_done", "hm"),
        ("content", "a"),
        ("content", "b"),
    ]
    assert calls(chunks) == [("fc", "f", '{"x": 1}')]
    assert ending(decoder) == "tool_calls"
    assert kept(chunks) == [
        {"type": "thought", "signature": "sig", "summary": [{"type": "text", "text": "hm"}]},
        {"type": "function_call", "id": "fc", "name": "f", "arguments": {"x": 1}},
        {"type": "model_output", "content": [{"type": "text", "text": "ab"}]},
    ]
    (response,) = [chunk.response for chunk in chunks if chunk.response]
    assert (response["id"], response["steps"]) == ("v1", kept(chunks))


ARGUMENTS: dict[str, tuple[list[Json], str]] = {
    "none": ([CALL, ended(1)], "{}"),
    "whole at the start": ([begun(1, "function_call", id="fc", name="f", arguments={"x": 1}), ended(1)], '{"x":1}'),
    "without an end": ([CALL, delta("arguments_delta", 1, arguments='{"x": 1}')], '{"x": 1}'),
}


@pytest.mark.parametrize(("values", "arguments"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_wherever_they_come(values: list[Json], arguments: str) -> None:
    _, chunks = run(*values, completed("requires_action"))
    assert calls(chunks) == [("fc", "f", arguments)]


def test_a_call_id_that_the_conversation_knows_is_replaced_in_the_call_and_in_its_step() -> None:
    _, chunks = run(CALL, ended(1), completed(), ids=CallIds(b"seed", frozenset({"fc"})))
    ((call_id, _, _),) = calls(chunks)
    assert is_synthetic_id(call_id)
    assert kept(chunks)[0]["id"] == call_id


# The interaction's status -> ours, and what `detail` keeps of it.
ENDS = {
    "completed": ("stop", None),
    "requires_action": ("stop", None),  # without a call there is nothing to act on
    "incomplete": ("length", None),
    "budget_exceeded": ("length", "budget_exceeded"),
    "requires_continuation": ("pause", "requires_continuation"),
    "queued": ("pause", "queued"),
    "novel": ("stop", "novel"),
}


@pytest.mark.parametrize(("status", "expected"), ENDS.items())
def test_the_status_of_the_interaction_is_the_verdict(status: str, expected: tuple[str, str | None]) -> None:
    decoder, chunks = run(*said("a"), completed(status))
    assert (ending(decoder), decoder.detail) == expected
    assert message(chunks)["content"] == "a"


FAILURES: dict[str, tuple[list[Json], str]] = {
    "an error event": ([{"event_type": "error", "error": {"code": "quota_exceeded", "message": "m"}}], "quota"),
    "a code that is an address": (
        [{"event_type": "error", "error": {"code": "https://ai.google.dev/errors/rate_limit_exceeded"}}],
        "rate_limit",
    ),
    "a context that is exceeded": (
        [{"event_type": "error", "error": {"code": "invalid_request", "message": "prompt is too long"}}],
        "context_length",
    ),
    "a wrong parameter": ([{"event_type": "error", "error": {"code": "parameter_unknown"}}], "bad_request"),
    "an error that says nothing": ([{"event_type": "error"}], "server"),
    "a bare error": ([{"error": {"code": 503, "status": "UNAVAILABLE"}}], "overloaded"),
    "a failed interaction": ([completed("failed", errors=[{"code": "model_not_found", "message": "m"}])], "not_found"),
    "a failed step": (
        [begun(0, error={"code": 5, "message": "m"}), completed("failed")],
        "server",
    ),
    "cancelled": ([completed("cancelled")], "server"),
    "no verdict": ([*said("a")], "incomplete"),
    "a delta of no step": ([delta("text", 7, text="a")], "malformed"),
    "a call cut short": ([CALL, delta("arguments_delta", 1, arguments='{"x'), completed()], "malformed"),
}


@pytest.mark.parametrize(("values", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_failures_are_classified_and_nothing_is_handed_over(values: list[Json], kind: str) -> None:
    decoder, chunks = run(*values)
    assert ending(decoder) == f"failed: {kind}"
    assert calls(chunks) == []
    assert not any(chunk.complete_message for chunk in chunks)


def test_counts_overwrite_wherever_they_come() -> None:
    counts = {"total_input_tokens": 5, "total_tool_use_tokens": 2, "total_output_tokens": 3, "total_thought_tokens": 4}
    early = {**delta("text", text="a"), "metadata": {"total_usage": {**counts, "total_output_tokens": 1}}}
    decoder, _ = run(begun(), early, completed(usage={**counts, "total_cached_tokens": 1}))
    assert decoder.usage == Usage(7, 7, cached=1, reasoning=4)
    broken = InteractionsDecoder("p")
    decode(broken, events(CREATED, begun(), early))
    assert broken.usage == Usage(7, 5, reasoning=4, partial=True)


def test_tools_of_googles_own_are_progress_and_their_steps_go_back_whole() -> None:
    steps = [
        {"type": "google_search_call", "id": "s", "arguments": {"queries": ["q"]}, "signature": "g"},
        {"type": "google_search_result", "call_id": "s", "result": [{"search_suggestions": "<b>"}], "signature": "r"},
        {"type": "code_execution_call", "id": "c", "arguments": {"language": "python", "code": "1+1"}},
        {"type": "code_execution_result", "call_id": "c", "result": "boom", "is_error": True},
    ]
    _, chunks = run(
        begun(0, "google_search_call", id="s", arguments={}),
        *[delta("google_search_call", 0, arguments={"queries": ["q"]}, signature="g"), ended(0)],
        begun(1, "google_search_result", call_id="s", result=[]),
        *[delta("google_search_result", 1, result=[{"search_suggestions": "<b>"}], signature="r"), ended(1)],
        *[begun(2, **{"kind": steps[2]["type"], **{k: v for k, v in steps[2].items() if k != "type"}}), ended(2)],
        *[begun(3, "code_execution_result", call_id="c", result="bo"), delta("code_execution_result", 3, result="om")],
        *[delta("code_execution_result", 3, is_error=True), ended(3), completed()],
    )
    assert kept(chunks) == steps
    assert statuses(chunks) == [
        ("web_search.started", None),
        ("web_search.running", "q"),
        ("web_search.completed", None),
        ("code_execution.started", None),
        ("code_execution.running", "1+1"),
        ("code_execution.failed", "boom"),
    ]


def test_citations_and_media_of_an_output() -> None:
    cited = {"type": "url_citation", "url": "u", "title": "t", "start_index": 3, "end_index": 4}
    file = {"type": "file_citation", "file_name": "n", "document_uri": "d", "start_index": 0, "end_index": 99}
    place = {"type": "place_citation", "name": "Cafe", "url": "m", "place_id": "places/1"}
    image = {"type": "image", "data": "aGk=", "mime_type": "image/png"}
    _, chunks = run(
        *said("x"),
        *[begun(1), delta("text", 1, text="€"), delta("text", 1, text="b")],
        delta("text_annotation_delta", 1, annotations=[cited, file, place]),
        *[{**delta("image", 1), "delta": image}, ended(1), completed()],
    )
    assert text(chunks) == "x€b"
    assert message(chunks)["annotations"] == [
        {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 2, "end_index": 3}},
        {"type": "file_citation", "file_citation": {"filename": "n", "url": "d"}},
        {"type": "url_citation", "url_citation": {"url": "m", "title": "Cafe", "place_id": "places/1"}},
    ]
    assert [(chunk.content, chunk.detail) for chunk in chunks if chunk.type == "media"] == [
        ("data:image/png;base64,aGk=", "image/png")
    ]
    content = [{"type": "text", "text": "€b", "annotations": [cited, file, place]}, image]
    assert kept(chunks)[1] == {"type": "model_output", "content": content}


def test_an_interaction_that_comes_whole_is_read_whole() -> None:
    steps = [
        {"type": "thought", "summary": [{"type": "text", "text": "hm"}], "signature": "s"},
        {"type": "model_output", "content": [{"type": "text", "text": "a"}]},
        {"type": "function_call", "id": "fc", "name": "f", "arguments": {"x": 1}},
    ]
    _, chunks = run(completed("requires_action", steps=steps))
    assert shown(chunks)[0] == ("reasoning_summary", "hm")
    assert (text(chunks), calls(chunks)) == ("a", [("fc", "f", '{"x":1}')])
    assert kept(chunks) == steps


def test_events_and_deltas_that_are_not_known_are_passed_over() -> None:
    novel = {"event_type": "interaction.novel", "index": "not a number"}
    decoder, chunks = run(
        {"event_type": "interaction.status_update", "status": "in_progress"},
        begun(),
        delta("novelty", x=1),
        delta("text", text="a"),
        completed(),
    )
    assert (ending(decoder), text(chunks)) == ("stop", "a")
    decoder = InteractionsDecoder("p")
    decoder.feed(b"event: interaction.novel\n" + events(novel))
    decoder.feed(b"event: heartbeat\ndata: not JSON\n\n")
    assert decoder.failure is None
