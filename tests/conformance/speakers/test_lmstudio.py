"""LM Studio's own chat: its events as its documents have them, and a backend on it before the kit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from massgen_conformance import check_backend
from massgen_conformance.providers import PLAYABLE, PROVIDERS
from massgen_conformance.scenario import StreamError, Text, Thinking, ToolCall, Turn, Usage
from massgen_conformance.speakers import UnspeakableTurn
from massgen_conformance.speakers.base import SentMedia, SentMessage
from massgen_conformance.targets import load_target, subject
from massgen_conformance.trace import Received
from tests.conformance.speakers.lmstudio_reference import Hopeful, Native

NATIVE = PLAYABLE["lmstudio-native"].speaker
FIELDS = {
    "chat.start": {"model_instance_id"},
    "prompt_processing.start": set(),
    "prompt_processing.progress": {"progress"},
    "prompt_processing.end": set(),
    "reasoning.start": set(),
    "reasoning.delta": {"content"},
    "reasoning.end": set(),
    "message.start": set(),
    "message.delta": {"content"},
    "message.end": set(),
    "tool_call.start": {"tool", "provider_info"},
    "tool_call.arguments": {"tool", "provider_info", "arguments"},
    "tool_call.success": {"tool", "provider_info", "arguments", "output"},
    "error": {"error"},
    "chat.end": {"result"},
}
"""Event -> the fields beside its type. Source: lmstudio.ai/docs/developer/rest/streaming-events."""

WHOLE = Turn(
    (Thinking(("Need ", "this.")), Text(("Hel", "lo")), Text((".",))),
    usage=Usage(20, 10, reasoning=4),
    error=StreamError("server", "The model crashed."),
    quirks=frozenset({"searched"}),
)


def events(turn: Turn) -> list[Any]:
    told = []
    for event in NATIVE.say(turn):
        name, data, *_ = event.decode().split("\n")
        told.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {told[-1]['type']}"
    return told


def test_every_event_has_the_fields_of_the_documents() -> None:
    assert {event["type"]: set(event) - {"type"} for event in events(WHOLE)} == FIELDS


V0_FIELDS = {
    "stats": {"tokens_per_second", "time_to_first_token", "generation_time", "stop_reason"},
    "model_info": {"arch", "quant", "format", "context_length"},
    "runtime": {"name", "version", "supported_formats"},
}
"""What REST v0 tells beside an answer. Source: lmstudio.ai/docs/developer/rest/endpoints."""


def test_rest_v0_says_what_its_documents_show_beside_an_answer() -> None:
    turn = Turn((Text(("Hi",)),), usage=Usage(20, 10))
    said = [event.removeprefix(b"data: ") for event in PLAYABLE["lmstudio-v0"].speaker.say(turn)]
    told = [json.loads(event) for event in said if event.startswith(b"{")]
    [last] = [chunk for chunk in told if "stats" in chunk]
    assert last["usage"] == {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
    assert {name: set(last[name]) for name in V0_FIELDS} == V0_FIELDS


def test_our_backend_takes_rest_v0_as_it_takes_the_compatible_wire() -> None:
    _, ours = load_target()
    v0 = subject("lmstudio-v0", lambda *, provider, **settings: ours(provider="lmstudio", **settings))
    report = check_backend(v0, only=["CON-01", "USG-01", "LIF-01", "TIM-07", "TOL-01"])
    assert report.green, [result.message for result in report.results if result.verdict == "fail"]


def test_the_end_repeats_what_was_said_also_after_an_error() -> None:
    *said, end = events(WHOLE)
    deltas = "".join(event["content"] for event in said if event["type"] == "message.delta")
    output = end["result"]["output"]
    assert deltas == "".join(item["content"] for item in output if item["type"] == "message") == "Hello."
    assert [item["type"] for item in output] == ["tool_call", "reasoning", "message", "message"]
    assert said[-1]["error"] == {"type": "internal_error", "message": "The model crashed."}
    counted = {"input_tokens": 20, "total_output_tokens": 10, "reasoning_output_tokens": 4}
    assert counted.items() <= end["result"]["stats"].items()


@pytest.mark.parametrize(
    "turn",
    [
        Turn((ToolCall("f", ("{}",)),), finish="tool_calls"),
        Turn((Text(("Hel",)),), finish="length"),
        Turn((Thinking((), redacted="eA=="),)),
        Turn((), error=StreamError("rate_limit", "Slow down.")),
    ],
    ids=["a call", "a finish reason", "hidden thoughts", "an error without a type"],
)
def test_what_the_wire_has_no_word_for_is_refused(turn: Turn) -> None:
    with pytest.raises(UnspeakableTurn, match="LM Studio"):
        NATIVE.say(turn)


def asked(**changes: Any) -> Received:
    items = [{"type": "message", "content": "Weather?"}, {"type": "image", "data_url": "data:image/png;base64,AAAA"}]
    body = {"model": "m", "input": items, "system_prompt": "Be brief.", "stream": True, **changes}
    return Received("POST", "/api/v1/chat", (("content-type", "application/json"),), json.dumps(body).encode())


def test_a_request_is_read_with_its_pictures() -> None:
    assert NATIVE.problems(asked()) == []
    request = NATIVE.read(asked(temperature=0.5))
    assert (request.system, request.stream, request.params) == ("Be brief.", True, {"temperature": 0.5})
    assert request.messages == (SentMessage("user", "Weather?", media=(SentMedia("image/png", "AAAA"),)),)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"messages": []}, "messages is unknown"),
        ({"tools": []}, "tools is unknown"),
        ({"input": []}, "input has at least 1"),
        ({"input": [{"type": "image", "data_url": "https://a.example/b.png"}]}, "data_url is a data URL"),
        ({"previous_response_id": "chatcmpl-1"}, "previous_response_id begins with resp_"),
        ({"reasoning": "minimal"}, "reasoning is one of off, low, medium, high, on"),
        ({"max_tokens": 5}, "max_tokens is unknown"),
    ],
)
def test_a_wrong_request_is_objected_to(changes: Any, problem: str) -> None:
    assert any(problem in each for each in NATIVE.problems(asked(**changes))), NATIVE.problems(asked(**changes))


CHECKS = ["CON-05", "LIF-02", "RSN-01", "RSN-09", "USG-01", "ERR-02", "MUL-01"]
"""Of each family one that this wire could break."""


def judged(backend: type[Native]) -> tuple[set[str], set[str]]:
    """The checks that a backend fails or cannot be put to, and those of which it passes an item."""
    items = check_backend(subject("lmstudio-native", backend), CHECKS).items
    bad = {item.check for item in items if item.verdict in ("fail", "not_testable")}
    return bad, {item.check for item in items if item.verdict == "pass"}


def test_a_backend_on_it_passes() -> None:
    assert judged(Native) == (set(), set(CHECKS))


def test_one_that_takes_the_end_after_an_error_for_a_success_is_caught() -> None:
    assert judged(Hopeful)[0] == {"ERR-02", "LIF-02"}


def test_nobody_is_asked_for_it_who_did_not_say_that_he_serves_it() -> None:
    assert "lmstudio-native" not in PROVIDERS
